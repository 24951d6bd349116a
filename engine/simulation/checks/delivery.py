"""Messages: what stands in a chat was asked for, stands there once, and in its order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence

NEVER = ("USER_IS_BLOCKED", "MESSAGE_NOT_MODIFIED", "QUERY_ID_INVALID", "MESSAGE_ID_INVALID")
"""What Telegram may refuse for ever."""
_SENDS = (
    "SELECT conversation, chat_id, message_id, id FROM outbox WHERE status = 'sent' AND message_id IS NOT NULL"
    " AND json_extract(effect, '$.type') = 'Send' ORDER BY id"
)


def what_is_said_was_asked_for_once(evidence: Evidence) -> Iterator[str]:
    """Each message of the bot is one row of the outbox, and each row is one message."""
    sent = Counter((row["chat_id"], row["message_id"]) for row in evidence.rows(_SENDS))
    anew = Counter(
        (row["chat_id"], row["message_id"])
        for row in evidence.rows(
            "SELECT chat_id, message_id FROM outbox WHERE status = 'sent' AND message_id IS NOT NULL"
            " AND json_extract(effect, '$.type') = 'Edit'"
        )
    )
    for chat in evidence.crowd.telegram.chats:
        if chat.id in evidence.crowd.forgotten:
            continue
        said = [message for message in chat.history if message.out and message.action is None]
        for message in said:
            rows = sent[chat.id, message.id]
            if rows > 1 or (rows == 0 and not anew[chat.id, message.id] and not evidence.has("lost_answer")):
                yield f"{rows} rows of the outbox became {message!r}"
    for row in evidence.rows("SELECT id, chat_id, error FROM outbox WHERE status = 'failed'"):
        if not any(code in row["error"] for code in NEVER):
            yield f"a call failed: {tuple(row)}"


def messages_come_in_order(evidence: Evidence) -> Iterator[str]:
    """In each chat, what was asked for first stands first."""
    last: dict[int, int] = {}
    for _, chat_id, message_id, row_id in evidence.rows(_SENDS):
        if message_id < last.get(chat_id, 0):
            yield f"chat {chat_id}: row {row_id} became message {message_id}, which stands before {last[chat_id]}"
        last[chat_id] = max(message_id, last.get(chat_id, 0))
