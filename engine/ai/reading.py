"""Reading one answer from the wire: not more often than the machine can bear, and to its very end.

Waking once for each event costs more than reading a few together (16 events a second and stream: 121 µs an event, with
0.25 s between reads 83 µs). So with n streams open, an answer whose words have begun waits n × 1 ms before it reads
again; nothing comes later than that. Below 100 streams nothing waits: reading two events together saves no more than
the wait costs. aiohttp hands out at once all that has come meanwhile.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import anyio
import httpx2

from engine.ai import errors
from engine.ai.stream import Finished, StreamError, StreamEvent, StreamParser, TextDelta
from engine.core.errors import CutStreamError

READ_EVERY_MOST_S = 0.25
READ_EVERY_PER_STREAM_S = 0.001
READ_EVERY_LEAST_S = 0.1
DRAIN_S = 0.25
"""How long the end of the body is waited for after the terminal event: only then can its connection be used again."""
CLOSE_S = 2.0


def read_interval_s(streams: int) -> float:
    """How long an answer waits between two reads when so many are open."""
    interval_s = streams * READ_EVERY_PER_STREAM_S
    return 0.0 if interval_s < READ_EVERY_LEAST_S else min(interval_s, READ_EVERY_MOST_S)


class EventStream:
    """The events of one answer, up to and with its terminal one.

    Raises CutStreamError where the stream breaks off, ends without a terminal event, or is silent for too long; where
    OpenAI sends an error event, what that means (engine.ai.errors).
    """

    def __init__(self, response: httpx2.Response, interval_s: Callable[[], float]) -> None:
        self._response = response
        self._interval_s = interval_s
        self._chunks = response.aiter_bytes()
        self._parser = StreamParser()
        self._events: deque[StreamEvent] = deque()
        self._has_text = False
        self._is_over = False

    @property
    def sequence_number(self) -> int:
        """That of the last event read: `Responses.resume` goes on after it."""
        return self._parser.sequence_number

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> StreamEvent:
        if self._is_over:
            raise StopAsyncIteration
        while not self._events:
            self._events.extend(await self._read())
        match event := self._events.popleft():
            case TextDelta() if not self._has_text:
                self._has_text = True
            case StreamError(code=code):
                self._is_over = True
                raise errors.by_code(code, may_have_run=self._has_text)
            case Finished():
                self._is_over = True
        return event

    async def _read(self) -> list[StreamEvent]:
        if self._has_text and (interval_s := self._interval_s()):
            await anyio.sleep(interval_s)
        try:
            chunk = await anext(self._chunks, None)
        except httpx2.HTTPError as error:
            raise errors.cut(error) from error
        if chunk is not None:
            return self._parser.feed(chunk)
        if events := self._parser.end():
            return events
        raise CutStreamError(code="no terminal event", may_have_run=True)

    async def close(self) -> None:
        """Gives the connection back, or cuts it where the answer has not come to its end."""
        with anyio.CancelScope(shield=True):
            if self._is_over:
                with anyio.move_on_after(DRAIN_S):
                    await self._drain()
            with anyio.move_on_after(CLOSE_S):
                await self._chunks.aclose()
                await self._response.aclose()

    async def _drain(self) -> None:
        try:
            async for _ in self._chunks:
                pass
        except httpx2.HTTPError:
            return  # the answer is here: the connection is simply not used again
