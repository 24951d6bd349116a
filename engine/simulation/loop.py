"""An event loop on which two runs of the same are the same, threads or not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from engine.sandbox.time import StillLoop


class SimulationLoop(StillLoop):
    """Time stands still while anything happens, and what threads answer is heard when nothing else is ready."""

    def __init__(self) -> None:
        super().__init__()
        self._answered: deque[tuple[Callable[..., object], tuple[Any, ...], Context | None]] = deque()

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Keeps it until nothing else is ready: then the order is always the same."""
        self._answered.append((callback, args, context))
        self._write_to_self()  # type: ignore[attr-defined]
        return asyncio.Handle(callback, args, self, context)

    def _jump(self, timeout: float | None = None) -> list[Any]:
        if timeout == 0:
            return self._look(0)
        while not self._answered and self._is_busy():
            ready = self._look(None)
            if ready and not self._answered:
                return ready
        if not self._answered:
            return super()._jump(timeout)
        ready = self._look(0)
        for _ in range(len(self._answered)):
            callback, args, context = self._answered.popleft()
            self.call_soon(callback, *args, context=context)
        return ready

    def call_amid(self, place: float, callback: Callable[[], object]) -> None:
        """Calls it in this very round, among what is ready now: `place` is between 0 (next) and 1 (last)."""
        ready = self._ready  # type: ignore[attr-defined]
        self.call_soon(callback)
        handle = ready.pop()
        ready.insert(round(place * len(ready)), handle)
