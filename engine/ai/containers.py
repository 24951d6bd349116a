"""Containers: the machines in which OpenAI's code interpreter works, one for each thread that calculates."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import anyio
import httpx2
import msgspec
from openai import AsyncOpenAI

from engine.ai import errors, requests
from engine.core.errors import OutageError, TransientError, UnreadableFileError

MEMORY = "1g"
"""The smallest and cheapest: `container-1g` in prices.toml."""
DOWNLOAD_TOTAL_S = 600.0
"""The longest that one file may take."""
_GONE = frozenset({"expired", "deleted"})


class _Container(msgspec.Struct):
    id: str
    status: str | None = None


class _ContainerFile(msgspec.Struct):
    path: str


class Containers:
    """Raises our errors only. A container is paid for when it is made."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(self, *, name: str, idle_minutes: int) -> str:
        """A new container's id. It ends, with its files, when nobody has used it for so many minutes."""
        body = {
            "name": name,
            "memory_limit": MEMORY,
            "expires_after": {"anchor": "last_active_at", "minutes": idle_minutes},
        }
        response = await requests.sent(self._client, "POST", "/containers", body, is_billed=True)
        return (await requests.decoded(response.content, _Container, is_billed=True)).id

    async def alive(self, container_id: str) -> bool:
        """Whether code can still be run in it."""
        container = await requests.found(self._client, f"/containers/{container_id}", _Container)
        return container is not None and container.status not in _GONE

    async def add(self, container_id: str, file_id: str) -> str:
        """Copies an uploaded file into it; where the code finds it."""
        response = await requests.sent(self._client, "POST", f"/containers/{container_id}/files", {"file_id": file_id})
        return (await requests.decoded(response.content, _ContainerFile)).path

    async def download(self, container_id: str, file_id: str, path: Path, *, most_bytes: int) -> int:
        """Brings a file that code has written to `path`, whole or not at all; its length in bytes.

        Raises UnreadableFileError (too_large), RefusedError where the container has ended, OutageError, and
        TransientError where the disk does not take it. Nothing is left on the disk then.
        """
        growing = anyio.Path(path.with_name(f"{path.name}.part"))
        source = f"/containers/{quote(container_id, safe='')}/files/{quote(file_id, safe='')}/content"
        try:
            with anyio.fail_after(DOWNLOAD_TOTAL_S):
                accepted = {"Accept": "application/binary"}
                response = await requests.begun(self._client, "GET", source, headers=accepted)
                async with requests.pieces(response) as pieces:
                    size = await _written(response.headers, pieces, growing, most_bytes)
            await growing.replace(path)
        except TimeoutError as error:
            raise OutageError(code="slow download") from error
        except httpx2.HTTPError as error:
            raise errors.translated(error, is_billed=False) from error
        except OSError as error:
            raise TransientError(code=errno.errorcode.get(error.errno or 0, type(error).__name__)) from error
        finally:
            with anyio.CancelScope(shield=True), suppress(OSError):
                await growing.unlink(missing_ok=True)
        return size

    async def delete(self, container_id: str) -> bool:
        """Ends it; False where OpenAI did not have it."""
        return await requests.deleted(self._client, f"/containers/{container_id}")


async def _written(headers: httpx2.Headers, pieces: AsyncIterator[bytes], target: anyio.Path, most_bytes: int) -> int:
    """Writes the body to the disk, outside the event loop; how long it was."""
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise UnreadableFileError(code="too_large")
    size = 0
    async with await anyio.open_file(target, "wb") as file:
        async for piece in pieces:
            size += len(piece)
            if size > most_bytes:
                raise UnreadableFileError(code="too_large")
            await file.write(piece)
    return size
