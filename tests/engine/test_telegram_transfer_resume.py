"""Wherever a download is cut, the next one goes on from the parts that are on disk, and the file is right."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.time import jumping_clock
from engine.telegram.lines import REQUESTS_AT_ONCE
from engine.telegram.parts import PART_BYTES, PartMap
from engine.telegram.progress import Meter
from tests.engine.transfers import MIB, a_house, sha256_of, sha256_of_synthetic

pytestmark = pytest.mark.anyio

SIZE = 30 * MIB + 77
PARTS = 61


Cut = tuple[str, int]
cuts = st.lists(st.tuples(st.sampled_from(["stop", "restart", "answer lost", "reference"]), st.integers(1, PARTS - 1)))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=cuts.filter(lambda plan: len(plan) <= 4))
async def test_it_resumes_from_wherever_it_was_cut(plan: list[Cut]) -> None:
    clock = jumping_clock(asyncio.get_running_loop())
    telegram = LocalTelegram(now=clock)
    telegram.faults.slow("getFile", 0.2)
    alice = telegram.person("Alice")
    alice.says("/start")
    file = media.document(Synthetic(SIZE))
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        left = list(plan)
        while True:
            async with a_house(telegram, alice, folder, clock) as house:
                attachment = await house.given(file)
                while left and left[0][0] != "restart":
                    await _cut(house, telegram, attachment, *left.pop(0))
                if not left:
                    path = await house.fetch(attachment)
                    break
                await _cut(house, telegram, attachment, *left.pop(0))
        assert sha256_of(path) == sha256_of_synthetic(SIZE)
    assert len(telegram.reads) <= PARTS + len(plan) * (REQUESTS_AT_ONCE + 1)
    assert telegram.broken_answers == []


async def _cut(house: Any, telegram: LocalTelegram, attachment: Any, kind: str, after: int) -> None:
    """The download is stopped when so many parts have come, or something happens to it then and it goes on."""
    if kind == "answer lost":
        telegram.faults.lose_answer("getFile", after=after)
    elif kind == "reference":
        telegram.faults.expire_file_references(after_parts=after)
    else:
        with anyio.CancelScope() as scope:

            def stop(done: int, total: int, per_s: float) -> None:
                if done >= after * PART_BYTES:
                    scope.cancel()

            await house.fetch(attachment, progress=stop)


@given(size=st.integers(1, 40 * PART_BYTES), there=st.sets(st.integers(0, 39)))
def test_a_map_knows_what_is_there(size: int, there: set[int]) -> None:
    parts = PartMap(size)
    there = {number for number in there if number < parts.count}
    for number in there:
        parts.add(number)
    again = PartMap(size, bytes(parts))
    assert {number for number in range(again.count) if number in again} == there
    assert again.bytes_there == sum(again.length(number) for number in there)
    assert again.is_whole == (len(there) == again.count)
    gap = next((number for number in range(again.count) if number not in there), again.count)
    assert again.prefix() == min(gap * PART_BYTES, size)
    taken = []
    while (given_out := again.take()) is not None:
        taken.append(given_out)
    assert taken == [number for number in range(again.count) if number not in there]


def test_a_map_that_is_too_long_for_its_file_says_nothing_of_other_parts() -> None:
    assert PartMap(PART_BYTES, b"\xff\xff").bytes_there == PART_BYTES


def test_speed_is_that_of_the_last_seconds() -> None:
    now = [0.0]
    told: list[tuple[int, int, float]] = []
    meter = Meter(lambda *news: told.append(news), 10_000, 1_000, lambda: now[0])
    for second in range(1, 10):
        now[0] = float(second)
        meter.add(100 if second < 4 else 1_000)
    assert told[0] == (1_100, 10_000, 100.0)
    assert told[-1] == (7_300, 10_000, 1_000.0)


def test_progress_is_not_told_for_every_part() -> None:
    told: list[int] = []
    meter = Meter(lambda done, total, per_s: told.append(done), 1_000, 0, lambda: 5.0)
    for _ in range(1_000):
        meter.add(1)
    assert told == [1, 1_000]
