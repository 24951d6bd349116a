"""What is in a file: bytes, uploaded parts, a file on disk, or what is made up as it is read.

It is read in pieces, never as a whole unless asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from hashlib import shake_128
from itertools import accumulate
from mmap import ACCESS_READ, mmap
from pathlib import Path

PIECE = 1 << 20
"""Bytes that are looked at at once where a whole file has to be gone through."""

Source = bytes | Path
"""Where the content of a file comes from: the bytes themselves, or a file that does not change meanwhile."""


class Content:
    """A sequence of bytes. A file on disk is mapped, not read: whoever reads gets the pages that they ask for."""

    def __init__(self, *pieces: bytes | mmap) -> None:
        self._pieces = [piece for piece in pieces if len(piece)]
        self._ends = list(accumulate(len(piece) for piece in self._pieces))

    @classmethod
    def of(cls, source: Source | Content) -> Content:
        """The content of these bytes or this file. Raises OSError."""
        if isinstance(source, Content):
            return source
        if isinstance(source, bytes):
            return cls(source)
        with source.open("rb") as file:
            try:
                return cls(mmap(file.fileno(), 0, access=ACCESS_READ))
            except ValueError:  # nothing can be mapped of an empty file
                return cls()

    @property
    def size(self) -> int:
        """Bytes that are really there."""
        return self._ends[-1] if self._ends else 0

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset` on; fewer at the end, none behind it."""
        first = bisect_right(self._ends, offset)
        found: list[bytes] = []
        for index in range(first, len(self._pieces)):
            piece = self._pieces[index]
            start = max(offset - (self._ends[index] - len(piece)), 0)
            found.append(bytes(piece[start : start + length]))
            length -= len(found[-1])
            if length <= 0:
                break
        return b"".join(found)

    def pieces(self) -> Iterator[bytes]:
        """The whole, a piece at a time."""
        for offset in range(0, self.size, PIECE):
            yield self.read(offset, PIECE)


class Synthetic(Content):
    """So many bytes that nobody keeps: made up where they are read, always the same, and each part unlike the others.

    The content repeats itself after PERIOD bytes, a prime, so that no two parts of Telegram's sizes are the same as
    long as the file is shorter than PERIOD parts.
    """

    PERIOD = 1_048_583

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    @property
    def size(self) -> int:
        """See `Content`."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """See `Content`."""
        length = min(length, self._size - offset)
        if length <= 0:
            return b""
        start = offset % self.PERIOD
        if start + length > 2 * self.PERIOD:
            return self.read(offset, self.PERIOD) + self.read(offset + self.PERIOD, length - self.PERIOD)
        return bytes(_two_periods()[start : start + length])


@cache
def _two_periods() -> memoryview:
    """Noise, which can't be packed any smaller."""
    return memoryview(shake_128(b"gpttg").digest(Synthetic.PERIOD) * 2)
