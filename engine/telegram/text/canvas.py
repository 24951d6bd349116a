"""Where the renderer writes: text grows at the end, marks open and close, and what comes out is valid for Telegram.

The rules kept here (core.telegram.org/bots/api, "Formatting options"): marks never cross, `code` and `pre` hold and
are held by nothing but a quote, quotes and links do not nest in themselves.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from engine.core.styled import Mark, Styled
from engine.telegram.text.units import cut, from_units, places_beyond_bmp, to_units

_QUOTE = "quote"
_LINK = "link"


@dataclass(slots=True)
class _Scope:
    kind: str
    argument: str
    start: int
    redundant: bool
    """inside another of its kind: it shows nothing of its own"""


class Canvas:
    """A text under construction. Here alone places are counted in characters, which is cheaper; `finish` converts."""

    def __init__(self) -> None:
        self._at = 0
        self._pieces: list[str] = []
        self._marks: list[Mark] = []
        self._open: list[_Scope] = []

    @property
    def pieces(self) -> int:
        """How many pieces were written: a place to which `since` can go back."""
        return len(self._pieces)

    def since(self, pieces: int) -> str:
        """What was written since `pieces` was looked at."""
        return "".join(self._pieces[pieces:])

    def write(self, text: str) -> None:
        """Puts `text` at the end, under all marks that are open."""
        self._pieces.append(text)
        self._at += len(text)

    def begin(self, kind: str, argument: str = "") -> None:
        """Opens a mark at the end of what is written."""
        redundant = any(scope.kind == kind for scope in self._open)
        self._open.append(_Scope(kind, argument, self._at, redundant))

    def end(self, kind: str) -> None:
        """Closes the innermost mark of this kind; those opened inside it close with it and open again."""
        if not any(scope.kind == kind for scope in self._open):
            return
        above = []
        while (scope := self._open.pop()).kind != kind:
            self._close(scope)
            above.append(scope)
        self._close(scope)
        self._open += reversed(above)

    def leaf(self, kind: str, text: str, argument: str = "") -> None:
        """Writes `text` as `code` or `pre`: other marks stop before it and go on behind it; a link wins over it."""
        if any(scope.kind == _LINK for scope in self._open):
            self.write(text)
            return
        styles = [scope for scope in self._open if scope.kind != _QUOTE]
        for scope in styles:
            self._close(scope)
        start = self._at
        self.write(text)
        self._marks.append(Mark(kind, start, self._at - start, argument))
        for scope in styles:
            scope.start = self._at

    def paste(self, styled: Styled) -> None:
        """Puts a finished piece at the end, with its marks."""
        units, base = to_units(styled.text), self._at
        self.write(styled.text)
        for mark in styled.marks:
            start = len(from_units(units[: mark.offset]))
            length = len(from_units(units[mark.offset : mark.offset + mark.length]))
            self._marks.append(Mark(mark.kind, base + start, length, mark.argument))

    def finish(self) -> tuple[str, list[Mark]]:
        """All that was written, in units, and its marks in the order of their places, outer ones first."""
        for scope in reversed(self._open):
            self._close(scope)
        self._open.clear()
        text = "".join(self._pieces)
        marks = sorted(self._marks, key=lambda mark: (mark.offset, -mark.length, mark.kind != _QUOTE))
        beyond_bmp = places_beyond_bmp(text)
        return to_units(text), [_in_units(mark, beyond_bmp) for mark in marks] if beyond_bmp else marks

    def _close(self, scope: _Scope) -> None:
        if self._at > scope.start and not scope.redundant:
            self._marks.append(Mark(scope.kind, scope.start, self._at - scope.start, scope.argument))
        scope.start = self._at


def _in_units(mark: Mark, beyond_bmp: list[int]) -> Mark:
    """`mark` with places in UTF-16 units instead of characters: each character beyond the BMP counts twice."""
    start = bisect_left(beyond_bmp, mark.offset)
    inside = bisect_left(beyond_bmp, mark.offset + mark.length) - start
    return Mark(mark.kind, mark.offset + start, mark.length + inside, mark.argument)


def trimmed(canvas: Canvas) -> Styled:
    """What is on the canvas, as one piece without blank edges."""
    units, marks = canvas.finish()
    return cut(units, marks, 0, len(units))
