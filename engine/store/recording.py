"""The flight recorder's tables: what came from Telegram, as it came, and what is dropped when it is old enough."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from engine.core.clock import to_micros
from engine.store.packing import packed

ROWS_AT_ONCE = 500
"""The most rows of one table that one transaction drops."""


class Packet(NamedTuple):
    """An update on its way into the recording: the key of the inbox row that it becomes, and its TL bytes."""

    key: str
    tl: bytes


def save_updates(db: sqlite3.Connection, packets: Iterable[Packet], now: datetime) -> None:
    """Keeps updates as they came; one that is told twice is kept once."""
    db.executemany(
        "INSERT INTO recorded_updates (key, received_at, packet) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING",
        [(packet.key, to_micros(now), packed(packet.tl)) for packet in packets],
    )


_OLD_STEPS = (
    "SELECT DISTINCT earlier.id FROM steps AS old JOIN steps AS earlier"
    " ON earlier.conversation = old.conversation AND earlier.id < old.id"
    " WHERE old.at >= :since AND old.at < :before"
)
"""The last step of a conversation says what it remembered before the first one that is kept."""
_OLD_CALLS = (
    "SELECT DISTINCT coalesce(earlier.id, old.id) FROM outbox AS old LEFT JOIN outbox AS earlier"
    " ON earlier.conversation = old.conversation AND earlier.message_id = old.message_id"
    " AND earlier.ref = old.ref AND earlier.id < old.id AND earlier.status <> 'pending'"
    " WHERE old.created_at >= :since AND old.created_at < :before AND old.status <> 'pending'"
    " AND (old.message_id IS NULL OR earlier.id IS NOT NULL)"
)
"""What became no message, and what a message was before it was edited. Messages stay: somebody may reply to them."""

_OLD_CHANGES = (
    "SELECT id FROM changes"
    " WHERE step < coalesce((SELECT id FROM steps WHERE at >= :before ORDER BY at LIMIT 1), 9223372036854775807)"
)
"""No recording begins before them any more: where no step is younger, none at all."""

OLD = {
    "recorded_updates": ("key", "SELECT key FROM recorded_updates WHERE received_at < :before"),
    "jobs": ("id", "SELECT id FROM jobs WHERE status = 'done' AND ended_at < :before"),
    "steps": ("id", _OLD_STEPS),
    "inbox": ("id", "SELECT id FROM inbox WHERE message_id IS NULL AND received_at < :before AND status = 'done'"),
    "outbox": ("id", _OLD_CALLS),
    "changes": ("id", _OLD_CHANGES),
}
"""By table: its key, and which rows nobody needs any more when they are from before RECORD_DAYS. What was from before
`since` was looked at in an earlier sweep."""


def prune(db: sqlite3.Connection, before: datetime) -> bool:
    """Drops what is older and done with, at most ROWS_AT_ONCE rows of each table; whether there is more."""
    row = db.execute("SELECT value FROM installation WHERE name = 'pruned_before'").fetchone()
    moments = {"since": 0 if row is None else int(row[0]), "before": to_micros(before), "most": ROWS_AT_ONCE}
    dropped = [
        db.execute(f"DELETE FROM {table} WHERE {key} IN ({old} LIMIT :most)", moments).rowcount  # noqa: S608 - our own words
        for table, (key, old) in OLD.items()
    ]
    if max(dropped) == ROWS_AT_ONCE:
        return True
    db.execute(
        "INSERT INTO installation VALUES ('pruned_before', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (str(to_micros(before)).encode(),),
    )
    return False


def note_username(db: sqlite3.Connection, username: str) -> None:
    """Recordings say whose they are."""
    db.execute(
        "INSERT INTO installation VALUES ('username', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (username.encode(),),
    )


def note_settings(db: sqlite3.Connection, settings: str, now: datetime) -> None:
    """The program starts with these (JSON): recordings tell which ones were in force."""
    db.execute(
        "INSERT INTO started_with (step, at, settings) SELECT (SELECT coalesce(max(id), 0) FROM steps), :at, :settings"
        " WHERE :settings IS NOT (SELECT settings FROM started_with ORDER BY id DESC LIMIT 1)",
        {"at": to_micros(now), "settings": settings},
    )


def settings_before(db: sqlite3.Connection, step: int) -> str | None:
    """Those that were in force right before a step (JSON); None where no start is noted."""
    query = "SELECT settings FROM started_with WHERE step < ? ORDER BY id DESC LIMIT 1"
    row = db.execute(query, (step,)).fetchone()
    return None if row is None else str(row[0])


def settings_since(db: sqlite3.Connection, step: int) -> list[tuple[int, str]]:
    """(the newest step then, the settings as JSON) of each start in or after a step that had others than before."""
    return db.execute("SELECT step, settings FROM started_with WHERE step >= ? ORDER BY id", (step,)).fetchall()


def forget(db: sqlite3.Connection, conversation: str) -> None:
    """Drops what is recorded of a conversation."""
    db.execute(
        "DELETE FROM recorded_updates WHERE key IN (SELECT substr(cause, 8) FROM inbox"
        " WHERE conversation = ? AND cause LIKE 'update:%')",
        (conversation,),
    )
    db.execute("DELETE FROM steps WHERE conversation = ?", (conversation,))
