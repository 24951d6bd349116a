"""A rich message as text, for tests and the terminal: signs like Markdown's, a table as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telethon.tl import types
from telethon.tl.tlobject import TLObject

_SIGNS: dict[type[Any], str] = {
    types.TextBold: "**",
    types.TextItalic: "_",
    types.TextUnderline: "__",
    types.TextStrike: "~~",
    types.TextSpoiler: "||",
    types.TextFixed: "`",
    types.TextMarked: "==",
}
_HEADINGS: dict[type[Any], str] = {
    types.PageBlockHeading1: "# ",
    types.PageBlockHeading2: "## ",
    types.PageBlockHeading3: "### ",
    types.PageBlockHeading4: "#### ",
    types.PageBlockHeading5: "##### ",
    types.PageBlockHeading6: "###### ",
}


def readable(message: Any) -> str:
    """The text of a TL RichMessage: a line or more per block."""
    return "\n".join(_lines(message.blocks))


def inline(text: Any) -> str:
    """A TL RichText in one string."""
    if text is None or isinstance(text, types.TextEmpty):
        return ""
    if isinstance(text, types.TextPlain):
        return str(text.text)
    if isinstance(text, types.TextConcat):
        return "".join(inline(part) for part in text.texts)
    if isinstance(text, types.TextMath):
        return f"${text.source}$"
    if isinstance(text, types.TextCustomEmoji):
        return str(text.alt)
    inner = inline(getattr(text, "text", None))
    if isinstance(text, types.TextUrl):
        return inner if inner == text.url else f"[{inner}]({text.url})"
    sign = _SIGNS.get(type(text), "")
    return f"{sign}{inner}{sign}"


def _lines(blocks: Sequence[Any]) -> list[str]:
    return [line for block in blocks for line in _block(block)]


def _block(block: Any) -> list[str]:
    if type(block) in _HEADINGS:
        return [_HEADINGS[type(block)] + inline(block.text)]
    if isinstance(block, types.PageBlockPreformatted):
        return [f"```{block.language}", *inline(block.text).split("\n"), "```"]
    if isinstance(block, types.PageBlockMath):
        return [f"$${block.source}$$"]
    if isinstance(block, types.PageBlockDivider):
        return ["---"]
    if isinstance(block, types.PageBlockTable):
        return _table(block)
    if isinstance(block, types.PageBlockList | types.PageBlockOrderedList):
        return _list(block)
    if isinstance(block, types.PageBlockDetails):
        return [f"{'▾' if block.open else '▸'} {inline(block.title)}", *_indented(_lines(block.blocks))]
    if isinstance(block, types.PageBlockBlockquote | types.PageBlockPullquote):
        return [f"> {line}" for line in inline(block.text).split("\n")]
    if isinstance(block, types.PageBlockBlockquoteBlocks):
        return [f"> {line}" for line in _lines(block.blocks)]
    return _other(block)


def _other(block: Any) -> list[str]:
    """A block that is a text, or one that is named only."""
    text = getattr(block, "text", None)
    if isinstance(text, TLObject):
        return inline(text).split("\n")
    name = type(block).__name__.removeprefix("PageBlock").lower()
    caption = getattr(block, "caption", None)
    said = inline(getattr(caption, "text", None))
    return [f"[{name}] {said}".rstrip()]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _list(block: Any) -> list[str]:
    shown: list[str] = []
    for number, item in enumerate(block.items, start=getattr(block, "start", None) or 1):
        sign = f"{number}." if isinstance(block, types.PageBlockOrderedList) else "-"
        if item.checkbox:
            sign += " [x]" if item.checked else " [ ]"
        within = _lines(item.blocks) if hasattr(item, "blocks") else inline(item.text).split("\n")
        first, *rest = within or [""]
        shown += [f"{sign} {first}", *_indented(rest)]
    return shown


def _table(block: Any) -> list[str]:
    rows = [[inline(cell.text).replace("\n", " ") for cell in row.cells] for row in block.rows]
    wide = max((len(row) for row in rows), default=0)
    columns = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(wide)]
    shown = [_row([cell.ljust(columns[at]) for at, cell in enumerate(row)]) for row in rows]
    if block.rows and any(cell.header for cell in block.rows[0].cells):
        shown.insert(1, _row(["-" * width for width in columns]))
    title = inline(block.title)
    return [title, *shown] if title else shown


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
