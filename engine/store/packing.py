"""Recorded bytes are compressed where that makes them shorter; what is read back is always the whole."""

from __future__ import annotations

import threading

import zstandard

SHORT_BYTES = 400
"""Shorter ones are kept as they are: compressing them costs more than it saves."""
UNPACKED_BYTES = 64 * 1024 * 1024
"""The most that one value may become."""

_MAGIC = b"\x28\xb5\x2f\xfd"


def packed(plain: bytes) -> bytes:
    """The same, compressed if it is long."""
    if len(plain) < SHORT_BYTES and not plain.startswith(_MAGIC):
        return plain
    return _codec.compressor.compress(plain)


def unpacked(kept: bytes) -> bytes:
    """What was packed. Raises zstandard.ZstdError for what is broken."""
    if not kept.startswith(_MAGIC):
        return kept
    return _codec.decompressor.decompress(kept, max_output_size=UNPACKED_BYTES)


class _Codec(threading.local):
    """Made once for each thread: making one costs more than packing a step."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor()
        self.decompressor = zstandard.ZstdDecompressor()


_codec = _Codec()
