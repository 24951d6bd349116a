"""How far a file has come, and how fast: told by the transfer to whoever shows it. No words, no messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

import anyio

TOLD_EVERY_S = 0.25
"""How often it is told at most; the end is told in any case."""
WINDOW_S = 5.0
"""The speed is that of so many seconds."""


class Progress(Protocol):
    """What a job hands in. Called in the event loop, so it returns at once and does not raise."""

    def __call__(self, done: int, total: int, per_s: float) -> None:
        """So many bytes of so many are there; `per_s`: bytes per second lately."""
        ...


class Meter:
    """Counts the bytes of one transfer. `done`: bytes that were there before it began."""

    def __init__(
        self, progress: Progress | None, total: int, done: int = 0, now: Callable[[], float] = anyio.current_time
    ) -> None:
        self._progress = progress
        self._total = total
        self._done = done
        self._now = now
        self._told_at: float | None = None
        self._marks: deque[tuple[float, int]] = deque([(now(), done)])

    def add(self, count: int) -> None:
        """So many bytes more."""
        self._done += count
        now_s = self._now()
        is_over = self._done >= self._total
        if self._progress is None or (
            self._told_at is not None and now_s - self._told_at < TOLD_EVERY_S and not is_over
        ):
            return
        self._told_at = now_s
        self._marks.append((now_s, self._done))
        while len(self._marks) > 2 and now_s - self._marks[1][0] >= WINDOW_S:
            self._marks.popleft()
        began_s, done = self._marks[0]
        seconds = now_s - began_s
        self._progress(self._done, self._total, (self._done - done) / seconds if seconds > 0 else 0.0)
