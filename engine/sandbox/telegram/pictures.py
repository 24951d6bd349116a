"""How large a picture is, by its first bytes: enough to tell what Telegram would take as a photo."""

from __future__ import annotations

import struct

from engine.sandbox.telegram.content import Content

PHOTO_BYTES = 10 << 20
SIDES_SUM, RATIO = 10_000, 20
"""What Telegram takes as a photo (Bot API, sendPhoto): at most 10 MB, both sides together, long by short side."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_NO_FRAMES = {0xC4, 0xC8, 0xCC}
"""JPEG markers among those of the frames that don't begin one: tables and an extension."""
_SEGMENTS_MOST = 1_000


def dimensions(content: Content) -> tuple[int, int] | None:
    """Width and height of a JPEG or PNG; None for anything else, and for what breaks off before it says so."""
    head = content.read(0, 24)
    if head.startswith(_PNG) and len(head) == 24:
        width, height = struct.unpack_from(">II", head, 16)
        return width, height
    return _jpeg_dimensions(content) if head.startswith(_JPEG) else None


def is_png(content: Content) -> bool:
    """Whether it begins as a PNG does."""
    return content.read(0, len(_PNG)) == _PNG


def _jpeg_dimensions(content: Content) -> tuple[int, int] | None:
    """Goes from marker to marker to the first frame (ITU T.81, B.1.1)."""
    offset = len(_JPEG)
    for _ in range(_SEGMENTS_MOST):
        segment = content.read(offset, 9)
        if len(segment) < 9 or segment[0] != 0xFF:
            return None
        marker, length = segment[1], int.from_bytes(segment[2:4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            height, width = struct.unpack_from(">HH", segment, 5)
            return width, height
        offset += 2 + length
    return None


def is_photo_shape(width: int, height: int) -> bool:
    """Whether Telegram shows a picture of this shape as a photo."""
    short, long = sorted((width, height))
    return short > 0 and short + long <= SIDES_SUM and long <= RATIO * short
