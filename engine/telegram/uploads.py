"""Files on their way to Telegram: in parts, a few at a time, from a file that is read as it goes.

Big ones go over lines of their own (lines.py), many parts at once, where the caller has lines.

Until a message names it, an uploaded file belongs to nothing; Telegram forgets its parts "between several minutes and
several hours" after they were saved (core.telegram.org/api/files), and says which one it misses. So a big file that was
cut off by a kill goes on under the same number (sent_parts.py).
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread
from telethon import functions, types

from engine.core.errors import GpttgError, UnreadableFileError
from engine.telegram.calls import Invoker
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
            is_big = size > BIG_BYTES
            file_id, parts = secrets.randbits(63), PartMap(size)
            if is_big and sent is not None:
                file_id, parts = await sent.found(size)
            is_wide = is_big and lines is not None
            door, at_once = (lines, REQUESTS_AT_ONCE) if is_wide else (client, PARTS_AT_ONCE)
            assert door is not None
            meter = Meter(progress, size, parts.bytes_there)
            return await _Upload(door, file_id, parts, at_once, meter, sent if is_big else None).send(file, name)
    except OSError as error:
        raise UnreadableFileError(code="gone") from error


def _check(size: int) -> None:
    if size == 0:
        raise UnreadableFileError(code="empty")
    if size > PARTS_MOST * PART_BYTES:
        raise UnreadableFileError(code="too_large")


class _Upload:
    """One file on its way. Every part keeps its number and the file its id, so a part sent twice is one part."""

    def __init__(
        self, client: Invoker, file_id: int, parts: PartMap, at_once: int, meter: Meter, sent: SentParts | None
    ) -> None:
        self._client = client
        self._id = file_id
        self._parts = parts
        self._meter = meter
        self._sent = sent
        self._is_big = parts.size > BIG_BYTES
        self._slots = anyio.Semaphore(at_once)
        self._failure: GpttgError | None = None

    async def send(self, file: anyio.AsyncFile[bytes], name: str) -> Any:
        checksum = hashlib.md5(usedforsecurity=False)
        async with anyio.create_task_group() as tasks:
            while (number := self._parts.take()) is not None:
                await self._slots.acquire()
                part = await anyio.to_thread.run_sync(_read, file.wrapped, number)
                if len(part) != self._parts.length(number):
                    self._failure = self._failure or UnreadableFileError(code="corrupt")
                    tasks.cancel_scope.cancel()
                    break
                if not self._is_big:
                    checksum.update(part)
                tasks.start_soon(self._save, number, part, tasks.cancel_scope)
        if self._failure is not None:
            raise self._failure
        if self._is_big:
            return types.InputFileBig(self._id, self._parts.count, name)
        return types.InputFile(self._id, self._parts.count, name, checksum.hexdigest())

    async def _save(self, number: int, part: bytes, all_parts: anyio.CancelScope) -> None:
        try:
            await patiently(partial(self._client.invoke, self._request(number, part)))
            self._came(number, len(part))
        except GpttgError as error:  # as itself, not in a group of errors
            self._failure = self._failure or error
            all_parts.cancel()
        finally:
            self._slots.release()

    def _came(self, number: int, size: int) -> None:
        self._parts.add(number)
        self._meter.add(size)
        if self._sent is not None:
            self._sent.came(self._parts)

    def _request(self, number: int, part: bytes) -> Any:
        if self._is_big:
            return functions.upload.SaveBigFilePartRequest(self._id, number, self._parts.count, part)
        return functions.upload.SaveFilePartRequest(self._id, number, part)


def _read(file: IO[bytes], number: int) -> bytes:
    file.seek(number * PART_BYTES)
    return file.read(PART_BYTES)
