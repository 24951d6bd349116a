"""An answer as one rich message of Telegram's, where it gains by that and fits; else the same in plain messages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from engine.core.styled import Mark, Rich, Source, Styled
from engine.telegram.text.answer import answer_parts, styled, unless_unreadable
from engine.telegram.text.blocks import blocks
from engine.telegram.text.render import ALLOWED
from engine.telegram.text.runs import rich_text, strings
from engine.telegram.text.shapes import HEADINGS, is_seen
from engine.telegram.text.split import MARKS_PER_MESSAGE, MESSAGE_UNITS, split
from engine.telegram.text.units import clean, is_visible, utf16_length

RICH_UNITS = 32_768
RICH_BLOCKS = 500
RICH_DEPTH = 16
RICH_COLUMNS = 20
"""What one rich message may hold (core.telegram.org/bots/api, "Rich Message Limits"): text in UTF-16 units, formulas
among it; blocks, items of lists and rows of tables together; blocks and texts in one another; columns of a table.
Telegram counts some of that less strictly."""
RICH_NODES = 10_000
"""Blocks and stretches of text of one look: our own limit, for what takes the loop's time."""
READ_UNITS = 4 * RICH_UNITS
"""Markdown longer than this is not even looked at: so much of it can't be addresses of links."""
HEADINGS_FROM = 1500
"""An answer with headings is long (in UTF-16 units) from here on; in a shorter one bold lines do as well."""
SOURCES_SHOWN = 50
SOURCE_CHARACTERS = 120
"""How many sources are listed, and how much of a page's title."""

_GAINS = (types.PageBlockTable, types.PageBlockMath, types.TextMath)
_SIGNS = re.compile(r"[|$\\]")
"""Without one of them there is neither a table nor a formula, and the parser need not be asked."""
_HEADINGS = frozenset(HEADINGS.values())
_COUNTED = ("PageBlock", "PageListItem", "PageListOrderedItem", "PageTableRow")


def wants_rich(markdown: str) -> bool:
    """Whether an answer gains by being a rich message and can be one: it has a table or math, it is long and has
    headings, or it is longer than one plain message. People with an old app see only that they should update it, so
    all others stay plain."""
    if utf16_length(markdown) <= HEADINGS_FROM and not _SIGNS.search(markdown):
        return False
    shown = _shown(markdown)
    if not _fits(shown):
        return False
    kinds = {type(node) for node, _ in _nodes(shown, 1)}
    if not kinds.isdisjoint(_GAINS):
        return True
    if not kinds.isdisjoint(_HEADINGS) and _length(shown) > HEADINGS_FROM:
        return True
    return utf16_length(markdown) > MESSAGE_UNITS and utf16_length(styled(markdown).text) > MESSAGE_UNITS


def rich_message(rich: Rich) -> types.InputRichMessage | None:
    """What `SendMessageRequest(rich_message=…)` takes: the answer, its sources folded, the notes. None if that is
    more than one rich message holds, or nothing to see, or no Markdown that can be read."""
    shown = _shown(rich.markdown)
    if shown is None:
        return None
    for below in (sources_quote(rich.sources_title, rich.sources), *rich.notes):
        if is_visible(below.text):
            shown.append(_block(below))
    if not _fits(shown):
        return None
    return types.InputRichMessage(shown, rtl=_is_right_to_left(shown) or None)


def plain_parts(rich: Rich) -> list[Styled]:
    """The same as plain messages of at most MESSAGE_UNITS; the sources and the notes stand under the last one where
    they fit. The same input always gives the same parts."""
    parts = answer_parts(rich.markdown)
    sources = (sources_quote(rich.sources_title, rich.sources),) if rich.sources else ()
    for below in (*sources, *rich.notes):
        for piece in split(below):
            if parts and (together := _joined(parts[-1], piece)):
                parts[-1] = together
            else:
                parts.append(piece)
    return parts


def sources_quote(title: str, sources: Sequence[Source]) -> Styled:
    """The pages that an answer leans on, as a folded quote of links; of any length. Nothing if there are none."""
    lines, marks, at = [], [], 0
    if sources and (heading := _one_line(title)):
        lines.append(heading)
        marks.append(Mark("bold", 0, utf16_length(heading)))
        at = utf16_length(heading) + 1
    for source in sources[:SOURCES_SHOWN]:
        url = source.url.strip()
        name = _one_line(source.title) or _one_line(url)
        if not name:
            continue
        lines.append(f"• {name}")
        if ALLOWED.fullmatch(url) and clean(url) == url:
            marks.append(Mark("link", at + 2, utf16_length(name), url))
        at += 2 + utf16_length(name) + 1
    text = "\n".join(lines)
    return Styled(text, (Mark("collapsed_quote", 0, utf16_length(text)), *marks) if text else ())


def _one_line(text: str) -> str:
    """A title as one line that is not too long; "" if there is nothing to see in it."""
    line = " ".join(clean(text).split())
    short = line if len(line) <= SOURCE_CHARACTERS else f"{line[:SOURCE_CHARACTERS].rstrip()}…"
    return short if is_visible(short) else ""


def _joined(above: Styled, below: Styled) -> Styled | None:
    """Both in one message, a blank line between them; None if they don't fit into one."""
    at = utf16_length(above.text) + 2
    if at + utf16_length(below.text) > MESSAGE_UNITS or len(above.marks) + len(below.marks) > MARKS_PER_MESSAGE:
        return None
    moved = (Mark(mark.kind, at + mark.offset, mark.length, mark.argument) for mark in below.marks)
    return Styled(f"{above.text}\n\n{below.text}", (*above.marks, *moved))


def _shown(markdown: str) -> list[Any] | None:
    if utf16_length(markdown) > READ_UNITS:
        return None
    return unless_unreadable(blocks, clean(markdown))


def _block(below: Styled) -> Any:
    """Sources or a note as a block."""
    text = rich_text(below)
    if any(mark.kind == "collapsed_quote" for mark in below.marks):
        return types.PageBlockBlockquote(text, types.TextEmpty(), collapsed=True)
    return types.PageBlockParagraph(text)


def _fits(shown: list[Any] | None) -> bool:
    """Whether this is a rich message within all limits."""
    if not shown:
        return False
    counted = 0
    for number, (node, depth) in enumerate(_nodes(shown, 1)):
        counted += type(node).__name__.startswith(_COUNTED)
        if depth > RICH_DEPTH or counted > RICH_BLOCKS or number >= RICH_NODES:
            return False
        if isinstance(node, types.PageTableRow) and len(node.cells) > RICH_COLUMNS:
            return False
    return _length(shown) <= RICH_UNITS and is_seen(shown)


def _nodes(node: Any, depth: int) -> Iterator[tuple[Any, int]]:
    """All blocks, items, rows and texts, and how deep each one lies; nothing below what lies too deep."""
    if isinstance(node, list):
        for one in node:
            yield from _nodes(one, depth)
    elif isinstance(node, TLObject):
        yield node, depth
        if depth <= RICH_DEPTH:
            for below in vars(node).values():
                yield from _nodes(below, depth + 1)


def _length(shown: list[Any] | None) -> int:
    return sum(map(utf16_length, strings(shown)))


def _is_right_to_left(shown: list[Any]) -> bool:
    """Whether the first character that has a direction goes from right to left (UAX 9, rule P2)."""
    for text in strings(shown):
        for character in text:
            direction = unicodedata.bidirectional(character)
            if direction in ("L", "R", "AL"):
                return direction != "L"
    return False
