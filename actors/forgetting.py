"""The job that forgets: everything of a conversation is deleted, at OpenAI and here, except what it has cost."""

from __future__ import annotations

import sqlite3
from collections import Counter
from functools import partial

import anyio
from loguru import logger

from actors.alerts import alerts
from actors.events import ErrandFailed, Forgotten
from actors.fetching import Fetching
from actors.heavy import in_thread
from actors.orders import ForgetOrder
from actors.preferences import conversation_scope, person_scope
from actors.unpacking import Looks
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.errors import GpttgError
from engine.runtime.behaviour import Job, JobResult
from engine.runtime.janitor import Janitor
from engine.store import cached, forget, remote
from engine.store.database import Database

DELETIONS_AT_ONCE = 8
STOPPING_S, LOOK_EVERY_S = 60.0, 0.2
"""How long, and how often, it looks whether what has been stopped is over: it may write until then."""


class Forgetting:
    """The body of jobs of kind "forget". What OpenAI does not delete at once is left to the janitor, and told."""

    def __init__(self, database: Database, janitor: Janitor, fetching: Fetching, looks: Looks, clock: Clock) -> None:
        self._database = database
        self._looks = looks
        self._fetching = fetching
        self._janitor = janitor
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(ForgetOrder)
        key, now = job.conversation, self._clock()
        mark = partial(forget.mark, conversation=key, thread=order.thread, forgetting=job.id, now=now)
        things = await self._database.write(mark)
        deleted: Counter[str] = Counter()
        limiter = anyio.Semaphore(DELETIONS_AT_ONCE)

        async def delete(thing: remote.Deletion) -> None:
            async with limiter:
                try:
                    await self._janitor.delete(thing)
                except GpttgError as error:
                    logger.warning("{} {} can't be deleted at OpenAI: {}", thing.kind, thing.id, error)
                    deleted["left"] += 1
                else:
                    deleted[thing.kind] += 1

        async with anyio.create_task_group() as tasks:
            for thing in things:
                tasks.start_soon(delete, thing)
        with anyio.move_on_after(STOPPING_S):
            stopping = partial(forget.is_stopping, conversation=key, forgetting=job.id)
            while await self._database.read(stopping):  # noqa: ASYNC110
                await anyio.sleep(LOOK_EVERY_S)
        self._looks.forget(key)
        await self._fetching.forget(await self._database.read(partial(cached.only_of, conversation=key)))
        made = await self._database.read(partial(forget.makers, conversation=key, forgetting=job.id))
        await in_thread(self._fetching.media.forget, made)
        turns = await self._database.write(lambda db: _clear(db, job, order))
        self._janitor.changed()
        event = Forgotten(
            at=self._clock(),
            job=job.id,
            turns=turns,
            responses=deleted["response"],
            files=deleted["file"],
            stores=deleted["vector_store"],
            containers=deleted["container"],
            left=deleted["left"],
        )
        return JobResult(event)

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = ErrandFailed(at=now, job=job.id, kind="forget", reason="crash")
        return JobResult(event, posts=alerts("crash", job.id, now))


def _clear(db: sqlite3.Connection, job: Job, order: ForgetOrder) -> int:
    scopes = [conversation_scope(job.conversation)]
    people = []
    if place(job.conversation).is_private:
        scopes.append(person_scope(order.person.id))
        people.append(order.person.id)
    return forget.clear(db, job.conversation, order.thread, scopes, people)
