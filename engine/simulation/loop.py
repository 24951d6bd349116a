"""An event loop on which two runs of the same are the same: no time of its own, no threads, nobody outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread

from engine.sandbox.time import StillLoop

ROUND_S = 1e-9
"""What a round of the loop takes: whoever asks again until a moment has come must see it come."""


class SimulationLoop(StillLoop):
    """Time (almost) stands still while anything happens; what would run in a thread runs here."""

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Calls it now, without any executor."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for it
            future.set_exception(error)
        return future

    def _jump(self, timeout: float | None = None) -> list[Any]:
        self._jumped_s += ROUND_S
        if timeout == 0:
            return []
        if timeout is None and not self._quiet:
            raise RuntimeError("nothing will ever happen in this simulation again")
        return super()._jump(timeout)

    def call_amid(self, place: float, callback: Callable[[], object]) -> None:
        """Calls it in this very round, among what is ready now: `place` is between 0 (next) and 1 (last)."""
        ready = self._ready  # type: ignore[attr-defined]
        self.call_soon(callback)
        handle = ready.pop()
        ready.insert(round(place * len(ready)), handle)


@contextmanager
def no_threads() -> Iterator[None]:
    """Whatever is given to anyio's threads runs in the event loop meanwhile: threads end in no order of their own."""
    usual = anyio.to_thread.run_sync, anyio.from_thread.check_cancelled
    anyio.to_thread.run_sync = _run_here  # type: ignore[assignment]
    anyio.from_thread.check_cancelled = lambda: None  # nothing can happen meanwhile
    try:
        yield
    finally:
        anyio.to_thread.run_sync, anyio.from_thread.check_cancelled = usual


async def _run_here(
    func: Callable[..., Any],
    *args: Any,
    abandon_on_cancel: bool = False,
    limiter: anyio.CapacityLimiter | None = None,
) -> Any:
    del abandon_on_cancel
    await anyio.lowlevel.checkpoint()
    async with limiter or anyio.to_thread.current_default_thread_limiter():
        return func(*args)
