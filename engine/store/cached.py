"""The cached_files table: which files of Telegram's lie in the cache, how much of each, and when it was last used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from string import ascii_letters
from typing import NamedTuple

from engine.core.clock import to_micros


class CachedFile(NamedTuple):
    """A row. `parts`: a bit for each part that is there; `sha256` is known when the file is whole."""

    key: str
    size: int
    parts: bytes
    sha256: bytes | None
    used_at: int


def all_files(db: sqlite3.Connection) -> list[CachedFile]:
    """Every row, the least recently used first."""
    rows = db.execute("SELECT key, size, parts, sha256, used_at FROM cached_files ORDER BY used_at, key")
    return [CachedFile(*row) for row in rows]


def find(db: sqlite3.Connection, key: str) -> CachedFile | None:
    """What is known of a file."""
    row = db.execute("SELECT key, size, parts, sha256, used_at FROM cached_files WHERE key = ?", (key,)).fetchone()
    return None if row is None else CachedFile(*row)


def begin(db: sqlite3.Connection, key: str, size: int, now: datetime) -> None:
    """A file that is to come, of which nothing is there."""
    db.execute(
        "INSERT INTO cached_files (key, size, parts, sha256, used_at) VALUES (?, ?, x'', NULL, ?) ON CONFLICT (key)"
        " DO UPDATE SET size = excluded.size, parts = x'', sha256 = NULL, used_at = excluded.used_at",
        (key, size, to_micros(now)),
    )


def keep_parts(db: sqlite3.Connection, key: str, parts: bytes) -> None:
    """These parts are on disk."""
    db.execute("UPDATE cached_files SET parts = ? WHERE key = ?", (parts, key))


def complete(db: sqlite3.Connection, key: str, parts: bytes, sha256: bytes) -> None:
    """The file is on disk, whole."""
    db.execute("UPDATE cached_files SET parts = ?, sha256 = ? WHERE key = ?", (parts, sha256, key))


def use(db: sqlite3.Connection, key: str, now: datetime) -> None:
    """It is used now."""
    db.execute("UPDATE cached_files SET used_at = ? WHERE key = ?", (to_micros(now), key))


def drop(db: sqlite3.Connection, keys: Iterable[str]) -> None:
    """These are no longer in the cache."""
    db.executemany("DELETE FROM cached_files WHERE key = ?", [(key,) for key in keys])


def only_of(db: sqlite3.Connection, conversation: str) -> list[str]:
    """The cached files that came with messages of this conversation and of no other. Reads the inbox."""
    return [
        row.key
        for row in all_files(db)
        if _came_with(db, row.key, "conversation = ?", conversation)
        and not _came_with(db, row.key, "conversation <> ?", conversation)
    ]


def _came_with(db: sqlite3.Connection, key: str, where: str, conversation: str) -> bool:
    """Whether a message names the file: a key begins with Telegram's id, and a photo's size follows it."""
    named = f'"file_id":{key.rstrip(ascii_letters)},'
    found = db.execute(
        f"SELECT EXISTS (SELECT 1 FROM inbox WHERE {where} AND instr(event, ?))",  # noqa: S608 - `where` is ours
        (conversation, named),
    )
    return bool(found.fetchone()[0])
