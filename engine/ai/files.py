"""Files at OpenAI: uploaded for a thread, deleted with it."""

from __future__ import annotations

import mimetypes
from pathlib import Path

import msgspec
from openai import AsyncOpenAI

from engine.ai import requests
from engine.ai.requests import FormFile

UNKNOWN_MIME = "application/octet-stream"


class UploadedFile(msgspec.Struct, frozen=True):
    """A file as OpenAI has it."""

    id: str
    bytes: int = 0


class Files:
    """Uploads and deletes. Raises our errors only; nothing here is billed."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def upload(self, path: Path, *, name: str, mime: str, purpose: str, expires_after_s: int) -> UploadedFile:
        """Uploads from the disk, a piece at a time. `mime` "" is guessed from the name; `purpose`: user_data, vision.

        Raises UnreadableFileError (gone: there is no such file here; too_large: OpenAI does not take it).
        """
        async with requests.handles(path) as (handle,):
            response = await requests.sent(
                self._client,
                "POST",
                "/files",
                {"purpose": purpose, "expires_after": {"anchor": "created_at", "seconds": expires_after_s}},
                files=[FormFile("file", name, handle, mime or guessed_mime(name))],
            )
        return await requests.decoded(response.content, UploadedFile)

    async def delete(self, file_id: str) -> bool:
        """Deletes it, out of vector stores too; False where OpenAI did not have it."""
        return await requests.deleted(self._client, f"/files/{file_id}")


def guessed_mime(name: str) -> str:
    """The media type that a name's ending stands for."""
    return mimetypes.guess_type(name)[0] or UNKNOWN_MIME
