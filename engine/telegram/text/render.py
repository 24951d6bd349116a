"""The parser's events, one after the other, onto a canvas: how each piece of Markdown looks in a chat.

Blocks keep the distance that the model gave them: a blank line where its source has one, else a new line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

import pyromark

from engine.core.styled import Mark
from engine.telegram.text.canvas import Canvas, trimmed
from engine.telegram.text.source import (
    OPTIONS,
    SPOILER,
    SPOILER_END,
    SWITCHES,
    UNDERLINE,
    UNDERLINE_END,
    prepared,
    restored,
    restored_as_written,
)
from engine.telegram.text.table import Row, paste_table

COLLAPSED_FROM = 1000
"""Quotes longer than this are shown folded (in UTF-16 units)."""

_BULLETS = ("• ", "◦ ", "▪ ")
_INDENT = "   "
_DEEPEST = 6
"""Lists nested deeper than this are not indented further: a phone has no room for it."""
_RULE = "──────────"
STYLES: Final = {"Strong": "bold", "Emphasis": "italic", "Strikethrough": "strike"}
SWITCHED = {SPOILER: "spoiler", UNDERLINE: "underline"}
SWITCHED_OFF = {SPOILER_END: "spoiler", UNDERLINE_END: "underline"}
_BLANK_LINE_BEFORE = re.compile(rb"\n[ \t>]*\n[ \t>]*\Z")
STRAY_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*")
ALLOWED = re.compile(r"https?://[^\s/?#\\@][^\s\\]{0,2000}|mailto:[^\s@]{1,64}@[^\s@]{1,255}", re.IGNORECASE)
LANGUAGE = re.compile(r"[\w+#.-]{1,32}")

Span = dict[str, int]


def rendered(markdown: str) -> tuple[str, list[Mark]]:
    """The text in units, and its marks sorted. `markdown` has been through `clean`. What the parser raises passes."""
    source, has_stand_ins = prepared(markdown)
    renderer = _Renderer(source, has_stand_ins=has_stand_ins)
    return renderer.run(pyromark.events_with_range(source, options=OPTIONS, merge_text=True))


class _Renderer:
    def __init__(self, source: str, *, has_stand_ins: bool) -> None:
        self._canvas = self._page = Canvas()
        self._source = source.encode()
        self._has_stand_ins = has_stand_ins
        self._lists: list[int | None] = []
        self._marker: str | None = ""
        """What stands before the next content: a list item's bullet, nothing (""), or None: a new line is due."""
        self._addresses: list[tuple[str, int]] = []
        """Links that are refused: their address and where their label begins; ("", 0) for the others."""
        self._language: str | None = None
        self._code: list[str] = []
        self._rows: list[Row] = []
        self._alignments: tuple[str, ...] = ()

    def run(self, events: Iterable[tuple[Any, Any]]) -> tuple[str, list[Mark]]:
        for event, span in events:
            if type(event) is str:
                self._break_or_rule(event, span)
                continue
            [(name, value)] = event.items()
            if name == "Text":
                self._text(value)
            elif name == "Start":
                self._start(value, span)
            elif name == "End":
                self._end(value)
            elif name == "Code":
                self._flush()
                self._canvas.leaf("code", self._as_written(value))
            elif name == "TaskListMarker":
                self._box(ticked=value)
            else:  # HTML that `prepared` did not foresee: text like any other
                self._text(str(value))
        return self._finished()

    def _finished(self) -> tuple[str, list[Mark]]:
        units, marks = self._page.finish()
        return units, [
            Mark("collapsed_quote", mark.offset, mark.length)
            if mark.kind == "quote" and mark.length > COLLAPSED_FROM
            else mark
            for mark in marks
        ]

    # Places: where a block begins.

    def _block(self, span: Span) -> None:
        """Goes to where the next block begins: behind its bullet, or on a new line, one blank if the source has one."""
        if self._marker is not None:
            self._flush()
            return
        start = span["start"]
        before = self._source[max(0, start - 200) : start]
        self._canvas.write("\n\n" if _BLANK_LINE_BEFORE.search(before) else "\n")

    def _own_line(self, span: Span) -> None:
        """As `_block`, for what can't stand behind a bullet."""
        bullet = bool(self._marker)
        self._block(span)
        if bullet:
            self._canvas.write("\n")

    def _flush(self) -> None:
        if self._marker is not None:
            self._canvas.write(self._marker)
            self._marker = None

    @staticmethod
    def _indent(depth: int) -> str:
        return _INDENT * min(depth, _DEEPEST)

    # Text within a block.

    def _text(self, text: str) -> None:
        if self._language is not None:
            self._code.append(text)
            return
        self._flush()
        if not self._has_stand_ins:
            self._plain(text)
            return
        for piece in SWITCHES.split(text):
            if piece in SWITCHED:
                self._canvas.begin(SWITCHED[piece])
            elif piece in SWITCHED_OFF:
                self._canvas.end(SWITCHED_OFF[piece])
            elif piece:
                self._plain(piece)

    def _plain(self, text: str) -> None:
        """Text, and the bold that CommonMark misses: `**Note:**text` is no emphasis by its rule of flanking."""
        if "**" not in text:
            self._canvas.write(self._restored(text))
            return
        for place, piece in enumerate(STRAY_BOLD.split(text)):
            if place % 2:
                self._canvas.begin("bold")
            self._canvas.write(self._restored(piece))
            if place % 2:
                self._canvas.end("bold")

    def _break_or_rule(self, event: str, span: Span) -> None:
        if event == "Rule":
            self._own_line(span)
            self._canvas.write(_RULE)
        else:
            self._canvas.write("\n" + self._indent(len(self._lists)))

    def _box(self, *, ticked: bool) -> None:
        box = "✅ " if ticked else "⬜ "
        numbered = bool(self._lists) and self._lists[-1] is not None
        self._marker = (self._marker or "") + box if numbered else self._indent(len(self._lists) - 1) + box

    # Blocks and spans: one method for a beginning, one for an end; the tables below the class name them.

    def _start(self, tag: Any, span: Span) -> None:
        name, value = (tag, None) if isinstance(tag, str) else next(iter(tag.items()))
        if name in STYLES:
            self._flush()
            self._canvas.begin(STYLES[name])
        elif name in _STARTS:
            _STARTS[name](self, value, span)

    def _end(self, tag: Any) -> None:
        name = tag if isinstance(tag, str) else next(iter(tag))
        if name in STYLES:
            self._canvas.end(STYLES[name])
        elif name in _ENDS:
            _ENDS[name](self)

    def start_paragraph(self, _: Any, span: Span) -> None:
        follows = self._marker is None
        self._block(span)
        if follows:
            self._canvas.write(self._indent(len(self._lists)))

    def start_heading(self, _: Any, span: Span) -> None:
        self._block(span)
        self._canvas.begin("bold")

    def end_heading(self) -> None:
        self._canvas.end("bold")

    def start_quote(self, alert: str | None, span: Span) -> None:
        self._own_line(span)
        self._canvas.begin("quote")
        self._marker = ""
        if alert:
            self._canvas.leaf("bold", alert)
            self._canvas.write("\n")

    def end_quote(self) -> None:
        self._canvas.end("quote")
        self._marker = None

    def start_list(self, first: int | None, _: Span) -> None:
        self._lists.append(first)

    def end_list(self) -> None:
        self._lists.pop()

    def start_item(self, _: Any, span: Span) -> None:
        self._own_line(span)
        depth, number = len(self._lists), self._lists[-1]
        bullet = _BULLETS[min(depth, len(_BULLETS)) - 1] if number is None else f"{number}. "
        self._marker = self._indent(depth - 1) + bullet
        if number is not None:
            self._lists[-1] = number + 1

    def end_item(self) -> None:
        self._flush()

    def start_code(self, kind: Any, span: Span) -> None:
        self._own_line(span)
        fence = kind["Fenced"] if isinstance(kind, dict) else ""
        language = LANGUAGE.match(fence)
        self._language = language[0] if language else ""

    def end_code(self) -> None:
        code = self._as_written("".join(self._code))
        self._canvas.leaf("pre", code.rstrip().lstrip("\n"), self._language or "")
        self._language = None
        self._code.clear()

    def start_link(self, link: Any, _: Span) -> None:
        self._flush()
        address = self._as_written(link["dest_url"]).replace(" ", "%20")
        if link["link_type"] == "Email":
            address = f"mailto:{address}"
        if ALLOWED.fullmatch(address):
            self._addresses.append(("", 0))
            self._canvas.begin("link", address)
        else:
            self._addresses.append((address or "#", self._canvas.pieces))

    def end_link(self) -> None:
        """Where an address is refused, it is shown instead: in `code`, so that no client makes a link of it."""
        address, start = self._addresses.pop()
        if not address:
            self._canvas.end("link")
        elif not address.startswith("#") and address != self._canvas.since(start):
            self._canvas.write(" (")
            self._canvas.leaf("code", address if len(address) <= 200 else f"{address[:200]}…")
            self._canvas.write(")")

    def start_image(self, image: Any, span: Span) -> None:
        self.start_link(image, span)
        self._canvas.write("🖼 ")

    def start_table(self, alignments: tuple[str, ...], span: Span) -> None:
        self._own_line(span)
        self._alignments = alignments
        self._rows.clear()

    def start_row(self, _: Any, __: Span) -> None:
        self._rows.append([])

    def start_cell(self, _: Any, __: Span) -> None:
        self._canvas = Canvas()

    def end_cell(self) -> None:
        self._rows[-1].append(trimmed(self._canvas))
        self._canvas = self._page

    def end_table(self) -> None:
        paste_table(self._canvas, self._rows[0], self._rows[1:], self._alignments)

    def _restored(self, text: str) -> str:
        return restored(text) if self._has_stand_ins else text

    def _as_written(self, text: str) -> str:
        return restored_as_written(text) if self._has_stand_ins else text


_STARTS: Final[dict[str, Callable[[_Renderer, Any, Span], None]]] = {
    "Paragraph": _Renderer.start_paragraph,
    "Heading": _Renderer.start_heading,
    "BlockQuote": _Renderer.start_quote,
    "List": _Renderer.start_list,
    "Item": _Renderer.start_item,
    "CodeBlock": _Renderer.start_code,
    "Link": _Renderer.start_link,
    "Image": _Renderer.start_image,
    "Table": _Renderer.start_table,
    "TableHead": _Renderer.start_row,
    "TableRow": _Renderer.start_row,
    "TableCell": _Renderer.start_cell,
}
_ENDS: Final[dict[str, Callable[[_Renderer], None]]] = {
    "Heading": _Renderer.end_heading,
    "BlockQuote": _Renderer.end_quote,
    "List": _Renderer.end_list,
    "Item": _Renderer.end_item,
    "CodeBlock": _Renderer.end_code,
    "Link": _Renderer.end_link,
    "Image": _Renderer.end_link,
    "Table": _Renderer.end_table,
    "TableCell": _Renderer.end_cell,
}
