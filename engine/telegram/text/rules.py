"""What Telegram demands of a text and its marks, to check a message against: tests and the sandbox's Telegram do."""

from __future__ import annotations

from itertools import pairwise

from engine.core.styled import Mark, Styled
from engine.telegram.text.split import MARKS_PER_MESSAGE, MESSAGE_UNITS
from engine.telegram.text.units import is_visible, to_units

_QUOTES = frozenset({"quote", "collapsed_quote"})
_VERBATIM = frozenset({"code", "pre"})


def faults(styled: Styled, limit: int = MESSAGE_UNITS) -> list[str]:
    """What is wrong with this message, in words; empty if Telegram takes it and shows all its marks."""
    units = to_units(styled.text)
    found = [] if is_visible(styled.text) else ["nothing to see"]
    if len(units) > limit:
        found.append(f"{len(units)} units, more than {limit}")
    if len(styled.marks) > MARKS_PER_MESSAGE:
        found.append(f"{len(styled.marks)} marks, more than {MARKS_PER_MESSAGE}")
    found += (f"{mark} is out of bounds or splits an emoji" for mark in styled.marks if not _fits(mark, units))
    if any(one.offset > other.offset for one, other in pairwise(styled.marks)):
        found.append("marks are not in order")
    return found + _clashes(styled.marks)


def _fits(mark: Mark, units: str) -> bool:
    end = mark.offset + mark.length
    edges = (units[mark.offset : mark.offset + 1], units[end : end + 1])
    inside = 0 <= mark.offset < end <= len(units)
    return inside and not any("\udc00" <= edge <= "\udfff" for edge in edges)


def _clashes(marks: tuple[Mark, ...]) -> list[str]:
    """Pairs of marks that Telegram doesn't take together."""
    found: list[str] = []
    open_marks: list[Mark] = []
    for mark in marks:
        open_marks = [one for one in open_marks if one.offset + one.length > mark.offset]
        for other in open_marks:
            if mark.offset + mark.length > other.offset + other.length:
                found.append(f"{mark} crosses {other}")
            elif not _may_lie_in(mark.kind, other.kind):
                found.append(f"{mark} in {other}")
        open_marks.append(mark)
    return found


def _may_lie_in(inner: str, outer: str) -> bool:
    if outer in _QUOTES:
        return inner not in _QUOTES
    if _VERBATIM & {inner, outer}:
        return False
    return not (inner == outer == "link")
