"""Files on their way from Telegram: small ones part after part to the disk, large ones through the cache.

up to SMALL_BYTES   one request at a time over the client's own connection, straight to where the job wants it
larger              many parts at once over lines of their own (wide.py), into the cache, where they can be held; what
                    is not there yet waits for its turn (engine/queue.py)
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import anyio.to_thread
from loguru import logger

from engine.core.errors import OutageError, TransientError, UnreadableFileError
from engine.core.files import Attachment
from engine.queue import Queue, Waits
from engine.store.cache import NO_SPACE, Cache, Held, NoRoomError
from engine.telegram.parts import FILE_CUT
from engine.telegram.patience import patiently
from engine.telegram.progress import Meter, Progress
from engine.telegram.references import STALE, FileClient, RemoteFile, bytes_of
from engine.telegram.wide import WideDownloads

__all__ = [
    "FILE_BYTES",
    "PARTS_AT_ONCE",
    "PART_BYTES",
    "SMALL_BYTES",
    "STALE",
    "Downloads",
    "FileClient",
    "Large",
    "Wish",
]

PART_BYTES = 1024 * 1024
"""The largest part that Telegram gives; none may cross a border of this size."""
FILE_BYTES = 4_000 * 1024 * 1024
"""The largest file that anybody can send (with Telegram Premium)."""
SMALL_BYTES = 4 * 1024 * 1024
"""Up to this size a file is not worth lines of its own."""
PARTS_AT_ONCE = 16
"""Parts of small files on their way at the same moment, over all files."""
ROOM_WAIT_S = 900.0
"""How long a file waits until others that are in use make room."""


class LargeFiles(Queue):
    """The queue of large files."""

    AT_ONCE = 4
    """the lines carry no more the more share them (lines.REQUESTS_AT_ONCE)"""
    OF_ONE_PERSON = 2
    """so that somebody with gigabytes leaves room for everybody else"""


class Large(NamedTuple):
    """What large files need."""

    cache: Cache
    downloads: WideDownloads


class Wish(NamedTuple):
    """Who wants a file, and what is told meanwhile."""

    person: int = 0
    """whose turn it takes in the queue"""
    progress: Progress | None = None
    waits: Waits | None = None


UNTOLD = Wish()
"""Nobody in particular wants it, and nothing is told."""


class Brought(NamedTuple):
    """A large file on the disk, whole."""

    path: Path
    size: int
    sha256: bytes


class Downloads:
    """Fetches files. Without `large` all of them are fetched as small ones are."""

    def __init__(self, client: FileClient, large: Large | None = None) -> None:
        self._client = client
        self._large = large
        self._queue = LargeFiles()
        self._slots = anyio.Semaphore(PARTS_AT_ONCE)

    async def fetch(
        self,
        chat_id: int,
        peer: Any,
        attachment: Attachment,
        target: Path,
        wish: Wish = UNTOLD,
    ) -> None:
        """Brings a file to `target`, whole; until then a small one grows as `target` with ".part" behind its name.

        Raises UnreadableFileError (gone: the message or its file is no longer there; corrupt: it is longer than was
        announced; empty), FloodWaitError and OutageError where waiting a while did not help, TransientError where
        the disk does not take it, RefusedError for whatever else Telegram says. Nothing is left at `target` then;
        of a large file the cache keeps what has come.
        """
        if self.is_large(attachment):
            async with self.held(chat_id, peer, attachment, wish) as brought:
                try:
                    await anyio.to_thread.run_sync(_link, brought.path, target)
                except OSError as error:
                    raise _of_disk(error) from error
        else:
            source = RemoteFile(self._client, peer, attachment)
            await self._fetch_small(chat_id, source, attachment, target, wish.progress)

    def is_large(self, attachment: Attachment) -> bool:
        """Whether it goes through the cache, and may be `held`."""
        return self._large is not None and SMALL_BYTES < attachment.size <= FILE_BYTES

    @asynccontextmanager
    async def held(
        self,
        chat_id: int,
        peer: Any,
        attachment: Attachment,
        wish: Wish = UNTOLD,
    ) -> AsyncIterator[Brought]:
        """A large file, whole and with its hash; it stays in the cache for the length of the block at least. Raises as
        `fetch`, and AssertionError for a small one."""
        assert self._large is not None
        assert self.is_large(attachment)
        cache = self._large.cache
        source = RemoteFile(self._client, peer, attachment)
        room_wait_s = ROOM_WAIT_S
        async with AsyncExitStack() as block:
            while True:
                try:
                    async with AsyncExitStack() as turn:
                        if not await cache.has(attachment.key):
                            await turn.enter_async_context(self._queue.turn(wish.person or chat_id, wish.waits))
                        held = await block.enter_async_context(cache.hold(attachment.key, attachment.size))
                        digest = await self._brought(held, source, wish.progress)
                    break
                except NoRoomError as full:  # whoever needs less must not wait behind it
                    room_wait_s -= await _released(full, room_wait_s, wish.waits)
            logger.debug("{} bytes came from chat {}", held.size, chat_id)
            yield Brought(held.path, held.size, digest)

    async def _brought(self, held: Held, source: RemoteFile, progress: Progress | None) -> bytes:
        """What is missing of a file that is held comes, unless somebody else brings it right now; its hash."""
        assert self._large is not None
        cache, downloads = self._large
        async with held.turn:
            try:
                return await downloads.bring(held, source, progress)
            except (UnreadableFileError, TransientError) as error:
                if isinstance(error, UnreadableFileError) or error.code == NO_SPACE:
                    await cache.forget(held)
                raise

    @asynccontextmanager
    async def room(self, size: int, room_wait_s: float = ROOM_WAIT_S) -> AsyncIterator[None]:
        """Room on the disk for `size` bytes that are written within the block; what nobody uses goes from the cache.
        Raises TransientError (ENOSPC) where that is not enough, within so many seconds."""
        async with AsyncExitStack() as block:
            while self._large is not None:
                try:
                    await block.enter_async_context(self._large.cache.room(size))
                    break
                except NoRoomError as full:
                    room_wait_s -= await _released(full, room_wait_s)
            yield

    async def drop(self, keys: Iterable[str]) -> None:
        """Large files of these keys (`Attachment.key`) are no longer kept, once no job uses them."""
        if self._large is not None:
            await self._large.cache.drop(keys)

    async def _fetch_small(
        self, chat_id: int, source: RemoteFile, wanted: Attachment, target: Path, progress: Progress | None
    ) -> None:
        growing = anyio.Path(target.with_name(f"{target.name}.part"))
        try:
            await growing.parent.mkdir(parents=True, exist_ok=True)
            async with await anyio.open_file(growing, "wb") as file:
                size = await self._write(file, source, wanted.size, Meter(progress, wanted.size))
            await growing.replace(target)
        except OSError as error:
            raise _of_disk(error) from error
        finally:
            with anyio.CancelScope(shield=True), suppress(OSError):
                await growing.unlink(missing_ok=True)
        logger.debug("{} bytes came from chat {}", size, chat_id)

    async def _write(self, file: anyio.AsyncFile[bytes], source: RemoteFile, announced: int, meter: Meter) -> int:
        """Writes the file from its beginning; its length in bytes."""
        offset = 0
        while not announced or offset < announced:
            part = await patiently(partial(self._part, source, offset, announced))
            await file.write(part)
            offset += len(part)
            meter.add(len(part))
            if offset > (announced or FILE_BYTES):
                raise UnreadableFileError(code="corrupt" if announced else "too_large")
            if len(part) < PART_BYTES:
                break
        if offset == 0:
            raise UnreadableFileError(code="empty")
        return offset

    async def _part(self, source: RemoteFile, offset: int, announced: int) -> bytes:
        async with self._slots:
            part = bytes_of(await source.part(self._client.invoke_at, offset, PART_BYTES))
        if len(part) < min(PART_BYTES, announced - offset):
            raise OutageError(code=FILE_CUT)
        return part


async def _released(full: NoRoomError, wait_s: float, waits: Waits | None = None) -> float:
    """Returns when there may be room: after so many seconds. Raises `full` where nobody can make any, or has by
    then."""
    if full.released is None:
        raise full
    if waits is not None:
        waits(1)
    began_s = anyio.current_time()
    with anyio.CancelScope(deadline=began_s + wait_s) as scope:
        await full.released.wait()
    if waits is not None:
        waits(0)
    if scope.cancelled_caught:
        raise full
    return anyio.current_time() - began_s


def _link(whole: Path, target: Path) -> None:
    """The same file under another name: it may leave the cache, and costs nothing as long as it is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{secrets.token_hex(8)}.part")  # several may want it there at once
    try:
        try:
            os.link(whole, part)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
                raise
            shutil.copyfile(whole, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)  # of two names of one file, replacing leaves both


def _of_disk(error: OSError) -> TransientError:
    return TransientError(code=errno.errorcode.get(error.errno or 0, type(error).__name__))
