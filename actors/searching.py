"""Searching: documents that are too large to be read lie in vector stores at OpenAI, for the model to search.

Each person has one in a thread, so that the storage is charged to whose documents are in it (by actors/desk/storing.py,
which gives up what the budget does not allow to keep).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import NamedTuple

from actors.asking import Provisions
from actors.orders import AnswerOrder
from actors.wording import one_line
from engine.ai.retries import with_retries
from engine.ai.vector_stores import VectorStores
from engine.core.clock import Clock
from engine.runtime.behaviour import Job
from engine.store import outbox, remote, stored
from engine.store.database import Database

STORE_DAYS = 7
"""How long OpenAI keeps a vector store that nobody uses."""
STORES_SEARCHED = 2
"""OpenAI refuses more in one request (2026-07; its documentation does not say so)."""


class Document(NamedTuple):
    """An uploaded file. `whole`: the name of the file that it is a part of."""

    file_id: str
    name: str
    whole: str


class Searching:
    """Keeps the stores."""

    def __init__(self, database: Database, stores: VectorStores, clock: Clock) -> None:
        self._database = database
        self._stores = stores
        self._clock = clock

    async def provide(
        self, job: Job, order: AnswerOrder, provisions: Provisions, documents: Sequence[Document]
    ) -> None:
        """The asker's store in this thread, made for their first large document, used as long as it lives; and
        another's, so that a group can ask about its documents."""
        given_up = partial(stored.given_up, conversation=job.conversation, thread=order.thread)
        if lost := await self._database.read(given_up):
            await self._database.write(partial(stored.tell, store_ids=lost))
            provisions.unread.append(("unpaid", ""))
            provisions.notes.append("[Documents that were searched before are gone: there is no budget to keep them]")
        stores, own = await self._kept(job, order)
        if documents and own is None:
            own = await self._new_store(job)
            thing = remote.Thing(own, "vector_store", job.conversation, order.thread, order.person.id, stored.STORE)
            await self._database.write(partial(remote.keep, thing=thing, now=self._clock(), expires_at=self._until()))
            stores = [own, *stores][:STORES_SEARCHED]
        if not stores:
            return
        for store in stores:
            used = partial(stored.use, store_id=store, expires_at=self._until())
            await self._database.write(used)
        if documents and own is not None:
            add = partial(self._stores.add, own, [one.file_id for one in documents])
            failed = await with_retries(add)
            added = [one.file_id for one in documents if one.file_id not in failed]
            await self._database.write(partial(stored.grow, store_id=own, file_ids=added))
            provisions.unread += [("corrupt", one.name) for one in documents if one.file_id in failed]
            found = dict.fromkeys(one.whole for one in documents if one.file_id not in failed)
            names = ", ".join(map(one_line, found))
            provisions.notes.append(f"[These documents can be searched with file_search: {names}]")
        provisions.tools.append({"type": "file_search", "vector_store_ids": stores})

    async def _new_store(self, job: Job) -> str:
        """Its name is this job's alone: what an attempt has made that was cut off is found, not made again."""
        secret = await self._database.read(outbox.installation_secret)
        name = f"gpttg-{blake2b(job.id.encode(), key=secret, digest_size=16, person=b'store').hexdigest()}"
        tried = itertools.count(job.attempt)

        async def create() -> str:
            found = await self._stores.named(name) if next(tried) > 1 else None
            return found or await self._stores.create(name=name, days=STORE_DAYS, metadata={"job": job.id})

        return await with_retries(create)

    async def _kept(self, job: Job, order: AnswerOrder) -> tuple[list[str], str | None]:
        """The thread's stores that can be searched, as far as OpenAI has them; and which of them is the asker's."""
        until = self._clock() + timedelta(hours=1)
        kept = await self._database.read(
            partial(
                stored.of_thread,
                conversation=job.conversation,
                thread=order.thread,
                person_id=order.person.id,
                at=until,
            )
        )
        alive: dict[str, bool] = {}
        for store, is_own in kept:
            if len(alive) == STORES_SEARCHED:
                break
            if await with_retries(partial(self._stores.alive, store)):
                alive[store] = is_own
            else:
                await self._database.write(partial(remote.drop, thing_id=store, now=self._clock()))
        return list(alive), next((store for store, is_own in alive.items() if is_own), None)

    def _until(self) -> datetime:
        """When OpenAI lets a store go that is used now."""
        return self._clock() + timedelta(days=STORE_DAYS)
