"""Files on their way to Telegram: in parts, a few at a time, from a file that is read as it goes.

Big ones go over lines of their own (lines.py), many parts at once, where the caller has lines; their bytes are read
where they are sent (carrier.py).

Until a message names it, an uploaded file belongs to nothing; Telegram forgets its parts "between several minutes and
several hours" after they were saved (core.telegram.org/api/files), and says which one it misses. So a big file that was
cut off by a kill goes on under the same number (sent_parts.py).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread
from telethon import functions, types

from engine.core.errors import GpttgError, UnreadableFileError
from engine.telegram.calls import Invoker
from engine.telegram.carrier import Piece
from engine.telegram.lines import REQUESTS_AT_ONCE, Lines
from engine.telegram.parts import PART_BYTES, PartMap
from engine.telegram.patience import patiently
from engine.telegram.progress import Meter, Progress
from engine.telegram.sent_parts import SentParts

PARTS_MOST = 4_000
"""What it takes from a bot: 2,000 MiB."""
PARTS_AT_ONCE = 4
"""Parts of one file on their way at the same moment, and in memory."""
BIG_BYTES = 10 * 1024 * 1024
"""Larger files have a method of their own, without a checksum."""


async def upload(
    client: Invoker,
    path: Path,
    name: str,
    lines: Lines | None = None,
    progress: Progress | None = None,
    sent: SentParts | None = None,
) -> Any:
    """Uploads a file; what a message needs to name it (InputFile, InputFileBig). `sent`: what an earlier process has
    sent of it, if it is big.

    Raises UnreadableFileError (gone: it can't be opened; empty; too_large; corrupt: it became shorter), and what the
    client raises when asking again does not help.
    """
    try:
        async with await anyio.open_file(path, "rb") as file:
            size = (await anyio.Path(path).stat()).st_size
            _check(size)
            file_id, parts = secrets.randbits(63), PartMap(size)
            if size <= BIG_BYTES:
                lines = sent = None
            elif sent is not None:
                file_id, parts = await sent.found(size)
            meter = Meter(progress, size, parts.bytes_there)
            return await _Upload(client, lines, path, file.wrapped, file_id, parts, meter, sent).send(name)
    except OSError as error:
        raise UnreadableFileError(code="gone") from error


def _check(size: int) -> None:
    if size == 0:
        raise UnreadableFileError(code="empty")
    if size > PARTS_MOST * PART_BYTES:
        raise UnreadableFileError(code="too_large")


@dataclass(eq=False)
class _Upload:
    """One file on its way. Every part keeps its number and the file its id, so a part sent twice is one part."""

    client: Invoker
    lines: Lines | None
    path: Path
    file: IO[bytes]
    file_id: int
    parts: PartMap
    meter: Meter
    sent: SentParts | None
    failure: GpttgError | None = None

    async def send(self, name: str) -> Any:
        checksum = hashlib.md5(usedforsecurity=False)
        slots = anyio.Semaphore(PARTS_AT_ONCE if self.lines is None else REQUESTS_AT_ONCE)
        async with anyio.create_task_group() as tasks:
            while (number := self.parts.take()) is not None:
                await slots.acquire()
                try:
                    part = b"" if self.lines is not None else await anyio.to_thread.run_sync(_read, self.file, number)
                except OSError:  # as itself, not in a group of errors
                    self.failure = UnreadableFileError(code="gone")
                    tasks.cancel_scope.cancel()
                    break
                checksum.update(part)
                tasks.start_soon(self._save, number, part, slots, tasks.cancel_scope)
        if self.failure is not None:
            raise self.failure
        if self._is_big:
            return types.InputFileBig(self.file_id, self.parts.count, name)
        return types.InputFile(self.file_id, self.parts.count, name, checksum.hexdigest())

    async def _save(self, number: int, part: bytes, slots: anyio.Semaphore, all_parts: anyio.CancelScope) -> None:
        try:
            await patiently(self._call(number, part))
        except GpttgError as error:  # as itself, not in a group of errors
            self.failure = self.failure or error
            all_parts.cancel()
        else:
            self._came(number)
        finally:
            slots.release()

    def _call(self, number: int, part: bytes) -> Callable[[], Awaitable[object]]:
        """What sends a part. Raises UnreadableFileError if it is shorter than it was."""
        request, length = self._request(number, part), self.parts.length(number)
        if self.lines is not None:
            return partial(self.lines.store, request, Piece(self.path, number * PART_BYTES, length))
        if len(part) != length:
            raise UnreadableFileError(code="corrupt")
        return partial(self.client.invoke, request)

    def _came(self, number: int) -> None:
        self.parts.add(number)
        self.meter.add(self.parts.length(number))
        if self.sent is not None:
            self.sent.came(self.parts)

    @property
    def _is_big(self) -> bool:
        return self.parts.size > BIG_BYTES

    def _request(self, number: int, part: bytes) -> Any:
        if self._is_big:
            return functions.upload.SaveBigFilePartRequest(self.file_id, number, self.parts.count, part)
        return functions.upload.SaveFilePartRequest(self.file_id, number, part)


def _read(file: IO[bytes], number: int) -> bytes:
    file.seek(number * PART_BYTES)
    return file.read(PART_BYTES)
