"""The sent_parts table: big files on their way to Telegram, and the parts of them that it has: a restart goes on."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.core.clock import to_micros

KEPT = timedelta(hours=1)
"""Telegram keeps a part "between several minutes and several hours" (core.telegram.org/api/files); what is older than
this is begun anew, and what Telegram has forgotten earlier it asks for by name."""


class Sent(NamedTuple):
    """A row: the file's number, which is ours to choose, and a bit for each part that Telegram has."""

    file_id: int
    parts: bytes


def begin(db: sqlite3.Connection, row: int, file_id: int, size: int, now: datetime) -> None:
    """The file of this outbox row is on its way. What nobody will go on with is forgotten."""
    db.execute("DELETE FROM sent_parts WHERE at < ?", (to_micros(now - KEPT),))
    db.execute("INSERT OR REPLACE INTO sent_parts VALUES (?, ?, ?, x'', ?)", (row, file_id, size, to_micros(now)))


def find(db: sqlite3.Connection, row: int, size: int, now: datetime) -> Sent | None:
    """What the last process has sent of a file of this size, if Telegram may still have it."""
    found = db.execute(
        "SELECT file_id, parts FROM sent_parts WHERE outbox_id = ? AND size = ? AND at >= ?",
        (row, size, to_micros(now - KEPT)),
    ).fetchone()
    return None if found is None else Sent(*found)


def keep(db: sqlite3.Connection, row: int, parts: bytes, now: datetime) -> None:
    """Telegram has these parts."""
    db.execute("UPDATE sent_parts SET parts = ?, at = ? WHERE outbox_id = ?", (parts, to_micros(now), row))


def drop(db: sqlite3.Connection, row: int) -> None:
    """Telegram has forgotten them."""
    db.execute("DELETE FROM sent_parts WHERE outbox_id = ?", (row,))
