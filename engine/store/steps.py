"""The steps table: what actors made of their events, so that a recording can be compared and begun in the middle."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from engine.core.clock import to_micros
from engine.core.effects import Effect
from engine.store.packing import packed


class Recorded(NamedTuple):
    """One event, handled. `memory` and `seen` are JSON."""

    event_id: int
    conversation: str
    state: str
    outcome: str
    memory: str
    effects: str
    seen: str


def hashed(effects: Sequence[Effect]) -> str:
    """What stands for a step's effects in a comparison: "Send StartJob 5feb596270186253"."""
    digest = blake2b(msgspec.json.encode(list(effects)), digest_size=8).hexdigest()
    return " ".join((*(type(effect).__name__ for effect in effects), digest))


def record(db: sqlite3.Connection, step: Recorded, now: datetime) -> int:
    """Writes a step down; call it before the conversation's row is changed. Its number."""
    written = db.execute(
        "INSERT INTO steps (event_id, conversation, at, newest_id, is_first, outcome, state, memory, effects, seen)"
        " VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM inbox),"
        " NOT EXISTS (SELECT 1 FROM conversations WHERE key = ?), ?, ?, ?, ?, ?)",
        (
            step.event_id,
            step.conversation,
            to_micros(now),
            step.conversation,
            step.outcome,
            step.state,
            packed(step.memory.encode()),
            step.effects,
            step.seen,
        ),
    )
    return int(written.lastrowid or 0)
