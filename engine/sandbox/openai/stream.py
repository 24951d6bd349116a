"""Sends a response's events to one client, when they are due."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import anyio
import anyio.lowlevel

from engine.sandbox.openai.body import StreamedBody
from engine.sandbox.openai.events import Step, steps_of
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.seen import Outcome
from engine.sandbox.openai.told import Connection


class EventStream(StreamedBody):
    """One SSE frame for each event, none before it is due."""

    def __init__(
        self,
        response: LocalResponse,
        connection: Connection | None,
        on_sent: Callable[[LocalResponse, Step], None],
        on_left: Callable[[LocalResponse, Outcome], None],
        starting_after: int = -1,
    ) -> None:
        super().__init__(connection)
        self._response = response
        self._on_sent = on_sent
        self._on_left = on_left
        self._steps: Iterator[Step] = steps_of(response)
        self._skip = starting_after
        self._number = -1
        self._has_sent_last = False

    async def _next_frame(self) -> bytes | None:
        step = self._next_step()
        if step is None or not await self._is_still_there_at(step.due_s):
            return None
        self._sent += 1
        self._has_sent_last = step.is_terminal
        self._on_sent(self._response, step)  # settles the response first, so that a terminal event shows its end
        return step.render(self._number)

    def _next_step(self) -> Step | None:
        for step in self._steps:
            self._number += 1
            if self._number > self._skip:
                return step
        return None

    async def _is_still_there_at(self, due_s: float) -> bool:
        """Wait until a step is due; False when the response was cancelled or deleted meanwhile."""
        response = self._response
        wait_s = response.started_s + due_s - anyio.current_time() if due_s else 0.0
        if not response.is_background:
            await anyio.sleep(max(wait_s, 0))
            return True
        if wait_s > 0:
            with anyio.move_on_after(wait_s):
                await response.gone.wait()
        else:
            await anyio.lowlevel.checkpoint()
        return not response.gone.is_set()

    def _has_sent_all(self) -> bool:
        return self._has_sent_last

    def _left(self, outcome: Outcome) -> None:
        self._on_left(self._response, outcome)
