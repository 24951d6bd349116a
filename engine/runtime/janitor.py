"""The janitor: what lay at OpenAI for a conversation is deleted there when its thread has ended, and tried again for as
long as that fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import anyio
from loguru import logger

from engine.core.clock import Clock, to_micros
from engine.core.errors import GpttgError
from engine.store import remote
from engine.store.database import Database

RETRY_FIRST_S = 30.0
RETRY_MOST_S = 6 * 3600.0
"""Waits between attempts at one deletion: doubled each time up to the most."""
TRIES = 60
"""About two weeks of attempts; after them OpenAI's own expiry (30 days) must do."""

Deleter = Callable[[str], Awaitable[bool]]
"""Deletes the thing with that id at OpenAI; False if OpenAI did not have it. Raises our errors."""


class Janitor:
    """Deletes what is due, oldest first."""

    def __init__(self, database: Database, deleters: Mapping[str, Deleter], clock: Clock) -> None:
        self._database = database
        self._deleters = deleters
        self._clock = clock
        self._changed = anyio.Event()
        self.busy = False
        """whether something is being deleted at this moment"""

    def changed(self) -> None:
        """There is something to delete."""
        self._changed.set()

    async def run(self) -> None:
        """Never ends."""
        while True:
            self._changed = anyio.Event()
            await self._sweep()
            next_due = await self._database.read(remote.next_due)
            if next_due is None:
                await self._changed.wait()
                continue
            with anyio.move_on_after(max(0.0, (next_due - to_micros(self._clock())) / 1e6)):
                await self._changed.wait()

    async def _sweep(self) -> None:
        self.busy = True
        try:
            while things := await self._database.read(partial(remote.due, now=self._clock())):
                for thing in things:
                    await self._delete(thing)
        finally:
            self.busy = False

    async def delete(self, thing: remote.Deletion) -> None:
        """Deletes one thing now. Raises our errors; then it is tried again, if it is due."""
        await self._deleters[thing.kind](thing.id)
        await self._database.write(partial(remote.drop, thing_id=thing.id, now=self._clock()))

    async def _delete(self, thing: remote.Deletion) -> None:
        try:
            await self.delete(thing)
        except GpttgError as error:
            logger.warning("{} {} can't be deleted at OpenAI: {}", thing.kind, thing.id, error)
            if thing.tries + 1 < TRIES:
                wait_s = min(RETRY_FIRST_S * 2**thing.tries, RETRY_MOST_S)
                await self._database.write(partial(remote.put_off, thing_id=thing.id, now=self._clock(), wait_s=wait_s))
                return
            logger.error("{} {} is left to OpenAI's own expiry after {} attempts", thing.kind, thing.id, TRIES)
            await self._database.write(partial(remote.drop, thing_id=thing.id, now=self._clock()))
