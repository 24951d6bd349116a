"""Tasks that take up the next work where one has ended: making a task costs several times what short work does.

A task of anyio's has a handle, a cancel scope and two events of its own; an event that an actor handles, a row that is
sent, needs none of them. Lifetimes stay visible: all of a crew's tasks are in the group that it was made with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from anyio.abc import TaskGroup

RESTING_MOST = 64
"""Tasks that wait for work; those that become free beyond that end."""

Work = Callable[..., Awaitable[None]]


class Crew:
    """Starts work in a task group. Whatever the work leaves in its context, the next work in that task sees."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._resting: list[asyncio.Future[tuple[Work, tuple[Any, ...]]]] = []

    def start_soon(self, work: Work, *arguments: Any) -> None:
        """As TaskGroup.start_soon."""
        while self._resting:
            rest = self._resting.pop()
            if not rest.done():  # cancelled, with its task
                rest.set_result((work, arguments))
                return
        self._tasks.start_soon(self._live, work, arguments)

    async def _live(self, work: Work, arguments: tuple[Any, ...]) -> None:
        while True:
            await work(*arguments)
            if len(self._resting) >= RESTING_MOST:
                return
            rest = asyncio.get_running_loop().create_future()
            self._resting.append(rest)
            work, arguments = await rest
