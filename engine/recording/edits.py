"""Versions of one message in a redacted recording: what somebody has changed is another text there, too.

Letters alone have all the same stand-in, and short numbers few: "option A" that became "option B" would be no edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from telethon import utils

from engine.recording.lines import Start
from engine.recording.standins import StandIns

TRIED = 16
"""How often a word gets another stand-in until no other version of its message has that text."""

Where = tuple[int, int]
"""A chat and a message in it."""


class Version(NamedTuple):
    """A message with the text that it has now."""

    where: Where
    message: Any
    text: str


def versions_in(packet: Any) -> list[Version]:
    """Those that stand in an update's packet, before they get stand-ins."""
    found: list[Any] = [getattr(update, "message", None) for update in getattr(packet, "updates", ())]
    return [
        Version((utils.get_peer_id(message.peer_id), message.id), message, message.message)
        for message in found
        if getattr(message, "peer_id", None) is not None and isinstance(getattr(message, "message", None), str)
    ]


def told_in(start: Start) -> Iterator[tuple[Where, str]]:
    """The messages, and their texts, that a conversation begins with: first what was last asked."""
    chat = chat_of(start.conversation)
    for told in (start.memory, *reversed(start.rows.get("turns", [])), *start.rows.get("inbox", [])):
        yield from _texts(told, chat)


def chat_of(conversation: str) -> int | None:
    """The chat that a conversation takes place in; None for one without."""
    chat = conversation.partition(":")[0]
    return int(chat) if chat.removeprefix("-").isdecimal() else None


def said_in(fields: dict[str, Any], chat: int | None) -> tuple[Where, str] | None:
    """Which message of this chat it is that says what stands there; None where it is none."""
    message_id, text = fields.get("message_id"), fields.get("text")
    if chat is None or not isinstance(message_id, int) or not isinstance(text, str):
        return None
    return (chat, message_id), text


def _texts(thing: Any, chat: int | None) -> Iterator[tuple[Where, str]]:
    if isinstance(thing, dict) and (said := said_in(thing, chat)) is not None:
        yield said
    for part in thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ():
        yield from _texts(part, chat)


class Versions:
    """All that were seen. `may_be` says whether a text means nothing to the bot."""

    def __init__(self, standins: StandIns, may_be: Callable[[str], bool]) -> None:
        self._standins = standins
        self._may_be = may_be
        self._seen: dict[Where, dict[str, str]] = {}

    def apart(self, where: Where, text: str, standin: str) -> str:
        """The stand-in of this version: where another version has the same, the first word that differs gets another
        one, of the same length."""
        seen = self._seen.setdefault(where, {})
        if text in seen:
            return seen[text]
        other = next((one for one, its in seen.items() if its == standin), None)
        made = standin
        if other is not None and len(other) == len(text) == len(standin):
            place = next(at for at, pair in enumerate(zip(other, text, strict=True)) if pair[0] != pair[1])
            tries = (self._standins.again(standin, place, f"{where}/{number}/{text}") for number in range(TRIED))
            made = next((one for one in tries if self._may_be(one) and one not in seen.values()), standin)
        seen[text] = made
        return made
