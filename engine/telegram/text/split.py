"""A text too long for one message, cut where a reader would cut it; code goes on as code in the next part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from wcwidth import iter_graphemes

from engine.core.styled import Mark, Styled
from engine.telegram.text.units import cut, from_units, is_visible, skip_blank_lines, to_units, utf16_length

MESSAGE_UNITS = 4096
CAPTION_UNITS = 1024
MARKS_PER_MESSAGE = 100
"""What Telegram takes from a bot (help.getConfig); it drops the entities after the hundredth in silence."""

_SENTENCE_END = re.compile(r"[.!?…][)\]\"'»”’]*(?=\s)|[。！？]")


def split(styled: Styled, limit: int = MESSAGE_UNITS) -> list[Styled]:
    """`styled` in parts of at most `limit` UTF-16 units and 100 marks each; none is empty, and nothing visible is lost.

    `limit` is at least 2, the length of one emoji. A text of nothing but blanks has no parts.
    """
    units = to_units(styled.text)
    parts = (
        cut(units, marks[:MARKS_PER_MESSAGE], start, end)
        for start, end, marks in _stretches(units, styled.marks, limit)
    )
    return [part for part in parts if is_visible(part.text)]


def _stretches(units: str, marks: Sequence[Mark], limit: int) -> Iterator[tuple[int, int, list[Mark]]]:
    """Start, end and the marks of each part, in order. Every mark is looked at only while it lasts."""
    rest = sorted(marks, key=lambda mark: (mark.offset, -mark.length))
    rest.reverse()
    open_marks: list[Mark] = []
    start = skip_blank_lines(units, 0, len(units))
    while start < len(units):
        while rest and rest[-1].offset < start + limit:
            open_marks.append(rest.pop())
        open_marks = [mark for mark in open_marks if mark.offset + mark.length > start]
        end = _end(units, open_marks, start, limit)
        yield start, end, [mark for mark in open_marks if mark.offset < end]
        start = _next_start(units, end)


def _next_start(units: str, end: int) -> int:
    """Where the part after `end` begins: behind the blank lines, or behind the spaces between two words."""
    if units[end : end + 1] != "\n":
        while units[end : end + 1].isspace() and units[end] != "\n":
            end += 1
    return skip_blank_lines(units, end, len(units))


def _end(units: str, marks: Sequence[Mark], start: int, limit: int) -> int:
    """Where the part that begins at `start` ends."""
    most = start + limit
    if len(marks) > MARKS_PER_MESSAGE and start < marks[MARKS_PER_MESSAGE].offset < most:
        most = marks[MARKS_PER_MESSAGE].offset
    elif most >= len(units):
        return len(units)
    end = _border(units, marks, start, most)
    for mark in marks:  # code that fits into one message is not cut: people copy it
        if mark.kind == "pre" and start < mark.offset < end < mark.offset + mark.length <= mark.offset + limit:
            end = mark.offset
    return _before_heading(units, marks, start, end)


def _border(units: str, marks: Sequence[Mark], start: int, most: int) -> int:
    """The best place to cut at or before `most`: in the second half of the room if there is one at all."""
    finders = (partial(_blank_line, marks), _line, _sentence, _word)
    for least in (start + (most - start) // 2, start):
        for finder in finders:
            if (end := finder(units, least, most)) > least:
                return end
    return _grapheme(units, start, most)


def _blank_line(marks: Sequence[Mark], units: str, least: int, most: int) -> int:
    """The last blank line that is not inside code; -1 if there is none."""
    code = [mark for mark in marks if mark.kind == "pre"]
    end = units.rfind("\n\n", least + 1, most + 2)
    while end != -1:
        around = [mark.offset for mark in code if mark.offset < end < mark.offset + mark.length]
        if not around:
            return end
        end = units.rfind("\n\n", least + 1, max(around[0], least + 1))
    return -1


def _line(units: str, least: int, most: int) -> int:
    return units.rfind("\n", least + 1, most + 1)


def _sentence(units: str, least: int, most: int) -> int:
    ends = [found.end() for found in _SENTENCE_END.finditer(units, least, most + 1)]
    return max((end for end in ends if end <= most), default=-1)


def _word(units: str, least: int, most: int) -> int:
    return max(units.rfind(space, least + 1, most + 1) for space in " \t")


def _grapheme(units: str, start: int, most: int) -> int:
    """The last border between two characters as people see them (UAX 29): no emoji, flag or accent is torn."""
    end = start
    for grapheme in iter_graphemes(from_units(units[start : most + 64])):
        if end + (length := utf16_length(grapheme)) > most:
            break
        end += length
    if end > start:
        return end
    torn = "\udc00" <= units[most : most + 1] <= "\udfff"  # one grapheme longer than a message
    return max(most - torn, start + 1)


def _before_heading(units: str, marks: Sequence[Mark], start: int, end: int) -> int:
    """A line that is bold from end to end belongs to what follows it: it moves into the next part."""
    last = end
    while last > start and units[last - 1].isspace():
        last -= 1
    line = units.rfind("\n", start, last) + 1
    if line <= start:
        return end
    is_heading = any(m.kind == "bold" and m.offset == line and m.offset + m.length == last for m in marks)
    return line if is_heading else end
