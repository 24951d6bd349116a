"""The remote_uploads table: uploads in parts that are under way at OpenAI, so that a restart goes on with them."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import msgspec

from engine.core.clock import from_micros, to_micros
from engine.core.uploads import BegunUpload

_parts = msgspec.json.Decoder(dict[int, str])


def begin(db: sqlite3.Connection, job: str, source: str, upload: BegunUpload, now: datetime) -> None:
    """An upload has begun, instead of any other of this job and source. Those that have expired are forgotten."""
    db.execute("DELETE FROM remote_uploads WHERE expires_at <= ?", (to_micros(now),))
    expires_at = to_micros(now + timedelta(seconds=upload.lives_s))
    db.execute(
        "INSERT OR REPLACE INTO remote_uploads (job, source, id, bytes, part_bytes, parts, expires_at)"
        " VALUES (?, ?, ?, ?, ?, '{}', ?)",
        (job, source, upload.id, upload.bytes, upload.part_bytes, expires_at),
    )


def note_part(db: sqlite3.Connection, job: str, source: str, number: int, part_id: str) -> None:
    """OpenAI has this part."""
    db.execute(
        "UPDATE remote_uploads SET parts = json_set(parts, ?, ?) WHERE job = ? AND source = ?",
        (f'$."{number}"', part_id, job, source),
    )


def find(db: sqlite3.Connection, job: str, source: str, now: datetime) -> BegunUpload | None:
    """What an earlier attempt at this job has left, be it expired or not."""
    row = db.execute(
        "SELECT id, bytes, part_bytes, expires_at, parts FROM remote_uploads WHERE job = ? AND source = ?",
        (job, source),
    ).fetchone()
    if row is None:
        return None
    id_, size, part_bytes, expires_at, parts = row
    lives_s = (from_micros(expires_at) - now).total_seconds()
    return BegunUpload(id_, size, part_bytes, lives_s, _parts.decode(parts))


def end(db: sqlite3.Connection, job: str, source: str) -> None:
    """It has become a file, or is given up."""
    db.execute("DELETE FROM remote_uploads WHERE job = ? AND source = ?", (job, source))
