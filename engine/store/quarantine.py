"""Events that could not be handled: listed, put back, dropped."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

LISTED = 8
"""How many are shown in one list."""


class Quarantined(NamedTuple):
    """An event that two tries could not handle. `event` is JSON as it came; `received_at` in microseconds."""

    id: int
    conversation: str
    event: str
    error: str
    received_at: int


def listed(db: sqlite3.Connection, limit: int = LISTED) -> list[Quarantined]:
    """The newest ones."""
    rows = db.execute(
        "SELECT id, conversation, event, error, received_at FROM inbox WHERE status = 'quarantined'"
        " ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    return [Quarantined(*row) for row in rows]


def count(db: sqlite3.Connection) -> int:
    """How many there are."""
    (number,) = db.execute("SELECT count(*) FROM inbox WHERE status = 'quarantined'").fetchone()
    return int(number)


def found(db: sqlite3.Connection, event_id: int) -> Quarantined | None:
    """One of them; None for an event that is not in quarantine (any more)."""
    row = db.execute(
        "SELECT id, conversation, event, error, received_at FROM inbox WHERE id = ? AND status = 'quarantined'",
        (event_id,),
    ).fetchone()
    return None if row is None else Quarantined(*row)


def replay(db: sqlite3.Connection, event_id: int) -> str | None:
    """Puts it back, as if it had just come; the conversation to be woken, None where it is no longer there."""
    row = found(db, event_id)
    if row is None:
        return None
    db.execute("UPDATE inbox SET status = 'pending', tries = 0 WHERE id = ?", (event_id,))
    return row.conversation


def drop(db: sqlite3.Connection, event_id: int) -> None:
    """Nobody looks at it again."""
    db.execute("UPDATE inbox SET status = 'done' WHERE id = ? AND status = 'quarantined'", (event_id,))
