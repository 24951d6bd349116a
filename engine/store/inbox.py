"""The inbox table: events that arrived and are not handled yet, each of them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec

from engine.core.clock import to_micros
from engine.core.events import Event, MessagesDeleted

OPEN_EVENTS_READ = 8
"""How many open events an actor looks ahead: it handles the first, and reads again after each commit."""


EDIT_KEY = "e:"
"""How the keys of changed messages begin; the chat, the message and when it was changed follow."""


class Arrival(NamedTuple):
    """An event on its way into the inbox. `key` makes the same thing twice one row. A deletion names messages, not
    a conversation: for it, `conversation` is the supergroup's chat, or "" for private chats and basic groups, and
    the rows that hold those messages tell the rest."""

    key: str
    conversation: str
    event: Event
    message_id: int | None = None
    cause: str = ""
    """where it comes from, for recordings: update:<key>, job:<id>, event:<inbox id>, timer"""


class OpenEvent(NamedTuple):
    """A row that waits for its actor; `event` is JSON."""

    id: int
    event: str
    tries: int
    queue: str
    """see core.events.Event"""


Accept = Callable[[Callable[[sqlite3.Connection], Iterable[str]], Collection[str]], Awaitable[None]]
"""Runs a unit that gives events to conversations; of some it may be known beforehand (`addressed`)."""


def addressed(arrivals: Iterable[Arrival]) -> list[str]:
    """The conversations that these go to, as far as they say so themselves, each once, in this order."""
    return list(dict.fromkeys(one.conversation for one in arrivals if not isinstance(one.event, MessagesDeleted)))


def is_waiting(db: sqlite3.Connection, conversation: str) -> bool:
    """Whether events of this conversation are still to be handled."""
    row = db.execute("SELECT 1 FROM inbox WHERE conversation = ? AND status = 'pending' LIMIT 1", (conversation,))
    return row.fetchone() is not None


def accept(db: sqlite3.Connection, arrivals: Iterable[Arrival], now: datetime) -> list[str]:
    """Puts events into the inbox, those with a known key excepted. The conversations that got something new."""
    received_at = to_micros(now)
    woken: dict[str, None] = {}
    for arrival in arrivals:
        for placed in _placed(db, arrival):
            rows = db.execute(
                "INSERT INTO inbox (key, conversation, event, message_id, received_at, cause, queue)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (
                    placed.key,
                    placed.conversation,
                    msgspec.json.encode(placed.event).decode(),
                    placed.message_id,
                    received_at,
                    placed.cause,
                    placed.event.queue,
                ),
            ).rowcount
            if rows:
                woken[placed.conversation] = None
    return list(woken)


def _placed(db: sqlite3.Connection, arrival: Arrival) -> list[Arrival]:
    if not isinstance(arrival.event, MessagesDeleted):
        return [arrival]
    found: dict[str, list[int]] = {}
    for message_id in arrival.event.message_ids:
        for (conversation,) in db.execute(
            "SELECT DISTINCT conversation FROM inbox WHERE message_id = ?", (message_id,)
        ):
            if _may_be_in(conversation, arrival.conversation):
                found.setdefault(conversation, []).append(message_id)
    return [
        Arrival(
            f"{arrival.key}:{conversation}",
            conversation,
            MessagesDeleted(at=arrival.event.at, message_ids=tuple(message_ids)),
            cause=arrival.cause,
        )
        for conversation, message_ids in found.items()
    ]


def _may_be_in(conversation: str, supergroup: str) -> bool:
    """Message ids count per supergroup, and once for all other chats together."""
    chat = conversation.partition(":")[0]
    return chat == supergroup if supergroup else not chat.startswith("-100")


def open_events(db: sqlite3.Connection, conversation: str) -> list[OpenEvent]:
    """The next events of a conversation, in the order in which they arrived."""
    rows = db.execute(
        "SELECT id, event, tries, queue FROM inbox WHERE conversation = ? AND status = 'pending' ORDER BY id LIMIT ?",
        (conversation, OPEN_EVENTS_READ),
    )
    return [OpenEvent(*row) for row in rows]


def waiting_conversations(db: sqlite3.Connection) -> list[str]:
    """The conversations that have pending events: who must be woken when the process starts."""
    rows = db.execute("SELECT conversation FROM inbox WHERE status = 'pending' GROUP BY conversation ORDER BY min(id)")
    return [conversation for (conversation,) in rows]


def mark_done(db: sqlite3.Connection, event_id: int) -> None:
    """The actor has handled it."""
    db.execute("UPDATE inbox SET status = 'done' WHERE id = ?", (event_id,))


def postpone(db: sqlite3.Connection, event_id: int) -> None:
    """The event waits for the next change of state."""
    db.execute("UPDATE inbox SET status = 'postponed' WHERE id = ?", (event_id,))


def put_back_postponed(db: sqlite3.Connection, conversation: str) -> None:
    """The state has changed: what was postponed is looked at again, in its old order; of each queue the first."""
    db.execute(
        "UPDATE inbox SET status = 'pending' WHERE conversation = ?1 AND status = 'postponed' AND (queue = '' OR id IN"
        " (SELECT min(id) FROM inbox WHERE conversation = ?1 AND status = 'postponed' GROUP BY queue))",
        (conversation,),
    )


def put_back_next(db: sqlite3.Connection, conversation: str, queue: str) -> None:
    """The first of a queue is handled: the next one is looked at."""
    db.execute(
        "UPDATE inbox SET status = 'pending' WHERE id ="
        " (SELECT min(id) FROM inbox WHERE conversation = ? AND status = 'postponed' AND queue = ?)",
        (conversation, queue),
    )


def drop_postponed(db: sqlite3.Connection, conversation: str) -> None:
    """What was postponed is done with, unhandled."""
    db.execute("UPDATE inbox SET status = 'done' WHERE conversation = ? AND status = 'postponed'", (conversation,))


def count_try(db: sqlite3.Connection, event_id: int, error: str) -> None:
    """Handling it raised once more."""
    db.execute("UPDATE inbox SET tries = tries + 1, error = ? WHERE id = ?", (error, event_id))


def quarantine(db: sqlite3.Connection, event_id: int) -> None:
    """Nobody looks at this event again, unless an admin says so."""
    db.execute("UPDATE inbox SET status = 'quarantined' WHERE id = ?", (event_id,))


def message(db: sqlite3.Connection, conversation: str, message_id: int) -> str | None:
    """The event (JSON) that a person's message became."""
    row = db.execute(
        "SELECT event FROM inbox WHERE message_id = ? AND conversation = ? ORDER BY id LIMIT 1",
        (message_id, conversation),
    ).fetchone()
    return None if row is None else str(row[0])


def last_edit(db: sqlite3.Connection, chat_id: int, message_id: int) -> str | None:
    """The event (JSON) that the last change of a person's message became, as long as it is kept."""
    row = db.execute(
        "SELECT event FROM inbox WHERE key > ? AND key < ? AND event <> 'null' ORDER BY id DESC LIMIT 1",
        (f"{EDIT_KEY}{chat_id}:{message_id}:", f"{EDIT_KEY}{chat_id}:{message_id};"),  # ";" comes behind ":"
    ).fetchone()
    return None if row is None else str(row[0])


def newest_message(db: sqlite3.Connection, conversation: str, before: int) -> int | None:
    """The id of the last message that came until then (microseconds since 1970)."""
    row = db.execute(
        "SELECT message_id FROM inbox WHERE conversation = ? AND message_id IS NOT NULL AND received_at <= ?"
        " ORDER BY id DESC LIMIT 1",
        (conversation, before),
    ).fetchone()
    return None if row is None else int(row[0])
