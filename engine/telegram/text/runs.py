"""A text of a rich message under construction: what is written is held by all marks that are open, as a tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from engine.core.styled import Styled
from engine.telegram.text.units import from_units, to_units

_WRAPS: dict[str, Callable[[Any], Any]] = {
    "bold": types.TextBold,
    "italic": types.TextItalic,
    "underline": types.TextUnderline,
    "strike": types.TextStrike,
    "spoiler": types.TextSpoiler,
    "code": types.TextFixed,
    "pre": types.TextFixed,
}
_MAIL = re.compile(r"mailto:([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})(?:\?.*)?", re.IGNORECASE)
"""Telegram refuses a message with a mail address that is none; the subject that may follow it has no place there."""
_NO_PAGE = 0
"""A link in a message names no page of Instant View."""


@dataclass(slots=True)
class _Scope:
    kind: str
    argument: str = ""
    redundant: bool = False
    """inside another of its kind: it shows nothing of its own"""
    pieces: list[Any] = field(default_factory=list)


class Runs:
    """Text grows at the end, marks open and close in any order; `finish` gives Telethon's RichText."""

    def __init__(self) -> None:
        self._open = [_Scope("")]
        self._said: list[str] = []

    @property
    def is_bare(self) -> bool:
        """Whether no mark is open."""
        return len(self._open) == 1

    @property
    def pieces(self) -> int:
        """How many pieces were written: a place to which `since` can go back."""
        return len(self._said)

    def since(self, pieces: int) -> str:
        """What was written since `pieces` was looked at."""
        return "".join(self._said[pieces:])

    def write(self, text: str) -> None:
        """Puts `text` at the end; blanks at the very beginning are dropped."""
        text = text if self._said else text.lstrip()
        if text:
            self._said.append(text)
            _append(self._open[-1].pieces, text)

    def formula(self, latex: str) -> None:
        """Puts a formula at the end, within the line."""
        self._said.append(latex)
        self._open[-1].pieces.append(types.TextMath(latex))

    def begin(self, kind: str, argument: str = "") -> None:
        """Opens a mark."""
        redundant = any(scope.kind == kind for scope in self._open)
        self._open.append(_Scope(kind, argument, redundant))

    def end(self, kind: str) -> None:
        """Closes the innermost mark of this kind; those opened inside it close with it and open again."""
        if not any(scope.kind == kind for scope in self._open):
            return
        above = []
        while (scope := self._open[-1]).kind != kind:
            above.append(scope)
            self._close()
        self._close()
        self._open += (_Scope(scope.kind, scope.argument, scope.redundant) for scope in reversed(above))

    def leaf(self, kind: str, text: str) -> None:
        """Writes `text` under one more mark."""
        self.begin(kind)
        self.write(text)
        self.end(kind)

    def finish(self) -> Any:
        """All that was written, as a RichText without blanks at its end; TextEmpty if that is nothing."""
        while not self.is_bare:
            self._close()
        pieces = self._open[0].pieces
        while pieces and isinstance(pieces[-1], str):
            if last := pieces.pop().rstrip():
                pieces.append(last)
                break
        return _text(pieces)

    def _close(self) -> None:
        scope = self._open.pop()
        if scope.redundant or not scope.kind:
            for piece in scope.pieces:
                _append(self._open[-1].pieces, piece)
        elif scope.pieces:
            self._open[-1].pieces.append(_wrapped(scope))


def rich_text(styled: Styled) -> Any:
    """A finished text with its marks as a RichText."""
    units = to_units(styled.text)
    edges = {place for mark in styled.marks for place in (mark.offset, mark.offset + mark.length)}
    runs = Runs()
    borders = sorted(edges | {0, len(units)})
    for start, end in pairwise(borders):
        around = [mark for mark in styled.marks if mark.offset <= start and end <= mark.offset + mark.length]
        around = [mark for mark in around if mark.kind in _WRAPS or mark.kind == "link"]
        for mark in around:
            runs.begin(mark.kind, mark.argument)
        runs.write(from_units(units[start:end]))
        for mark in reversed(around):
            runs.end(mark.kind)
    return runs.finish()


def strings(node: Any) -> Iterator[str]:
    """All texts and formulas in a block, a RichText or a list of them, in order."""
    if isinstance(node, list):
        for one in node:
            yield from strings(one)
    elif isinstance(node, TLObject):
        for name, below in vars(node).items():
            if isinstance(below, str):
                if name in ("text", "source"):
                    yield below
            else:
                yield from strings(below)


def _append(pieces: list[Any], piece: Any) -> None:
    if pieces and isinstance(piece, str) and isinstance(pieces[-1], str):
        pieces[-1] += piece
    else:
        pieces.append(piece)


def _text(pieces: Sequence[Any]) -> Any:
    texts = [types.TextPlain(piece) if isinstance(piece, str) else piece for piece in pieces]
    if len(texts) > 1:
        return types.TextConcat(texts)
    return texts[0] if texts else types.TextEmpty()


def _wrapped(scope: _Scope) -> Any:
    text = _text(scope.pieces)
    if scope.kind != "link":
        return _WRAPS[scope.kind](text)
    if scope.argument.lower().startswith("mailto:"):
        found = _MAIL.fullmatch(scope.argument)
        return types.TextEmail(text, found[1]) if found else text
    return types.TextUrl(text, scope.argument, _NO_PAGE)
