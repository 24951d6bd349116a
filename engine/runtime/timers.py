"""The timers: one task that sleeps until the next one is due and turns it into an event."""

from __future__ import annotations

from functools import partial

import anyio

from engine.core.clock import Clock
from engine.store import timers
from engine.store.database import Database
from engine.store.inbox import Accept


class Timers:
    """Waits for the next timer, whichever that is."""

    def __init__(self, database: Database, accept: Accept, clock: Clock) -> None:
        self._database = database
        self._accept = accept
        self._clock = clock
        self._changed = anyio.Event()

    def changed(self) -> None:
        """A timer was set or cleared."""
        self._changed.set()

    async def run(self) -> None:
        """Never ends."""
        while True:
            self._changed = anyio.Event()
            due = await self._database.read(timers.next_due)
            if due is None:
                await self._changed.wait()
                continue
            with anyio.move_on_after(max(0.0, (due - self._clock()).total_seconds())):
                await self._changed.wait()
            if self._clock() >= due:
                await self._accept(partial(timers.ring, now=self._clock()), ())
