"""SHA-256 of files that are still on their way: of as much as has come, as they grow."""

from __future__ import annotations

import errno
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import anyio.to_thread

READ_BYTES = 2 * 1024 * 1024
"""What is read at once."""
REMEMBERED_MOST = 16
"""Files whose hash is kept to go on with. One that has been forgotten is read from its beginning."""


@dataclass(eq=False, slots=True)
class _Growing:
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    upto: int = 0


class Hashes:
    """Remembers how far it has come with each of the last files."""

    def __init__(self) -> None:
        self._growing: OrderedDict[str, _Growing] = OrderedDict()

    async def sha256(self, path: Path, growth: str, upto: int) -> bytes:
        """Of the file's first `upto` bytes, read in a worker thread. `growth` names this growing of the file: what was
        hashed under it must not change any more, and it is asked for one length at a time, each no less than before.

        Raises OSError, of a file that is shorter, too.
        """
        growing = self._growing.pop(growth, None) or _Growing()
        digest = await anyio.to_thread.run_sync(_read_on, path, growing, upto)
        self._growing[growth] = growing
        while len(self._growing) > REMEMBERED_MOST:
            self._growing.popitem(last=False)
        return digest


def _read_on(path: Path, growing: _Growing, upto: int) -> bytes:
    buffer = memoryview(bytearray(min(READ_BYTES, upto - growing.upto)))
    with path.open("rb", buffering=0) as file:
        file.seek(growing.upto)
        while growing.upto < upto:
            count = file.readinto(buffer[: upto - growing.upto])
            if not count:
                raise OSError(errno.EIO, "the file is shorter")
            growing.hash.update(buffer[:count])
            growing.upto += count
    return growing.hash.digest()
