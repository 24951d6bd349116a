"""Rows that a replay puts into its database itself, or asks for: what no actor of the recording brings about."""

from __future__ import annotations

import sqlite3

from engine.core.clock import to_micros
from engine.recording.lines import Changed, Event, Ledger
from engine.replay.ground import SEEN_BY_THE_DESK, put_elsewhere
from engine.replay.outside import encoded, ledger_line
from engine.store import changes, ledger, timers


def change(db: sqlite3.Connection, changed: Changed | Ledger) -> None:
    """What others have brought about, or jobs before their end."""
    if isinstance(changed, Ledger):
        ledger.book(db, ledger_line(changed.line))
    elif changed.name == "ledger":
        ledger.book(db, ledger_line(changed.row))
    elif changed.name in SEEN_BY_THE_DESK:
        put_elsewhere(db, changed.name, changed.row)
    else:
        changes.put(db, changes.Change(0, changed.name, changed.row, changed.is_gone))


def put_zone(db: sqlite3.Connection, zone: str) -> None:
    """Where days and months begin. The totals are in the recording, and not to be counted again."""
    db.execute("INSERT INTO installation VALUES ('zone', ?)", (zone.encode(),))


def put_in(db: sqlite3.Connection, event: Event) -> None:
    """As it stood in the inbox, whatever that means."""
    db.execute(
        "INSERT INTO inbox (key, conversation, event, received_at, message_id, cause) VALUES (?, ?, ?, ?, ?, ?)",
        (
            event.key,
            event.conversation,
            encoded(event.event),
            to_micros(event.received_at),
            event.message_id,
            event.cause,
        ),
    )


def has_come(db: sqlite3.Connection, key: str) -> bool:
    """Whether an event is in the inbox."""
    return db.execute("SELECT 1 FROM inbox WHERE key = ?", (key,)).fetchone() is not None


def clear_timer(db: sqlite3.Connection, conversation: str, timer: str) -> bool:
    """Whether it was set; it is not any more."""
    row = db.execute("SELECT 1 FROM timers WHERE conversation = ? AND timer = ?", (conversation, timer)).fetchone()
    timers.clear_timer(db, conversation, timer)
    return row is not None
