"""The cache of large files: a directory with a quota, from which what no job uses is removed, the longest unused first.

A file is in use while it is held. Its row goes before the file itself, and comes after it, so that a kill in between
leaves a file without a row, which the next start removes. Whatever touches the disk runs in a worker thread.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from engine.core.clock import Clock
from engine.core.errors import TransientError
from engine.store import cached
from engine.store.database import Database

DISK_KEPT_BYTES = 256 * 1024 * 1024
"""What is left free on the disk, for the database and everybody else."""
NO_SPACE = "ENOSPC"
"""The code of the error where there is no room on the disk or in the cache."""


class NoRoomError(TransientError):
    """There is no room for a file: until `released` is set, when another one is no longer in use; None if none is."""

    def __init__(self, released: anyio.Event | None) -> None:
        super().__init__(code=NO_SPACE)
        self.released = released


@dataclass(eq=False)
class Held:
    """A file that is in use. Who brings it does so in its turn (`async with held.turn`)."""

    key: str
    size: int
    path: Path
    users: int = 0
    turn: anyio.Lock = field(default_factory=anyio.Lock)
    to_come: int = 0
    """bytes that are still to be written, here or beside the cache"""
    is_unwanted: bool = False
    """it goes when nobody uses it any more"""


class Cache:
    """The directory, its rows and its rules."""

    def __init__(self, database: Database, root: Path, quota_bytes: int, clock: Clock) -> None:
        self._database = database
        self._root = root
        self._quota = quota_bytes
        self._clock = clock
        self._held: dict[str, Held] = {}
        self._beside = itertools.count(1)
        self._deciding = anyio.Lock()
        self._released = anyio.Event()

    async def prepare(self) -> None:
        """Makes the directory, removes files without a row and rows without a file, and keeps to the quota."""
        rows = await self._database.read(cached.all_files)
        lost = await anyio.to_thread.run_sync(_tidy, self._root, {row.key for row in rows})
        if lost:
            await self._database.write(partial(cached.drop, keys=lost))
        async with self._deciding:
            await self._remove_unused(0)

    async def has(self, key: str) -> bool:
        """Whether a file is there whole, or somebody brings it right now: it costs no way of its own."""
        found = await self._database.read(partial(cached.find, key=key))
        return key in self._held or (found is not None and found.sha256 is not None)

    @asynccontextmanager
    async def hold(self, key: str, size: int) -> AsyncIterator[Held]:
        """A file that is not removed for the length of the block; it need not be there yet.

        Raises NoRoomError where neither the quota nor the disk have room for `size` bytes, though everything that
        nobody uses was removed.
        """
        held = await self._admit(key, size)
        try:
            yield held
        finally:
            try:
                with anyio.CancelScope(shield=True), suppress(sqlite3.Error):  # a full disk: only its age is not noted
                    await self._database.write(partial(cached.use, key=key, now=self._clock()))
            finally:
                self._release(held)
            if held.is_unwanted:
                with anyio.CancelScope(shield=True):
                    await self.drop([key])

    @asynccontextmanager
    async def room(self, size: int) -> AsyncIterator[None]:
        """Room on the disk for `size` bytes that are written beside the cache within the block. Raises as `hold`."""
        held = await self._admit(f"beside-{next(self._beside)}", 0, beside=size)
        try:
            yield
        finally:
            self._release(held)

    def _release(self, held: Held) -> None:
        held.users -= 1
        if not held.users:
            del self._held[held.key]
        self._released.set()
        self._released = anyio.Event()

    async def forget(self, held: Held) -> None:
        """What is there of it is worth nothing."""
        await self._database.write(partial(cached.drop, keys=[held.key]))
        await anyio.to_thread.run_sync(_remove, [held.path])

    async def drop(self, keys: Iterable[str]) -> None:
        """Removes these files; those that are in use go when they no longer are."""
        async with self._deciding:
            unused = []
            for key in keys:
                if (held := self._held.get(key)) is None:
                    unused.append(key)
                else:
                    held.is_unwanted = True
            await self._remove(unused)

    async def _admit(self, key: str, size: int, *, beside: int = 0) -> Held:
        released = self._released
        async with self._deciding:
            held = self._held.get(key)
            if held is None and await self._has_room(key, size, beside):
                held = self._held[key] = Held(key, size, self._root / key, to_come=size + beside)
            if held is None:
                raise NoRoomError(released if self._held else None)
            held.users += 1
            return held

    async def _has_room(self, key: str, size: int, beside: int) -> bool:
        """Whether there is room now, after as much was removed as that takes. A file alone may be over the quota, and
        what is written beside the cache is none of it."""
        rows = await self._remove_unused(size, but=key)
        others = sum(held.size for held in self._held.values())
        if size and others and others + size > self._quota:
            return False
        there = await anyio.to_thread.run_sync(_bytes_on_disk, self._root / key)
        wanted = size + beside - there + DISK_KEPT_BYTES + sum(held.to_come for held in self._held.values())
        for row in rows:
            if await self._free() >= wanted:
                break
            if row.key != key and row.key not in self._held:
                await self._remove([row.key])
        return await self._free() >= wanted

    async def _remove_unused(self, wanted: int, but: str = "") -> list[cached.CachedFile]:
        """Removes the longest unused until `wanted` bytes more are within the quota, or all else is in use; what is
        left."""
        rows = await self._database.read(cached.all_files)
        known = {row.key for row in rows}
        taken = sum(row.size for row in rows if row.key != but)
        taken += sum(held.size for held in self._held.values() if held.key not in known)
        gone = []
        for row in rows:
            if taken + wanted <= self._quota:
                break
            if row.key != but and row.key not in self._held:
                gone.append(row.key)
                taken -= row.size
        await self._remove(gone)
        return [row for row in rows if row.key not in gone]

    async def _remove(self, keys: list[str]) -> None:
        if keys:
            await self._database.write(partial(cached.drop, keys=keys))
            await anyio.to_thread.run_sync(_remove, [self._root / key for key in keys])

    async def _free(self) -> int:
        return (await anyio.to_thread.run_sync(shutil.disk_usage, self._root)).free


def _tidy(root: Path, known: set[str]) -> list[str]:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = {path.name for path in root.iterdir()}
    _remove(root / name for name in there - known)
    return sorted(known - there)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _bytes_on_disk(path: Path) -> int:
    """What a file takes on the disk: less than its size while parts of it are missing."""
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0
