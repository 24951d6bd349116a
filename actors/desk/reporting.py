"""The bodies of the desk's jobs: reports for one admin, digests for all. They read on a connection of their own and
draw in a worker thread, so that no conversation waits for them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import anyio

from actors.alerts import alerts
from actors.desk.reports.files import FORMATS, LINES_MOST, MIMES, write_ledger, write_quarantine
from actors.desk.reports.models import able, models_page, pricing_text, shutdowns
from actors.desk.reports.orders import DigestOrder, ReportOrder, page_button
from actors.desk.reports.periods import PERIODS, period_of
from actors.desk.reports.spending import spending_buttons, spending_picture, spending_text
from actors.desk.reports.status import Running, status_text
from actors.desk.results import ModelFound, Page, ReportFailed, ReportReady
from actors.desk.saying import card_ref
from actors.failures import failure_of
from actors.heavy import in_thread
from actors.looking import House, offered
from actors.phrases import phrases
from actors.preferences import HOUSE_SCOPE, HousePreferences, read_preferences
from actors.supplies import CONTAINER_MODEL, STORAGE_MODEL
from engine.ai.price_list import price_list
from engine.ai.responses import Responses
from engine.core.clock import Clock
from engine.core.errors import ConfigurationError, GpttgError
from engine.core.files import StoredFile
from engine.core.styled import Styled
from engine.media.spending import drawn
from engine.runtime.behaviour import Job, JobResult
from engine.store import figures, health, lines, preferences, quarantine
from engine.store.media import Media
from engine.store.reading import reading

WHOLE = "whole"
"""An incident is wanted with what people have written."""
QUARANTINE_EXPORTED = 1_000
"""The most events in one file."""

PLACES = {CONTAINER_MODEL: "container", STORAGE_MODEL: "storage"}
"""What is paid for without being a model, and what for (`use-<purpose>`)."""

T = TypeVar("T")


class Incident(Protocol):
    """What writes a recording of all that led to an event into a file."""

    def __call__(self, path: Path, event_id: int, *, redact: bool) -> int:
        """How many lines it has; `redact` puts stand-ins in. Blocks its thread. Raises ConfigurationError where
        nothing is recorded of it (any more)."""
        ...


@dataclass(frozen=True)
class Archive:
    """What reports are made of. `used`: models besides those that answer, and what for (`use-<purpose>`)."""

    database_path: Path
    media: Media
    house: House
    responses: Responses
    used: Mapping[str, str]
    running: Callable[[], Running]
    clock: Clock
    incident: Incident

    async def read(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """What `unit` makes of the database, in a worker thread."""

        def read() -> T:
            with reading(self.database_path) as db:
                return unit(db)

        return await in_thread(read)

    async def preferences(self) -> HousePreferences:
        """What the admins have chosen."""
        (chosen,) = await self.read(lambda db: preferences.chosen(db, (HOUSE_SCOPE,)))
        return read_preferences(HousePreferences, chosen)

    def file(self, path: Path, name: str) -> StoredFile:
        """A file that was made here, as it is sent."""
        mime = MIMES[path.suffix.removeprefix(".")]
        return StoredFile(path=self.media.relative(path), name=name, mime=mime, size=path.stat().st_size)


class Painter:
    """Draws what was spent, one picture at a time: each takes half a second of a processor."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._turn = anyio.Lock()

    async def drawn(self, found: figures.Figures, span: str, language: str, name: str, *, dark: bool) -> StoredFile:
        """The picture, as a photo."""
        picture = spending_picture(found, span, phrases(language))
        async with self._turn:
            png, width, height = await in_thread(partial(drawn, picture, dark=dark))
        media = self._archive.media
        path = media.made(f"{name}.png")
        size = await in_thread(media.write, path, png)
        return StoredFile(
            path=media.relative(path),
            kind="photo",
            name=path.name,
            mime="image/png",
            size=size,
            width=width,
            height=height,
        )


class Reporting:
    """The body of jobs of kind "report"."""

    def __init__(self, archive: Archive, painter: Painter) -> None:
        self._archive = archive
        self._painter = painter

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(ReportOrder)
        try:
            if order.what == "setmodel":
                return JobResult(await self._look_for_model(job, order))
            page = await self._page(job, order)
        except GpttgError as error:
            readers = ((order.to, order.language),)
            reason = failure_of(error).reason
            return JobResult(ReportFailed(at=self._archive.clock(), job=job.id, reason=reason, readers=readers))
        return JobResult(ReportReady(at=self._archive.clock(), job=job.id, pages=(page,)))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(ReportOrder)
        return _crashed(job, self._archive, ((order.to, order.language),))

    async def _page(self, job: Job, order: ReportOrder) -> Page:
        match order.what:
            case "stat":
                return await self._stat(job, order)
            case "status":
                return await self._status(order)
            case "models":
                return await self._models(order)
            case "pricing":
                return await self._pricing(order)
            case "lines":
                return await self._lines(job, order)
            case "incident":
                return await self._incident(job, order)
            case _:
                return await self._events(job, order)

    async def _stat(self, job: Job, order: ReportOrder) -> Page:
        span = next((one for one in order.arguments if one in figures.SPANS), "today")
        now = self._archive.clock().astimezone(self._archive.house.zone)
        found = await self._archive.read(partial(figures.figures, span=span, now=now))
        dark = (await self._archive.preferences()).dark_pictures
        words = phrases(order.language)
        return Page(
            to=order.to,
            ref=card_ref("stat", order.card),
            is_change=order.is_change,
            content=spending_text(found, span, words),
            buttons=spending_buttons(order.card, span, words, dark=dark),
            file=await self._painter.drawn(found, span, order.language, f"report-{job.id}", dark=dark),
        )

    async def _status(self, order: ReportOrder) -> Page:
        found = await self._archive.read(health.health)
        running = await in_thread(self._archive.running)
        now, zone = self._archive.clock(), self._archive.house.zone
        content = await in_thread(status_text, found, running, phrases(order.language), now, zone)
        return Page(to=order.to, ref=card_ref("status", order.card), content=content)

    async def _models(self, order: ReportOrder) -> Page:
        models = able(await self._archive.responses.models())
        offer = offered(self._archive.house.offer, await self._archive.preferences())
        content, buttons = models_page(models, offer.models[0], offer.models, order.card, phrases(order.language))
        ref = card_ref("models", order.card)
        return Page(to=order.to, ref=ref, is_change=order.is_change, content=content, buttons=buttons)

    async def _pricing(self, order: ReportOrder) -> Page:
        ends = {}
        with suppress(GpttgError):  # what is known here is told even while OpenAI can't be asked
            ends = shutdowns(await self._archive.responses.models())
        prices = await in_thread(price_list, self._archive.clock(), ends)
        offer = offered(self._archive.house.offer, await self._archive.preferences())
        used = {**dict.fromkeys(offer.models, "answers"), **self._archive.used, **PLACES}
        today = self._archive.clock().astimezone(self._archive.house.zone).date()
        content = pricing_text(prices, used, ends, today, phrases(order.language))
        return Page(to=order.to, ref=card_ref("pricing", order.card), content=content)

    async def _lines(self, job: Job, order: ReportOrder) -> Page:
        period = next((one for one in order.arguments if one in PERIODS), "month")
        form = next((one for one in order.arguments if one in FORMATS), "csv")
        begins, ends = period_of(period, self._archive.clock().astimezone(self._archive.house.zone))
        words = phrases(order.language)
        there = await self._archive.read(partial(lines.count, begins=begins, ends=ends))
        if there > LINES_MOST[form]:
            return Page(to=order.to, content=words.styled("ledger-too-long", lines=there, limit=LINES_MOST[form]))
        path = self._archive.media.made(f"ledger-{job.id}.{form}")

        def write(db: sqlite3.Connection) -> int:
            return write_ledger(path, lines.lines(db, begins, ends), self._archive.house.zone, form)

        count = await self._archive.read(write)
        name = f"ledger-{begins:%Y-%m-%d}-{ends:%Y-%m-%d}.{form}"
        file = await in_thread(self._archive.file, path, name)
        content = Styled(words.text("ledger-done", lines=count, period=words.text(f"lines-of-{period}")))
        return Page(to=order.to, content=content, file=file)

    async def _events(self, job: Job, order: ReportOrder) -> Page:
        path = self._archive.media.made(f"quarantine-{job.id}.json")
        kept = await self._archive.read(partial(quarantine.listed, limit=QUARANTINE_EXPORTED))
        count = await in_thread(write_quarantine, path, kept)
        file = await in_thread(self._archive.file, path, "quarantine.json")
        return Page(
            to=order.to, content=Styled(phrases(order.language).text("quarantine-file", events=count)), file=file
        )

    async def _incident(self, job: Job, order: ReportOrder) -> Page:
        """With stand-ins, so that it may be shown to whoever is to find the fault; real words are asked for apart."""
        number, how = order.arguments
        words = phrases(order.language)
        path = self._archive.media.made(f"incident-{job.id}.zst")
        try:
            count = await in_thread(partial(self._archive.incident, path, int(number), redact=how != WHOLE))
        except ConfigurationError:
            return Page(to=order.to, content=words.styled("incident-gone", number=number))
        file = await in_thread(self._archive.file, path, f"incident-{number}.jsonl.zst")
        said = "incident-whole" if how == WHOLE else "incident-file"
        whole = page_button(words, "button-whole", "incident", order.card, number, WHOLE)
        content = words.styled(said, number=number, lines=count)
        return Page(to=order.to, content=content, file=file, buttons=() if how == WHOLE else ((whole,),))

    async def _look_for_model(self, job: Job, order: ReportOrder) -> ModelFound:
        wanted = order.arguments[0]
        model = next((one for one in await self._archive.responses.models() if one.id == wanted), None)
        return ModelFound(
            at=self._archive.clock(),
            person=order.person,
            job=job.id,
            conversation=order.to,
            model=wanted,
            is_offered=model is not None,
            ends=(model.shutdown_date or "") if model else "",
            card=order.card,
        )


class Digesting:
    """The body of jobs of kind "digest"."""

    def __init__(self, archive: Archive, painter: Painter) -> None:
        self._archive = archive
        self._painter = painter

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(DigestOrder)
        now = order.now.astimezone(self._archive.house.zone)
        found = await self._archive.read(partial(figures.figures, span=order.span, now=now))
        dark = (await self._archive.preferences()).dark_pictures
        pictures = {
            language: await self._painter.drawn(found, order.span, language, f"digest-{job.id}-{language}", dark=dark)
            for language in dict.fromkeys(language for _, language in order.readers)
        }
        pages = tuple(
            Page(to=to, content=spending_text(found, order.span, phrases(language)), file=pictures[language])
            for to, language in order.readers
        )
        return JobResult(ReportReady(at=self._archive.clock(), job=job.id, pages=pages))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        return _crashed(job, self._archive, job.decode_order(DigestOrder).readers)


def _crashed(job: Job, archive: Archive, readers: Iterable[tuple[str, str]]) -> JobResult:
    now = archive.clock()
    event = ReportFailed(at=now, job=job.id, reason="crash", readers=tuple(readers))
    return JobResult(event, posts=alerts("crash", job.id, now))
