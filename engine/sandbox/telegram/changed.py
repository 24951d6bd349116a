"""The sandbox's bell: a version number that grows with every visible change, and a way to await the next one."""

from __future__ import annotations

import asyncio


class Changed:
    """Level-triggered: whoever says which version they have seen can't miss a change."""

    def __init__(self) -> None:
        self.version = 0
        self._waiting: set[asyncio.Future[int]] = set()

    def ring(self) -> None:
        """Something visible is different now."""
        self.version += 1
        if self._waiting:
            waiting, self._waiting = self._waiting, set()
            for future in waiting:
                if not future.done():
                    future.set_result(self.version)

    async def wait(self, since: int | None = None) -> int:
        """Return the version as soon as it is above `since` (default: the version at the time of the call)."""
        if since is not None and self.version > since:
            return self.version
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            return await future
        finally:
            self._waiting.discard(future)
