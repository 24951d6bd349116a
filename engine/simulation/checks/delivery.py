"""Messages: what people send arrives; what the bot has said was asked for, and stands there once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence
from engine.store.invariants import SENDS

NEVER = ("USER_IS_BLOCKED", "MESSAGE_NOT_MODIFIED", "QUERY_ID_INVALID", "MESSAGE_ID_INVALID")
"""What Telegram may refuse for ever."""
_EDITED = (
    "SELECT chat_id, message_id FROM outbox WHERE status = 'sent' AND message_id IS NOT NULL"
    " AND json_extract(effect, '$.type') = 'Edit'"
)
_UNKNOWN = (
    "SELECT chat_id, count(*) AS n FROM outbox WHERE status = 'sent' AND message_id IS NULL"
    " AND json_extract(effect, '$.type') IN ('Send', 'Edit') GROUP BY chat_id"
)


def no_message_is_lost(evidence: Evidence) -> Iterator[str]:
    """Each message that the bot must have taken in has its row."""
    known = {row["key"] for row in evidence.rows("SELECT key FROM inbox")}
    for message in evidence.crowd.heard:
        if message.chat.id in evidence.crowd.forgotten or message.deleted:
            continue
        if f"m:{message.chat.id}:{message.id}" not in known:
            yield f"{message!r} never arrived"


def what_is_said_was_asked_for_once(evidence: Evidence) -> Iterator[str]:
    """Each message of the bot is one row of the outbox, and each row is one message. Which message a row became is not
    known where Telegram's answer was lost; but there are no more such messages than such rows."""
    rows = Counter((row["chat_id"], row["message_id"]) for row in evidence.rows(SENDS))
    anew = {(row["chat_id"], row["message_id"]) for row in evidence.rows(_EDITED)}
    unknown = Counter({row["chat_id"]: row["n"] for row in evidence.rows(_UNKNOWN)})
    for chat in evidence.crowd.telegram.chats:
        if chat.id in evidence.crowd.forgotten:
            continue
        for message in chat.history:
            if not message.out or message.action is not None or (chat.id, message.id) in anew:
                continue
            if rows[chat.id, message.id] > 1:
                yield f"{rows[chat.id, message.id]} rows of the outbox became {message!r}"
            if rows[chat.id, message.id] == 0:
                unknown[chat.id] -= 1
                if unknown[chat.id] < 0:
                    yield f"nobody has asked for {message!r}"
    for row in evidence.rows("SELECT id, chat_id, error FROM outbox WHERE status = 'failed'"):
        if not any(code in row["error"] for code in NEVER):
            yield f"a call failed: {tuple(row)}"
