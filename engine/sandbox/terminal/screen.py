"""The looks of the terminal chat: messages, drafts and notes as rich renderables. Nothing here knows of a bot.

With `plain`, formatting is written in Markdown's signs instead of styles, so that a file shows it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text
from telethon.tl import types

NAME_COLUMNS = 8
CODE_THEME = "ansi_dark"
"""Highlighting in the terminal's own sixteen colours."""

_STYLES: dict[type, tuple[str, str]] = {
    types.MessageEntityBold: ("bold", "**"),
    types.MessageEntityItalic: ("italic", "_"),
    types.MessageEntityUnderline: ("underline", "__"),
    types.MessageEntityStrike: ("strike", "~~"),
    types.MessageEntitySpoiler: ("reverse", "||"),
    types.MessageEntityCode: ("cyan", "`"),
    types.MessageEntityTextUrl: ("underline blue", ""),
    types.MessageEntityUrl: ("underline blue", ""),
    types.MessageEntityEmail: ("underline blue", ""),
    types.MessageEntityMention: ("blue", ""),
    types.MessageEntityBotCommand: ("blue", ""),
    types.MessageEntityHashtag: ("blue", ""),
}
"""Entity → style, and the sign that stands for it in plain text."""
_BLOCKS = (types.MessageEntityPre, types.MessageEntityBlockquote)


class Screen:
    """How wide, and with colours or in plain text."""

    def __init__(self, columns: Callable[[], int], *, plain: bool) -> None:
        self._columns = columns
        self.plain = plain

    def lines(self, renderable: RenderableType) -> list[str]:
        """The renderable as lines of the screen, with ANSI colours unless plain; none is wider than the screen."""
        out = StringIO()
        console = Console(
            file=out,
            width=self._columns(),
            force_terminal=not self.plain,
            color_system=None if self.plain else "256",
            legacy_windows=False,
            highlight=False,
        )
        console.print(renderable)
        return [line.rstrip() for line in out.getvalue().splitlines()]

    def said(self, name: str, body: RenderableType, *, style: str, notes: Iterable[Text] = ()) -> RenderableType:
        """A message: who, what, and lines under it."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=NAME_COLUMNS, no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(name, style), Group(body, *notes))
        return grid

    def below(self, note: str, style: str = "dim") -> RenderableType:
        """A line that belongs to the message above it."""
        return self.said("", Text(note, style), style="")

    def formatted(self, text: str, entities: Sequence[Any]) -> Text:
        """A message's text with its formatting visible."""
        return _Formatted(text, entities, plain=self.plain).region(0, len(text), None)


class _Formatted:
    """One text with its entities, offsets turned from UTF-16 units into characters."""

    def __init__(self, text: str, entities: Sequence[Any], *, plain: bool) -> None:
        units = text.encode("utf-16-le")

        def character(unit: int) -> int:
            return len(units[: 2 * unit].decode("utf-16-le", "ignore"))

        self._text = text
        self._plain = plain
        self._spans = [(character(e.offset), character(e.offset + e.length), e) for e in entities]

    def region(self, start: int, end: int, inside: Any) -> Text:
        """The part from `start` to `end`; `inside` is the block that it fills, which is not shown again."""
        blocks = [
            span
            for span in self._spans
            if isinstance(span[2], _BLOCKS) and start <= span[0] < span[1] <= end and span[2] is not inside
        ]
        shown, at = Text(), start
        for first, last, block in sorted(blocks, key=lambda span: (span[0], -span[1])):
            if first < at:
                continue  # inside a block that is shown already
            shown.append_text(self._inline(at, first))
            shown.append_text(self._block(first, last, block))
            at = last
        return shown.append_text(self._inline(at, end))

    def _block(self, start: int, end: int, block: Any) -> Text:
        if isinstance(block, types.MessageEntityPre):
            return self._code(self._text[start:end], block.language)
        lines = self.region(start, end, block).split("\n", allow_blank=True)
        sign = "> " if self._plain else "▎ "
        return Text("\n").join([Text().append(sign, "dim").append_text(line) for line in lines])

    def _code(self, code: str, language: str) -> Text:
        if self._plain:
            return Text(f"```{language}\n{code}\n```")
        if not language:
            return Text(code, "cyan")
        highlighted = Syntax("", language, theme=CODE_THEME).highlight(code)
        highlighted.rstrip()
        return Text().append(f"{language} ┄┄┄┄┄┄\n", "dim").append_text(highlighted)

    def _inline(self, start: int, end: int) -> Text:
        spans = [
            (max(first, start), min(last, end), entity)
            for first, last, entity in self._spans
            if type(entity) in _STYLES and first < end and last > start
        ]
        cuts = sorted({start, end, *(edge for first, last, _ in spans for edge in (first, last))})
        shown = Text()
        for at, following in zip(cuts, [*cuts[1:], end], strict=True):
            self._signs(shown, sorted((s for s in spans if s[1] == at), key=lambda s: -s[0]))
            self._signs(shown, sorted((s for s in spans if s[0] == at), key=lambda s: -s[1]), opening=True)
            active = [_STYLES[type(entity)][0] for first, last, entity in spans if first <= at < last]
            shown.append(self._text[at:following], " ".join(active))
        return shown

    def _signs(self, shown: Text, spans: Iterable[tuple[int, int, Any]], *, opening: bool = False) -> None:
        for first, last, entity in spans:
            if self._plain:
                shown.append(_STYLES[type(entity)][1])
            if not opening and isinstance(entity, types.MessageEntityTextUrl) and entity.url != self._text[first:last]:
                shown.append(f" ({entity.url})", "dim")
