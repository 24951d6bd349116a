"""Bytes for people, in their language."""

from __future__ import annotations

from actors.phrases import Phrases


def size_shown(size: int, say: Phrases) -> str:
    """So many bytes in the largest unit that fits: "812 KB", "3.4 MB"."""
    for unit, bytes_ in (("giga", 1024**3), ("mega", 1024**2), ("kilo", 1024)):
        if size >= bytes_:
            amount = size / bytes_
            shown = f"{amount:.1f}" if amount < 10 else f"{amount:.0f}"
            comma = "," if say.language == "ru" else "."
            return say.text(f"size-{unit}", amount=shown.replace(".", comma))
    return say.text("size-bytes", amount=size)
