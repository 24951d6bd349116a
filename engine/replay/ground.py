"""The ground that a replay stands on: a database in memory, and a clock that shows what the recording says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec

from engine.core.clock import to_micros
from engine.core.errors import ConfigurationError
from engine.recording.lines import AnyLine, Json, Start
from engine.replay.script import Script
from engine.store.database import Database, Writing, schema

T = TypeVar("T")

UNRECORDED_ID = 10**12
"""Inbox rows that the recording does not have get ids from here on."""
SECRET = bytes(32)
"""The installation's secret: random_ids are not compared."""

_GIVEN = """
CREATE TABLE given_events AS SELECT id, conversation, status IN ('pending', 'postponed') AS is_waiting FROM inbox;
CREATE TABLE given_calls AS SELECT id FROM outbox;
CREATE TABLE given_lines AS SELECT id FROM ledger;
CREATE TABLE given_totals AS SELECT scope, period, start, cost_nanousd, calls, unpriced FROM spent;
"""
"""What the recording begins with: events, calls, lines of the ledger, and its totals."""
_AS_RECORDED = """
CREATE TABLE recorded_ids (key TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER inbox_as_recorded AFTER INSERT ON inbox
WHEN NEW.id IS NOT (SELECT id FROM recorded_ids WHERE key = NEW.key)
BEGIN UPDATE inbox SET id = coalesce(
    (SELECT id FROM recorded_ids WHERE key = NEW.key),
    (SELECT max(@UNRECORDED, 1 + max(id)) FROM inbox)
) WHERE id = NEW.id; END;
"""
"""Jobs, refs and buttons are named after inbox ids: rows get those of the recording, by their keys. `expect` makes the
next row come with the right one at once; where something else comes, the trigger gives it another."""

SEEN_BY_THE_DESK = {"people": "id", "conversations": "key", "inbox": "id", "audit": "id"}
"""Tables of which the desk sees rows that others have made, and their keys."""


class RecordedClock:
    """Shows what it is told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """See engine.core.clock."""
        return self.now


class _Written(Writing[T]):
    """A unit that has run already: nobody has to wait for it."""

    __slots__ = ()

    def __init__(self, unit: Callable[[sqlite3.Connection], T]) -> None:  # without the event of its superclass
        self.unit = unit
        self.result: T | None = None
        self.error: Exception | None = None

    async def done(self) -> T:
        """See Writing."""
        if self.error is not None:
            raise self.error
        return cast("T", self.result)


class InlineDatabase(Database):
    """The store without its threads: a unit runs at once, in the one transaction that a replay is. Nothing of it is
    durable, and what a unit raises is raised where the replay is awaited."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.commits = 0
        self.has_refused = False
        """whether a unit that was begun has raised: whoever waits for it hears of that later"""

    async def write(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """See Database."""
        return self._run(unit)

    def begin_write(self, unit: Callable[[sqlite3.Connection], T]) -> Writing[T]:
        """See Database."""
        written = _Written(unit)
        try:
            written.result = self._run(unit)
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            written.error, self.has_refused = error, True
        return written

    def write_later(self, unit: Callable[[sqlite3.Connection], object]) -> None:
        """See Database."""
        self._run(unit)

    async def read(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """See Database."""
        return unit(self._connection)

    def close(self) -> None:
        """See Database."""
        self._connection.close()

    def expect(self, event_id: int) -> None:
        """The next inbox row is probably this one."""
        self._connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'inbox'", (event_id - 1,))

    def _run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        self.commits += 1
        return unit(self._connection)


@contextmanager
def ground(script: Script) -> Iterator[InlineDatabase]:
    """A database as it was before the recording's first event."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA secure_delete = OFF")
        connection.executescript(schema())
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('inbox', 0)")
        connection.execute("INSERT INTO installation VALUES ('secret', ?)", (SECRET,))
        connection.execute("BEGIN")
        if script.house is not None:
            with reading(script, script.house, "the house"):
                for table, rows in script.house.rows.items():
                    for row in rows:
                        _insert(connection, table, row, "")
        for start in script.starts.values():
            with reading(script, start, f"the beginning of conversation {start.conversation}"):
                _put(connection, start, script)
        connection.execute("COMMIT")
        connection.executescript(_GIVEN)
        # not before: what the recording begins with has its ids
        connection.executescript(_AS_RECORDED.replace("@UNRECORDED", str(UNRECORDED_ID)))
        connection.execute("BEGIN")
        connection.executemany("INSERT OR IGNORE INTO recorded_ids VALUES (?, ?)", script.ids.items())
        yield InlineDatabase(connection)
    finally:
        connection.close()


@contextmanager
def reading(script: Script, line: AnyLine, what: str) -> Iterator[None]:
    """What is not as a recording has it is told as a ConfigurationError, with its line, and `what` in it it is of."""
    try:
        yield
    except (msgspec.MsgspecError, sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError) as error:
        reason = f"there is no {error}" if isinstance(error, KeyError) else error
        raise ConfigurationError(f"{script.where(line)}: {what} of this recording can't be read: {reason}") from error


def put_elsewhere(db: sqlite3.Connection, table: str, row: Json) -> None:
    """Makes a row what it became in a conversation that is not in the recording: one of SEEN_BY_THE_DESK."""
    if table == "inbox":
        db.execute("INSERT OR IGNORE INTO recorded_ids VALUES (:key, :id)", {"key": row["key"], "id": row["id"]})
    key = SEEN_BY_THE_DESK[table]
    db.execute(f"DELETE FROM {table} WHERE {key} = ?", (row[key],))  # noqa: S608 - names of SEEN_BY_THE_DESK
    _insert(db, table, row, "")


def _put(db: sqlite3.Connection, start: Start, script: Script) -> None:
    for table, rows in start.rows.items():
        for number, row in enumerate(rows):
            _insert(db, table, row, f"{start.conversation}/{number}")
    if start.memory is None:
        return
    memory = msgspec.json.encode(start.memory).decode()
    at = to_micros(script.events[0].received_at) if script.events else 0
    state = str(start.memory.get("state", "idle"))
    db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (start.conversation, state, memory, at))


def _insert(db: sqlite3.Connection, table: str, row: Json, unique: str) -> None:
    known = {column[1] for column in db.execute("SELECT * FROM pragma_table_info(?)", (table,))}
    if not known:
        raise ValueError(f"there is no table {table!r}")
    values = {name: _flat(name, value) for name, value in row.items() if name in known}
    if table == "outbox":
        values["random_id"] = hash(unique)
        del values["id"]
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    db.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", values)  # noqa: S608 - columns of schema.sql


def _flat(name: str, value: Any) -> Any:
    if name == "token_hash":
        return bytes.fromhex(value)
    if name == "event" and value is None:
        return "null"
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value
