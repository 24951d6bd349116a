"""Large files on their way to OpenAI: in parts, a few at once, each asked for again alone when it fails."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
from loguru import logger
from openai import AsyncOpenAI

from engine.ai import requests
from engine.ai.requests import FormFile
from engine.ai.retries import with_retries
from engine.core.errors import CutStreamError, GpttgError, UnreadableFileError

PART_BYTES = 8 * 1024 * 1024
"""OpenAI takes up to 64 MB for a part."""
PARTS_AT_ONCE = 3
"""Parts in memory and under way at the same moment, over all uploads: 24 MiB."""
CANCEL_S = 10.0
"""How long an upload that is given up waits for its end at OpenAI, which forgets it after an hour anyway."""


class UploadedFile(msgspec.Struct, frozen=True):
    """A file as OpenAI has it."""

    id: str
    bytes: int = 0


class _Upload(msgspec.Struct):
    id: str
    file: UploadedFile | None = None


class _Part(msgspec.Struct):
    id: str


class Uploads:
    """OpenAI's Uploads API. Raises our errors only; nothing here is billed."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._slots = anyio.Semaphore(PARTS_AT_ONCE)

    async def upload(
        self, path: Path, *, size: int, name: str, mime: str, purpose: str, expires_after_s: int
    ) -> UploadedFile:
        """Uploads `size` bytes from the disk. What fails or is cancelled is given up at OpenAI, too.

        Raises UnreadableFileError (gone: there is no such file here, or it is shorter now; too_large).
        """
        body = {
            "filename": name,
            "purpose": purpose,
            "bytes": size,
            "mime_type": mime,
            "expires_after": {"anchor": "created_at", "seconds": expires_after_s},
        }
        response = await requests.sent(self._client, "POST", "/uploads", body)
        upload = await requests.decoded(response.content, _Upload)
        is_done = False
        try:
            ids = await self._parts(upload.id, path, size)
            file = await self._completed(upload.id, ids)
            is_done = True
        finally:
            if not is_done:
                await self._give_up(upload.id)
        return file

    async def _parts(self, upload_id: str, path: Path, size: int) -> list[str]:
        """The ids of all parts, in the file's order. After the first failure no other part is begun."""
        starts = range(0, size, PART_BYTES)
        ids = [""] * len(starts)
        failures: list[GpttgError] = []
        waiting = iter(enumerate(starts))

        async def work(cancel: Callable[[], None]) -> None:
            for number, start in waiting:
                try:
                    async with self._slots:
                        ids[number] = await self._part(upload_id, path, start, min(PART_BYTES, size - start))
                except GpttgError as error:
                    failures.append(error)
                    cancel()

        async with anyio.create_task_group() as tasks:
            for _ in range(min(PARTS_AT_ONCE, len(starts))):
                tasks.start_soon(work, tasks.cancel_scope.cancel)
        if failures:
            raise failures[0]
        return ids

    async def _part(self, upload_id: str, path: Path, start: int, length: int) -> str:
        content = await anyio.to_thread.run_sync(_read, path, start, length)

        async def attempt() -> str:
            form = [FormFile("data", f"part-{start}", io.BytesIO(content), "application/octet-stream")]
            response = await requests.sent(self._client, "POST", f"/uploads/{upload_id}/parts", files=form)
            return (await requests.decoded(response.content, _Part)).id

        return await with_retries(attempt)

    async def _completed(self, upload_id: str, ids: list[str]) -> UploadedFile:
        complete = partial(requests.sent, self._client, "POST", f"/uploads/{upload_id}/complete", {"part_ids": ids})
        upload = await requests.decoded((await with_retries(complete)).content, _Upload)
        if upload.file is None:
            raise CutStreamError(code="upload without a file")
        return upload.file

    async def _give_up(self, upload_id: str) -> None:
        with anyio.move_on_after(CANCEL_S, shield=True):
            try:
                await requests.sent(self._client, "POST", f"/uploads/{upload_id}/cancel")
            except GpttgError as error:
                logger.debug("upload {} was not cancelled: {}", upload_id, error)


def _read(path: Path, start: int, length: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(start)
            content = b""
            while len(content) < length and (piece := file.read(length - len(content))):
                content += piece
    except OSError as error:
        raise UnreadableFileError(code="gone") from error
    if len(content) < length:
        raise UnreadableFileError("shorter than it was", code="gone")
    return content
