"""Files on their way to Telegram: in parts, a few at a time, from a file that is read as it goes.

Big ones go over lines of their own (lines.py), many parts at once, where the caller has lines.

Until a message names it, an uploaded file belongs to nothing; Telegram forgets it after some hours.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from telethon import functions, types

from engine.core.errors import GpttgError, UnreadableFileError
from engine.telegram.calls import Invoker
from engine.telegram.lines import REQUESTS_AT_ONCE, Lines
from engine.telegram.patience import patiently
from engine.telegram.progress import Meter, Progress

PART_BYTES = 512 * 1024
"""The largest part that Telegram takes."""
PARTS_MOST = 4_000
"""What it takes from a bot: 2,000 MiB."""
PARTS_AT_ONCE = 4
"""Parts of one file on their way at the same moment, and in memory."""
BIG_BYTES = 10 * 1024 * 1024
"""Larger files have a method of their own, without a checksum."""


async def upload(
    client: Invoker, path: Path, name: str, lines: Lines | None = None, progress: Progress | None = None
) -> Any:
    """Uploads a file; what a message needs to name it (InputFile, InputFileBig).

    Raises UnreadableFileError (gone: it can't be opened; empty; too_large; corrupt: it became shorter), and what the
    client raises when asking again does not help.
    """
    try:
        async with await anyio.open_file(path, "rb") as file:
            size = (await anyio.Path(path).stat()).st_size
            meter = Meter(progress, size)
            if lines is not None and size > BIG_BYTES:
                return await _Upload(lines, size, REQUESTS_AT_ONCE, meter).send(file, name)
            return await _Upload(client, size, PARTS_AT_ONCE, meter).send(file, name)
    except OSError as error:
        raise UnreadableFileError(code="gone") from error


class _Upload:
    """One file on its way. Every part keeps its number and the file its id, so a part sent twice is one part."""

    def __init__(self, client: Invoker, size: int, at_once: int, meter: Meter) -> None:
        self._client = client
        self._size = size
        self._meter = meter
        self._id = secrets.randbits(63)
        self._parts = -(-size // PART_BYTES)
        self._is_big = size > BIG_BYTES
        self._slots = anyio.Semaphore(at_once)
        self._failure: GpttgError | None = None
        if size == 0:
            raise UnreadableFileError(code="empty")
        if self._parts > PARTS_MOST:
            raise UnreadableFileError(code="too_large")

    async def send(self, file: anyio.AsyncFile[bytes], name: str) -> Any:
        checksum = hashlib.md5(usedforsecurity=False)
        async with anyio.create_task_group() as tasks:
            for number in range(self._parts):
                await self._slots.acquire()
                part = await file.read(PART_BYTES)
                if len(part) != min(PART_BYTES, self._size - number * PART_BYTES):
                    self._failure = self._failure or UnreadableFileError(code="corrupt")
                    tasks.cancel_scope.cancel()
                    break
                if not self._is_big:
                    checksum.update(part)
                tasks.start_soon(self._save, number, part, tasks.cancel_scope)
        if self._failure is not None:
            raise self._failure
        if self._is_big:
            return types.InputFileBig(self._id, self._parts, name)
        return types.InputFile(self._id, self._parts, name, checksum.hexdigest())

    async def _save(self, number: int, part: bytes, all_parts: anyio.CancelScope) -> None:
        try:
            await patiently(partial(self._client.invoke, self._request(number, part)))
            self._meter.add(len(part))
        except GpttgError as error:  # as itself, not in a group of errors
            self._failure = self._failure or error
            all_parts.cancel()
        finally:
            self._slots.release()

    def _request(self, number: int, part: bytes) -> Any:
        if self._is_big:
            return functions.upload.SaveBigFilePartRequest(self._id, number, self._parts, part)
        return functions.upload.SaveFilePartRequest(self._id, number, part)
