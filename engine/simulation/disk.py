"""The disk of a simulated machine: SQLite without threads, that can be full, and that a killed process can't reach."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from engine.store.database import Database, committing, prepare

T = TypeVar("T")

STATEMENTS_CACHED = 256


class Disk:
    """What all lives of one bot share. `is_full`: commits fail until it is not."""

    def __init__(self) -> None:
        self.is_full = False


class Drive:
    """A connection of one life: what runs here runs whole or not at all, and in the event loop's own thread."""

    def __init__(self, path: Path, disk: Disk, is_dead: Callable[[], bool], *, writes: bool) -> None:
        self._disk = disk
        self._is_dead = is_dead
        self._writes = writes
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=STATEMENTS_CACHED)
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            self.connection.execute(f"PRAGMA {pragma}")

    async def run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """See engine.store.database.Runs. A kill may come before, and after, but not amid."""
        await asyncio.sleep(0)
        if self._is_dead():
            raise sqlite3.OperationalError("the process was killed")
        if self._writes and self._disk.is_full:
            raise sqlite3.OperationalError("database or disk is full")
        result = unit(self.connection)
        await asyncio.sleep(0)
        return result


@asynccontextmanager
async def drives(path: Path, disk: Disk, is_dead: Callable[[], bool]) -> AsyncIterator[Database]:
    """The store of one life (in place of engine.store.database.open_database)."""
    writer = Drive(path, disk, is_dead, writes=True)
    prepare(writer.connection, str(path))
    reader = Drive(path, disk, is_dead, writes=False)
    try:
        async with committing(writer, reader) as database:
            yield database
    finally:
        reader.connection.close()
        writer.connection.close()
