"""Vector stores among the remote_things: how large each is, and which were there when a day began (they are billed)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from engine.core.clock import from_micros, to_micros

STORE, GIVEN_UP = "store", "store given up"
"""What stands as a store's source; the second until somebody has been told."""


class Store(NamedTuple):
    """A vector store. `ended_at`: since when OpenAI has not had it any more, or will not have it; None if no end is
    known."""

    id: str
    conversation: str
    person_id: int
    bytes: int
    made_at: datetime
    ended_at: datetime | None
    is_kept: bool
    """nobody wants it deleted"""

    def was_there(self, at: datetime) -> bool:
        """Whether OpenAI kept it at that moment."""
        return self.made_at < at and (self.ended_at is None or at < self.ended_at)


def of_thread(
    db: sqlite3.Connection, conversation: str, thread: int, person_id: int, at: datetime
) -> list[tuple[str, bool]]:
    """The stores of a thread that will still be there at that time, and whether it is this person's: theirs first, then
    the newest."""
    rows = db.execute(
        "SELECT id, person_id = :person AS is_own FROM remote_things WHERE status = 'kept' AND kind = 'vector_store'"
        " AND conversation = :conversation AND thread = :thread AND (expires_at IS NULL OR expires_at > :at)"
        " ORDER BY is_own DESC, made_at DESC, id",
        {"person": person_id, "conversation": conversation, "thread": thread, "at": to_micros(at)},
    )
    return [(id_, bool(is_own)) for id_, is_own in rows]


def give_up(db: sqlite3.Connection, store_ids: Iterable[str], now: datetime) -> None:
    """There is no money to keep these any longer: they are to be deleted."""
    db.executemany(
        "UPDATE remote_things SET status = 'deleting', due_at = ?, source = ? WHERE id = ? AND status = 'kept'",
        [(to_micros(now), GIVEN_UP, id_) for id_ in store_ids],
    )


def given_up(db: sqlite3.Connection, conversation: str, thread: int) -> list[str]:
    """The stores of this thread that were given up, of which nobody has been told."""
    asked = (
        "SELECT id FROM remote_things WHERE conversation = ? AND thread = ? AND source = ? AND kind = 'vector_store'"
    )
    return [store for (store,) in db.execute(asked, (conversation, thread, GIVEN_UP))]


def tell(db: sqlite3.Connection, store_ids: Iterable[str]) -> None:
    """Somebody is told that these were given up."""
    db.executemany("UPDATE remote_things SET source = ? WHERE id = ?", [(STORE, store) for store in store_ids])


def use(db: sqlite3.Connection, store_id: str, expires_at: datetime) -> None:
    """It is about to be searched: OpenAI puts its end off."""
    db.execute(
        "UPDATE remote_things SET expires_at = ? WHERE id = ? AND status = 'kept'", (to_micros(expires_at), store_id)
    )


def grow(db: sqlite3.Connection, store_id: str, file_ids: Iterable[str]) -> None:
    """These files were put into it: it is larger by their sizes until OpenAI says by how much."""
    db.executemany(
        "UPDATE remote_things SET bytes = bytes + coalesce((SELECT bytes FROM remote_things WHERE id = ?), 0)"
        " WHERE id = ?",
        [(file_id, store_id) for file_id in file_ids],
    )


def measure(db: sqlite3.Connection, sizes: Mapping[str, tuple[int | None, datetime | None]]) -> None:
    """What OpenAI says, where it says it: id → (bytes, when the store expires)."""
    db.executemany(
        "UPDATE remote_things SET bytes = coalesce(?, bytes), expires_at = coalesce(?, expires_at)"
        " WHERE id = ? AND kind = 'vector_store' AND status <> 'gone'",
        [(size, None if ends is None else to_micros(ends), id_) for id_, (size, ends) in sizes.items()],
    )


def stores_since(db: sqlite3.Connection, at: datetime) -> list[Store]:
    """Every store that OpenAI has kept at that moment or later, the oldest first."""
    rows = db.execute(
        "SELECT id, conversation, person_id, bytes, made_at,"
        " nullif(min(coalesce(gone_at, :never), coalesce(expires_at, :never)), :never) AS ended_at,"
        " status = 'kept' FROM remote_things"
        " WHERE kind = 'vector_store' AND (status <> 'gone' OR gone_at > :at)"
        " AND (expires_at IS NULL OR expires_at > :at) ORDER BY made_at, id",
        {"at": to_micros(at), "never": 2**62},
    )
    return [
        Store(id_, key, person, size, from_micros(made), None if ended is None else from_micros(ended), bool(is_kept))
        for id_, key, person, size, made, ended, is_kept in rows
    ]
