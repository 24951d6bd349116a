"""Recordings are kept for RECORD_DAYS, files as long as `engine.store.media` says: once an hour what is older is
dropped."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import anyio

from engine.core.clock import Clock
from engine.store import recording
from engine.store.database import Database
from engine.store.media import Media

EVERY_S = 3600.0
TRANSACTIONS_MOST = 10_000
"""In one sweep; what is left then is dropped by the next."""
PAUSE_S = 0.1
"""Between two transactions that drop rows: people's messages come first."""


class Pruning:
    """Drops what is too old, a little at a time."""

    def __init__(self, database: Database, media: Media, days: int, clock: Clock) -> None:
        self._database = database
        self._media = media
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Never ends."""
        while True:
            await self.sweep()
            await anyio.sleep(EVERY_S)

    async def sweep(self) -> None:
        """Drops all that is too old now, and needed by nobody."""
        await anyio.to_thread.run_sync(self._media.sweep)
        before = self._clock() - timedelta(days=self._days)
        for _ in range(TRANSACTIONS_MOST):
            if not await self._database.write(partial(recording.prune, before=before)):
                return
            await anyio.sleep(PAUSE_S)
