"""Connections for files, beside the client's own: a few to each data centre, shared by all transfers.

    part ─► a line that is free and need not wait ─► carried
            │ FLOOD_WAIT: this line rests, and carries less afterwards; the part goes to another one
            └ cut: the line is dropped, and a new one is made for whoever asks next

Lines are made when they are needed and closed when nobody has used them for a while.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import anyio
from anyio.abc import TaskGroup
from loguru import logger

from engine.core.errors import CredentialsRefusedError, FloodWaitError, GpttgError, OutageError
from engine.telegram.carrier import Carrier, FileLine, LineOrder, Piece
from engine.telegram.errors import KEY_UNKNOWN
from engine.telegram.patience import FLOOD_MOST_S

T = TypeVar("T")

REQUESTS_AT_ONCE = 24
"""Requests on their way to one data centre at the same moment, over all its lines: what hides the distance to it."""
IDLE_S = 60.0
"""A line that nobody has used for so long is closed."""
OPEN_AGAIN_S = 15.0
"""How long one line fewer will do after one could not be opened."""
WIDEN_AFTER = 32
"""A line that had to rest carries one request more after so many answers."""


class LineClient(Protocol):
    """Whose lines they are: the client."""

    async def line_order(self, dc_id: int, auth_key: bytes | None) -> LineOrder:
        """What it takes to open one (0: to our own data centre). Raises our errors."""
        ...


@dataclass(eq=False, slots=True)
class _Line:
    wire: FileLine
    width: int
    used_at_s: float
    in_flight: int = 0
    rests_until_s: float = 0.0
    answers: int = 0


@dataclass(eq=False, slots=True)
class _Place:
    """A data centre."""

    dc_id: int
    auth_key: bytes | None = None
    lines: list[_Line] = field(default_factory=list)
    opening: int = 0
    open_again_at_s: float = 0.0
    failures: int = 0
    failure: GpttgError | None = None
    waiting: deque[anyio.Event] = field(default_factory=deque)
    """who waits for room, the first come first: each is woken by itself, as there may be a hundred"""

    async def room(self, most_s: float | None) -> None:
        """Waits until there may be room for one more, or for so long."""
        bell = anyio.Event()
        self.waiting.append(bell)
        try:
            with anyio.move_on_after(most_s):
                await bell.wait()
        except BaseException:  # cancelled, with a bell that has rung: it rings for the next one
            if bell.is_set():
                self.ring()
            raise
        finally:
            if not bell.is_set():
                self.waiting.remove(bell)

    def ring(self) -> None:
        """One request more has room."""
        if self.waiting:
            self.waiting.popleft().set()

    def ring_all(self) -> None:
        """Lines have come, or none will."""
        while self.waiting:
            self.ring()


def _forget_key(place: _Place, error: GpttgError) -> None:
    """A key that the data centre refuses, or does not know any more: the next line gets a new one."""
    if isinstance(error, CredentialsRefusedError) or getattr(error, "code", "") == KEY_UNKNOWN:
        place.auth_key = None


class Lines:
    """The lines to all data centres. `tasks` owns them; `run` must be among its tasks."""

    def __init__(
        self,
        client: LineClient,
        carrier: Carrier,
        tasks: TaskGroup,
        connections: int,
        now: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._client = client
        self._carrier = carrier
        self._tasks = tasks
        self._connections = connections
        self._width = max(1, REQUESTS_AT_ONCE // connections)
        self._now = now
        self._places: dict[int, _Place] = {}
        self._opened = anyio.Event()

    @property
    def open_lines(self) -> int:
        """How many there are."""
        return sum(len(place.lines) for place in self._places.values())

    async def run(self) -> None:
        """Closes what is not used; in the end, all."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._carrier.run)
            try:
                while True:
                    await self._opened.wait()
                    self._opened = anyio.Event()
                    while self.open_lines:
                        await anyio.sleep(IDLE_S / 2)
                        await self._close_idle()
            finally:
                with anyio.CancelScope(shield=True):
                    for place in self._places.values():
                        while place.lines:
                            await place.lines.pop().wire.disconnect()

    async def fetch(self, dc_id: int, request: Any, piece: Piece) -> int:
        """Brings a part from a data centre (0: our own) to the disk; how many bytes came (see FileLine.fetch).

        Flood waits are obeyed here, line by line. Raises FloodWaitError where they take too long, OutageError where the
        line was cut or can't be opened, and whatever else the line raises.
        """
        return await self._carry(dc_id, lambda line: line.fetch(request, piece))

    async def store(self, request: Any, piece: Piece) -> None:
        """Brings a piece from the disk to our own data centre (see FileLine.store). Raises as `fetch`."""
        await self._carry(0, lambda line: line.store(request, piece))

    async def sha256(self, path: Path, growth: str, upto: int) -> bytes:
        """Of as much of a file as has come (see Hashes.sha256), where its parts are carried."""
        return await self._carrier.sha256(path, growth, upto)

    async def _carry(self, dc_id: int, over: Callable[[FileLine], Awaitable[T]]) -> T:
        place = self._places.setdefault(dc_id, _Place(dc_id))
        began_s = self._now()
        while True:
            line = await self._take(place)
            try:
                done = await over(line.wire)
            except FloodWaitError as flood:
                self._rest(line, flood.retry_after_s or 1.0)
                if self._now() - began_s + (flood.retry_after_s or 0.0) > FLOOD_MOST_S:
                    raise
            except CredentialsRefusedError as refused:  # of this key: exported anew for the next line
                place.auth_key = None
                await self._drop(place, line)
                raise OutageError(code=refused.code) from refused
            except OutageError as error:
                _forget_key(place, error)
                if not line.wire.is_connected():
                    await self._drop(place, line)
                raise
            else:
                self._went_well(line)
                return done
            finally:
                line.in_flight -= 1
                line.used_at_s = self._now()
                place.ring()

    async def _take(self, place: _Place) -> _Line:
        """A line with room for one request more."""
        failures = place.failures
        while True:
            now_s = self._now()
            rested = [line for line in place.lines if line.rests_until_s <= now_s]
            line = min(rested, key=lambda line: line.in_flight - line.width, default=None)
            if line is not None and line.in_flight < line.width:
                if line.in_flight:
                    self._open_another(place, now_s)
                line.in_flight += 1
                if line.in_flight < line.width:
                    place.ring()
                return line
            if place.failure is not None and place.failures > failures and not place.lines:
                raise place.failure
            self._open_another(place, now_s)
            ends_s = min((line.rests_until_s for line in place.lines if line.rests_until_s > now_s), default=None)
            await place.room(None if ends_s is None else ends_s - now_s)

    def _open_another(self, place: _Place, now_s: float) -> None:
        count = len(place.lines) + place.opening
        is_first = count == 0
        if count >= self._connections or (place.auth_key is None and not is_first and place.dc_id):
            return
        if now_s < place.open_again_at_s and not is_first:
            return
        place.opening += 1
        self._tasks.start_soon(self._open, place)

    async def _open(self, place: _Place) -> None:
        try:
            line = await self._carrier.open(await self._client.line_order(place.dc_id, place.auth_key))
        except GpttgError as error:
            place.failure, place.failures = error, place.failures + 1
            place.open_again_at_s = self._now() + OPEN_AGAIN_S
            logger.warning("no line for files to data centre {}: {}", place.dc_id, error)
            _forget_key(place, error)
        else:
            place.auth_key = line.auth_key
            place.lines.append(_Line(line, self._width, self._now()))
            self._opened.set()
        finally:
            place.opening -= 1
            place.ring_all()

    def _rest(self, line: _Line, wait_s: float) -> None:
        line.rests_until_s = max(line.rests_until_s, self._now() + wait_s)
        line.width, line.answers = max(1, line.width // 2), 0

    def _went_well(self, line: _Line) -> None:
        line.answers += 1
        if line.width < self._width and line.answers % WIDEN_AFTER == 0:
            line.width += 1

    async def _close_idle(self) -> None:
        for place in self._places.values():
            for line in list(place.lines):
                is_idle = line.in_flight == 0 and self._now() - line.used_at_s >= IDLE_S
                if is_idle and line.rests_until_s <= self._now():  # what it was told to wait must not be forgotten
                    await self._drop(place, line)

    async def _drop(self, place: _Place, line: _Line) -> None:
        if line in place.lines:
            place.lines.remove(line)
            with anyio.CancelScope(shield=True), suppress(OSError):
                await line.wire.disconnect()
