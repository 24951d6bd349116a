"""Files on their way from Telegram: part after part to the disk, nothing but one part in memory.

A file lies in one of Telegram's data centres, which need not be the bot's own, and may be read with a reference that
goes out of date; a new one comes with the message that the file is in.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import anyio
from loguru import logger
from telethon import functions, types

from engine.core.errors import OutageError, RefusedError, TransientError, UnreadableFileError
from engine.core.files import Attachment
from engine.telegram import calls
from engine.telegram.calls import Invoker
from engine.telegram.errors import FILE_ELSEWHERE
from engine.telegram.media import attachment_of
from engine.telegram.patience import patiently

PART_BYTES = 1024 * 1024
"""The largest part that Telegram gives; none may cross a border of this size."""
FILE_BYTES = 4_000 * 1024 * 1024
"""The largest file that anybody can send (with Telegram Premium)."""
PARTS_AT_ONCE = 16
"""Parts on their way at the same moment, over all files."""
MOVES_MOST = 2
"""How often Telegram may say for one part that the file lies in another data centre."""

STALE = frozenset(
    {"FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_EMPTY", "FILE_REFERENCE_INVALID", "FILEREF_UPGRADE_NEEDED"}
)
"""What Telegram says when the reference is out of date."""


class FileClient(Invoker, Protocol):
    """A client that can call other data centres, too."""

    async def invoke_at(self, dc_id: int, request: Any) -> Any:
        """The answer of that data centre (0: our own). Raises our errors."""
        ...


class Downloads:
    """Fetches files."""

    def __init__(self, client: FileClient) -> None:
        self._client = client
        self._slots = anyio.Semaphore(PARTS_AT_ONCE)

    async def fetch(self, chat_id: int, peer: Any, attachment: Attachment, target: Path) -> None:
        """Brings a file to `target`, whole; until then it grows as `target` with ".part" behind its name.

        Raises UnreadableFileError (gone: the message or its file is no longer there; corrupt: it is longer than was
        announced; empty), FloodWaitError and OutageError where waiting a while did not help, TransientError where
        the disk does not take it, RefusedError for whatever else Telegram says. Nothing is left on the disk then.
        """
        growing = anyio.Path(target.with_name(f"{target.name}.part"))
        try:
            await growing.parent.mkdir(parents=True, exist_ok=True)
            async with await anyio.open_file(growing, "wb") as file:
                size = await _Download(self._client, self._slots, peer, attachment).write(file)
            await growing.replace(target)
        except OSError as error:
            raise TransientError(code=errno.errorcode.get(error.errno or 0, type(error).__name__)) from error
        finally:
            with anyio.CancelScope(shield=True), suppress(OSError):
                await growing.unlink(missing_ok=True)
        logger.debug("{} bytes came from chat {}", size, chat_id)


class _Download:
    """One file on its way."""

    def __init__(self, client: FileClient, slots: anyio.Semaphore, peer: Any, attachment: Attachment) -> None:
        self._client = client
        self._slots = slots
        self._peer = peer
        self._wanted = attachment
        self._dc_id = attachment.dc_id

    async def write(self, file: anyio.AsyncFile[bytes]) -> int:
        """Writes the file from its beginning; its length in bytes."""
        announced = self._wanted.size
        offset = 0
        while not announced or offset < announced:
            part = await patiently(partial(self._part, offset))
            await file.write(part)
            offset += len(part)
            if offset > (announced or FILE_BYTES):
                raise UnreadableFileError(code="corrupt" if announced else "too_large")
            if len(part) < PART_BYTES:
                break
        if offset == 0:
            raise UnreadableFileError(code="empty")
        return offset

    async def _part(self, offset: int) -> bytes:
        async with self._slots:
            return await self._once(offset)

    async def _once(self, offset: int) -> bytes:
        """A part, from wherever the file lies, with a new reference if the old one is out of date."""
        moves, is_new = 0, False
        while True:
            try:
                answer = await self._client.invoke_at(self._dc_id, self._request(offset))
                break
            except RefusedError as refused:
                if refused.code in STALE and not is_new:
                    is_new = True
                    await self._renew()
                elif refused.code.startswith(FILE_ELSEWHERE) and moves < MOVES_MOST:
                    moves += 1
                    self._dc_id = int(refused.code.removeprefix(FILE_ELSEWHERE))
                else:
                    raise
        if not isinstance(answer, types.upload.File):
            raise RefusedError(code=type(answer).__name__)  # a CDN, which is not for bots
        if len(answer.bytes) < min(PART_BYTES, self._wanted.size - offset):
            raise OutageError(code="FILE_CUT")
        return bytes(answer.bytes)

    def _request(self, offset: int) -> functions.upload.GetFileRequest:
        file = self._wanted
        kind = types.InputPhotoFileLocation if file.thumb else types.InputDocumentFileLocation
        location = kind(file.file_id, file.access_hash, file.file_reference, file.thumb)
        return functions.upload.GetFileRequest(location, offset=offset, limit=PART_BYTES)

    async def _renew(self) -> None:
        """Asks for the message again: the file in it has a reference of today."""
        try:
            answer = await self._client.invoke(calls.get_message(self._peer, self._wanted.message_id))
        except RefusedError as refused:
            raise UnreadableFileError(code="gone") from refused
        found = next(
            (message for message in getattr(answer, "messages", ()) if message.id == self._wanted.message_id), None
        )
        now = attachment_of(found) if isinstance(found, types.Message) else None
        if now is None or now.key != self._wanted.key:
            raise UnreadableFileError(code="gone")
        self._wanted = now
