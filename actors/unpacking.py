"""The job that looks into an archive: what is in it, and which of that can be opened. Nothing is unpacked here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import anyio
import anyio.from_thread
from loguru import logger

from actors.alerts import alerts
from actors.arriving import Told
from actors.events import ArchiveListed, ListingFailed
from actors.failures import failure_of
from actors.fetching import Fetching
from actors.heavy import UNPACKED_TO_PACKED, in_thread
from actors.intake import Route, route
from actors.orders import PAGE_FILES, ListingOrder
from engine.core.clock import Clock
from engine.core.errors import GpttgError
from engine.core.files import Attachment, media_type
from engine.media.archives import MEMBER_BYTES_MOST, NESTING_MOST, ArchiveLook, Member, look_at_archive
from engine.runtime.behaviour import Job, JobResult
from engine.telegram.media import safe_name

LISTING_TIMEOUT_S = 3_600.0
"""The longest that it may take, the download included."""
LOOKS_KEPT, LOOK_KEPT_S = 4, 86_400.0
"""So many archives are known for so long, for those who turn the pages: a tar is read through to list it."""


class Looks:
    """What is in the archives that were looked into last, in memory only."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[float, ArchiveLook]] = OrderedDict()
        """by conversation and `Attachment.key`, with when each goes (seconds of the event loop)"""

    def find(self, conversation: str, archive: Attachment) -> ArchiveLook | None:
        """What is in it, where that is still known."""
        self._drop(lambda _, until: until < anyio.current_time())
        kept = self._kept.get((conversation, archive.key))
        return None if kept is None else kept[1]

    def keep(self, conversation: str, archive: Attachment, look: ArchiveLook) -> None:
        """It is known from now on."""
        self._kept[conversation, archive.key] = (anyio.current_time() + LOOK_KEPT_S, look)
        self._kept.move_to_end((conversation, archive.key))
        if len(self._kept) > LOOKS_KEPT:
            self._kept.popitem(last=False)

    def forget(self, conversation: str) -> None:
        """Nothing is known of what was sent there."""
        self._drop(lambda whose, _: whose == conversation)

    def _drop(self, is_over: Callable[[str, float], bool]) -> None:
        for (conversation, key), (until, _) in list(self._kept.items()):
            if is_over(conversation, until):
                del self._kept[conversation, key]


class Listing:
    """The body of jobs of kind "list"."""

    def __init__(self, fetching: Fetching, looks: Looks, clock: Clock) -> None:
        self._fetching = fetching
        self._looks = looks
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(ListingOrder)
        look: ArchiveLook | None = None
        try:
            with job.stoppable(), anyio.fail_after(LISTING_TIMEOUT_S):
                look = self._looks.find(job.conversation, order.archive) or await self._look(job, order)
        except (GpttgError, TimeoutError) as error:
            logger.info("job {}: an archive can't be looked into: {}", job.id, error)
            failure = failure_of(error)
            posts = alerts(failure.alert, failure.detail, self._clock()) if failure.alert else []
            return JobResult(self._failed(job, order, failure.reason), posts=posts)
        if look is None:
            return JobResult(self._failed(job, order, "stopped"))
        self._looks.keep(job.conversation, order.archive, look)
        return JobResult(await in_thread(self._listed, job, order, look))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        event = self._failed(job, job.decode_order(ListingOrder), "crash")
        return JobResult(event, posts=alerts("crash", job.id, self._clock()))

    async def _look(self, job: Job, order: ListingOrder) -> ArchiveLook:
        told = Told(order.ref, order.language, "arriving-then-list")
        async with self._fetching.telling(job, told, [order.archive]) as telling:
            path = await self._fetching.fetch(job, order.archive, telling)
        try:
            look = partial(
                look_at_archive,
                path,
                depth=order.archive.depth + 1,
                still_wanted=anyio.from_thread.check_cancelled,
            )
            return await self._fetching.heavily(job, look, order.archive.size * UNPACKED_TO_PACKED, told)
        finally:
            with anyio.CancelScope(shield=True):
                await self._fetching.discard(path)

    def _listed(self, job: Job, order: ListingOrder, look: ArchiveLook) -> ArchiveListed:
        members = sorted(look.members, key=lambda member: member.name)
        page = members[order.page * PAGE_FILES : (order.page + 1) * PAGE_FILES]
        readable = [member_of(order.archive, member) for member in page if _is_openable(member)]
        return ArchiveListed(
            at=self._clock(),
            job=job.id,
            held=order.held,
            ref=order.ref,
            name=order.archive.name,
            shown=tuple((member.name, member.size, member.is_encrypted) for member in page),
            too_large=tuple(place for place, member in enumerate(page) if _is_too_large(member)),
            readable=tuple(file for file in readable if _is_usable(file)),
            page=order.page,
            count=len(members),
            size=look.size,
            left_out=look.left_out,
        )

    def _failed(self, job: Job, order: ListingOrder, reason: str) -> ListingFailed:
        return ListingFailed(
            at=self._clock(), job=job.id, held=order.held, ref=order.ref, name=order.archive.name, reason=reason
        )


def member_of(archive: Attachment, member: Member) -> Attachment:
    """A file of an archive as if it had been sent alone."""
    mime = media_type("", member.name, member.size)
    kind = mime.partition("/")[0]
    kinds = {"image": "picture", "audio": "audio", "video": "video"}
    return Attachment(
        kind="document" if mime.startswith("image/svg") else kinds.get(kind, "document"),
        message_id=archive.message_id,
        file_id=archive.file_id,
        access_hash=archive.access_hash,
        dc_id=archive.dc_id,
        size=member.size,
        name=safe_name(member.name),
        mime=mime,
        archive=archive,
        member=member.name,
    )


def _is_openable(member: Member) -> bool:
    return member.size > 0 and not member.is_encrypted and not _is_too_large(member)


def _is_too_large(member: Member) -> bool:
    return member.size > MEMBER_BYTES_MOST or member.is_bomb


def _is_usable(file: Attachment) -> bool:
    """Whether something sensible can be done with it: it is no program, and no archive too deep in archives."""
    return route(file) is not Route.REFUSE and file.depth <= NESTING_MOST
