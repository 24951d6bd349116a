"""Words in pictures: what the font can show, how wide it comes out, how much of it fits. Sizes in a picture's units."""

from __future__ import annotations

from typing import Any

LETTERS_MOST = 200
"""Of a name, before it is fitted to its place."""


def known(text: str) -> str:
    """The text without what the font has no shape for: emoji, scripts other than Latin, Greek, Cyrillic and a few."""
    shapes = _font().get_charmap()
    kept = "".join(letter for letter in text[:LETTERS_MOST] if ord(letter) in shapes and letter.isprintable())
    return " ".join(kept.split())


def measured(text: str, size: float, *, bold: bool = False) -> float:
    """How wide it comes out."""
    font = _font(bold=bold)
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64  # FreeType counts in parts of a pixel


def _font(*, bold: bool = False) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415

    return get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))


def fitted(text: str, size: float, wide: float, *, bold: bool) -> str:
    """The text, or as much of its beginning as there is room for."""
    if measured(text, size, bold=bold) <= wide:
        return text
    while text and measured(text + "…", size, bold=bold) > wide:
        text = text[:-1].rstrip()
    return text + "…"
