"""What is in a file: bytes, uploaded parts, or a file on disk. Read in pieces, never as a whole unless asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
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
