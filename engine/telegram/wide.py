"""Large files on their way from Telegram: many parts at once over several lines, written where they belong.

    workers ─► part (Lines) ─► disk, by the carrier ─┐
      ▲ the next that is missing                     ▼ every few parts
      └───────────────── fdatasync ─► hash as far as there is no gap ─► map in the database

The disk has the parts before the map says so; a kill costs the parts since the last time.
"""

from __future__ import annotations

import errno
import os
import secrets
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from engine.core.clock import Clock
from engine.core.errors import GpttgError, OutageError, TransientError, UnreadableFileError
from engine.store import cached
from engine.store.cache import Held
from engine.store.database import Database
from engine.telegram.carrier import Piece
from engine.telegram.lines import REQUESTS_AT_ONCE, Lines
from engine.telegram.parts import FILE_CUT, PART_BYTES, PartMap
from engine.telegram.patience import patiently
from engine.telegram.progress import Meter, Progress
from engine.telegram.references import RemoteFile

PARTS_PER_NOTE = 256
NOTED_EVERY_S = 10.0
"""So many new parts are made durable together, or those of so many seconds: what a kill can cost. Syncing more often
slows the writing down."""


class WideDownloads:
    """Brings large files into the cache."""

    def __init__(self, lines: Lines, database: Database, clock: Clock) -> None:
        self.lines = lines
        self.database = database
        self.clock = clock

    async def bring(self, held: Held, source: RemoteFile, progress: Progress | None = None) -> bytes:
        """The file becomes whole, from whatever is there of it; its SHA-256.

        Raises UnreadableFileError (gone, corrupt), TransientError with the disk's code, and what the lines raise when
        waiting did not help. The parts that came stay, and the next call goes on from there.
        """
        found = await self.database.read(partial(cached.find, key=held.key))
        try:
            file, was_there = await anyio.to_thread.run_sync(_open, held.path, held.size)
            try:
                if found is None or found.size != held.size or not was_there:
                    await self.database.write(partial(cached.begin, key=held.key, size=held.size, now=self.clock()))
                    found = None
                elif found.sha256 is not None:
                    held.to_come = 0
                    return found.sha256
                parts = PartMap(held.size, b"" if found is None else found.parts)
                meter = Meter(progress, held.size, parts.bytes_there)
                return await _WideDownload(self, held, source, parts, file, meter).run()
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(os.close, file)
        except OSError as error:
            raise TransientError(code=errno.errorcode.get(error.errno or 0, type(error).__name__)) from error


class _WideDownload:
    """One file on its way."""

    def __init__(
        self, shared: WideDownloads, held: Held, source: RemoteFile, parts: PartMap, file: int, meter: Meter
    ) -> None:
        self._shared = shared
        self._held = held
        self._source = source
        self._parts = parts
        self._file = file
        self._meter = meter
        self._growth = secrets.token_hex(8)
        self._sha256 = b""
        self._unnoted = 0
        self._enough = anyio.Event()
        self._failure: GpttgError | OSError | None = None

    async def run(self) -> bytes:
        self._held.to_come = self._held.size - self._parts.bytes_there
        try:
            async with anyio.create_task_group() as noting:
                async with anyio.create_task_group() as workers:
                    noting.start_soon(self._note_often, workers.cancel_scope)
                    for _ in range(REQUESTS_AT_ONCE):
                        workers.start_soon(self._work, workers.cancel_scope)
                noting.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._note(hashes=self._parts.is_whole)
        if self._failure is not None:
            raise self._failure
        await anyio.to_thread.run_sync(_check_is_still_there, self._held.path, self._file)
        keep = partial(cached.complete, key=self._held.key, parts=bytes(self._parts), sha256=self._sha256)
        await self._shared.database.write(keep)
        return self._sha256

    async def _work(self, all_work: anyio.CancelScope) -> None:
        try:
            while (number := self._parts.take()) is not None:
                await patiently(partial(self._fetch, number))
                self._came(number, self._parts.length(number))
        except (GpttgError, OSError) as error:
            self._fail(error, all_work)

    def _fail(self, error: GpttgError | OSError, all_work: anyio.CancelScope) -> None:
        """It is raised in the end as itself, not in a group of errors."""
        self._failure = self._failure or error
        all_work.cancel()

    async def _fetch(self, number: int) -> None:
        piece = Piece(self._held.path, number * PART_BYTES, self._parts.length(number))
        count = await self._source.part(partial(self._shared.lines.fetch, piece=piece), piece.offset, PART_BYTES)
        if count < piece.length:
            raise OutageError(code=FILE_CUT)
        if count > piece.length:
            raise UnreadableFileError(code="corrupt")

    def _came(self, number: int, count: int) -> None:
        self._parts.add(number)
        self._held.to_come -= count
        self._meter.add(count)
        self._unnoted += 1
        if self._unnoted >= PARTS_PER_NOTE:
            self._enough.set()

    async def _note_often(self, all_work: anyio.CancelScope) -> None:
        try:
            while True:
                with anyio.move_on_after(NOTED_EVERY_S):
                    await self._enough.wait()
                if self._unnoted:
                    with anyio.CancelScope(shield=True):  # one after the other
                        await self._note()
        except (GpttgError, OSError) as error:
            self._fail(error, all_work)

    async def _note(self, *, hashes: bool = True) -> None:
        """Disk, then map, then hash: as far as all has come by now. Of what is given up nobody needs the hash."""
        self._enough, noted, self._unnoted = anyio.Event(), bytes(self._parts), 0
        upto = self._parts.prefix()
        await anyio.to_thread.run_sync(os.fdatasync, self._file)
        await self._shared.database.write(partial(cached.keep_parts, key=self._held.key, parts=noted))
        if hashes:
            self._sha256 = await self._shared.lines.sha256(self._held.path, self._growth, upto)


def _open(path: Path, size: int) -> tuple[int, bool]:
    """A descriptor, and whether the file was there in its whole length (with holes, perhaps)."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        was_there = os.fstat(file).st_size == size
        if not was_there:
            os.ftruncate(file, 0)
            os.ftruncate(file, size)
    except OSError:
        os.close(file)
        raise
    return file, was_there


def _check_is_still_there(path: Path, file: int) -> None:
    """Raises FileNotFoundError where somebody has removed or replaced it meanwhile."""
    if path.stat().st_ino != os.fstat(file).st_ino:
        raise FileNotFoundError(errno.ENOENT, "the file has been replaced")
