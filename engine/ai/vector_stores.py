"""Vector stores: where documents lie that are searched instead of read."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from openai import AsyncOpenAI

from engine.ai.errors import missing_is_gone, translating
from engine.core.errors import OutageError

FILES_AT_ONCE = 500
"""Files added with one request; OpenAI takes up to 2,000."""
POLL_FIRST_S = 0.5
POLL_MOST_S = 5.0
INDEXING_MOST_S = 600.0
"""How often, and how long, files that are being indexed are looked at."""


class VectorStores:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def create(self, *, name: str, days: int, metadata: dict[str, str]) -> str:
        """A new store, which OpenAI deletes when nobody uses it for so many days; its id."""
        with translating(is_billed=False):
            made = await self._client.vector_stores.create(
                name=name, expires_after={"anchor": "last_active_at", "days": days}, metadata=metadata
            )
        return made.id

    async def alive(self, store_id: str) -> bool:
        """Whether it can still be searched."""
        with missing_is_gone():
            found = await self._client.vector_stores.retrieve(store_id)
            return found.status != "expired"
        return False

    async def add(self, store_id: str, file_ids: Sequence[str]) -> frozenset[str]:
        """Adds uploaded files and waits until they can be searched; those that OpenAI could not read.

        Raises OutageError when indexing takes longer than INDEXING_MOST_S.
        """
        failed: set[str] = set()
        for first in range(0, len(file_ids), FILES_AT_ONCE):
            with translating(is_billed=False):
                failed |= await self._added(store_id, list(file_ids[first : first + FILES_AT_ONCE]))
        return frozenset(failed)

    async def delete(self, store_id: str) -> bool:
        """Deletes it, not its files; False if OpenAI did not have it (any more)."""
        with missing_is_gone():
            await self._client.vector_stores.delete(store_id)
            return True
        return False

    async def _added(self, store_id: str, file_ids: list[str]) -> set[str]:
        batches = self._client.vector_stores.file_batches
        batch = await batches.create(store_id, file_ids=file_ids)
        wait_s = POLL_FIRST_S
        with anyio.move_on_after(INDEXING_MOST_S):
            while batch.status == "in_progress":
                await anyio.sleep(wait_s)
                wait_s = min(wait_s * 2, POLL_MOST_S)
                batch = await batches.retrieve(batch.id, vector_store_id=store_id)
        if batch.status == "in_progress":
            raise OutageError(code="vector_store_timeout")
        if not batch.file_counts.failed:
            return set()
        pages = batches.list_files(batch.id, vector_store_id=store_id, filter="failed")
        return {file.id async for file in pages}
