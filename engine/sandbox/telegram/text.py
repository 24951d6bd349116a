"""What Telegram does with a text on arrival: counts it in UTF-16 units, checks, trims, finds commands and mentions."""

from __future__ import annotations

import re
from typing import Any

from telethon.tl import types

from engine.sandbox.telegram.refusal import Refusal

MESSAGE_LIMIT = 4096
"""UTF-16 units in one message (help.getConfig: message_length_max)."""
CAPTION_LIMIT, PREMIUM_CAPTION_LIMIT = 1024, 4096
"""UTF-16 units in a caption; people with Premium may write more."""
ENTITY_LIMIT = 100
"""Entities beyond this number are dropped."""

_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+)"
    r"|(?<![\w/])(?P<command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/])"
    r"|(?<![\w@.])(?P<mention>@[A-Za-z][A-Za-z0-9_]{2,31})(?!\w)"
    r"|(?<![\w#])(?P<hashtag>#\w*[^\W\d]\w*)"
)
_MADE = {
    "url": types.MessageEntityUrl,
    "command": types.MessageEntityBotCommand,
    "mention": types.MessageEntityMention,
    "hashtag": types.MessageEntityHashtag,
}
_NO_FINDING_INSIDE = (types.MessageEntityCode, types.MessageEntityPre, types.MessageEntityTextUrl)


def units(text: str) -> int:
    """The length of a text in UTF-16 code units, the measure of all Telegram offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def arrive(
    text: str, entities: list[Any] | None, *, limit: int = MESSAGE_LIMIT, too_long: str = "MESSAGE_TOO_LONG"
) -> tuple[str, list[Any]]:
    """Text and entities as the server keeps them. `limit` in UTF-16 units.

    Raises `Refusal` `too_long` or ENTITY_BOUNDS_INVALID. An empty result is the caller's to judge.
    """
    length = units(text)
    if length > limit:
        raise Refusal(too_long)
    kept = list(entities or ())[:ENTITY_LIMIT]
    for entity in kept:
        if entity.offset < 0 or entity.length <= 0 or entity.offset + entity.length > length:
            raise Refusal("ENTITY_BOUNDS_INVALID")
    text, kept = _trimmed(text, [_stored(entity) for entity in kept])
    found = _found(text, kept)
    if found:
        kept = sorted(kept + found, key=lambda entity: (entity.offset, -entity.length))
    return text, kept


def _stored(entity: Any) -> Any:
    if isinstance(entity, types.InputMessageEntityMentionName):
        return types.MessageEntityMentionName(entity.offset, entity.length, entity.user_id.user_id)
    return entity


def _trimmed(text: str, entities: list[Any]) -> tuple[str, list[Any]]:
    right = text.rstrip()
    bare = right.lstrip()
    if len(bare) == len(text):
        return text, entities
    shift, length = len(right) - len(bare), units(bare)
    kept = []
    for entity in entities:
        start = min(max(entity.offset - shift, 0), length)
        end = min(max(entity.offset + entity.length - shift, 0), length)
        if end > start:
            entity.offset, entity.length = start, end - start
            kept.append(entity)
    return bare, kept


def _found(text: str, given: list[Any]) -> list[Any]:
    if not any(sign in text for sign in "/@#"):
        return []
    closed = [(e.offset, e.offset + e.length) for e in given if isinstance(e, _NO_FINDING_INSIDE)]
    known = {(e.offset, e.length) for e in given}
    found = []
    for match in _FOUND.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        start, length = units(text[: match.start(kind)]), units(match.group(kind))
        inside = any(start < end and begin < start + length for begin, end in closed)
        if not inside and (start, length) not in known:
            found.append(_MADE[kind](start, length))
    return found


def pieces(text: str) -> list[str]:
    """Split a long paste the way Telegram's apps do: at most 4096 units each, at a line or word end if there is one."""
    parts = []
    while units(text) > MESSAGE_LIMIT:
        cut = len(text.encode("utf-16-le")[: 2 * MESSAGE_LIMIT].decode("utf-16-le", "ignore"))
        for end in ("\n", " "):
            at = text.rfind(end, cut // 2, cut)
            if at > 0:
                cut = at + 1
                break
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]
