"""Fetching: attachments on their way from Telegram to the disk, out of archives too, for whichever job needs them."""

from __future__ import annotations

import errno
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from loguru import logger

from actors.arriving import Arriving, Told, arriving, waiting
from actors.heavy import LIGHT_BYTES, UNPACKED_TO_PACKED, Workbench, in_thread
from actors.orders import Order
from engine.core.conversation import place
from engine.core.errors import NotFetchedError, RefusedError, TransientError, UnreadableFileError
from engine.core.files import Attachment
from engine.media import archives
from engine.runtime.behaviour import Job, JobBody, JobResult
from engine.store.media import Media, safe_ending
from engine.telegram.downloads import ROOM_WAIT_S, Downloads, Wish
from engine.telegram.parts import FILE_CUT
from engine.telegram.sender import Sender
from engine.telegram.standing import StandingTexts

T = TypeVar("T")

UNPACKED_TOGETHER_BYTES = 1024 * 1024 * 1024
"""So much is unpacked of a tar at once, before anybody has asked for more than the first file of it; where the disk has
no room for that, it is one file. A tar is read through for each time: of 500 MB, compressed, that takes a minute."""


def stem_of(job: Job, attachment: Attachment) -> str:
    """How the name of a fetched file begins."""
    return f"{job.id}-{attachment.key}"


class _Opened:
    """An archive that several files of a job are in."""

    def __init__(self) -> None:
        self.reading = anyio.Lock()
        self.out: set[str] = set()
        """the files (`Attachment.key`) that have come out of it"""
        self.bad: dict[str, UnreadableFileError] = {}
        """what is wrong with those of them that have not"""
        self.is_each_alone = False
        """there is no room for several"""


class Fetching:
    """Downloads attachments into the media directory, for whichever job needs them."""

    def __init__(self, downloads: Downloads, sender: Sender, media: Media, standing: StandingTexts) -> None:
        self._downloads = downloads
        self._sender = sender
        self._standing = standing
        self._fetched: dict[str, set[str]] = {}
        """job → how the names of its files begin"""
        self._opened: dict[str, dict[str, _Opened]] = {}
        """job → the archives (`Attachment.key`) that files of it are in"""
        self._bench = Workbench()
        self.media = media

    async def heavily(
        self, job: Job, function: Callable[[], T], size: int | None = None, told: Told | None = None
    ) -> T:
        """Work on a file of so many bytes, outside the event loop, in its turn: a small one has it at once. The message
        of `told` says if it has to wait."""
        if size is not None and size <= LIGHT_BYTES:
            return await in_thread(function)
        person = job.decode_order(Order).person.id
        async with AsyncExitStack() as until_its_turn:
            if told is not None and told.ref and self._bench.is_full(person):
                await until_its_turn.enter_async_context(waiting(self._standing, job, told))
            async with self._bench.turn(person):
                await until_its_turn.aclose()
                return await in_thread(function)

    def telling(self, job: Job, told: Told, files: Sequence[Attachment]) -> AbstractAsyncContextManager[Arriving]:
        """For the length of the block the job's message says how far these files have come."""
        return arriving(self._standing, job, told, files)

    def claim(self, job: Job, stem: str) -> None:
        """Files on their way whose names begin so are this job's: see `tidy`."""
        self._fetched.setdefault(job.id, set()).add(stem)

    async def fetch(self, job: Job, attachment: Attachment, telling: Arriving | None = None) -> Path:
        """The file, whole, for this job alone: another one may want the same file, and be done with it earlier. Raises
        UnreadableFileError (gone, empty, corrupt) and NotFetchedError."""
        target = self._place(job, attachment)
        if not await anyio.Path(target).exists():
            await self._bring(job, attachment, target, telling)
        return target

    def _place(self, job: Job, attachment: Attachment) -> Path:
        stem = stem_of(job, attachment)
        self.claim(job, stem)
        return self.media.incoming(f"{stem}{safe_ending(attachment.name)}")

    async def _bring(self, job: Job, attachment: Attachment, target: Path, telling: Arriving | None) -> None:
        if attachment.archive is not None:
            await self._unpack(job, attachment, attachment.archive, target, telling)
            return
        chat_id, person = place(job.conversation).chat_id, job.decode_order(Order).person.id
        wish = Wish(person) if telling is None else telling.wish(attachment, person)
        try:
            await self._downloads.fetch(chat_id, await self._sender.peer(chat_id), attachment, target, wish)
        except TransientError as error:
            if error.code == FILE_CUT:
                raise UnreadableFileError("shorter than announced", code="corrupt") from error
            raise NotFetchedError(code=error.code or type(error).__name__) from error
        except RefusedError as error:
            logger.warning("job {}: Telegram refuses a file: {}", job.id, error.code)
            raise UnreadableFileError("refused by Telegram", code="gone") from error

    async def _unpack(
        self, job: Job, member: Attachment, archive: Attachment, target: Path, telling: Arriving | None
    ) -> None:
        """A file out of an archive, and others of it that the same job wants: a tar is read through each time. The
        archive is there for the moment only: others may want it, too."""
        packed, folder = target.with_name(f"{target.name}.packed"), target.with_name(f"{target.name}.unpacked")
        opened = self._opened.setdefault(job.id, {}).setdefault(archive.key, _Opened())
        async with opened.reading:
            if await anyio.Path(target).exists():
                return
            if member.key in opened.bad:
                raise opened.bad[member.key]
            try:
                await self._bring(job, archive, packed, telling)
                wanted = {member: target}
                if telling is not None and await in_thread(archives.is_read_through, packed):
                    wanted |= await self._wanted_too(job, member, opened, telling.files)
                try:
                    bad = await self._take_out(job, packed, folder, wanted, ROOM_WAIT_S if len(wanted) == 1 else 0.0)
                except TransientError:
                    if len(wanted) == 1:
                        raise
                    opened.is_each_alone, wanted = True, {member: target}
                    bad = await self._take_out(job, packed, folder, wanted, ROOM_WAIT_S)
                opened.out.update(one.key for one in wanted)
                opened.bad |= bad
            finally:
                with anyio.CancelScope(shield=True):
                    await self.discard(packed)
                    await self.discard_folder(folder)
        if member.key in opened.bad:
            raise opened.bad[member.key]

    async def _wanted_too(
        self, job: Job, member: Attachment, opened: _Opened, files: Iterable[Attachment]
    ) -> dict[Attachment, Path]:
        """Those of the files that are in the same archive, and have not come out of it yet; where they go."""
        left = 0 if opened.is_each_alone else UNPACKED_TOGETHER_BYTES - member.size
        known = {member.key, *opened.out}
        found: dict[Attachment, Path] = {}
        for one in files:
            if one.archive == member.archive and one.key not in known and one.size <= left:
                known.add(one.key)
                if not await anyio.Path(place := self._place(job, one)).exists():
                    found[one] = place
                    left -= one.size
        return found

    async def _take_out(
        self, job: Job, packed: Path, folder: Path, wanted: Mapping[Attachment, Path], room_wait_s: float
    ) -> dict[str, UnreadableFileError]:
        """These files, all out of the same archive, each to its place. What is wrong with the others
        (`Attachment.key`): with all of them where the archive can't be read."""
        places = {one.member: place for one, place in wanted.items()}
        bad: dict[str, UnreadableFileError] = {}
        unpack = partial(
            archives.unpack,
            packed,
            list(places),
            folder,
            depth=next(iter(wanted)).depth,
            still_wanted=anyio.from_thread.check_cancelled,
            spoiled=bad.__setitem__,
        )
        weight = next(iter(wanted)).source.size * UNPACKED_TO_PACKED
        try:
            async with self.room(sum(one.size for one in wanted), room_wait_s):
                for unpacked in await self.heavily(job, unpack, weight):
                    await anyio.Path(unpacked.path).replace(places[unpacked.name])
        except UnreadableFileError as error:
            return {one.key: error for one in wanted}
        return {one.key: bad[one.member] for one in wanted if one.member in bad}

    @asynccontextmanager
    async def room(self, size: int, room_wait_s: float = ROOM_WAIT_S) -> AsyncIterator[None]:
        """Room on the disk for `size` bytes that are made of something fetched. Raises TransientError (ENOSPC) where
        there is none in so many seconds, and with its code for whatever the disk refuses inside the block."""
        async with self._downloads.room(size, room_wait_s):
            with on_disk():
                yield

    async def forget(self, keys: Iterable[str]) -> None:
        """Nothing is kept of these files (`Attachment.key`), once no job uses them."""
        await self._downloads.drop(keys)

    async def discard(self, *paths: Path) -> None:
        """These files are no longer needed."""
        for path in paths:
            await anyio.Path(path).unlink(missing_ok=True)

    async def tidy(self, job: Job) -> None:
        """Nothing that this job has fetched, or made of it on the way to OpenAI, is needed any more."""
        self._opened.pop(job.id, None)
        for stem in self._fetched.pop(job.id, ()):
            await in_thread(self.media.clear, stem)

    async def discard_folder(self, folder: Path) -> None:
        """This folder of files on their way is no longer needed, nor what a kill has left in it."""
        await in_thread(partial(shutil.rmtree, folder, ignore_errors=True))


class Tidied:
    """A body whose job leaves no file on its way behind, whatever it has come to: a bad file, Stop, no money. Where the
    process ends in the middle, the files stay for the next attempt."""

    def __init__(self, body: JobBody, fetching: Fetching) -> None:
        self._body = body
        self._fetching = fetching

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        try:
            result = await self._body.run(job)
        except Exception:  # it is run again, or is given up
            await self._fetching.tidy(job)
            raise
        with anyio.CancelScope(shield=True):
            await self._fetching.tidy(job)
        return result

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        return await self._body.crashed(job)


@contextmanager
def on_disk() -> Iterator[None]:
    """What the disk refuses inside the block is told as TransientError with its code (ENOSPC, ...)."""
    try:
        yield
    except OSError as error:
        raise TransientError(code=errno.errorcode.get(error.errno or 0, type(error).__name__)) from error
