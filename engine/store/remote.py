"""The remote_things table: files, vector stores, containers and responses at OpenAI, each with an owner and an end."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.core.clock import to_micros

DELETIONS_READ = 32
"""How many due deletions the janitor takes at once."""


class Thing(NamedTuple):
    """One thing at OpenAI. `kind`: file, vector_store, container, response; `source` says what it was made from."""

    id: str
    kind: str
    conversation: str
    thread: int
    person_id: int
    source: str
    name: str = ""
    bytes: int = 0


class Deletion(NamedTuple):
    """A thing that is to be deleted; `tries` counts the attempts that have failed."""

    id: str
    kind: str
    tries: int


def keep(db: sqlite3.Connection, thing: Thing, now: datetime, expires_at: datetime | None = None) -> None:
    """Notes a thing that has just been made. One whose thread has ended meanwhile is deleted at once."""
    row = db.execute("SELECT memory ->> '$.thread' FROM conversations WHERE key = ?", (thing.conversation,)).fetchone()
    is_late = row is not None and (row[0] or 1) > thing.thread
    db.execute(
        "INSERT INTO remote_things (id, kind, conversation, thread, person_id, source, name, bytes, made_at,"
        " expires_at, status, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (
            *thing,
            to_micros(now),
            None if expires_at is None else to_micros(expires_at),
            "deleting" if is_late else "kept",
            to_micros(now) if is_late else None,
        ),
    )


def find(db: sqlite3.Connection, conversation: str, thread: int, source: str, at: datetime) -> str | None:
    """The thing that was made from `source` in this thread, if it will still be there at that time."""
    row = db.execute(
        "SELECT id FROM remote_things WHERE status = 'kept' AND conversation = ? AND thread = ? AND source = ?"
        " AND (expires_at IS NULL OR expires_at > ?) ORDER BY made_at DESC LIMIT 1",
        (conversation, thread, source, to_micros(at)),
    ).fetchone()
    return None if row is None else str(row[0])


def has_any(db: sqlite3.Connection, conversation: str, thread: int) -> bool:
    """Whether anything lies at OpenAI for this thread."""
    query = "SELECT EXISTS (SELECT 1 FROM remote_things WHERE status = 'kept' AND conversation = ? AND thread = ?)"
    return bool(db.execute(query, (conversation, thread)).fetchone()[0])


def put_into_container(db: sqlite3.Connection, file_id: str) -> None:
    """The thread's container has this file."""
    db.execute("UPDATE remote_things SET is_in_container = 1 WHERE id = ?", (file_id,))


def files_in_containers(db: sqlite3.Connection, conversation: str, thread: int) -> list[tuple[str, str]]:
    """The files that a thread's container has or had: (id, name), oldest first."""
    rows = db.execute(
        "SELECT id, name FROM remote_things WHERE status = 'kept' AND conversation = ? AND thread = ?"
        " AND is_in_container ORDER BY made_at",
        (conversation, thread),
    )
    return [(id_, name) for id_, name in rows]


def drop(db: sqlite3.Connection, thing_id: str, now: datetime) -> None:
    """OpenAI does not have it any more."""
    db.execute(
        "UPDATE remote_things SET status = 'gone', due_at = NULL, gone_at = ? WHERE id = ? AND status <> 'gone'",
        (to_micros(now), thing_id),
    )


def end_thread(db: sqlite3.Connection, conversation: str, thread: int, now: datetime) -> int:
    """All that was made for these threads is to be deleted. How many things that are."""
    return db.execute(
        "UPDATE remote_things SET status = 'deleting', due_at = ? WHERE status = 'kept' AND conversation = ?"
        " AND thread <= ?",
        (to_micros(now), conversation, thread),
    ).rowcount


def of_conversation(db: sqlite3.Connection, conversation: str, thread: int) -> list[Deletion]:
    """Everything of a conversation's threads that may still be at OpenAI."""
    rows = db.execute(
        "SELECT id, kind, tries FROM remote_things WHERE conversation = ? AND thread <= ? AND status <> 'gone'",
        (conversation, thread),
    )
    return [Deletion(*row) for row in rows]


def due(db: sqlite3.Connection, now: datetime) -> list[Deletion]:
    """What is to be deleted now."""
    rows = db.execute(
        "SELECT id, kind, tries FROM remote_things WHERE status = 'deleting' AND due_at <= ? ORDER BY due_at LIMIT ?",
        (to_micros(now), DELETIONS_READ),
    )
    return [Deletion(*row) for row in rows]


def next_due(db: sqlite3.Connection) -> int | None:
    """When the next deletion is due (microseconds since 1970)."""
    row = db.execute("SELECT min(due_at) FROM remote_things WHERE status = 'deleting'").fetchone()
    return None if row is None or row[0] is None else int(row[0])


def put_off(db: sqlite3.Connection, thing_id: str, now: datetime, wait_s: float) -> None:
    """The deletion has failed: again later."""
    db.execute(
        "UPDATE remote_things SET tries = tries + 1, due_at = ? WHERE id = ?",
        (to_micros(now + timedelta(seconds=wait_s)), thing_id),
    )
