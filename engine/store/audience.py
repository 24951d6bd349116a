"""Whom a message to everybody goes to, one after another, and how it is getting on."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from engine.core.roles import Role
from engine.store import access
from engine.store.access import Doors

READ_AHEAD = 256
"""Rows that are looked at together."""


class Progress(NamedTuple):
    """What became of the messages so far."""

    sent: int
    failed: int
    pending: int


def count(db: sqlite3.Connection, doors: Doors) -> int:
    """How many people it would reach."""
    found, after = 0, 0
    while batch := after_person(db, doors, after, READ_AHEAD):
        found, after = found + len(batch), batch[-1]
    return found


def after_person(db: sqlite3.Connection, doors: Doors, person_id: int, limit: int) -> list[int]:
    """The next people by id who may use the bot now and have written to it in private: Telegram lets no bot begin."""
    found: list[int] = []
    after = person_id
    while len(found) < limit:
        rows = db.execute(
            "SELECT id FROM people WHERE id > ? AND EXISTS"
            " (SELECT 1 FROM conversations WHERE key = CAST(people.id AS TEXT)) ORDER BY id LIMIT ?",
            (after, READ_AHEAD),
        ).fetchall()
        if not rows:
            break
        roles = ((id_, access.find_role(db, id_, doors)) for (id_,) in rows)
        found += [id_ for id_, role in roles if role not in (Role.BLOCKED, Role.STRANGER)]
        (after,) = rows[-1]
    return found[:limit]


def progress(db: sqlite3.Connection, ref: str) -> Progress:
    """How the messages of this name ("broadcast:...") are getting on."""
    rows = dict(
        db.execute(
            "SELECT status, count(*) FROM outbox WHERE ref = ? AND ref GLOB 'broadcast:*' GROUP BY status", (ref,)
        ).fetchall()
    )
    return Progress(rows.get("sent", 0), rows.get("failed", 0), rows.get("pending", 0))
