"""Files at OpenAI: uploaded for a thread, deleted with it."""

from __future__ import annotations

from pathlib import Path

import anyio
from openai import AsyncOpenAI

from engine.ai import requests
from engine.ai.requests import FormFile
from engine.ai.uploads import Unlogged, UploadedFile, UploadLog, Uploads
from engine.core.errors import UnreadableFileError
from engine.core.files import UNKNOWN_MIME, media_type

__all__ = ["PARTS_ABOVE_BYTES", "UNKNOWN_MIME", "Files", "UploadedFile", "guessed_mime"]


PARTS_ABOVE_BYTES = 64 * 1024 * 1024
"""A larger file goes in parts: a failure costs one of them, and Stop does not wait for the rest."""


class Files:
    """Uploads and deletes. Raises our errors only; nothing here is billed."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._uploads = Uploads(client)

    async def upload(
        self, path: Path, *, name: str, mime: str, purpose: str, expires_after_s: int, log: UploadLog | None = None
    ) -> UploadedFile:
        """Uploads from the disk, a piece at a time. `mime` "" is guessed from the name; `purpose`: user_data, vision.
        A large one goes on where `log` says that an earlier attempt was cut off.

        Raises UnreadableFileError (gone: there is no such file here; too_large: OpenAI does not take it).
        """
        mime = mime or guessed_mime(name)
        size = await _size(path)
        if size > PARTS_ABOVE_BYTES:
            return await self._uploads.upload(
                path,
                size=size,
                name=name,
                mime=mime,
                purpose=purpose,
                expires_after_s=expires_after_s,
                log=log or Unlogged(),
            )
        async with requests.handles(path) as (handle,):
            response = await requests.sent(
                self._client,
                "POST",
                "/files",
                {"purpose": purpose, "expires_after": {"anchor": "created_at", "seconds": expires_after_s}},
                files=[FormFile("file", name, handle, mime)],
            )
        return await requests.decoded(response.content, UploadedFile)

    async def delete(self, file_id: str) -> bool:
        """Deletes it, out of vector stores too; False where OpenAI did not have it."""
        return await requests.deleted(self._client, f"/files/{file_id}")


async def _size(path: Path) -> int:
    try:
        return (await anyio.Path(path).stat()).st_size
    except OSError as error:
        raise UnreadableFileError(code="gone") from error


def guessed_mime(name: str) -> str:
    """The media type that a name's ending stands for."""
    return media_type("", name, 0) or UNKNOWN_MIME
