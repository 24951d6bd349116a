"""Tasks that take up the next work: all of it is done, side by side, and what it raises is not lost."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from engine.crew import RESTING_MOST, Crew

pytestmark = pytest.mark.anyio


async def test_a_task_that_is_free_takes_up_the_next_work() -> None:
    who: list[object] = []

    async def work() -> None:
        who.append(asyncio.current_task())

    async with anyio.create_task_group() as tasks:
        crew = Crew(tasks)
        for _ in range(3):
            crew.start_soon(work)
            await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert len(who) == 3
    assert len(set(who)) == 1


async def test_work_runs_side_by_side_however_much_there_is() -> None:
    count = RESTING_MOST + 10
    together, ended = anyio.Event(), []

    async def work(number: int) -> None:
        await together.wait()
        ended.append(number)

    async with anyio.create_task_group() as tasks:
        crew = Crew(tasks)
        for _ in range(2):
            for number in range(count):
                crew.start_soon(work, number)
            await anyio.wait_all_tasks_blocked()
            together.set()
            await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert sorted(ended) == sorted([*range(count), *range(count)])


async def test_what_work_raises_ends_the_group() -> None:
    async def work(number: int) -> None:
        if number == 1:
            raise ValueError(number)

    async def begin_both() -> None:
        async with anyio.create_task_group() as tasks:
            crew = Crew(tasks)
            crew.start_soon(work, 0)
            await anyio.wait_all_tasks_blocked()
            crew.start_soon(work, 1)  # in the task that has done 0
            await anyio.sleep_forever()

    with pytest.raises(ExceptionGroup) as raised:
        await begin_both()
    assert [type(error) for error in raised.value.exceptions] == [ValueError]
