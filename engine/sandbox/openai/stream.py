"""Sends a response's events to one client, when they are due, until the end, a told fault or the client's leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import anyio
import anyio.lowlevel

from engine.sandbox.openai.events import Step, steps_of
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.seen import Outcome
from engine.sandbox.openai.told import Connection
from engine.sandbox.openai.wire import ConnectionCut


class EventStream:
    """The body of a streamed answer: one SSE frame per chunk, none before it is due."""

    def __init__(
        self,
        response: LocalResponse,
        connection: Connection | None,
        on_sent: Callable[[LocalResponse, Step], None],
        on_left: Callable[[LocalResponse, Outcome], None],
        starting_after: int = -1,
    ) -> None:
        self._response = response
        self._connection = connection
        self._on_sent = on_sent
        self._on_left = on_left
        self._steps: Iterator[Step] = steps_of(response)
        self._skip = starting_after
        self._number = -1
        self._sent = 0
        self._is_over = False
        self._has_sent_last = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> bytes:
        if self._is_over:
            raise StopAsyncIteration
        try:
            return await self._next_frame()
        except StopAsyncIteration:
            raise
        except BaseException:  # cancelled while waiting: the client has gone
            self._leave("interrupted")
            raise

    async def aclose(self) -> None:
        """The client closes its side; nothing happens when the answer is already over."""
        self._leave("interrupted")

    async def _next_frame(self) -> bytes:
        connection = self._connection
        if connection is not None and self._sent >= connection.after_events:
            await self._break(connection)
        step = self._next_step()
        if step is None:
            self._leave("answered")
            raise StopAsyncIteration
        if not await self._is_still_there_at(step.due_s):
            self._leave("answered")
            raise StopAsyncIteration
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

    async def _break(self, connection: Connection) -> None:
        if connection.kind == "stall":
            await anyio.sleep_forever()
        if connection.kind == "end":
            self._leave("ended_early")
            raise StopAsyncIteration
        self._leave("cut")
        raise ConnectionCut

    def _leave(self, outcome: Outcome) -> None:
        if not self._is_over:
            self._is_over = True
            is_whole = self._has_sent_last and outcome == "interrupted"
            self._on_left(self._response, "answered" if is_whole else outcome)
