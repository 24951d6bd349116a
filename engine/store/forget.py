"""Forgetting a conversation: what was said is deleted from every table; the ledger stays, and the keys that keep a
message from being handled twice.

Which jobs were there before is told by their names, which begin with the number of their event: clocks go backwards at
times.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from engine.store import changes, inbox, recording, remote

NOTHING = "null"
"""What stands in the place of content that is forgotten."""


def mark(
    db: sqlite3.Connection, conversation: str, thread: int, forgetting: str, now: datetime
) -> list[remote.Deletion]:
    """Everything that OpenAI keeps of this conversation's threads up to `thread` is to be deleted; what that is. The
    responses, those of jobs before the job `forgetting`, are things like the others from here on, so that a failed
    deletion is tried again."""
    db.execute(
        "INSERT INTO remote_things (id, kind, conversation, thread, person_id, source, name, bytes, made_at, status,"
        " due_at) SELECT response_id, 'response', conversation, :thread, person_id, '', '', 0, at, 'kept', NULL"
        " FROM ledger WHERE conversation = :conversation AND response_id IS NOT NULL"
        " AND CAST(job AS INTEGER) < CAST(:forgetting AS INTEGER)"
        " ON CONFLICT (id) DO NOTHING",
        {"conversation": conversation, "thread": thread, "forgetting": forgetting},
    )
    remote.end_thread(db, conversation, thread, now)
    return remote.of_conversation(db, conversation, thread)


def is_stopping(db: sqlite3.Connection, conversation: str, forgetting: str) -> bool:
    """Whether jobs of this conversation besides `forgetting` have been told to stop, and may still write down what they
    have heard; or what they have brought is still to be handled."""
    stopping = "SELECT 1 FROM jobs WHERE conversation = ? AND status = 'stopping' AND id <> ? LIMIT 1"
    return inbox.is_waiting(db, conversation) or db.execute(stopping, (conversation, forgetting)).fetchone() is not None


def makers(db: sqlite3.Connection, conversation: str, forgetting: str) -> list[str]:
    """The jobs of this conversation that were there before the job `forgetting`: files made here are named after
    them."""
    found = db.execute(
        "SELECT id FROM jobs WHERE conversation = :conversation AND job_order <> :nothing"
        " AND CAST(id AS INTEGER) < CAST(:forgetting AS INTEGER)",
        {"conversation": conversation, "nothing": NOTHING, "forgetting": forgetting},
    )
    return [job for (job,) in found]


def clear(db: sqlite3.Connection, conversation: str, thread: int, scopes: Iterable[str], people: Iterable[int]) -> int:
    """Deletes what was said and heard, preferences, people and the names in their requests; empties events, messages
    and orders that are done with. How many turns there were."""
    listed = tuple(people)
    turns = db.execute("DELETE FROM turns WHERE conversation = ? AND thread <= ?", (conversation, thread)).rowcount
    recording.forget(db, conversation)
    db.execute(
        "UPDATE inbox SET event = ?, message_id = NULL, error = '', queue = ''"
        " WHERE conversation = ? AND status = 'done'",
        (NOTHING, conversation),
    )
    db.execute("UPDATE outbox SET effect = ? WHERE conversation = ? AND status <> 'pending'", (NOTHING, conversation))
    db.execute(  # a message that is still to be edited has to be found
        "UPDATE outbox SET message_id = NULL, ref = '' WHERE conversation = :conversation AND status <> 'pending'"
        " AND ref NOT IN (SELECT ref FROM outbox WHERE conversation = :conversation AND status = 'pending')",
        {"conversation": conversation},
    )
    db.execute(
        "UPDATE jobs SET job_order = ?, result = '', response_id = NULL WHERE conversation = ? AND status = 'done'",
        (NOTHING, conversation),
    )
    db.execute("DELETE FROM transcripts WHERE conversation = ?", (conversation,))
    chosen = tuple(scopes)
    db.executemany("DELETE FROM preferences WHERE scope = ?", [(scope,) for scope in chosen])
    db.executemany(
        "UPDATE access_requests SET name = '', username = '' WHERE person_id = ?", [(person,) for person in listed]
    )
    db.executemany("DELETE FROM people WHERE id = ?", [(person,) for person in listed])
    changes.forget(db, chosen, listed)
    return turns
