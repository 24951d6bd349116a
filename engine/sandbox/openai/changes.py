"""A level-triggered wake-up: every change of the local OpenAI counts up, and whoever waits looks again."""

from __future__ import annotations

from collections.abc import Callable

import anyio


class Changes:
    """A version that only grows; waiting for it cannot miss a change that has already happened."""

    def __init__(self) -> None:
        self.version = 0
        self._waiters: list[anyio.Event] = []

    def bump(self) -> None:
        """Say that something changed."""
        self.version += 1
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter.set()

    async def wait(self, since: int) -> int:
        """Return the version as soon as it is later than `since`."""
        while self.version <= since:
            waiter = anyio.Event()
            self._waiters.append(waiter)
            await waiter.wait()
        return self.version

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Return as soon as `is_so()` holds, looking again after every change."""
        while True:
            version = self.version
            if is_so():
                return
            await self.wait(since=version)
