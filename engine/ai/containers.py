"""The code interpreter's containers: made, given files, asked for what was made in them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import anyio
from openai import AsyncOpenAI

from engine.ai.errors import missing_is_gone, translating
from engine.core.errors import RefusedError

ALIVE = frozenset({"running", "active"})
"""What OpenAI says of a container that can be used."""
CHUNK_BYTES = 256 * 1024


class Containers:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(self, *, name: str, idle_minutes: int) -> str:
        """A new container of 1 GB, which lives for so many minutes without use; its id. It is paid for from now on."""
        with translating(is_billed=True):
            made = await self._client.containers.create(
                name=name, expires_after={"anchor": "last_active_at", "minutes": idle_minutes}
            )
        return made.id

    async def alive(self, container_id: str) -> bool:
        """Whether it can still be used."""
        with missing_is_gone():
            found = await self._client.containers.retrieve(container_id)
            return found.status in ALIVE
        return False

    async def add(self, container_id: str, file_id: str) -> str:
        """Puts an uploaded file into it; the path there."""
        with translating(is_billed=False):
            added = await self._client.containers.files.create(container_id, file_id=file_id)
        return added.path

    async def download(self, container_id: str, file_id: str, target: Path, *, most_bytes: int) -> int:
        """Brings a file out of it to the disk; its size. RefusedError where it is larger than `most_bytes`: nothing of
        it is left then, nor after any other failure."""
        content = self._client.containers.files.content.with_streaming_response
        written, is_whole = 0, False
        try:
            with translating(is_billed=False):
                async with (
                    content.retrieve(file_id, container_id=container_id) as response,
                    await anyio.open_file(target, "wb") as file,
                ):
                    async for chunk in response.iter_bytes(CHUNK_BYTES):
                        written += len(chunk)
                        if written > most_bytes:
                            raise RefusedError(code="file_too_large")
                        await file.write(chunk)
            is_whole = True
        finally:
            if not is_whole:
                with anyio.CancelScope(shield=True), suppress(OSError):
                    await anyio.Path(target).unlink(missing_ok=True)
        return written

    async def delete(self, container_id: str) -> bool:
        """Deletes it; False if OpenAI did not have it (any more)."""
        with missing_is_gone():
            await self._client.containers.delete(container_id)
            return True
        return False
