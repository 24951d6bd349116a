"""Where a recording begins: which conversations are in it, from which step on, and what they remembered before."""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from engine.core.clock import to_micros
from engine.core.errors import ConfigurationError
from engine.recording.lines import Json, Start
from engine.store.packing import unpacked

ROWS_MOST = 500
"""Of one table, before a beginning in the middle: what somebody may still reply to, the transcript, the figures."""

_JSON = frozenset({"event", "effect", "source", "value", "job_order"})
"""Columns that hold JSON."""


@dataclass(frozen=True)
class Selection:
    """What is to be in a recording: one chat with its topics, or what led to one event (an inbox id), or all; from a
    moment on, or from the beginning of what is kept."""

    chat: int | None = None
    event: int | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Beginning:
    """A conversation's first step in a recording (0: it has none yet) and its first event."""

    conversation: str
    memory: Json | None
    is_first: bool
    step_id: int
    event_id: int
    at: int
    """microseconds since 1970"""
    before: frozenset[int] = frozenset()
    """events with higher ids that were handled, or postponed, before"""
    postponed: tuple[int, ...] = ()
    people: tuple[int, ...] = field(default=())


def beginnings(db: sqlite3.Connection, selection: Selection) -> list[Beginning]:
    """Every conversation of the selection that has something in it, by its first event.

    Raises ConfigurationError for an event that is not there.
    """
    since = 0 if selection.since is None else to_micros(selection.since)
    found = [_beginning(db, conversation, since) for conversation in _conversations(db, selection)]
    return sorted((one for one in found if one is not None), key=lambda one: one.event_id)


def _conversations(db: sqlite3.Connection, selection: Selection) -> Iterator[str]:
    if selection.event is not None:
        row = db.execute("SELECT conversation FROM inbox WHERE id = ?", (selection.event,)).fetchone()
        if row is None:
            raise ConfigurationError(f"there is no event {selection.event} in this database")
        yield row[0]
        return
    for (conversation,) in db.execute("SELECT DISTINCT conversation FROM inbox ORDER BY conversation").fetchall():
        if selection.chat is None or conversation.partition(":")[0] == str(selection.chat):
            yield conversation


def _beginning(db: sqlite3.Connection, conversation: str, since: int) -> Beginning | None:
    step = db.execute(
        "SELECT id, event_id, at, is_first, memory FROM steps WHERE conversation = ? AND at >= ? ORDER BY id LIMIT 1",
        (conversation, since),
    ).fetchone()
    if step is None:
        return _unhandled(db, conversation, since)
    step_id, event_id, at, is_first, memory = step
    if is_first:
        return Beginning(conversation, None, True, step_id, event_id, at, people=_people(db, conversation))
    previous = db.execute(
        "SELECT memory FROM steps WHERE conversation = ? AND id < ? ORDER BY id DESC LIMIT 1", (conversation, step_id)
    ).fetchone()
    if previous is None:  # what it remembered before is not kept (it was forgotten): begin behind this step
        following = db.execute(
            "SELECT id, event_id, at FROM steps WHERE conversation = ? AND id > ? ORDER BY id LIMIT 1",
            (conversation, step_id),
        ).fetchone()
        if following is None:
            return None
        (step_id, event_id, at), previous = following, (memory,)
    handled = _handled_before(db, conversation, step_id)
    return Beginning(
        conversation,
        msgspec.json.decode(unpacked(previous[0])),
        False,
        step_id,
        event_id,
        at,
        before=frozenset(handled) - {event_id},
        postponed=tuple(id_ for id_, outcome in handled.items() if outcome == "postponed" and id_ != event_id),
        people=_people(db, conversation),
    )


def _unhandled(db: sqlite3.Connection, conversation: str, since: int) -> Beginning | None:
    row = db.execute(
        "SELECT id, received_at FROM inbox WHERE conversation = ? AND received_at >= ? AND status = 'pending'"
        " ORDER BY id LIMIT 1",
        (conversation, since),
    ).fetchone()
    last = db.execute("SELECT memory FROM conversations WHERE key = ?", (conversation,)).fetchone()
    if row is None:
        return None
    event_id, at = row
    memory = None if last is None else msgspec.json.decode(last[0])
    return Beginning(conversation, memory, last is None, 0, event_id, at, people=_people(db, conversation))


def _handled_before(db: sqlite3.Connection, conversation: str, step_id: int) -> dict[int, str]:
    rows = db.execute(
        "SELECT event_id, outcome FROM steps WHERE conversation = ? AND id < ? ORDER BY id", (conversation, step_id)
    )
    return dict(rows.fetchall())


def _people(db: sqlite3.Connection, conversation: str) -> tuple[int, ...]:
    rows = db.execute(
        "SELECT DISTINCT json_extract(event, '$.person.id') AS person FROM inbox WHERE conversation = ?"
        " AND person IS NOT NULL ORDER BY person LIMIT ?",
        (conversation, ROWS_MOST),
    )
    return tuple(person for (person,) in rows)


def start_of(db: sqlite3.Connection, beginning: Beginning, told: Container[str]) -> Start:
    """The line that a conversation begins with. Preferences have no date: they are those of today, unless `told` (the
    conversations that the recording tells from their first day on) says how they came about."""
    key, at = beginning.conversation, beginning.at
    people = beginning.people
    booked = f"SELECT * FROM ledger WHERE at < ? AND person_id IN ({_marks(people)})"  # noqa: S608 - only marks
    rows = {"ledger": _table(db, booked, at, *people)}
    if not beginning.is_first:
        rows |= {
            "turns": _table(db, "SELECT * FROM turns WHERE conversation = ? AND at < ?", key, at),
            "inbox": _messages(db, beginning),
            "outbox": _table(
                db,
                "SELECT id, conversation, chat_id, ref, effect, status, message_id, created_at, sent_at, cause"
                " FROM outbox WHERE conversation = ? AND created_at < ? AND message_id IS NOT NULL",
                key,
                at,
            ),
            "jobs": _open_jobs(db, beginning),
        }
    scopes = [] if beginning.is_first else [f"conversation:{key}", *(f"person:{person}" for person in people)]
    scopes += [f"person:{person}" for person in people if beginning.is_first and f"{person}" not in told]
    if scopes:
        chosen = f"SELECT scope, value, 0 AS id FROM preferences WHERE scope IN ({_marks(scopes)})"  # noqa: S608 - only marks
        rows["preferences"] = _table(db, chosen, *scopes)
    return Start(conversation=key, memory=beginning.memory, rows={name: kept for name, kept in rows.items() if kept})


def _marks(values: Any) -> str:
    return ", ".join("?" * len(values))


def _messages(db: sqlite3.Connection, beginning: Beginning) -> list[Json]:
    columns = "id, key, conversation, event, message_id, received_at, cause"
    told = _table(
        db,
        f"SELECT {columns}, 'done' AS status FROM inbox WHERE conversation = ? AND id < ? AND message_id IS NOT NULL",  # noqa: S608 - our own words
        beginning.conversation,
        beginning.event_id,
    )
    waiting = beginning.postponed
    return [
        *(row for row in told if row["id"] not in waiting),
        *_table(db, f"SELECT {columns}, 'postponed' AS status FROM inbox WHERE id IN ({_marks(waiting)})", *waiting),  # noqa: S608 - our own words
    ]


def _open_jobs(db: sqlite3.Connection, beginning: Beginning) -> list[Json]:
    return _table(
        db,
        "SELECT id, conversation, kind, job_order, 'running' AS status, started_at FROM jobs"
        " WHERE conversation = ? AND started_at < ? AND NOT EXISTS (SELECT 1 FROM inbox"
        " WHERE inbox.key = 'job:' || jobs.id AND inbox.id < ?)",
        beginning.conversation,
        beginning.at,
        beginning.event_id,
    )


def _table(db: sqlite3.Connection, query: str, *values: Any) -> list[Json]:
    """The last rows that a query finds, oldest first, with what is JSON in them read."""
    cursor = db.execute(f"{query} ORDER BY id DESC LIMIT {ROWS_MOST}", values)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [
        {name: msgspec.json.decode(value) if name in _JSON else value for name, value in row.items()}
        for row in reversed(rows)
    ]
