"""Messages: what people send arrives; what the bot has said was asked for, and stands there once."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from engine.core.clock import from_micros
from engine.simulation.checks.evidence import Evidence
from engine.store.invariants import SENDS

_HEARD = "SELECT key, json_extract(event, '$.text') AS text FROM inbox"
_DELETED_BY_PEOPLE = (
    "SELECT inbox.conversation, json_each.value AS message_id FROM inbox, json_each(inbox.event, '$.message_ids')"
    " WHERE json_extract(event, '$.type') = 'MessagesDeleted'"
)
_DELETES = (
    "SELECT id, chat_id, (SELECT message_id FROM outbox AS sent WHERE sent.conversation = outbox.conversation"
    " AND sent.ref = outbox.ref AND sent.id < outbox.id AND sent.message_id IS NOT NULL ORDER BY sent.id DESC LIMIT 1)"
    " AS message_id FROM outbox WHERE status = 'sent' AND json_extract(effect, '$.type') = 'Delete'"
)
_TEXTS = (
    "SELECT id, chat_id, message_id, json_extract(effect, '$.content.text') AS text FROM outbox WHERE status = 'sent'"
    " AND message_id IS NOT NULL AND json_extract(effect, '$.rich') IS NULL"
    " AND json_extract(effect, '$.file') IS NULL AND json_extract(effect, '$.type') IN ('Send', 'Edit') ORDER BY id"
)
NEVER = ("USER_IS_BLOCKED", "MESSAGE_NOT_MODIFIED", "QUERY_ID_INVALID", "MESSAGE_ID_INVALID")
"""What Telegram may refuse for ever."""
UNKNOWN = "PEER_ID_INVALID"
"""What it says of somebody who has never written to the bot."""
_EDITED = (
    "SELECT chat_id, message_id FROM outbox WHERE status = 'sent' AND message_id IS NOT NULL"
    " AND json_extract(effect, '$.type') = 'Edit'"
)
_RICH = (
    "SELECT chat_id, json_extract(effect, '$.rich') AS rich FROM outbox WHERE status = 'sent'"
    " AND json_extract(effect, '$.rich') IS NOT NULL"
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


def no_change_is_lost(evidence: Evidence) -> Iterator[str]:
    """The last edit of each message has its row, and the deletion of each that was taken in. A message that was changed
    before it arrived has said at once what it says now."""
    keys = {row["key"]: row["text"] for row in evidence.rows(_HEARD)}
    edits = {key.rpartition(":")[0] for key in keys if key.startswith("e:")}
    gone = {(row["conversation"], row["message_id"]) for row in evidence.rows(_DELETED_BY_PEOPLE)}
    forgotten = evidence.crowd.forgotten
    for message, at in evidence.crowd.edited.items():
        if message.chat.id in forgotten or message.deleted:
            continue
        if keys.get(f"m:{message.chat.id}:{message.id}") == message.text:
            continue
        if f"e:{message.chat.id}:{message.id}:{int(at.timestamp())}" not in edits:
            yield f"the edit of {message!r} never arrived"
    for message in evidence.crowd.deleted:
        if message.chat.id in forgotten or f"m:{message.chat.id}:{message.id}" not in keys:
            continue
        if (str(message.chat.id), message.id) not in gone:
            yield f"the deletion of {message!r} never arrived"


def what_was_done_shows(evidence: Evidence) -> Iterator[str]:
    """A message that was deleted is gone; any other says what the last row about it says."""
    there = {(m.chat.id, m.id): m for chat in evidence.crowd.telegram.chats for m in chat.history if not m.deleted}
    for row in evidence.rows(_DELETES):
        if message := there.get((row["chat_id"], row["message_id"])):
            yield f"row {row['id']} is sent, and has not deleted {message!r}"
    said = {(row["chat_id"], row["message_id"]): row for row in evidence.rows(_TEXTS)}
    for where, row in said.items():
        message = there.get(where)
        if message is not None and message.media is None and message.text.split() != row["text"].split():
            yield f"row {row['id']} says {row['text']!r}, and is {message!r}"


def what_is_said_was_asked_for_once(evidence: Evidence) -> Iterator[str]:
    """Each message of the bot is one row of the outbox, and each row is one message; or several, where a rich one had
    to be said in plain ones. Which message a row became is not known where Telegram's answer was lost; but there are
    no more such messages than such rows."""
    rows = Counter((row["chat_id"], row["message_id"]) for row in evidence.rows(SENDS))
    anew = {(row["chat_id"], row["message_id"]) for row in evidence.rows(_EDITED)}
    unknown = Counter({row["chat_id"]: row["n"] for row in evidence.rows(_UNKNOWN)})
    parts = _Parts(evidence)
    for chat in evidence.crowd.telegram.chats:
        if chat.id in evidence.crowd.forgotten:
            continue
        for message in chat.history:
            if rows[chat.id, message.id]:
                parts.take(chat.id, message.text)
        for message in chat.history:
            if not message.out or message.action is not None or (chat.id, message.id) in anew:
                continue
            if rows[chat.id, message.id] > 1:
                yield f"{rows[chat.id, message.id]} rows of the outbox became {message!r}"
            if rows[chat.id, message.id] == 0 and not parts.take(chat.id, message.text):
                unknown[chat.id] -= 1
                if unknown[chat.id] < 0:
                    yield f"nobody has asked for {message!r}"
    for row in evidence.rows("SELECT id, chat_id, error, created_at FROM outbox WHERE status = 'failed'"):
        if not any(code in row["error"] for code in NEVER) and not _is_to_a_stranger(evidence, row):
            yield f"a call failed: {tuple(row)}"


class _Parts:
    """What rich messages say, each piece of it once."""

    def __init__(self, evidence: Evidence) -> None:
        self._left: dict[int, list[str]] = defaultdict(list)
        for row in evidence.rows(_RICH):
            rich = json.loads(row["rich"])
            notes = (note["text"] for note in rich.get("notes", ()))
            self._left[row["chat_id"]].append(_letters("".join((rich["markdown"], *notes))))

    def take(self, chat_id: int, text: str) -> bool:
        """Whether it is one, which is struck off: what stands there as a whole has no parts."""
        whole, part = self._left[chat_id], _letters(text)
        for number, left in enumerate(whole):
            if part and part in left:
                whole[number] = left.replace(part, "", 1)
                return True
        return False


def _letters(text: str) -> str:
    return "".join(text.split())


def _is_to_a_stranger(evidence: Evidence, row: Any) -> bool:
    """Whoever has written only in a group has a budget, too, and can't be told in private what is left of it."""
    chats = (chat for chat in evidence.crowd.telegram.chats if chat.id == row["chat_id"])
    written = (message.date for chat in chats for message in chat.history if not message.out)
    return UNKNOWN in row["error"] and not any(at < from_micros(row["created_at"]) for at in written)
