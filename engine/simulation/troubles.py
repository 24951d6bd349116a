"""What breaks in a simulated world: each trouble of the plan, told to whom it concerns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import ClassVar

import anyio

from engine.simulation.machine import Machine
from engine.simulation.plan import Break, Trouble

REQUESTS = ("sendMessage", "editMessage", None)
"""What a trouble of Telegram's concerns: sends, edits, whatever comes next."""
CLOCK_S = 600
"""The clock is wrong by so much at most."""
EVENTS = 12
"""A stream breaks after so many events at most."""


class Troubles:
    """Makes trouble, and counts it by kind."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.made: Counter[str] = Counter()

    async def make(self, trouble: Break) -> None:
        """Returns when it is over, as far as it has an end."""
        self.made[trouble.what] += 1
        await self._makers[trouble.what](self, trouble.pick, trouble.lasts_s)

    def end(self) -> None:
        """Nothing that was told and has not happened yet will happen any more."""
        machine = self._machine
        machine.model.told.troubles.clear()
        machine.model.told.connections.clear()
        machine.model.told.endings.clear()
        machine.model.told.paces.clear()
        machine.model.told.outage_until = None
        machine.disk.is_full = False

    # -- Telegram ----------------------------------------------------------------------------------------------

    async def _flood(self, pick: int, lasts_s: float) -> None:
        request = REQUESTS[pick % 2]
        self._machine.telegram.faults.flood_wait(1 + round(lasts_s) % 90, request=request, times=1 + pick % 3)

    async def _refusal(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.server_error(times=1 + pick % 4, request=REQUESTS[pick % 3])

    async def _lost_answer(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.lose_answer(REQUESTS[pick % 2], times=1 + pick % 3)

    async def _slow_telegram(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.slow(REQUESTS[pick % 3], lasts_s / 20, times=1 + pick % 10)

    async def _cut(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.drop_connections()

    async def _refused(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.refuse_connections(lasts_s)
        self._machine.telegram.faults.drop_connections()

    async def _lost(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.lose_updates(1 + pick % 5)

    async def _doubled(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.duplicate_updates(1 + pick % 5)

    async def _swapped(self, pick: int, lasts_s: float) -> None:
        self._machine.telegram.faults.swap_updates()

    # -- OpenAI ------------------------------------------------------------------------------------------------

    async def _rate(self, pick: int, lasts_s: float) -> None:
        self._machine.model.fails(429, retry_after_s=1 + lasts_s / 10, times=1 + pick % 6)

    async def _error(self, pick: int, lasts_s: float) -> None:
        self._machine.model.fails(500, times=1 + pick % 4)

    async def _overload(self, pick: int, lasts_s: float) -> None:
        self._machine.model.fails(503, times=1 + pick % 8)

    async def _outage(self, pick: int, lasts_s: float) -> None:
        self._machine.model.outage(seconds=lasts_s)

    async def _cut_stream(self, pick: int, lasts_s: float) -> None:
        self._machine.model.cuts(after_events=pick % EVENTS, times=1 + pick % 3)

    async def _stalled(self, pick: int, lasts_s: float) -> None:
        self._machine.model.stalls(after_events=pick % EVENTS)

    async def _slow(self, pick: int, lasts_s: float) -> None:
        self._machine.model.takes(seconds=lasts_s, times=1 + pick % 5)

    async def _failed(self, pick: int, lasts_s: float) -> None:
        self._machine.model.response_fails(after_events=pick % EVENTS, with_usage=bool(pick & 16))

    async def _incomplete(self, pick: int, lasts_s: float) -> None:
        self._machine.model.incomplete()

    async def _forgotten(self, pick: int, lasts_s: float) -> None:
        self._machine.model.forgets()

    # -- the machine -------------------------------------------------------------------------------------------

    async def _disk(self, pick: int, lasts_s: float) -> None:
        self._machine.disk.is_full = True
        await anyio.sleep(lasts_s)
        self._machine.disk.is_full = False

    async def _clock(self, pick: int, lasts_s: float) -> None:
        self._machine.clock_offset_s = pick % (2 * CLOCK_S) - CLOCK_S
        await anyio.sleep(lasts_s)
        self._machine.clock_offset_s = 0.0

    async def _kill(self, pick: int, lasts_s: float) -> None:
        await self._machine.kill(pick)
        # at once, after half a minute at most, or after up to an hour
        await anyio.sleep(lasts_s * (0.0, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0, 12.0)[pick >> 20 & 7])
        await self._machine.start()

    _makers: ClassVar[dict[Trouble, Callable[[Troubles, int, float], Awaitable[None]]]] = {
        "flood": _flood,
        "refusal": _refusal,
        "lost_answer": _lost_answer,
        "slow_telegram": _slow_telegram,
        "cut": _cut,
        "refused": _refused,
        "lost": _lost,
        "doubled": _doubled,
        "swapped": _swapped,
        "rate": _rate,
        "error": _error,
        "overload": _overload,
        "outage": _outage,
        "cut_stream": _cut_stream,
        "stalled": _stalled,
        "slow": _slow,
        "failed": _failed,
        "incomplete": _incomplete,
        "forgotten": _forgotten,
        "disk": _disk,
        "clock": _clock,
        "kill": _kill,
    }
