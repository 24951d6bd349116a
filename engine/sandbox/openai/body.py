"""The body of a streamed answer: frame by frame, until the end, a told fault or the client's leaving."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

import anyio

from engine.sandbox.openai.seen import Outcome
from engine.sandbox.openai.told import Connection
from engine.sandbox.openai.wire import ConnectionCut

S = TypeVar("S", bound="StreamedBody")


class StreamedBody(ABC):
    """What all streams have in common. `connection` says when it breaks, and how."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._sent = 0
        self._is_over = False

    def __aiter__(self: S) -> S:
        return self

    async def __anext__(self) -> bytes:
        if self._is_over:
            raise StopAsyncIteration
        try:
            if self._connection is not None and self._sent >= self._connection.after_events:
                await self._break(self._connection)
            frame = await self._next_frame()
        except (StopAsyncIteration, ConnectionCut):
            raise
        except BaseException:  # cancelled while waiting: the client has gone
            self._leave("interrupted")
            raise
        if frame is None:
            self._leave("answered")
            raise StopAsyncIteration
        return frame

    async def aclose(self) -> None:
        """The client closes its side; nothing happens when the answer is already over."""
        self._leave("interrupted")

    @abstractmethod
    async def _next_frame(self) -> bytes | None:
        """The next frame, when it is due; None after the last. Counts it in `_sent`."""

    @abstractmethod
    def _has_sent_all(self) -> bool:
        """Whether whoever leaves now has missed nothing."""

    @abstractmethod
    def _left(self, outcome: Outcome) -> None:
        """It is over: called once."""

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
            self._left("answered" if outcome == "interrupted" and self._has_sent_all() else outcome)
