"""Small pictures, all different, made without a library: what people of a simulation photograph."""

from __future__ import annotations

import struct
import zlib

SIDE = 8


def picture(number: int) -> bytes:
    """A PNG of one colour."""
    colour = struct.pack(">I", number & 0xFFFFFF)[1:]
    rows = b"".join(b"\0" + colour * SIDE for _ in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
