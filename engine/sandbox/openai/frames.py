"""Sends events that are made already, each when it is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from engine.sandbox.openai.body import StreamedBody
from engine.sandbox.openai.seen import Outcome
from engine.sandbox.openai.told import Connection, Pace


class FrameStream(StreamedBody):
    """The last frame is due when the pace ends, those before it are its deltas.

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
        super().__init__(connection)
        self._frames = frames
        self._on_last = on_last
        self._on_left = on_left
        first_s, gap_s, end_s = pace.timing(max(1, len(frames) - 1))
        dues_s = [first_s + gap_s * number for number in range(len(frames) - 1)]
        self._due_s = [started_s + due_s for due_s in (*dues_s, end_s)]

    async def _next_frame(self) -> bytes | None:
        if self._has_sent_all():
            return None
        await anyio.sleep_until(self._due_s[self._sent])
        self._sent += 1
        if self._has_sent_all():
            self._on_last()
        return self._frames[self._sent - 1]

    def _has_sent_all(self) -> bool:
        return self._sent == len(self._frames)

    def _left(self, outcome: Outcome) -> None:
        self._on_left(outcome, self._sent)
