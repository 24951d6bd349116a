"""The timers table: what is to come back to an actor as `TimedOut`."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from engine.core.clock import from_micros, to_micros
from engine.core.events import TimedOut
from engine.store import inbox

TIMERS_AT_ONCE = 256
"""The most timers that one transaction turns into events."""


def set_timer(db: sqlite3.Connection, conversation: str, timer: str, due: datetime) -> None:
    """Sets or moves a timer."""
    db.execute(
        "INSERT INTO timers (conversation, timer, due_at) VALUES (?, ?, ?)"
        " ON CONFLICT (conversation, timer) DO UPDATE SET due_at = excluded.due_at",
        (conversation, timer, to_micros(due)),
    )


def clear_timer(db: sqlite3.Connection, conversation: str, timer: str) -> None:
    """Forgets a timer."""
    db.execute("DELETE FROM timers WHERE conversation = ? AND timer = ?", (conversation, timer))


def due(db: sqlite3.Connection, conversation: str, timer: str) -> datetime | None:
    """When one timer runs out; None where it is not set."""
    row = db.execute("SELECT due_at FROM timers WHERE conversation = ? AND timer = ?", (conversation, timer)).fetchone()
    return None if row is None else from_micros(row[0])


def next_due(db: sqlite3.Connection) -> datetime | None:
    """When the next timer runs out."""
    (due,) = db.execute("SELECT min(due_at) FROM timers").fetchone()
    return None if due is None else from_micros(due)


def ring(db: sqlite3.Connection, now: datetime) -> list[str]:
    """Turns the timers that have run out into events. The conversations to be woken."""
    rows = db.execute(
        "SELECT conversation, timer, due_at FROM timers WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        (to_micros(now), TIMERS_AT_ONCE),
    ).fetchall()
    arrivals = []
    for conversation, timer, due_at in rows:
        clear_timer(db, conversation, timer)
        key = f"timer:{conversation}:{timer}:{due_at}"
        arrivals.append(inbox.Arrival(key, conversation, TimedOut(at=from_micros(due_at), timer=timer), cause="timer"))
    return inbox.accept(db, arrivals, now)
