"""Counting and cutting the way Telegram does: in UTF-16 code units.

Offsets into a Python string and offsets on the wire differ as soon as one emoji is in the text. So everything here
works on a text in *units*: the same text with each character beyond the BMP written as its two surrogates. In it
`len`, slices, `find` and regular expressions speak Telegram's numbers directly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.core.styled import Mark, Styled

_BEYOND_BMP = re.compile("[\U00010000-\U0010ffff]")
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)*")
_VISIBLE = re.compile(
    "[^\\s\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)

_KEEP_INDENT = frozenset({"pre", "quote", "collapsed_quote"})


def utf16_length(text: str) -> int:
    """The length of `text` in UTF-16 code units, which is how Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def to_units(text: str) -> str:
    """`text` with each character beyond the BMP as two surrogates: one character is one unit."""
    if utf16_length(text) == len(text):
        return text
    return _BEYOND_BMP.sub(_surrogates, text)


def from_units(units: str) -> str:
    """The ordinary text again; half a pair, which nothing can show, becomes U+FFFD."""
    if units.isascii():
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def places_beyond_bmp(text: str) -> list[int]:
    """Where in `text` the characters are that count as two units."""
    if utf16_length(text) == len(text):
        return []
    return [found.start() for found in _BEYOND_BMP.finditer(text)]


def clean(text: str) -> str:
    """`text` without what Telegram or UTF-8 refuses: control characters, noncharacters, lone surrogates."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not _UNSENDABLE.search(text):
        return text
    if _LONE_SURROGATE.search(text):
        text = from_units(text)
    return _UNSENDABLE.sub("", text)


def is_visible(text: str) -> bool:
    """Whether there is anything to see: Telegram refuses a message of blanks and zero-width characters."""
    return _VISIBLE.search(text) is not None


def skip_blank_lines(units: str, start: int, end: int) -> int:
    """The first position from `start` that is not on a blank line; the indent of that line is kept."""
    found = _BLANK_LINES.match(units, start, end)
    return found.end() if found else start


def cut(units: str, marks: Iterable[Mark], start: int, end: int) -> Styled:
    """The stretch from `start` to `end` without blank lines around it, and what of the marks lies in it."""
    start = skip_blank_lines(units, start, end)
    while end > start and units[end - 1].isspace():
        end -= 1
    kept = (_clipped(units, mark, start, end) for mark in marks)
    return Styled(from_units(units[start:end]), tuple(mark for mark in kept if mark))


def _clipped(units: str, mark: Mark, start: int, end: int) -> Mark | None:
    """`mark` inside start..end, counted from `start`, without blanks at its edges; None if nothing is left."""
    left, right = max(mark.offset, start), min(mark.offset + mark.length, end)
    while right > left and units[right - 1].isspace():
        right -= 1
    if mark.kind in _KEEP_INDENT:
        left = skip_blank_lines(units, left, right)
    else:
        while left < right and units[left].isspace():
            left += 1
    return Mark(mark.kind, left - start, right - left, mark.argument) if left < right else None


def _surrogates(found: re.Match[str]) -> str:
    code = ord(found[0]) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))
