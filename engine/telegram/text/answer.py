"""From Markdown to marked text in one step, which never raises: what can't be read as Markdown is shown as written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from engine.core.styled import Mark, Styled
from engine.telegram.text.render import rendered
from engine.telegram.text.split import MARKS_PER_MESSAGE, MESSAGE_UNITS, split
from engine.telegram.text.units import clean, cut, is_visible, to_units, utf16_length

T = TypeVar("T")


def styled(markdown: str) -> Styled:
    """`markdown` as text and marks of any length, without blank edges."""
    units, marks = units_and_marks(clean(markdown))
    return cut(units, marks, 0, len(units))


def answer_parts(markdown: str, limit: int = MESSAGE_UNITS) -> list[Styled]:
    """`markdown` as messages that Telegram takes: at most `limit` UTF-16 units and 100 marks, none crossing another."""
    whole = styled(markdown)
    if utf16_length(whole.text) > limit or len(whole.marks) > MARKS_PER_MESSAGE:
        return split(whole, limit)
    return [whole] if is_visible(whole.text) else []


def units_and_marks(markdown: str) -> tuple[str, list[Mark]]:
    """The renderer's answer; if the parser fails, the text as it is. `markdown` has been through `clean`."""
    return unless_unreadable(rendered, markdown) or (to_units(markdown), [])


def unless_unreadable(read: Callable[[str], T], markdown: str) -> T | None:
    """What `read` makes of `markdown`; None if the parser fails."""
    try:
        return read(markdown)
    except BaseException as error:  # a panic in the parser (Rust) is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return None
