"""A table in a chat: aligned columns where a phone is wide enough for them, else one short list per row."""

from __future__ import annotations

from collections.abc import Sequence

from wcwidth import wcswidth

from engine.core.styled import Styled
from engine.telegram.text.canvas import Canvas

COLUMNS = 44
"""Monospaced characters that fit on a line of a phone held upright, with the font one size smaller than usual."""

Row = list[Styled]


def paste_table(canvas: Canvas, head: Row, body: Sequence[Row], alignments: Sequence[str]) -> None:
    """Puts a table at the end of the canvas. Links and wide rows don't fit into a `pre`, so they become lists."""
    widths = [max(map(_width, column)) for column in zip(head, *body, strict=True)]
    fits = sum(widths) + 3 * (len(widths) - 1) <= COLUMNS
    if not body or (fits and not _has_links(body)):
        canvas.leaf("pre", _aligned(head, body, alignments, widths))
    elif len(head) == 2:
        _paste_pairs(canvas, head, body)
    else:
        _paste_records(canvas, head, body)


def _aligned(head: Row, body: Sequence[Row], alignments: Sequence[str], widths: Sequence[int]) -> str:
    lines = [_line(row, alignments, widths) for row in body]
    if any(cell.text for cell in head):
        lines[:0] = [_line(head, alignments, widths), "─┼─".join("─" * width for width in widths)]
    return "\n".join(lines)


def _line(row: Row, alignments: Sequence[str], widths: Sequence[int]) -> str:
    return " │ ".join(map(_padded, row, alignments, widths)).rstrip()


def _padded(cell: Styled, alignment: str, width: int) -> str:
    gap = width - _width(cell)
    left = {"Right": gap, "Center": gap // 2}.get(alignment, 0)
    return " " * left + _flat(cell) + " " * (gap - left)


def _paste_pairs(canvas: Canvas, head: Row, body: Sequence[Row]) -> None:
    """Two columns: what and about what, a line each."""
    if title := " — ".join(cell.text for cell in head if cell.text):
        canvas.begin("italic")
        canvas.write(title)
        canvas.end("italic")
    for place, row in enumerate(body):
        canvas.write("\n• " if place or title else "• ")
        _paste_bold(canvas, "", row[0])
        canvas.write(" — " if row[0].text and row[1].text else "")
        canvas.paste(row[1])


def _paste_records(canvas: Canvas, head: Row, body: Sequence[Row]) -> None:
    """Three columns or more: the first is a row's title, the others are named after their heads."""
    for place, row in enumerate(body):
        canvas.write("\n\n" if place else "")
        _paste_bold(canvas, head[0].text, row[0])
        for name, cell in zip(head[1:], row[1:], strict=True):
            if cell.text:
                canvas.write(f"\n• {name.text}: " if name.text else "\n• ")
                canvas.paste(cell)


def _paste_bold(canvas: Canvas, name: str, cell: Styled) -> None:
    """A row's title in bold; a title with marks of its own keeps those instead."""
    if name and cell.text:
        canvas.write(f"{name}: ")
    if cell.marks:
        canvas.paste(cell)
        return
    canvas.begin("bold")
    canvas.write(cell.text)
    canvas.end("bold")


def _has_links(body: Sequence[Row]) -> bool:
    return any(mark.kind == "link" for row in body for cell in row for mark in cell.marks)


def _flat(cell: Styled) -> str:
    return cell.text.replace("\n", " ") if "\n" in cell.text else cell.text


def _width(cell: Styled) -> int:
    text = _flat(cell)
    return len(text) if text.isascii() else max(0, wcswidth(text))
