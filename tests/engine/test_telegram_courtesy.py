"""Words first: a part of a file waits for messages that pass, and for each other, but not for ever."""

from __future__ import annotations

import anyio
import pytest

from engine.telegram.courtesy import PART_WAITS_S, QUIET_S, Courtesy

pytestmark = pytest.mark.anyio


async def waited(courtesy: Courtesy) -> float:
    """Seconds until a part may be unpacked."""
    began_s = anyio.current_time()
    await courtesy.after_words()
    return anyio.current_time() - began_s


async def test_with_nobody_talking_a_part_does_not_wait() -> None:
    assert await waited(Courtesy()) < QUIET_S


async def test_a_part_waits_until_words_have_passed() -> None:
    courtesy = Courtesy()
    courtesy.words()
    assert await waited(courtesy) == pytest.approx(QUIET_S, abs=QUIET_S / 4)
    assert await waited(courtesy) < QUIET_S / 2


async def test_beside_people_who_never_stop_a_part_comes_all_the_same() -> None:
    courtesy = Courtesy()

    async def talk() -> None:
        while True:
            courtesy.words()
            await anyio.sleep(QUIET_S / 2)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(talk)
        assert await waited(courtesy) == pytest.approx(PART_WAITS_S, abs=QUIET_S / 2)
        tasks.cancel_scope.cancel()


async def test_parts_of_several_lines_come_one_after_another() -> None:
    courtesy = Courtesy()
    waits: list[float] = []

    async def line() -> None:
        began_s = anyio.current_time()
        await courtesy.after_words()
        waits.append(anyio.current_time() - began_s)
        courtesy.words()

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(line)
    first_s, second_s = waits
    assert second_s - first_s == pytest.approx(QUIET_S, abs=QUIET_S / 4)
