"""Whether what must hold of the tables (engine.store.invariants) holds after a replay.

A recording of one chat, of one event or since a moment has not all that led to the rows that it begins with, and
nothing of what others made of what was sent to them: the invariants see only what this recording has brought about.
"""

from __future__ import annotations

import sqlite3
from functools import partial

from engine.replay.run import Replayed
from engine.replay.script import Script
from engine.store.invariants import broken

_OWN = {
    "inbox": (
        "SELECT * FROM main.inbox WHERE conversation IN (SELECT key FROM own_conversations)"
        " AND (id NOT IN (SELECT id FROM main.given_events)"
        " OR (status <> 'done' AND id IN (SELECT id FROM main.given_events WHERE is_waiting)))"
    ),
    "steps": (  # who knows what was made of the others before, and in which order
        "SELECT * FROM main.steps WHERE conversation IN (SELECT key FROM own_conversations)"
        " AND event_id NOT IN (SELECT id FROM main.given_events)"
    ),
    "outbox": (
        "SELECT * FROM main.outbox WHERE conversation IN (SELECT key FROM own_conversations)"
        " AND id NOT IN (SELECT id FROM main.given_calls)"
    ),
    "jobs": "SELECT * FROM main.jobs WHERE conversation IN (SELECT key FROM own_conversations)",
    "conversations": "SELECT * FROM main.conversations WHERE key IN (SELECT key FROM own_conversations)",
    "ledger": "SELECT * FROM main.ledger WHERE id NOT IN (SELECT id FROM main.given_lines)",
    "spent": (
        "SELECT scope, period, start, sum(cost_nanousd) AS cost_nanousd FROM (SELECT scope, period, start, cost_nanousd"
        " FROM main.spent UNION ALL SELECT scope, period, start, -cost_nanousd FROM main.given_totals)"
        " GROUP BY scope, period, start"
    ),
}
"""By table, that part of it. `given_…` is what the recording began with (engine/replay/ground.py)."""


async def faults(replayed: Replayed) -> list[str]:
    """What does not hold. A recording that ends with an event need not be at rest there."""
    return await replayed.database.read(partial(_faults, script=replayed.script))


def _faults(db: sqlite3.Connection, script: Script) -> list[str]:
    db.execute("CREATE TEMP TABLE own_conversations (key TEXT PRIMARY KEY)")
    db.executemany("INSERT INTO own_conversations VALUES (?)", [(key,) for key in script.starts])
    for table, own in _OWN.items():
        db.execute(f"CREATE TEMP VIEW {table} AS {own}")  # it hides the table of that name
    try:
        return broken(db, at_rest=script.header.until is None)
    finally:
        for table in _OWN:
            db.execute(f"DROP VIEW temp.{table}")
        db.execute("DROP TABLE temp.own_conversations")
