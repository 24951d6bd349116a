"""The SQLite file: one writer that groups commits, one reader, numbered migrations.

    unit = a plain function of a sqlite3.Connection, run in SQLite's own thread

`write(unit)` returns when the unit is on disk. All units that arrive while a commit runs go into the next one, so a
hundred chats pay for one fdatasync. Each unit runs in a savepoint: one that raises is rolled back alone and its caller
gets the error. Units run in the order in which they were given.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar, cast

import aiosqlite
import anyio
import anyio.to_thread

from engine.core.errors import ConfigurationError, NewerDatabaseError

T = TypeVar("T")

VERSION = 1
"""The version of schema.sql."""
BUSY_TIMEOUT_S = 10.0
"""How long a statement waits for another process (a backup, `sqlite3` by hand) before it fails."""
UNITS_PER_COMMIT = 512
"""The most units in one transaction: bounds how long the first of them waits."""
STATEMENTS_CACHED = 256

PRIVATE = 0o600
"""The rights on the database's files."""

MIGRATIONS = Path(__file__).with_name("migrations")


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection, which can also run a whole function in its thread: one hop for many statements."""

    under_way: ClassVar[int] = 0

    async def run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        _Connection.under_way += 1
        try:
            return cast("T", await self._execute(unit, self._conn))  # type: ignore[no-untyped-call]
        finally:
            _Connection.under_way -= 1

    async def close(self) -> None:
        """Waits for its thread, whoever else is in a hurry: a thread that outlives the loop has nobody to answer to."""
        _Connection.under_way += 1
        try:
            with anyio.CancelScope(shield=True):
                await super().close()
        finally:
            _Connection.under_way -= 1


def calls_under_way() -> int:
    """Calls of this process that SQLite's threads have not answered: a clock that jumps must not jump meanwhile."""
    return _Connection.under_way


class Runs(Protocol):
    """A connection on which units run, one after the other."""

    async def run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """What the unit returns, or raises."""


class Writing(Generic[T]):
    """A unit that has been given, and waits for its commit."""

    __slots__ = ("committed", "error", "result", "unit")

    def __init__(self, unit: Callable[[sqlite3.Connection], T]) -> None:
        self.unit = unit
        self.committed = anyio.Event()
        self.result: T | None = None
        self.error: Exception | None = None

    async def done(self) -> T:
        """The unit's result, once that is on disk. Raises what the unit raised."""
        await self.committed.wait()
        if self.error is not None:
            raise self.error
        return cast("T", self.result)


class Database:
    """An open database. Use `open_database`."""

    def __init__(self, writer: Runs, reader: Runs) -> None:
        self._writer = writer
        self._reader = reader
        self._waiting: deque[Writing[Any]] = deque()
        self._arrived = anyio.Event()
        self._closing = False
        self.commits = 0
        """transactions so far, for the figures"""

    async def write(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `unit` in the next transaction; its result, once that is on disk. Raises what the unit raised."""
        return await self.begin_write(unit).done()

    def begin_write(self, unit: Callable[[sqlite3.Connection], T]) -> Writing[T]:
        """Gives `unit` now, so that what is given in the same breath is in the same transaction."""
        if self._closing:
            raise RuntimeError("the database is closed")
        writing = Writing(unit)
        self._waiting.append(writing)
        self._arrived.set()
        return writing

    def write_later(self, unit: Callable[[sqlite3.Connection], object]) -> None:
        """Runs `unit` in the next transaction, before any unit given after it; nobody waits for it."""
        self.begin_write(unit)

    async def read(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """Runs `unit` on the reading connection: sees everything that `write` has returned from, as it is at one
        moment."""
        return await self._reader.run(lambda connection: _run_snapshot(connection, unit))

    async def commit_groups(self) -> None:
        """The writer's loop: ends when the database is closed and nothing waits any more."""
        while self._waiting or not self._closing:
            if not self._waiting:
                self._arrived = anyio.Event()
                await self._arrived.wait()
                continue
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), UNITS_PER_COMMIT))]
            await self._commit(group)

    async def _commit(self, group: list[Writing[Any]]) -> None:
        try:
            await self._writer.run(lambda connection: _run_group(connection, group))
            self.commits += 1
        except sqlite3.Error as error:  # the commit itself: disk full, I/O error
            for writing in group:
                writing.error = error
        finally:
            for writing in group:
                writing.committed.set()

    def close(self) -> None:
        """Takes no new units; those that wait are still committed."""
        self._closing = True
        self._arrived.set()


@contextmanager
def all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    """Of what the block writes, within a unit; nothing where it raises."""
    connection.execute("SAVEPOINT block")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK TO block")
        raise
    finally:
        connection.execute("RELEASE block")


def _run_snapshot(connection: sqlite3.Connection, unit: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return unit(connection)
    finally:
        connection.execute("COMMIT")


def _run_group(connection: sqlite3.Connection, group: list[Writing[Any]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for writing in group:
            connection.execute("SAVEPOINT unit")
            try:
                writing.result = writing.unit(connection)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
                connection.execute("ROLLBACK TO unit")
                writing.error = error
            connection.execute("RELEASE unit")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@asynccontextmanager
async def open_database(path: str | Path, *, durable: bool = True) -> AsyncIterator[Database]:
    """Opens (and makes, or migrates) the database at `path`, for the length of the block.

    `durable=False` leaves out the fdatasync of each commit: for tests and benchmarks only.
    Raises NewerDatabaseError, and ConfigurationError where the file can't be opened or is not a database.
    """
    location = str(path)
    try:
        await anyio.to_thread.run_sync(_look_at, location)
    except sqlite3.Error as error:
        raise ConfigurationError(f"DATABASE_PATH={location} is not a usable database: {error}") from error
    writer = await _connect(location, durable=durable)
    try:
        await writer.run(lambda connection: prepare(connection, location))
        reader = await _connect(location, durable=durable)
        try:
            async with committing(writer, reader) as database:
                yield database
        finally:
            with anyio.CancelScope(shield=True):  # their threads must have ended before the loop does
                await reader.close()
    finally:
        with anyio.CancelScope(shield=True):
            await writer.close()


@asynccontextmanager
async def committing(writer: Runs, reader: Runs) -> AsyncIterator[Database]:
    """A database on two connections, whose writer commits for the length of the block and until nothing waits."""
    database = Database(writer, reader)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_commit_to_the_end, database)
        try:
            yield database
        finally:
            database.close()


async def _commit_to_the_end(database: Database) -> None:
    """Whoever is cancelled may still have something to write down, and waits for it: it ends when the database is
    closed, which is after all of them."""
    with anyio.CancelScope(shield=True):
        await database.commit_groups()


def _look_at(location: str) -> None:
    """Raises sqlite3.Error where there can be no database (before a connection has its own thread)."""
    _keep_private(Path(location))
    connection = sqlite3.connect(location, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _keep_private(path: Path) -> None:
    """Nobody else on this machine reads what people say, or the login. SQLite gives its log the same rights."""
    with suppress(OSError):  # what is wrong with the path is told by SQLite
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE))
        for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if file.exists() and file.stat().st_mode & 0o077:
                file.chmod(PRIVATE)


async def _connect(location: str, *, durable: bool) -> _Connection:
    def connector() -> sqlite3.Connection:
        connection = sqlite3.connect(
            location,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS_CACHED,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # what a savepoint may have to undo needs no file
        return connection

    connection = _Connection(connector, iter_chunk_size=64)
    _Connection.under_way += 1
    try:
        return cast("_Connection", await connection)
    finally:
        _Connection.under_way -= 1


def prepare(connection: sqlite3.Connection, location: str) -> None:
    """Makes the tables of a new database, or brings an old one up to date. Raises NewerDatabaseError."""
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise NewerDatabaseError(
            f"{location} was written by a newer version of GPTTG (database version {found}, this program knows "
            f"{VERSION}). Install that version, or set DATABASE_PATH to another file."
        )
    if found == 0:
        secret = f"INSERT INTO installation VALUES ('secret', x'{secrets.token_hex(32)}')"  # noqa: S608 - hex digits
        connection.executescript(f"BEGIN; {schema()}; {secret}; PRAGMA user_version = {VERSION}; COMMIT;")
    else:
        migrate(connection, found, VERSION, MIGRATIONS)


def schema() -> str:
    """schema.sql: beside the packages in a checkout, inside engine.store in a wheel."""
    installed = files("engine.store") / "schema.sql"
    return (installed if installed.is_file() else Path(__file__).parents[2] / "schema.sql").read_text("utf-8")


def migrate(connection: sqlite3.Connection, found: int, wanted: int, migrations: Path) -> None:
    """Brings a database from version `found` to `wanted`: one file `NNNN_*.sql` and one transaction a version."""
    for version in range(found + 1, wanted + 1):
        (script,) = migrations.glob(f"{version:04}_*.sql")
        connection.executescript(f"BEGIN; {script.read_text('utf-8')}; PRAGMA user_version = {version}; COMMIT;")
