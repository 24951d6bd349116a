"""Who gets the room on the lines, when many wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.errors import CredentialsRefusedError, FloodWaitError, GpttgError, OutageError
from engine.telegram.carrier import LineOrder, Piece
from engine.telegram.errors import KEY_UNKNOWN
from engine.telegram.lines import REQUESTS_AT_ONCE, Lines

pytestmark = pytest.mark.anyio

PIECE = Piece(Path("nowhere"), 0, 1)


@dataclass
class Part:
    """A request, and how long its answer takes."""

    seconds: float = 1.0
    then: Callable[[], object] = lambda: None


class SlowLine:
    """`most`: so many at once have been seen since its last flood."""

    auth_key = b"key"

    def __init__(self) -> None:
        self.floods = 0
        self.under_way = 0
        self.most = 0

    def is_connected(self) -> bool:
        return True

    async def fetch(self, request: Part, piece: Piece) -> int:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await anyio.sleep(request.seconds)
            request.then()
            if self.floods:
                self.floods -= 1
                self.most = 0
                raise FloodWaitError(code="FLOOD_WAIT", retry_after_s=5.0)
        finally:
            self.under_way -= 1
        return piece.length

    async def store(self, request: Any, piece: Piece) -> None:
        raise NotImplementedError

    async def disconnect(self) -> None:
        """Nothing is open."""


class SlowCarrier:
    """Opens such lines, and is its own client."""

    def __init__(self) -> None:
        self.lines: list[SlowLine] = []
        self.closed = False

    async def run(self) -> None:
        """Nothing to be done."""

    async def open(self, order: LineOrder) -> SlowLine:
        await anyio.sleep(1)
        if self.closed:
            raise OutageError(code="CLOSED")
        self.lines.append(SlowLine())
        return self.lines[-1]

    async def sha256(self, path: Path, growth: str, upto: int) -> bytes:
        raise NotImplementedError

    async def line_order(self, dc_id: int, auth_key: bytes | None) -> LineOrder:
        return LineOrder("", 0, dc_id, auth_key, None)


@asynccontextmanager
async def opened(carrier: SlowCarrier, connections: int) -> AsyncIterator[Lines]:
    """So many lines, all of them open."""
    async with anyio.create_task_group() as tasks:
        lines = Lines(carrier, carrier, tasks, connections)
        while lines.open_lines < connections:
            async with anyio.create_task_group() as filling:
                for _ in range(REQUESTS_AT_ONCE):
                    filling.start_soon(lines.fetch, 0, Part(), PIECE)
        yield lines


async def carried(count: int, cut: dict[int, float], floods: int = 0, connections: int = 4) -> tuple[int, float, int]:
    """So many parts asked for at once, of which some are given up after so many seconds: how many came, in how many
    seconds, and how many were on their way at once."""
    came, carrier = 0, SlowCarrier()

    async def part(number: int) -> None:
        nonlocal came
        with anyio.move_on_after(cut.get(number)):
            await lines.fetch(0, Part(), PIECE)
            came += 1

    async with opened(carrier, connections) as lines:
        for line in carrier.lines:
            line.floods = floods
        began_s = anyio.current_time()
        async with anyio.create_task_group() as parts:
            for number in range(count):
                parts.start_soon(part, number)
        took_s = anyio.current_time() - began_s
    return came, took_s, sum(line.most for line in carrier.lines)


async def test_all_room_is_used() -> None:
    came, took_s, most = await carried(100, {})
    assert came == 100
    assert took_s < 5.5
    assert most == REQUESTS_AT_ONCE


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cut=st.dictionaries(st.integers(0, 99), st.sampled_from([0.0, 0.5, 1.0, 2.0, 2.5, 3.0]), max_size=100))
async def test_who_gives_up_holds_nobody(cut: dict[int, float]) -> None:
    came, took_s, most = await carried(100, cut)
    assert came >= 100 - len(cut)
    assert took_s < 5.5
    assert most <= REQUESTS_AT_ONCE


async def test_room_that_was_meant_for_who_has_just_gone_goes_to_the_next() -> None:
    async with opened(SlowCarrier(), 1) as lines, anyio.create_task_group() as parts:
        gone = anyio.CancelScope()

        async def waits_and_goes() -> None:
            with gone:
                await lines.fetch(0, Part(), PIECE)

        # in the moment in which the room has been given to the one who goes, but has not been taken
        at_once = partial(asyncio.get_running_loop().call_soon, gone.cancel)
        parts.start_soon(lines.fetch, 0, Part(1, at_once), PIECE)
        for _ in range(REQUESTS_AT_ONCE - 1):
            parts.start_soon(lines.fetch, 0, Part(1000), PIECE)
        parts.start_soon(waits_and_goes)
        await anyio.sleep(0.5)
        with anyio.fail_after(5):
            await lines.fetch(0, Part(), PIECE)
        assert gone.cancelled_caught
        parts.cancel_scope.cancel()


async def test_after_a_rest_everybody_gets_on() -> None:
    came, took_s, _ = await carried(60, {}, floods=1)
    assert came == 60
    assert took_s < 30


@pytest.mark.parametrize("floods", [1, 3])
async def test_a_line_that_has_rested_carries_as_much_as_before_in_the_end(floods: int) -> None:
    came, _, most = await carried(1200, {}, floods=floods, connections=1)
    assert came == 1200
    assert most == REQUESTS_AT_ONCE


async def test_where_no_line_opens_everybody_hears_of_it() -> None:
    carrier = SlowCarrier()
    carrier.closed = True
    heard: list[str] = []

    async def part() -> None:
        try:
            await lines.fetch(0, Part(), PIECE)
        except OutageError as outage:
            heard.append(outage.code)

    async with anyio.create_task_group() as tasks:
        lines = Lines(carrier, carrier, tasks, 4)
        with anyio.fail_after(10):
            async with anyio.create_task_group() as parts:
                for _ in range(30):
                    parts.start_soon(part)
    assert heard == ["CLOSED"] * 30


@pytest.mark.parametrize("width", [1, 2, 3])
async def test_who_is_stopped_while_floods_have_narrowed_the_lines_holds_nobody(width: int) -> None:
    """Many workers are cancelled in one sweep: a bell that rings for one of them rings for somebody else."""
    carrier = SlowCarrier()
    for stopped in (24, 48, 72):
        came: list[int] = []

        async def another(lines: Lines, came: list[int]) -> None:
            came.append(await lines.fetch(0, Part(0.1), PIECE))

        async with opened(carrier, 4) as lines, anyio.create_task_group() as others:
            for line in lines._places[0].lines:
                line.width = width
            async with anyio.create_task_group() as job:
                for number in range(stopped):
                    job.start_soon(lines.fetch, 0, Part(4.0 + number / 10), PIECE)
                await anyio.sleep(2)
                for _ in range(24):
                    others.start_soon(another, lines, came)
                await anyio.sleep(2)
                job.cancel_scope.cancel()
            await anyio.sleep(60)
            others.cancel_scope.cancel()
        assert len(came) == 24


async def test_a_long_flood_wait_is_not_forgotten_with_its_line() -> None:
    carrier = SlowCarrier()
    async with opened(carrier, 1) as lines, anyio.create_task_group() as tasks:
        tasks.start_soon(lines.run)
        (line,) = lines._places[0].lines
        lines._rest(line, 300.0)
        began_s = anyio.current_time()
        await anyio.sleep(150)
        await lines.fetch(0, Part(), PIECE)
        assert anyio.current_time() - began_s == pytest.approx(301.0)
        assert len(carrier.lines) == 1
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    "error", [OutageError(code=KEY_UNKNOWN), CredentialsRefusedError(code="AUTH_KEY_UNREGISTERED")]
)
async def test_a_key_that_is_not_known_any_more_is_made_anew(error: GpttgError) -> None:
    def refuse() -> None:
        raise error

    async with opened(SlowCarrier(), 1) as lines:
        assert lines._places[0].auth_key == b"key"
        with pytest.raises(OutageError):
            await lines.fetch(0, Part(then=refuse), PIECE)
        assert lines._places[0].auth_key is None
