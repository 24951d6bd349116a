"""Large files on their way to OpenAI: in parts, a few at once, each asked for again alone when it fails.

    found in the log ─► still alive? ─► the parts that are missing ─► complete ─► file
          │ no                │ no: given up            ▲
          └───────────────────┴──► begin ─► log ────────┘

The log is on disk: a killed process goes on where it was. What fails, or nobody wants any more, is given up at OpenAI.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

import anyio
import anyio.to_thread
import msgspec
from loguru import logger
from openai import AsyncOpenAI

from engine.ai import requests
from engine.ai.requests import FormFile
from engine.ai.retries import with_retries
from engine.core.errors import CutStreamError, GpttgError, RefusedError, UnreadableFileError
from engine.core.uploads import BegunUpload

PART_BYTES = 8 * 1024 * 1024
"""OpenAI takes up to 64 MB for a part."""
PARTS_AT_ONCE = 3
"""Parts in memory and under way at the same moment, over all uploads: 24 MiB."""
LIVES_S = 3_600.0
"""OpenAI forgets an upload an hour after it was begun (its API reference)."""
LIVES_LEAST_S = 120.0
"""What is forgotten sooner is not worth going on with."""
CANCEL_S = 10.0
"""How long an upload that is given up waits for its end at OpenAI, which forgets it after an hour anyway."""


class UploadedFile(msgspec.Struct, frozen=True):
    """A file as OpenAI has it."""

    id: str
    bytes: int = 0


class UploadLog(Protocol):
    """Where one upload is written down."""

    @property
    def is_unwanted(self) -> bool:
        """Whether what is cancelled now is to be given up; else the next process goes on with it."""
        ...

    async def found(self) -> BegunUpload | None:
        """What an earlier attempt has left."""
        ...

    async def began(self, upload: BegunUpload) -> None:
        """It is under way."""
        ...

    async def came(self, number: int, part_id: str) -> None:
        """OpenAI has this part."""
        ...

    async def ended(self) -> None:
        """It is given up. (When it has become a file, whoever notes the file notes that, too.)"""
        ...


class Unlogged:
    """For what nobody goes on with."""

    is_unwanted = True

    async def found(self) -> None:
        """See UploadLog."""

    async def began(self, upload: BegunUpload) -> None:
        """See UploadLog."""

    async def came(self, number: int, part_id: str) -> None:
        """See UploadLog."""

    async def ended(self) -> None:
        """See UploadLog."""


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
        self, path: Path, *, size: int, name: str, mime: str, purpose: str, expires_after_s: int, log: UploadLog
    ) -> UploadedFile:
        """Uploads `size` bytes from the disk, from where `log` says that it was. What fails is given up at OpenAI, too.

        Raises UnreadableFileError (gone: there is no such file here, or it is shorter now; too_large).
        """
        if (left := await self._left(log, size)) is not None:
            try:
                return await self._finished(left, path, log)
            except UnreadableFileError:
                raise
            except RefusedError as refused:  # completed just before a kill, expired meanwhile, ...: begun anew
                logger.info("upload {} can't be gone on with: {}", left.id, refused)
        body = {
            "filename": name,
            "purpose": purpose,
            "bytes": size,
            "mime_type": mime,
            "expires_after": {"anchor": "created_at", "seconds": expires_after_s},
        }
        response = await requests.sent(self._client, "POST", "/uploads", body)
        begun = BegunUpload((await requests.decoded(response.content, _Upload)).id, size, PART_BYTES, LIVES_S)
        await log.began(begun)
        return await self._finished(begun, path, log)

    async def _left(self, log: UploadLog, size: int) -> BegunUpload | None:
        """What an earlier attempt has left, if it is still of use; else it is given up."""
        left = await log.found()
        if left is None or (left.bytes == size and left.lives_s >= LIVES_LEAST_S):
            return left
        await self._give_up(left, log)
        return None

    async def _finished(self, upload: BegunUpload, path: Path, log: UploadLog) -> UploadedFile:
        try:
            return await self._completed(upload.id, await self._parts(upload, path, log))
        except GpttgError:
            await self._give_up(upload, log)
            raise
        except anyio.get_cancelled_exc_class():
            if log.is_unwanted:
                await self._give_up(upload, log)
            raise

    async def _parts(self, upload: BegunUpload, path: Path, log: UploadLog) -> list[str]:
        """The ids of all parts, in the file's order. After the first failure no other part is begun."""
        starts = range(0, upload.bytes, upload.part_bytes)
        ids = [upload.parts.get(number, "") for number in range(len(starts))]
        failures: list[GpttgError] = []
        waiting = iter([number for number, known in enumerate(ids) if not known])

        async def work(cancel: Callable[[], None]) -> None:
            for number in waiting:
                length = min(upload.part_bytes, upload.bytes - starts[number])
                try:
                    async with self._slots:
                        ids[number] = await self._part(upload.id, path, starts[number], length)
                    await log.came(number, ids[number])
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

    async def _give_up(self, upload: BegunUpload, log: UploadLog) -> None:
        with anyio.move_on_after(CANCEL_S, shield=True):
            try:
                await requests.sent(self._client, "POST", f"/uploads/{upload.id}/cancel")
            except GpttgError as error:
                logger.debug("upload {} was not cancelled: {}", upload.id, error)
        with anyio.CancelScope(shield=True):
            await log.ended()


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
