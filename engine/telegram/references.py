"""Where a file lies and what opens it: both may change while it is fetched, for all of its parts at once.

A file lies in one of Telegram's data centres, which need not be the bot's own, and is read with a reference that goes
out of date; a new one comes with the message that the file is in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import anyio
from telethon import functions, types

from engine.core.errors import RefusedError, UnreadableFileError
from engine.core.files import Attachment
from engine.telegram import calls
from engine.telegram.calls import Invoker
from engine.telegram.errors import FILE_ELSEWHERE
from engine.telegram.media import attachment_of

T = TypeVar("T")

MOVES_MOST = 2
"""How often Telegram may say for one part that the file lies in another data centre."""
RENEWALS_MOST = 2
"""How often a part may find its reference out of date: when the file is asked for, and again while the part waits."""
STALE = frozenset(
    {"FILE_REFERENCE_EXPIRED", "FILE_REFERENCE_EMPTY", "FILE_REFERENCE_INVALID", "FILEREF_UPGRADE_NEEDED"}
)
"""What Telegram says when the reference is out of date."""


class FileClient(Invoker, Protocol):
    """A client that can call other data centres, too."""

    async def invoke_at(self, dc_id: int, request: Any) -> Any:
        """The answer of that data centre (0: our own). Raises our errors."""
        ...


def bytes_of(answer: Any) -> bytes:
    """The part that an answer to upload.getFile holds. Raises RefusedError for what is none."""
    if not isinstance(answer, types.upload.File):
        raise RefusedError(code=type(answer).__name__)  # a CDN, which is not for bots
    return bytes(answer.bytes)


class RemoteFile:
    """A file in a message. `client` is asked for the message when a new reference is needed."""

    def __init__(self, client: Invoker, peer: Any, wanted: Attachment) -> None:
        self._client = client
        self._peer = peer
        self._wanted = wanted
        self._dc_id = wanted.dc_id
        self._renewing = anyio.Lock()

    async def part(self, ask: Callable[[int, Any], Awaitable[T]], offset: int, limit: int) -> T:
        """What `ask(dc_id, request)` returns for the bytes from `offset` on, `limit` of them or up to the end.

        Raises UnreadableFileError (gone), and what `ask` raises.
        """
        moves, renewals = 0, 0
        while True:
            reference = self._wanted.file_reference
            try:
                return await ask(self._dc_id, self._request(offset, limit))
            except RefusedError as refused:
                if refused.code in STALE and renewals < RENEWALS_MOST:
                    renewals += 1
                    await self._renew(reference)
                elif refused.code.startswith(FILE_ELSEWHERE) and moves < MOVES_MOST:
                    moves += 1
                    self._dc_id = int(refused.code.removeprefix(FILE_ELSEWHERE))
                else:
                    raise

    def _request(self, offset: int, limit: int) -> functions.upload.GetFileRequest:
        file = self._wanted
        kind = types.InputPhotoFileLocation if file.thumb else types.InputDocumentFileLocation
        location = kind(file.file_id, file.access_hash, file.file_reference, file.thumb)
        return functions.upload.GetFileRequest(location, offset=offset, limit=limit)

    async def _renew(self, stale: bytes) -> None:
        """Asks for the message again: the file in it has a reference of today. One part asks for all."""
        async with self._renewing:
            if self._wanted.file_reference != stale:
                return
            try:
                answer = await self._client.invoke(calls.get_messages(self._peer, [self._wanted.message_id]))
            except RefusedError as refused:
                raise UnreadableFileError(code="gone") from refused
            found = next(
                (message for message in getattr(answer, "messages", ()) if message.id == self._wanted.message_id), None
            )
            now = attachment_of(found) if isinstance(found, types.Message) else None
            if now is None or now.key != self._wanted.key:
                raise UnreadableFileError(code="gone")
            self._wanted = now
