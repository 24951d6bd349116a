"""How the bot is, as far as the database knows: what waits, what failed, how large it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

LAST = 5
"""How many errors are shown."""


class Queue(NamedTuple):
    """Rows of a table that wait. `oldest_at` is when the first of them came (microseconds), None where none waits."""

    name: str
    waiting: int
    oldest_at: int | None


class Trouble(NamedTuple):
    """Something that went wrong. `what` names it without any of its words; `at` in microseconds."""

    at: int
    what: str
    error: str


class Health(NamedTuple):
    """All of it at one moment."""

    queues: tuple[Queue, ...]
    """inbox, postponed, outbox, jobs, timers"""
    jobs: tuple[tuple[str, int], ...]
    """open jobs by kind"""
    quarantined: int
    failed: int
    """messages that Telegram never took"""
    errors: tuple[Trouble, ...]
    """the last ones, newest first"""
    size_bytes: int
    ledger_lines: int
    people: int


_WAITING = {
    "inbox": "SELECT count(*), min(received_at) FROM inbox WHERE status IN ('pending', 'postponed')"
    " AND status = 'pending'",
    "postponed": "SELECT count(*), min(received_at) FROM inbox WHERE status IN ('pending', 'postponed')"
    " AND status = 'postponed'",
    "outbox": "SELECT count(*), min(created_at) FROM outbox WHERE status = 'pending'",
    "jobs": "SELECT count(*), min(started_at) FROM jobs WHERE status <> 'done'",
    "timers": "SELECT count(*), min(due_at) FROM timers",
}
"""How each queue is counted; all by an index."""


def health(db: sqlite3.Connection) -> Health:
    """How it is now."""
    return Health(
        queues=tuple(Queue(name, *db.execute(query).fetchone()) for name, query in _WAITING.items()),
        jobs=tuple(
            db.execute("SELECT kind, count(*) FROM jobs WHERE status <> 'done' GROUP BY kind ORDER BY 2 DESC, kind")
        ),
        quarantined=_one(db, "SELECT count(*) FROM inbox WHERE status = 'quarantined'"),
        failed=_one(db, "SELECT count(*) FROM outbox WHERE status = 'failed'"),
        errors=_errors(db),
        size_bytes=_one(db, "PRAGMA page_count") * _one(db, "PRAGMA page_size"),
        ledger_lines=_one(db, "SELECT coalesce(max(id), 0) FROM ledger"),  # lines are never deleted
        people=_one(db, "SELECT count(*) FROM people"),
    )


def _errors(db: sqlite3.Connection) -> tuple[Trouble, ...]:
    events = db.execute(
        "SELECT received_at, json_extract(event, '$.type'), error FROM inbox WHERE status = 'quarantined'"
        " AND json_valid(event) ORDER BY id DESC LIMIT ?",
        (LAST,),
    ).fetchall()
    messages: Sequence[tuple[int, str, str]] = db.execute(
        "SELECT sent_at, 'message ' || id, error FROM outbox WHERE status = 'failed' ORDER BY id DESC LIMIT ?",
        (LAST,),
    ).fetchall()
    found = [Trouble(at, what or "?", error) for at, what, error in (*events, *messages)]
    return tuple(sorted(found, reverse=True)[:LAST])


def _one(db: sqlite3.Connection, query: str) -> int:
    (value,) = db.execute(query).fetchone()
    return int(value)
