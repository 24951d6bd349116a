"""Rows that a replay puts into its database itself, or asks for: what no actor of the recording brings about."""

from __future__ import annotations

import sqlite3

from engine.core.clock import to_micros
from engine.recording.lines import Changed, Event, Header, House, Json, Ledger
from engine.replay.ground import SEEN_BY_THE_DESK, put_elsewhere
from engine.replay.outside import encoded, ledger_line
from engine.store import changes, ledger, spent, timers


def change(db: sqlite3.Connection, changed: Changed | Ledger | Header | House) -> None:
    """What others have brought about, or jobs before their end, or a start with other settings."""
    match changed:
        case Header():
            put_zone(db, changed.zone)
        case House():
            _count_anew(db, changed.rows.get("spent", []))
        case Ledger():
            ledger.book(db, ledger_line(changed.line))
        case Changed(name="ledger"):
            ledger.book(db, ledger_line(changed.row))
        case Changed() if changed.name in SEEN_BY_THE_DESK:
            put_elsewhere(db, changed.name, changed.row)
        case Changed():
            changes.put(db, changes.Change(0, changed.name, changed.row, changed.is_gone))


def put_zone(db: sqlite3.Connection, zone: str) -> None:
    """Where days and months begin. The totals are in the recording."""
    db.execute("INSERT OR REPLACE INTO installation VALUES ('zone', ?)", (zone.encode(),))


def _count_anew(db: sqlite3.Connection, before: list[Json]) -> None:
    """Makes the totals what they are in the present zone: those from `before` the recording, and what it has booked."""
    db.execute("DELETE FROM given_totals")
    columns = ("scope", "period", "start", "cost_nanousd", "calls", "unpriced")
    db.executemany(
        "INSERT INTO given_totals VALUES (?, ?, ?, ?, ?, ?)", [[row[name] for name in columns] for row in before]
    )
    own = "SELECT * FROM main.ledger WHERE id NOT IN (SELECT id FROM main.given_lines)"
    db.execute(f"CREATE TEMP VIEW ledger AS {own}")  # it hides the table of that name
    spent.recount(db)
    db.execute("DROP VIEW temp.ledger")
    db.execute(
        "INSERT INTO spent SELECT scope, period, start, cost_nanousd, calls, unpriced FROM given_totals WHERE true"
        " ON CONFLICT (scope, period, start) DO UPDATE SET cost_nanousd = cost_nanousd + excluded.cost_nanousd,"
        " calls = calls + excluded.calls, unpriced = unpriced + excluded.unpriced"
    )


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
