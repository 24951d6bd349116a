"""Time that jumps: an event loop whose clock skips to the next deadline when nothing is ready.

SQLite works in threads of its own, and anyio has some; while one of them is busy the clock stands still. An hour of
conversation takes milliseconds, and two runs see the same times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio.to_thread

from engine.core.clock import Clock
from engine.store.database import calls_under_way

BEGINNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""What a jumping clock shows at first."""

STRIDE_S = 600.0
"""What falls due while time is let pass happens at the next full ten minutes: Telethon alone wants a ping each minute,
and a month has 43,200."""
SOON_S = 10.0
"""What falls due so soon belongs to something that goes on: it is met to the second."""


class JumpingLoop(asyncio.SelectorEventLoop):
    """The loop. `anyio.run(..., backend_options={"loop_factory": JumpingLoop})`."""

    def __init__(self) -> None:
        super().__init__()
        self._jumped_s = 0.0
        self._quiet: list[asyncio.Future[None]] = []
        self._threads: anyio.CapacityLimiter | None = None
        self._executing = 0
        self._began_s = self.time()
        self._passes_until_s = 0.0
        selector = self._selector  # type: ignore[attr-defined]
        self._look: Callable[[float | None], list[Any]] = selector.select
        selector.select = self._jump

    def time(self) -> float:
        """The loop's clock: real seconds and those that were skipped."""
        return super().time() + self._jumped_s

    async def quiet(self) -> None:
        """Returns when all that can happen without time passing has happened."""
        future = self.create_future()
        self._quiet.append(future)
        await future

    def begins(self) -> None:
        """It is a full hour now."""
        self._began_s = self.time()

    async def passes(self, seconds: float) -> None:
        """A long time passes, in strides."""
        self._passes_until_s = self.time() + seconds
        try:
            await asyncio.sleep(seconds)
        finally:
            self._passes_until_s = 0.0

    def watch_threads(self, limiter: anyio.CapacityLimiter) -> None:
        """Lets the clock stand still while a thread of this limiter works."""
        self._threads = limiter

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As always; meanwhile the clock stands still (the OpenAI SDK looks its platform up in a thread)."""
        future = super().run_in_executor(executor, func, *args)
        self._executing += 1
        future.add_done_callback(self._has_executed)
        return future

    def _has_executed(self, _: asyncio.Future[Any]) -> None:
        self._executing -= 1

    def _is_busy(self) -> bool:
        return bool(
            self._executing or calls_under_way() or (self._threads is not None and self._threads.borrowed_tokens)
        )

    def _jump(self, timeout: float | None = None) -> list[Any]:
        ready = self._look(0)
        if ready or timeout == 0:
            return ready
        if self._is_busy():
            return self._look(timeout)
        if self._quiet:
            for future in self._quiet:
                if not future.done():
                    future.set_result(None)
            self._quiet.clear()
            return []
        if timeout is None:
            return self._look(None)
        self._jumped_s += timeout if timeout < SOON_S else max(timeout, self._stride_s())
        return []

    def _stride_s(self) -> float:
        now = self.time()
        return min(self._passes_until_s - now, STRIDE_S - (now - self._began_s) % STRIDE_S)


class StillLoop(JumpingLoop):
    """Real time does not count at all: two runs of the same see the same times, to the microsecond."""

    def time(self) -> float:
        """The loop's clock: only the seconds that were skipped."""
        return self._jumped_s


def jumping_clock(loop: asyncio.AbstractEventLoop) -> Clock:
    """The wall clock that belongs to a loop's time: it begins at BEGINNING."""
    if isinstance(loop, JumpingLoop):
        loop.watch_threads(anyio.to_thread.current_default_thread_limiter())
        loop.begins()
    began_s = loop.time()
    return lambda: BEGINNING + timedelta(seconds=loop.time() - began_s)
