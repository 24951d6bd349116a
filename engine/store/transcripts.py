"""The transcripts table: what was heard in a sound, for the next time that it is sent to the same conversation."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from engine.core.clock import to_micros

TRANSCRIPTS_MOST = 200
"""Of one conversation; the oldest are let go."""


class Sound(NamedTuple):
    """Which sound, and how it was heard: the table's key."""

    conversation: str
    sha256: str
    until_ms: int
    """how much of its beginning; 0 is all"""
    model: str


def find(db: sqlite3.Connection, sound: Sound) -> str | None:
    """What was heard (JSON), if it is still known."""
    found = db.execute(
        "SELECT value FROM transcripts WHERE conversation = ? AND sha256 = ? AND until_ms = ? AND model = ?", sound
    ).fetchone()
    return None if found is None else str(found[0])


def find_beginning(db: sqlite3.Connection, sound: Sound) -> str | None:
    """What was heard (JSON) in the longest beginning of it that is still known."""
    found = db.execute(
        "SELECT value FROM transcripts WHERE conversation = ? AND sha256 = ? AND model = ? AND until_ms > 0"
        " ORDER BY until_ms DESC LIMIT 1",
        (sound.conversation, sound.sha256, sound.model),
    ).fetchone()
    return None if found is None else str(found[0])


def keep(db: sqlite3.Connection, sound: Sound, value: str, now: datetime) -> None:
    """What was heard; it takes the place of what was known before."""
    db.execute("INSERT OR REPLACE INTO transcripts VALUES (?, ?, ?, ?, ?, ?)", (*sound, value, to_micros(now)))
    db.execute(
        "DELETE FROM transcripts WHERE conversation = :conversation AND at < (SELECT min(at) FROM (SELECT at FROM"
        " transcripts WHERE conversation = :conversation ORDER BY at DESC LIMIT :most))",
        {"conversation": sound.conversation, "most": TRANSCRIPTS_MOST},
    )
