"""Vector stores: where large documents lie so that the model can search them (file_search)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import anyio
import msgspec
from openai import AsyncOpenAI

from engine.ai import requests
from engine.core.errors import OutageError

LOOK_FIRST_S = 0.5
LOOK_MOST_S = 10.0
INDEX_TOTAL_S = 600.0
"""How often, and how long, documents that are being read in are looked at."""
PAGE = 100
PAGES_MOST = 20
"""A batch holds 2,000 files at most."""
STORE_PAGES_MOST = 200
_BETA = {"OpenAI-Beta": "assistants=v2"}
_UNUSABLE = frozenset({"failed", "cancelled"})


class _Store(msgspec.Struct):
    id: str
    name: str | None = None
    status: str | None = None
    usage_bytes: int | None = None
    expires_at: float | None = None


class _Counts(msgspec.Struct):
    completed: int | None = None
    total: int | None = None


class _Batch(msgspec.Struct):
    id: str
    status: str | None = None
    file_counts: _Counts | None = None


class _File(msgspec.Struct):
    id: str
    status: str | None = None


class _StorePage(msgspec.Struct):
    data: list[_Store]
    has_more: bool | None = None


class _Page(msgspec.Struct):
    data: list[_File]
    has_more: bool | None = None


class Measured(NamedTuple):
    """What a store takes up at OpenAI (None where it has expired), and its end: put off whenever it is used."""

    bytes: int | None
    expires_at: datetime | None


class VectorStores:
    """Raises our errors only. What a search costs is counted with the answer that searches."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(self, *, name: str, days: int, metadata: Mapping[str, str]) -> str:
        """A new store's id. OpenAI deletes it when nobody has used it for so many days."""
        body = {
            "name": name,
            "expires_after": {"anchor": "last_active_at", "days": days},
            "metadata": dict(metadata),
        }
        response = await requests.sent(self._client, "POST", "/vector_stores", body, headers=_BETA)
        return (await requests.decoded(response.content, _Store)).id

    async def named(self, name: str) -> str | None:
        """The store that was made under this name, if OpenAI has it: who was cut off while it was made knows no id."""
        stores = [store async for store in self._all() if store.name == name and store.status != "expired"]
        return stores[0].id if stores else None

    async def alive(self, store_id: str) -> bool:
        """Whether OpenAI still has it, and what was in it."""
        store = await requests.found(self._client, f"/vector_stores/{store_id}", _Store, headers=_BETA)
        return store is not None and store.status != "expired"

    async def add(self, store_id: str, file_ids: Sequence[str]) -> set[str]:
        """Puts uploaded files into a store and waits until they can be searched; the ids of those that can't be.

        Raises OutageError where that takes longer than INDEX_TOTAL_S.
        """
        if not file_ids:
            return set()
        path = f"/vector_stores/{store_id}/file_batches"
        response = await requests.sent(self._client, "POST", path, {"file_ids": list(file_ids)}, headers=_BETA)
        batch = await self._ended(path, await requests.decoded(response.content, _Batch))
        counts = batch.file_counts or _Counts()
        if batch.status == "completed" and counts.completed == counts.total == len(file_ids):
            return set()
        return await self._unusable(f"{path}/{batch.id}/files") & set(file_ids)

    async def measured(self) -> dict[str, Measured]:
        """All stores of the account, by id: 100 with one request."""
        found: dict[str, Measured] = {}
        async for store in self._all():
            ends = None if store.expires_at is None else datetime.fromtimestamp(store.expires_at, UTC)
            found[store.id] = Measured(None if store.status == "expired" else store.usage_bytes, ends)
        return found

    async def delete(self, store_id: str) -> bool:
        """Deletes the store, not the files in it; False where OpenAI did not have it."""
        return await requests.deleted(self._client, f"/vector_stores/{store_id}", headers=_BETA)

    async def _all(self) -> AsyncIterator[_Store]:
        """The newest first."""
        query = {"limit": str(PAGE)}
        for _ in range(STORE_PAGES_MOST):
            response = await requests.sent(self._client, "GET", "/vector_stores", query=query, headers=_BETA)
            page = await requests.decoded(response.content, _StorePage)
            for store in page.data:
                yield store
            if not page.has_more or not page.data:
                break
            query["after"] = page.data[-1].id

    async def _ended(self, path: str, batch: _Batch) -> _Batch:
        wait_s = LOOK_FIRST_S
        with anyio.move_on_after(INDEX_TOTAL_S):
            while batch.status == "in_progress":
                await anyio.sleep(wait_s)
                wait_s = min(wait_s * 2, LOOK_MOST_S)
                response = await requests.sent(self._client, "GET", f"{path}/{batch.id}", headers=_BETA)
                batch = await requests.decoded(response.content, _Batch)
            return batch
        raise OutageError(code="still indexing")

    async def _unusable(self, path: str) -> set[str]:
        failed: set[str] = set()
        query = {"limit": str(PAGE)}
        for _ in range(PAGES_MOST):
            response = await requests.sent(self._client, "GET", path, query=query, headers=_BETA)
            page = await requests.decoded(response.content, _Page)
            failed |= {file.id for file in page.data if file.status in _UNUSABLE}
            if not page.has_more or not page.data:
                break
            query["after"] = page.data[-1].id
        return failed
