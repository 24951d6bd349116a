"""A difference, side by side: each line of what was recorded beside that of what came now."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec

from engine.recording.lines import Json
from engine.replay.compare import Difference

WIDTH = 72
"""Characters of each side."""
AROUND = 2
"""Equal lines that are shown before and after the others."""


def beside(difference: Difference) -> list[str]:
    """The lines to show. `|` marks those that differ, `<` and `>` what only one side has."""
    left, right = _lines(difference.recorded), _lines(difference.replayed)
    shown = [f"first difference: {difference.where}", f"{'recorded':{WIDTH}}   now"]
    for tag, left_from, left_to, right_from, right_to in SequenceMatcher(None, left, right, False).get_opcodes():
        if tag == "equal":
            shown += _equal(left[left_from:left_to])
            continue
        for one, other in zip_longest(left[left_from:left_to], right[right_from:right_to]):
            mark = ">" if one is None else "<" if other is None else "|"
            shown += _pair(one or "", other or "", mark)
    return shown


def _equal(lines: list[str]) -> list[str]:
    if len(lines) > 2 * AROUND + 1:
        return [*_equal(lines[:AROUND]), f"{'…':{WIDTH}}   …", *_equal(lines[-AROUND:])]
    return [shown for line in lines for shown in _pair(line, line, " ")]


def _pair(one: str, other: str, mark: str) -> list[str]:
    pieces = zip_longest(_cut(one), _cut(other), fillvalue="")
    return [f"{left:{WIDTH}} {mark} {right}".rstrip() for left, right in pieces]


def _cut(line: str) -> list[str]:
    return [line[at : at + WIDTH] for at in range(0, len(line), WIDTH)]


def _lines(thing: Json | None) -> list[str]:
    return [] if thing is None else msgspec.json.format(msgspec.json.encode(thing), indent=2).decode().splitlines()
