"""The blocks of a rich message that are made of others: quotes, lists with their items, tables with their cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from telethon.tl import types

from engine.telegram.text.render import COLLAPSED_FROM
from engine.telegram.text.runs import strings
from engine.telegram.text.units import is_visible, utf16_length

HEADINGS: Final[dict[str, Callable[[Any], Any]]] = {
    "H1": types.PageBlockHeading1,
    "H2": types.PageBlockHeading2,
    "H3": types.PageBlockHeading3,
    "H4": types.PageBlockHeading4,
    "H5": types.PageBlockHeading5,
    "H6": types.PageBlockHeading6,
}
"""The parser's name for a heading's level, and the block."""


@dataclass(slots=True)
class Holder:
    """What blocks are put into: the message, a quote, an item of a list."""

    blocks: list[Any] = field(default_factory=list)
    is_ticked: bool | None = None
    """of an item with a box"""


@dataclass(slots=True)
class OpenList:
    """A list whose items are being written; `first` is the number of the first one, None for bullets."""

    first: int | None
    items: list[Any] = field(default_factory=list)

    def finished(self) -> Any:
        """The list as a block."""
        if self.first is None:
            return types.PageBlockList(self.items)
        return types.PageBlockOrderedList(self.items, start=self.first)


@dataclass(slots=True)
class OpenTable:
    """A table whose cells are being written."""

    alignments: tuple[str, ...]
    rows: list[Any] = field(default_factory=list)

    def begin_row(self) -> None:
        """The cells that follow stand in a new row; the first one is the head."""
        self.rows.append(types.PageTableRow([]))

    def add_cell(self, text: Any) -> None:
        """Puts a cell at the end of the row."""
        cells = self.rows[-1].cells
        alignment = self.alignments[len(cells)] if len(cells) < len(self.alignments) else ""
        cells.append(
            types.PageTableCell(
                header=len(self.rows) == 1 or None,
                align_center=alignment == "Center" or None,
                align_right=alignment == "Right" or None,
                text=text,
            )
        )

    def finished(self) -> Any | None:
        """The table as a block; None if there is nothing to see. A head without words (Markdown demands one) goes."""
        rows = self.rows if is_seen(self.rows[0]) else self.rows[1:]
        return types.PageBlockTable(types.TextEmpty(), rows, bordered=True) if is_seen(rows) else None


def is_seen(node: Any) -> bool:
    """Whether there is anything to see in a text, a block, or a list of them."""
    return is_visible("".join(strings(node)))


def quote(held: list[Any]) -> Any:
    """A quote of nothing but paragraphs is one text, which folds where it is long; else it holds blocks."""
    if not all(isinstance(block, types.PageBlockParagraph) for block in held):
        return types.PageBlockBlockquoteBlocks(held, types.TextEmpty())
    texts = [held[0].text]
    for block in held[1:]:
        texts += (types.TextPlain("\n\n"), block.text)
    text = types.TextConcat(texts) if len(texts) > 1 else texts[0]
    is_long = utf16_length("".join(strings(text))) > COLLAPSED_FROM
    return types.PageBlockBlockquote(text, types.TextEmpty(), collapsed=is_long or None)


def item(held: Holder, *, is_numbered: bool) -> Any:
    """An item of a list: one paragraph is its text, anything else are its blocks."""
    box = {"checkbox": True, "checked": held.is_ticked or None} if held.is_ticked is not None else {}
    if len(held.blocks) == 1 and isinstance(held.blocks[0], types.PageBlockParagraph):
        text = held.blocks[0].text
    elif held.blocks:
        with_blocks = types.PageListOrderedItemBlocks if is_numbered else types.PageListItemBlocks
        return with_blocks(held.blocks, **box)
    else:
        text = types.TextEmpty()
    with_text = types.PageListOrderedItemText if is_numbered else types.PageListItemText
    return with_text(text, **box)
