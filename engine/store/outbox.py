"""The outbox table: calls to Telegram that are not confirmed yet, in order per chat."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from engine.core.clock import to_micros
from engine.core.conversation import place
from engine.core.effects import AnswerPress, Delete, Edit, Send

Outgoing = Send | Edit | Delete | AnswerPress
"""The effects that are calls to Telegram."""

ROWS_READ = 16
"""How many pending rows of a chat the sender reads at once."""

_decoder = msgspec.json.Decoder(Outgoing)


class OutboxRow(NamedTuple):
    """A call that waits to be made."""

    id: int
    conversation: str
    effect: Outgoing
    random_id: int
    created_at: int
    cause: str
    """the inbox id of the event that it answers, and its place among the calls of that step: "7/0" """


def enqueue(
    db: sqlite3.Connection, conversation: str, effects: Iterable[Outgoing], *, cause: str, now: datetime
) -> set[int]:
    """Adds calls, in order; the chats in which they happen. `cause` (unique for each handled event) and the place in
    the list make the random_id."""
    chats: set[int] = set()
    secret = b""
    for number, effect in enumerate(effects):
        secret = secret or installation_secret(db)
        where = effect.to or conversation
        chat_id = place(where).chat_id
        chats.add(chat_id)
        db.execute(
            "INSERT INTO outbox (conversation, chat_id, ref, effect, random_id, created_at, cause)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                where,
                chat_id,
                getattr(effect, "ref", ""),
                msgspec.json.encode(effect).decode(),
                _random_id(secret, f"{cause}/{number}"),
                to_micros(now),
                f"{cause}/{number}",
            ),
        )
    return chats


def installation_secret(db: sqlite3.Connection) -> bytes:
    """This installation's own random key."""
    (secret,) = db.execute("SELECT value FROM installation WHERE name = 'secret'").fetchone()
    return bytes(secret)


def _random_id(secret: bytes, cause: str) -> int:
    digest = blake2b(cause.encode(), key=secret, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def pending(db: sqlite3.Connection, chat_id: int) -> list[OutboxRow]:
    """The next calls of a chat, in order."""
    rows = db.execute(
        "SELECT id, conversation, effect, random_id, created_at, cause FROM outbox"
        " WHERE chat_id = ? AND status = 'pending' ORDER BY id LIMIT ?",
        (chat_id, ROWS_READ),
    )
    return [OutboxRow(id_, key, _decoder.decode(effect), *rest) for id_, key, effect, *rest in rows]


def waiting_chats(db: sqlite3.Connection) -> list[int]:
    """The chats that have pending calls: whom the sender begins with when the process starts."""
    rows = db.execute("SELECT chat_id FROM outbox WHERE status = 'pending' GROUP BY chat_id ORDER BY min(id)")
    return [chat_id for (chat_id,) in rows]


def mark_sent(db: sqlite3.Connection, row_id: int, message_id: int | None, now: datetime) -> None:
    """Telegram has confirmed it."""
    db.execute(
        "UPDATE outbox SET status = 'sent', message_id = coalesce(?, message_id), sent_at = ? WHERE id = ?",
        (message_id, to_micros(now), row_id),
    )


def mark_failed(db: sqlite3.Connection, row_id: int, error: str, now: datetime) -> None:
    """Telegram will never take it."""
    db.execute(
        "UPDATE outbox SET status = 'failed', error = ?, sent_at = ? WHERE id = ?",
        (error, to_micros(now), row_id),
    )


def note_message_id(db: sqlite3.Connection, random_id: int, message_id: int) -> None:
    """Telegram told later which message a random_id became (updateMessageID)."""
    db.execute("UPDATE outbox SET message_id = ? WHERE random_id = ? AND message_id IS NULL", (message_id, random_id))


def noted_message(db: sqlite3.Connection, row_id: int) -> int | None:
    """Which message a row has become, if it is known."""
    row = db.execute("SELECT message_id FROM outbox WHERE id = ?", (row_id,)).fetchone()
    return None if row is None else row[0]


def message_ids(db: sqlite3.Connection, conversation: str, ids: Sequence[int]) -> set[int]:
    """Those of the ids that rows of this conversation have become."""
    query = "SELECT message_id FROM outbox WHERE conversation = ? AND message_id = ?"
    return {found for one in ids for (found,) in db.execute(query, (conversation, one))}


def message_of(db: sqlite3.Connection, conversation: str, ref: str) -> int | None:
    """The message that was sent as `ref`, if it is known."""
    row = db.execute(
        "SELECT message_id FROM outbox WHERE conversation = ? AND ref = ? AND message_id IS NOT NULL"
        " ORDER BY id DESC LIMIT 1",
        (conversation, ref),
    ).fetchone()
    return None if row is None else int(row[0])


class SentMessage(NamedTuple):
    """A message of ours; `ref` is its actor's name for it ("" for none)."""

    ref: str
    effect: Outgoing


def sent_as(db: sqlite3.Connection, conversation: str, message_id: int) -> SentMessage | None:
    """What a message of ours is, as it was last sent or edited; None for a message that is not ours."""
    row = db.execute(
        "SELECT ref, effect FROM outbox WHERE conversation = ? AND message_id = ? ORDER BY id DESC LIMIT 1",
        (conversation, message_id),
    ).fetchone()
    return None if row is None else SentMessage(row[0], _decoder.decode(row[1]))
