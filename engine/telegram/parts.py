"""Which parts of a file are there: a bit for each, as the database keeps them. Pure."""

from __future__ import annotations

FILE_CUT = "FILE_CUT"
"""The code of an error: Telegram has fewer bytes of a file than it has announced."""
PART_BYTES = 512 * 1024
"""A multiple of 4 KiB that divides 1 MiB, as Telegram wants them; two of them never cross one of its borders."""


class PartMap:
    """The parts of a file of `size` bytes."""

    def __init__(self, size: int, kept: bytes = b"") -> None:
        self.size = size
        self.count = -(-size // PART_BYTES)
        self._there = int.from_bytes(kept, "little") & ((1 << self.count) - 1)
        self._given = self._there
        self._prefix = 0

    def __bytes__(self) -> bytes:
        return self._there.to_bytes(-(-self.count // 8), "little")

    def __contains__(self, number: int) -> bool:
        return bool(self._there >> number & 1)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self._there == (1 << self.count) - 1

    @property
    def bytes_there(self) -> int:
        """Bytes in the parts that are there."""
        missing_tail = 0 if not self.count or self.count - 1 not in self else self.length(self.count - 1) - PART_BYTES
        return self._there.bit_count() * PART_BYTES + missing_tail

    def prefix(self) -> int:
        """How many bytes from the beginning on are there without a gap."""
        while self._prefix < self.count and self._prefix in self:
            self._prefix += 1
        return min(self._prefix * PART_BYTES, self.size)

    def length(self, number: int) -> int:
        """How many bytes a part has."""
        return min(PART_BYTES, self.size - number * PART_BYTES)

    def take(self) -> int | None:
        """The first part that is neither there nor given to anybody; None where there is none."""
        free = ~self._given
        number = (free & -free).bit_length() - 1
        if number >= self.count:
            return None
        self._given |= 1 << number
        return number

    def add(self, number: int) -> None:
        """This part is there."""
        self._there |= 1 << number
