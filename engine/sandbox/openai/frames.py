"""Sends events that are made already, each when it is due, until the end, a told fault or the client's leaving."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from engine.sandbox.openai.seen import Outcome
from engine.sandbox.openai.told import Connection, Pace
from engine.sandbox.openai.wire import ConnectionCut


class FrameStream:
    """The body of a streamed answer: the last frame is due when the pace ends, those before it are its deltas.

    `on_last` is called just before the last frame goes out, `on_left` once at the end with the number of frames sent.
    """

    def __init__(
        self,
        frames: Sequence[bytes],
        pace: Pace,
        started_s: float,
        connection: Connection | None,
        *,
        on_last: Callable[[], None],
        on_left: Callable[[Outcome, int], None],
    ) -> None:
        self._frames = frames
        self._connection = connection
        self._on_last = on_last
        self._on_left = on_left
        first_s, gap_s, end_s = pace.timing(max(1, len(frames) - 1))
        dues_s = [first_s + gap_s * number for number in range(len(frames) - 1)]
        self._due_s = [started_s + due_s for due_s in (*dues_s, end_s)]
        self._sent = 0
        self._is_over = False

    def __aiter__(self) -> FrameStream:
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
        self._leave("answered" if self._sent == len(self._frames) else "interrupted")

    async def _next_frame(self) -> bytes:
        if self._connection is not None and self._sent >= self._connection.after_events:
            await self._break(self._connection)
        if self._sent == len(self._frames):
            self._leave("answered")
            raise StopAsyncIteration
        await anyio.sleep_until(self._due_s[self._sent])
        self._sent += 1
        if self._sent == len(self._frames):
            self._on_last()
        return self._frames[self._sent - 1]

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
            self._on_left(outcome, self._sent)
