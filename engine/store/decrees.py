"""What the admins' desk has decided, put into the tables: one place, in the transaction of the step that decided it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from engine.core.clock import to_micros
from engine.core.effects import Decree, DropEvent, Note, ReplayEvent
from engine.store import quarantine


def apply(db: sqlite3.Connection, decree: Decree, now: datetime) -> list[str]:
    """Does it. Who is to be woken."""
    match decree:
        case Note(admin_id=admin_id, action=action, object=of, details=details):
            db.execute(
                "INSERT INTO audit (at, admin_id, action, object, details) VALUES (?, ?, ?, ?, ?)",
                (to_micros(now), admin_id, action, of, bytes(details).decode()),
            )
        case ReplayEvent(event_id=event_id):
            conversation = quarantine.replay(db, event_id)
            return [] if conversation is None else [conversation]
        case DropEvent(event_id=event_id):
            quarantine.drop(db, event_id)
        case _:
            raise TypeError(f"nobody knows how to apply {type(decree).__name__}")
    return []
