"""A half-written answer as it should look while it is being written: what is open is closed, what may yet turn into
something else is held back, so that nothing flickers. Never durable; the finished text goes through `answer_parts`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from engine.core.styled import Mark, Styled
from engine.telegram.text.answer import units_and_marks
from engine.telegram.text.split import MARKS_PER_MESSAGE, MESSAGE_UNITS, split
from engine.telegram.text.units import clean, cut

_FENCE_RUN = re.compile(r"[`~]{3}")
_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})([^\n`]*)(?:\n|\Z)")
_SECTION = re.compile(r"\n\n+(?=[^\W\d_]|#{1,6} |```|\*\*|[-*+] )|\n(?=[-*+] )")
_BARE_MARKER = re.compile(r"[ \t>]*(?:[-*+>#=|~_:]+|[-*+] \[[ xX]?\]?)?[ \t]*")
_BARE_NUMBER = re.compile(r"[ \t>]*\d{1,3}[.)]?")
_OPEN_LINK = re.compile(r"!?\[([^\[\]\n]*)(?:\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?)?)?\Z")
_DELIMITER = re.compile(r"\\.|`+|\*+|_+|~+|\n[ \t>]*[-*+][ \t]", re.DOTALL)
_SLACK = 4
"""The tail that is read is a quarter longer than what can be shown: markup takes room in the source."""


def preview(markdown_so_far: str, limit: int = MESSAGE_UNITS) -> Styled:
    """The answer so far in at most `limit` UTF-16 units; of a longer one the end, with "…" in front."""
    text = clean(markdown_so_far)
    text, was_cut = _tail(text, limit + limit // _SLACK)
    units, marks = _joined(_sections(text))
    if not was_cut and len(units) <= limit and len(marks) <= MARKS_PER_MESSAGE:
        return cut(units, marks, 0, len(units))
    return _with_ellipsis(units, marks, limit)


def unfinished_parts(markdown_so_far: str, limit: int = MESSAGE_UNITS) -> list[Styled]:
    """All of an answer that will not go on, as messages: what was still open in it is closed."""
    units, marks = _joined(_sections(clean(markdown_so_far)))
    return split(cut(units, marks, 0, len(units)), limit)


def _tail(text: str, length: int) -> tuple[str, bool]:
    """The last `length` characters from a block's beginning on; a fence that was cut is opened again."""
    if len(text) <= length:
        return text, False
    start = len(text) - length
    border = text.find("\n\n", start, start + length // 2)
    border = border if border != -1 else text.find("\n", start, start + length // 2)
    start = border + 1 if border != -1 else start
    fences = _fences(text[:start])
    opened = fences[-1][2] if fences else ""
    return opened + text[start:].lstrip("\n"), True


def _fences(text: str) -> list[tuple[int, int, str]]:
    """Start and end of each stretch of fenced code, and, if it is open, the line that opens it (for the last one)."""
    fences: list[tuple[int, int, str]] = []
    if "```" not in text and "~~~" not in text:
        return fences
    run, tag, start, done = "", "", 0, 0
    for place in _FENCE_RUN.finditer(text):
        if place.start() < done:
            continue
        found = _FENCE.match(text, text.rfind("\n", 0, place.start()) + 1)
        if found is None:
            continue
        done = found.end()
        if not run:
            run, tag, start = found[1], found[2].strip(), found.start()
        elif not found[2].strip() and found[1].startswith(run):
            fences.append((start, found.end(1), ""))
            run = ""
    return [*fences, (start, len(text), f"{run}{tag}\n")] if run else fences


def _sections(text: str) -> list[tuple[str, str]]:
    """`text` in pieces that the parser may read apart, each with the line breaks before it; the last one mended.

    A paragraph, a heading, a fence or a bullet at the left edge begins what earlier lines can't change any more.
    """
    fences = _fences(text)
    sections: list[tuple[str, str]] = []
    start, current, gap = 0, 0, ""
    for found in _SECTION.finditer(text):
        while current < len(fences) and fences[current][1] <= found.start():
            current += 1
        if current == len(fences) or found.end() <= fences[current][0]:
            sections.append((gap, text[start : found.start()]))
            start, gap = found.end(), found[0][:2]
    last, code_end = text[start:], fences[-1][1] - start if fences else 0
    is_code = bool(fences and fences[-1][2])
    return [*sections, (gap, _without_half_fence(last) if is_code else _mended(last, max(0, code_end)))]


def _joined(sections: list[tuple[str, str]]) -> tuple[str, list[Mark]]:
    """All sections rendered; those before the last stay as they are while the answer grows, so they are kept."""
    *finished, (last_gap, last) = sections
    pieces = [(gap, *_section(markdown)) for gap, markdown in finished]
    pieces.append((last_gap, *units_and_marks(last)))
    units: list[str] = []
    marks: list[Mark] = []
    at = 0
    for gap, piece, its_marks in pieces:
        at += len(gap)
        units += (gap, piece)
        marks += (Mark(mark.kind, at + mark.offset, mark.length, mark.argument) for mark in its_marks)
        at += len(piece)
    return "".join(units), marks


_section = lru_cache(maxsize=1024)(units_and_marks)


def _mended(text: str, code_end: int) -> str:
    """`text` with its last block, which begins behind `code_end`, completed."""
    start = max(text.rfind("\n\n") + 2 if "\n\n" in text else 0, code_end)
    lines = _without_half_table(_without_half_formula(text[start:]).split("\n"))
    if lines and (_BARE_MARKER.fullmatch(lines[-1]) or (len(lines) > 1 and _BARE_NUMBER.fullmatch(lines[-1]))):
        lines.pop()
    elif lines:
        lines[-1] = _without_half_link(lines[-1])
    return text[:start] + _closed("\n".join(lines).rstrip())


def _without_half_table(lines: list[str]) -> list[str]:
    """A table appears with its first row and grows by whole rows; before, it would be text."""
    first = len(lines) - 1
    while first > 0 and lines[first - 1].lstrip(" \t>").startswith("|"):
        first -= 1
    complete = len(lines) - 1 - first
    if lines[-1].lstrip(" \t>").startswith("|"):
        lines = lines[:-1]
    elif not complete:
        return lines
    return lines[:first] if complete < 3 else lines


def _without_half_formula(block: str) -> str:
    """A formula appears when it is complete. A lone dollar is money, unless a command follows it."""
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
        place = block.rfind(opening)
        if place != -1 and closing not in block[place:]:
            block = block[:place]
    block = block.rstrip("$\\")
    if block.count("$$") % 2:
        return block[: block.rfind("$$")]
    place = block.rfind("$")
    is_open = place != -1 and block[place + 1 : place + 2] == "\\" and block.count("$") % 2
    return block[:place] if is_open else block


def _without_half_link(line: str) -> str:
    """Of a link that is not complete only the label is shown."""
    place = line.rfind("[")
    if place == -1:
        return line
    place -= place > 0 and line[place - 1] == "!"
    before = line[place - 1 : place] if place else ""
    if before.isalnum() or before == "]":  # items[0]
        return line
    return line[:place] + _OPEN_LINK.sub(r"🖼 \1" if line[place] == "!" else r"\1", line[place:])


def _without_half_fence(text: str) -> str:
    """Inside code: neither a fence whose language is not complete nor one that is about to close is shown."""
    head, _, last = text.rpartition("\n")
    return head if last.strip(" \t>")[:1] in ("`", "~") else text


def _closed(block: str) -> str:
    """`block` with closing delimiters for its bold, italic, struck and code stretches."""
    opened: list[str] = []
    end = len(block)
    for found in _DELIMITER.finditer(block):
        run = found[0]
        if run[0] in "\\\n" or (opened and opened[-1][0] == "`" and run != opened[-1]):
            continue
        if found.end() == len(block):
            end = found.start()
            if opened and run == opened[-1]:
                return block + "".join(reversed(opened[:-1]))
            break
        _fold(opened, run, block, found.start(), found.end())
    if end < len(block):  # a delimiter at the very end may still grow: it is held back
        block = block[:end]
    return (block.rstrip() if opened else block) + "".join(reversed(opened))


def _fold(opened: list[str], run: str, block: str, start: int, end: int) -> None:
    """Takes one delimiter run into account: it closes what is open (`***` may close two), or opens a new stretch."""
    rest = run
    while opened and rest.startswith(opened[-1]) and not block[start - 1].isspace():
        rest = rest.removeprefix(opened.pop())
    may_open = (
        run != "~" and not block[end].isspace() and (start == 0 or not block[start - 1].isalnum()) and len(run) <= 3
    )
    if rest == run and (run[0] == "`" or may_open):
        opened.append(run)


def _with_ellipsis(units: str, marks: list[Mark], limit: int) -> Styled:
    """The end of the text from a line's (or at least a word's) beginning on, with "…" in front."""
    start = max(0, len(units) - limit + 2)
    if len(marks) > MARKS_PER_MESSAGE:
        start = max(start, marks[-MARKS_PER_MESSAGE].offset)
    for space in "\n ":
        border = units.find(space, start, start + limit // 4)
        if border != -1 and start:
            start = border + 1
            break
    if "\udc00" <= units[start : start + 1] <= "\udfff":
        start += 1
    tail = cut(units, marks, start, len(units))
    shifted = (Mark(mark.kind, mark.offset + 2, mark.length, mark.argument) for mark in tail.marks)
    return Styled("…\n" + tail.text, tuple(shifted)[-MARKS_PER_MESSAGE:])
