"""Our marks as Telethon's entities on the way out, and formatted messages as Markdown for the model on the way in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from telethon.tl import types

from engine.core.styled import Mark
from engine.telegram.text.units import from_units, to_units

_TO: dict[str, Callable[[Mark], Any]] = {
    "bold": lambda mark: types.MessageEntityBold(mark.offset, mark.length),
    "italic": lambda mark: types.MessageEntityItalic(mark.offset, mark.length),
    "underline": lambda mark: types.MessageEntityUnderline(mark.offset, mark.length),
    "strike": lambda mark: types.MessageEntityStrike(mark.offset, mark.length),
    "spoiler": lambda mark: types.MessageEntitySpoiler(mark.offset, mark.length),
    "code": lambda mark: types.MessageEntityCode(mark.offset, mark.length),
    "pre": lambda mark: types.MessageEntityPre(mark.offset, mark.length, mark.argument),
    "link": lambda mark: types.MessageEntityTextUrl(mark.offset, mark.length, mark.argument),
    "quote": lambda mark: types.MessageEntityBlockquote(mark.offset, mark.length),
    "collapsed_quote": lambda mark: types.MessageEntityBlockquote(mark.offset, mark.length, collapsed=True),
}
_AROUND = {
    types.MessageEntityBold: "**",
    types.MessageEntityItalic: "*",
    types.MessageEntityStrike: "~~",
    types.MessageEntitySpoiler: "||",
    types.MessageEntityCode: "`",
}

_Insert = tuple[tuple[int, int, int, int], str]
"""Where (in units) and in which order, and what."""


def to_telethon(marks: Iterable[Mark]) -> list[Any]:
    """The marks of a `Styled` as `MessageEntity…` objects, for `SendMessageRequest(entities=…)`."""
    return [_TO[mark.kind](mark) for mark in marks]


def from_telethon(text: str, entities: Sequence[Any] | None) -> str:
    """A person's formatted message as Markdown. Mentions, commands and bare links are in the text already."""
    if not entities:
        return text
    units = to_units(text)
    inserts: list[_Insert] = []
    for order, entity in enumerate(entities):
        start, end = _within_blanks(units, entity.offset, entity.offset + entity.length)
        if start < end:
            inserts += _inserts(units, entity, start, end, order)
    pieces: list[str] = []
    done = 0
    for (position, *_), markup in sorted(inserts):
        pieces += (units[done:position], markup)
        done = position
    return from_units("".join([*pieces, units[done:]]))


def _within_blanks(units: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without blanks at its edges: Markdown knows no bold that ends with a space."""
    start, end = max(0, start), min(len(units), end)
    while end > start and units[end - 1].isspace():
        end -= 1
    while start < end and units[start].isspace():
        start += 1
    return start, end


def _inserts(units: str, entity: Any, start: int, end: int, order: int) -> list[_Insert]:
    """What to insert where. At one place closings come before openings, closings from the inside out."""
    kind, length = type(entity), end - start
    if kind is types.MessageEntityBlockquote:
        lines = [place + 1 for place in range(start, end) if units[place] == "\n"]
        return [((place, 1, -length - 1, order), "> ") for place in (start, *lines)]
    if kind is types.MessageEntityPre:
        opening, closing = f"```{entity.language or ''}\n", "\n```"
    elif kind is types.MessageEntityTextUrl:
        opening, closing = "[", f"]({entity.url})"
    elif kind is types.MessageEntityUnderline:
        opening, closing = "<u>", "</u>"
    elif kind in _AROUND:
        opening = closing = _AROUND[kind]
    else:
        return []
    return [((start, 1, -length, order), opening), ((end, 0, length, -order), closing)]
