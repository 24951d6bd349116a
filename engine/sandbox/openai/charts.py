"""A bar chart as a PNG, drawn without any library: what the sandbox's code interpreter makes when asked for a chart."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 320, 200, 20
PAPER, INK = b"\xff\xff\xff", b"\x2f\x6f\xd6"
BARS_MAX = 20


def bar_chart(values: Sequence[float]) -> bytes:
    """A PNG with one bar per value, the highest one filling the picture."""
    shown = [abs(value) for value in values[:BARS_MAX]] or [1.0]
    highest = max(shown) or 1.0
    heights = [round((HEIGHT - 2 * MARGIN) * value / highest) for value in shown]
    slot = (WIDTH - 2 * MARGIN) // len(heights)
    rows = b"".join(b"\x00" + _row(HEIGHT - MARGIN - y, heights, slot) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _row(above_floor: int, heights: Sequence[int], slot: int) -> bytes:
    row = bytearray(PAPER * WIDTH)
    bar = max(slot * 3 // 4, 1)
    for index, height in enumerate(heights):
        if 0 < above_floor <= height:
            start = (MARGIN + index * slot) * 3
            row[start : start + bar * 3] = INK * bar
    return bytes(row)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, in pixels; None when it is none."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height
