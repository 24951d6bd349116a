"""The parser's events become Telegram's page blocks: what a rich message shows as headings, lists, tables and math."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import pyromark
from telethon.tl import types

from engine.telegram.text.render import (
    ALLOWED,
    LANGUAGE,
    STRAY_BOLD,
    STYLES,
    SWITCHED,
    SWITCHED_OFF,
)
from engine.telegram.text.runs import Runs
from engine.telegram.text.shapes import HEADINGS, Holder, OpenList, OpenTable, is_seen, item, quote
from engine.telegram.text.source import (
    DISPLAY,
    DISPLAY_END,
    MATH,
    MATH_END,
    OPTIONS,
    SPOILER,
    UNDERLINE_END,
    prepared,
    restored,
    restored_as_written,
)
from engine.telegram.text.units import is_visible

_SPECIAL = re.compile(
    f"({MATH}[^{MATH}-{DISPLAY_END}]*{MATH_END}|{DISPLAY}[^{MATH}-{DISPLAY_END}]*{DISPLAY_END}|[{SPOILER}-{UNDERLINE_END}])"
)
"""A formula between its stand-ins, or a switch."""
_SHOWN_ADDRESS = 200
"""Characters of an address that is shown because it is no link."""


def blocks(markdown: str) -> list[Any]:
    """`markdown` as PageBlocks of any number and depth. It has been through `clean`. What the parser raises passes."""
    source, has_stand_ins = prepared(markdown, keeps_formulas=True)
    return _Builder(has_stand_ins=has_stand_ins).run(pyromark.events(source, options=OPTIONS, merge_text=True))


class _Builder:
    def __init__(self, *, has_stand_ins: bool) -> None:
        self._has_stand_ins = has_stand_ins
        self._holders = [Holder()]
        self._lists: list[OpenList] = []
        self._runs: Runs | None = None
        self._shape: Callable[[Any], Any] = types.PageBlockParagraph
        """what the text that is being written becomes"""
        self._addresses: list[tuple[str, int]] = []
        """Links that are refused: their address and where their label begins; ("", 0) for the others."""
        self._language: str | None = None
        self._code: list[str] = []
        self._table = OpenTable(())

    def run(self, events: Iterable[Any]) -> list[Any]:
        for event in events:
            if type(event) is str:
                self._break_or_rule(event)
                continue
            [(name, value)] = event.items()
            if name == "Start":
                self._start(value)
            elif name == "End":
                self._end(value)
            elif name == "Code":
                self._open().leaf("code", self._as_written(value))
            elif name == "TaskListMarker":
                self._holders[-1].is_ticked = bool(value)
            else:  # text, or HTML that `prepared` did not foresee
                self._text(str(value))
        self._close()
        return self._holders[0].blocks

    # Text within a block.

    def _open(self) -> Runs:
        """The text that is being written; where none is (an item has its text without a paragraph), one begins."""
        if self._runs is None:
            self._runs, self._shape = Runs(), types.PageBlockParagraph
        return self._runs

    def _close(self) -> None:
        """Ends the text that is being written: it becomes a block, if there is anything to see."""
        if self._runs is None:
            return
        text = self._runs.finish()
        if is_seen(text):
            self._put(self._shape(text))
        self._runs = None

    def _put(self, block: Any) -> None:
        self._holders[-1].blocks.append(block)

    def _text(self, text: str) -> None:
        if self._language is not None:
            self._code.append(text)
        elif not self._has_stand_ins:
            self._plain(text)
        else:
            for piece in filter(None, _SPECIAL.split(text)):
                self._piece(piece)

    def _piece(self, piece: str) -> None:
        if piece in SWITCHED:
            self._open().begin(SWITCHED[piece])
        elif piece in SWITCHED_OFF:
            self._open().end(SWITCHED_OFF[piece])
        elif piece[0] in (MATH, DISPLAY) and len(piece) > 1:
            self._formula(restored_as_written(piece[1:-1]), on_own_line=piece[0] == DISPLAY)
        else:
            self._plain(piece)

    def _formula(self, latex: str, *, on_own_line: bool) -> None:
        """A formula on its own line parts the paragraph that it stands in; elsewhere it is one within the line."""
        runs = self._open()
        if on_own_line and runs.is_bare and self._shape is types.PageBlockParagraph:
            self._close()
            self._put(types.PageBlockMath(latex))
        else:
            runs.formula(latex)

    def _plain(self, text: str) -> None:
        """Text, and the bold that CommonMark misses."""
        runs = self._open()
        for place, piece in enumerate(STRAY_BOLD.split(text) if "**" in text else [text]):
            shown = restored(piece) if self._has_stand_ins else piece
            if place % 2:
                runs.leaf("bold", shown)
            else:
                runs.write(shown)

    def _break_or_rule(self, event: str) -> None:
        if event == "Rule":
            self._close()
            self._put(types.PageBlockDivider())
        else:
            self._open().write("\n")

    # Blocks and spans: one method for a beginning, one for an end; the tables below the class name them.

    def _start(self, tag: Any) -> None:
        name, value = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        if name in STYLES:
            self._open().begin(STYLES[name])
        elif name in _STARTS:
            _STARTS[name](self, value)

    def _end(self, tag: Any) -> None:
        name, value = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        if name in STYLES:
            self._open().end(STYLES[name])
        elif name in _ENDS:
            _ENDS[name](self, value)

    def start_paragraph(self, _: Any) -> None:
        self._close()

    def end_text(self, _: Any) -> None:
        self._close()

    def start_heading(self, heading: Any) -> None:
        self._close()
        self._runs, self._shape = Runs(), HEADINGS[heading["level"]]

    def start_quote(self, alert: str | None) -> None:
        self._close()
        self._holders.append(Holder())
        if alert:
            self._put(types.PageBlockParagraph(types.TextBold(types.TextPlain(alert))))

    def end_quote(self, _: Any) -> None:
        self._close()
        if held := self._holders.pop().blocks:
            self._put(quote(held))

    def start_list(self, first: int | None) -> None:
        self._close()
        self._lists.append(OpenList(first))

    def end_list(self, _: Any) -> None:
        self._put(self._lists.pop().finished())

    def start_item(self, _: Any) -> None:
        self._close()
        self._holders.append(Holder())

    def end_item(self, _: Any) -> None:
        self._close()
        held, into = self._holders.pop(), self._lists[-1]
        into.items.append(item(held, is_numbered=into.first is not None))

    def start_code(self, kind: Any) -> None:
        self._close()
        language = LANGUAGE.match(kind["Fenced"] if isinstance(kind, dict) else "")
        self._language = language[0] if language else ""

    def end_code(self, _: Any) -> None:
        code = self._as_written("".join(self._code)).rstrip().lstrip("\n")
        if is_visible(code):
            self._put(types.PageBlockPreformatted(types.TextPlain(code), self._language or ""))
        self._language = None
        self._code.clear()

    def start_link(self, link: Any) -> None:
        runs = self._open()
        address = self._as_written(link["dest_url"]).replace(" ", "%20")
        if link["link_type"] == "Email":
            address = f"mailto:{address}"
        if ALLOWED.fullmatch(address):
            self._addresses.append(("", 0))
            runs.begin("link", address)
        else:
            self._addresses.append((address or "#", runs.pieces))

    def end_link(self, _: Any) -> None:
        """Where an address is refused, it is shown instead: in `code`, so that no client makes a link of it."""
        runs = self._open()
        address, start = self._addresses.pop()
        if not address:
            runs.end("link")
        elif not address.startswith("#") and address != runs.since(start):
            runs.write(" (")
            runs.leaf("code", address if len(address) <= _SHOWN_ADDRESS else f"{address[:_SHOWN_ADDRESS]}…")
            runs.write(")")

    def start_image(self, image: Any) -> None:
        self.start_link(image)
        self._open().write("🖼 ")

    def start_table(self, alignments: tuple[str, ...]) -> None:
        self._close()
        self._table = OpenTable(alignments)

    def start_row(self, _: Any) -> None:
        self._table.begin_row()

    def start_cell(self, _: Any) -> None:
        self._runs, self._shape = Runs(), types.PageTableCell

    def end_cell(self, _: Any) -> None:
        self._table.add_cell(self._open().finish())
        self._runs = None

    def end_table(self, _: Any) -> None:
        if (table := self._table.finished()) is not None:
            self._put(table)

    def _as_written(self, text: str) -> str:
        return restored_as_written(text) if self._has_stand_ins else text


_STARTS: Final[dict[str, Callable[[_Builder, Any], None]]] = {
    "Paragraph": _Builder.start_paragraph,
    "Heading": _Builder.start_heading,
    "BlockQuote": _Builder.start_quote,
    "List": _Builder.start_list,
    "Item": _Builder.start_item,
    "CodeBlock": _Builder.start_code,
    "Link": _Builder.start_link,
    "Image": _Builder.start_image,
    "Table": _Builder.start_table,
    "TableHead": _Builder.start_row,
    "TableRow": _Builder.start_row,
    "TableCell": _Builder.start_cell,
}
_ENDS: Final[dict[str, Callable[[_Builder, Any], None]]] = {
    "Paragraph": _Builder.end_text,
    "Heading": _Builder.end_text,
    "BlockQuote": _Builder.end_quote,
    "List": _Builder.end_list,
    "Item": _Builder.end_item,
    "CodeBlock": _Builder.end_code,
    "Link": _Builder.end_link,
    "Image": _Builder.end_link,
    "Table": _Builder.end_table,
    "TableCell": _Builder.end_cell,
}
