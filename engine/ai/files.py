"""OpenAI's files API: uploads, from an open handle (a path or bytes would cost three times the file in memory)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import anyio.to_thread
import msgspec
from openai import AsyncOpenAI

from engine.ai.errors import missing_is_gone, translating

UNKNOWN_MIME = "application/octet-stream"


class UploadedFile(msgspec.Struct, frozen=True):
    """A file at OpenAI; `bytes` is its size there."""

    id: str
    bytes: int


class Files:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def upload(self, path: Path, *, name: str, mime: str, purpose: str, expires_after_s: int) -> UploadedFile:
        """Uploads a file, which OpenAI deletes by itself after so many seconds (an hour to 30 days).

        `purpose` is "user_data" for documents and "vision" for pictures. Costs nothing. OSError if it can't be opened.
        """
        handle = await anyio.to_thread.run_sync(path.open, "rb")
        try:
            with translating(is_billed=False):
                made = await self._client.files.create(
                    file=(name, handle, mime or UNKNOWN_MIME),
                    purpose=cast("Any", purpose),
                    expires_after={"anchor": "created_at", "seconds": expires_after_s},
                )
        finally:
            handle.close()
        return UploadedFile(made.id, made.bytes)

    async def delete(self, file_id: str) -> bool:
        """Deletes a file, from vector stores too; False if OpenAI did not have it."""
        with missing_is_gone():
            await self._client.files.delete(file_id)
            return True
        return False
