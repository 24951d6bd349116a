"""Small jobs that nobody waits for: looking inside of files, writing the conversation into a file."""

from __future__ import annotations

from functools import partial
from zoneinfo import ZoneInfo

from loguru import logger

from actors.alerts import alerts
from actors.events import ErrandFailed, Exported, Inspected
from actors.failures import failure_of
from actors.fetching import Fetching
from actors.heavy import in_thread
from actors.intake import sort_of
from actors.orders import ExportOrder, InspectionOrder
from actors.phrases import phrases
from actors.preferences import zone_named
from engine.core.clock import Clock, from_micros
from engine.core.errors import GpttgError, UnreadableFileError
from engine.core.files import Attachment, StoredFile
from engine.media import documents
from engine.runtime.behaviour import Job, JobResult
from engine.store import turns
from engine.store.database import Database
from engine.store.media import Media


class Inspecting:
    """The body of jobs of kind "inspect": how many pages, how many rows."""

    def __init__(self, fetching: Fetching, clock: Clock) -> None:
        self._fetching = fetching
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(InspectionOrder)
        try:
            found = [await self._inside(job, attachment) for attachment in order.files]
        except GpttgError as error:
            logger.info("job {}: a file can't be looked into: {}", job.id, error)
            failed = ErrandFailed(at=self._clock(), job=job.id, kind="inspect", reason=failure_of(error).reason)
            return JobResult(failed)
        return JobResult(Inspected(at=self._clock(), job=job.id, held=order.held, found=tuple(found)))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        return JobResult(ErrandFailed(at=self._clock(), job=job.id, kind="inspect", reason="crash"))

    async def _inside(self, job: Job, attachment: Attachment) -> tuple[str, int]:
        try:
            path = await self._fetching.fetch(job, attachment)
            if sort_of(attachment) == "pdf":
                look = partial(documents.look_at_pdf, path)
                return "pages", (await self._fetching.heavily(job, look, attachment.size)).pages
            count = partial(documents.look_at_table, path)
            return "rows", (await self._fetching.heavily(job, count, attachment.size)).rows
        except UnreadableFileError as error:
            return error.code, 0


class Exporting:
    """The body of jobs of kind "export"."""

    def __init__(self, database: Database, media: Media, zone: ZoneInfo, clock: Clock) -> None:
        self._database = database
        self._media = media
        self._zone = zone
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(ExportOrder)
        told = await self._database.read(partial(turns.all_turns, conversation=job.conversation))
        if not told:
            return JobResult(Exported(at=self._clock(), job=job.id, file=None, turns=0))
        text = exported(told, order, self._zone)
        path = self._media.made(f"{job.id}.md")
        size = await in_thread(self._media.write, path, text.encode())
        name = f"conversation-{self._clock():%Y-%m-%d}.md"
        file = StoredFile(path=self._media.relative(path), name=name, mime="text/markdown", size=size)
        return JobResult(Exported(at=self._clock(), job=job.id, file=file, turns=len(told)))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = ErrandFailed(at=now, job=job.id, kind="export", reason="crash")
        return JobResult(event, posts=alerts("crash", job.id, now))


def exported(told: list[turns.Told], order: ExportOrder, zone: ZoneInfo) -> str:
    """A conversation as Markdown, in the person's time."""
    words, local = phrases(order.language), zone_named(order.zone) if order.zone else zone
    lines = [f"# {words.text('export-title')}", ""]
    thread = 0
    for turn in told:
        if turn.thread != thread:
            thread = turn.thread
            lines += [f"## {words.text('export-thread', number=str(thread))}", ""]
        at = from_micros(turn.at).astimezone(local)
        lines += [f"### {at:%Y-%m-%d %H:%M} ({local.key})", ""]
        lines += [*(f"> {line}" for line in turn.question.splitlines()), ""]
        if turn.answer:
            lines += [turn.answer, ""]
    return "\n".join(lines)
