"""Streams that give a parser no more than it may have: what an archive's headers claim is nobody's promise."""

from __future__ import annotations

import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from engine.core.errors import UnreadableFileError

TOTAL_BYTES_MOST = 4 * 1024 * 1024 * 1024
"""Of all members together, unpacked."""
RATIO_MOST = 200
"""Logs and tables shrink to a fiftieth; deflate cannot do better than 1,032."""
RATIO_FREE_BYTES = 256 * 1024 * 1024
"""Up to here the ratio is nobody's concern: blank scans, silence, the empty parts of images of disks."""
READ_BYTES_MOST = 2 * 1024 * 1024
"""What a parser may ask for at once: a tar's extended header. Larger ones would fill the memory."""
DIRECTORY_BYTES_MOST = 16 * 1024 * 1024
"""Of a zip's directory, which is read at once, too: of 10,000 files with paths of 1,024 letters it is 11 MB."""
ENTRIES_MOST = 40_000
"""In a zip's directory: 10,000 files, their folders, older versions of them. One takes as little as 46 bytes there, and
half a kilobyte once it has been read."""
ENTRY_START = b"PK\x01\x02"
"""How each of them begins (APPNOTE.TXT 4.3.12)."""
STEP_BYTES = 64 * 1024
XZ_MEMORY_BYTES = 96 * 1024 * 1024
"""Of a decompressor: `xz -9` wants 65 MiB."""

Wanted = Callable[[], object]
"""Called between two steps; may raise to end it all."""


def is_bomb(size: int, packed: int) -> bool:
    """Whether so much is made of so little."""
    return size > RATIO_FREE_BYTES and size > packed * RATIO_MOST


def check_ratio(size: int, packed: int) -> None:
    """Raises UnreadableFileError for a bomb."""
    if is_bomb(size, packed):
        raise UnreadableFileError("a bomb", code="bomb")


class Xz:
    """What is in an xz file, read forwards, within XZ_MEMORY_BYTES (lzma.open knows no such limit)."""

    def __init__(self, source: Path) -> None:
        self._file = source.open("rb")
        self._inside = self._new()
        self._at = 0

    def __enter__(self) -> Xz:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """See io.IOBase."""
        self._file.close()

    def tell(self) -> int:
        """Bytes from its start, decompressed."""
        return self._at

    def seek(self, target: int) -> int:
        """Forwards only. Raises EOFError for a place before this one."""
        if target < self._at:
            raise EOFError
        while self._at < target and self.read(min(STEP_BYTES, target - self._at)):
            pass
        return self._at

    def read(self, size: int) -> bytes:
        """See io.RawIOBase. Raises EOFError for a file that is cut, UnreadableFileError for one that wants too much."""
        found = bytearray()
        try:
            while len(found) < size and (packed := self._packed()) is not None:
                found += self._inside.decompress(packed, size - len(found))
        except lzma.LZMAError as error:
            if "memory" in str(error).lower():
                raise UnreadableFileError("a dictionary without end", code="bomb") from error
            raise
        self._at += len(found)
        return bytes(found)

    def _packed(self) -> bytes | None:
        """What is to be decompressed next; None at the end."""
        if self._inside.eof:  # another stream may follow, behind zeros
            rest = self._inside.unused_data.lstrip(b"\0")
            while not rest and (block := self._file.read(STEP_BYTES)):
                rest = block.lstrip(b"\0")
            self._inside = self._new() if rest else self._inside
            return rest or None
        if not self._inside.needs_input:
            return b""
        if not (block := self._file.read(STEP_BYTES)):
            raise EOFError
        return block

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)


class Careful(io.FileIO):
    """A zip's file, which gives no larger directory than it may have, whatever its headers claim."""

    def read(self, size: int | None = -1, /) -> bytes:
        """See io.FileIO."""
        left = os.fstat(self.fileno()).st_size - self.tell()
        if (left if size is None or size < 0 else min(size, left)) > DIRECTORY_BYTES_MOST:
            raise UnreadableFileError("a directory without end", code="too_many")
        block = super().read(-1 if size is None else size) or b""
        if block.count(ENTRY_START) > ENTRIES_MOST:  # zipfile would read all of them, however many are announced
            raise UnreadableFileError("entries without end", code="too_many")
        return block


class Forward:
    """A stream that is being decompressed, read forwards in small steps: how much it has given is watched. What is
    large in it is judged alone, by whoever knows what it is: a bomb can be passed over, and the rest be used."""

    def __init__(self, stream: Any, packed: int, still_wanted: Wanted) -> None:
        self.packed = packed
        """bytes of the whole, as it was sent"""
        self._stream = stream
        self._still_wanted = still_wanted
        self._left_out = 0

    def __enter__(self) -> Forward:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def leave_out(self, size: int) -> None:
        """So many bytes follow that belong together. They do not count with the rest if they are large."""
        if size > RATIO_FREE_BYTES:
            self._left_out += size

    def tell(self) -> int:
        """Bytes from its start, decompressed."""
        return int(self._stream.tell())

    def read(self, size: int = -1) -> bytes:
        """See io.RawIOBase; nothing is read to its end."""
        if not 0 <= size <= READ_BYTES_MOST:
            raise UnreadableFileError("a header without end", code="too_many")
        self._still_wanted()
        self._check(self.tell() + size)
        return cast("bytes", self._stream.read(size))

    def seek(self, target: int) -> int:
        """Goes forward by reading, backward only where nothing is to be decompressed for it."""
        self._check(target)
        while self.tell() + STEP_BYTES < target:
            self._still_wanted()
            if not self._stream.read(STEP_BYTES):
                break
        return int(self._stream.seek(target))

    def _check(self, target: int) -> None:
        if target > TOTAL_BYTES_MOST:
            raise UnreadableFileError("too large unpacked", code="too_many")
        check_ratio(target - self._left_out, self.packed)
