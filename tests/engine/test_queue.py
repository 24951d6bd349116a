"""The queue of large files: so many at once, so many of one person, and everybody's first before anybody's second."""

from __future__ import annotations

import anyio
import pytest
from anyio.abc import TaskGroup
from hypothesis import given
from hypothesis import strategies as st

from engine.telegram.downloads import LargeFiles

pytestmark = pytest.mark.anyio

FILE_S = 60
"""How long each file takes."""
ALICE, BORIS, CLARA = 1, 2, 3


class Line:
    """A queue, and what happens in it: who began when, and the places that were told."""

    def __init__(self, tasks: TaskGroup) -> None:
        self.queue = LargeFiles()
        self.began: list[tuple[int, int]] = []
        self.places: dict[str, list[int]] = {}
        self.scopes: dict[str, anyio.CancelScope] = {}
        self._tasks = tasks
        self._start_s = anyio.current_time()

    async def sends(self, person: int, *names: str) -> None:
        """A person sends files of these names."""
        for name in names:
            self.places[name], self.scopes[name] = [], anyio.CancelScope()
            self._tasks.start_soon(self._file, person, name)
        await anyio.sleep(0.01)

    async def _file(self, person: int, name: str) -> None:
        with self.scopes[name]:
            async with self.queue.turn(person, self.places[name].append):
                self.began.append((person, int(anyio.current_time() - self._start_s)))
                await anyio.sleep(FILE_S)


async def test_whoever_has_room_does_not_wait() -> None:
    async with anyio.create_task_group() as tasks:
        line = Line(tasks)
        await line.sends(ALICE, "a1", "a2")
        await line.sends(BORIS, "b1", "b2")
    assert line.began == [(ALICE, 0), (ALICE, 0), (BORIS, 0), (BORIS, 0)]
    assert set(map(tuple, line.places.values())) == {()}


async def test_one_person_does_not_take_all_the_room() -> None:
    async with anyio.create_task_group() as tasks:
        line = Line(tasks)
        await line.sends(ALICE, *(f"a{number}" for number in range(6)))
        assert [line.places[f"a{number}"] for number in range(6)] == [[], [], [1], [2], [3], [4]]
        await line.sends(BORIS, "b1")
        assert (BORIS, 0) in line.began
    assert [began_s for person, began_s in line.began if person == ALICE] == [0, 0, 60, 60, 120, 120]


async def test_everybodys_first_comes_before_anybodys_third() -> None:
    async with anyio.create_task_group() as tasks:
        line = Line(tasks)
        await line.sends(ALICE, "a1", "a2", "a3", "a4")
        await line.sends(BORIS, "b1", "b2", "b3")
        await line.sends(CLARA, "c1")
        assert (line.places["c1"], line.places["a3"][-1], line.places["a4"][-1]) == ([1], 2, 4)
    assert [person for person, began_s in line.began if began_s == FILE_S] == [CLARA, ALICE, ALICE, BORIS]
    assert line.places["a4"][:3] == [2, 3, 4]
    assert line.places["a4"][-1] == 0


async def test_who_leaves_makes_room_and_the_others_move_up() -> None:
    async with anyio.create_task_group() as tasks:
        line = Line(tasks)
        await line.sends(ALICE, "a1", "a2")
        await line.sends(BORIS, "b1", "b2")
        await line.sends(CLARA, "c1", "c2")
        line.scopes["c1"].cancel()
        await anyio.sleep(1)
        assert (line.places["c1"], line.places["c2"]) == ([1], [2, 1])
        line.scopes["a1"].cancel()
        await anyio.sleep(1)
        assert line.began[-1] == (CLARA, 1)
        assert line.queue.waiting == 0


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30))
async def test_it_is_never_too_full_and_never_idle(people: list[int]) -> None:
    coming: list[int] = []
    queue = LargeFiles()

    async def come(person: int) -> None:
        async with queue.turn(person):
            coming.append(person)
            assert len(coming) <= LargeFiles.AT_ONCE
            assert coming.count(person) <= LargeFiles.OF_ONE_PERSON
            await anyio.sleep(person)
            coming.remove(person)

    async with anyio.create_task_group() as tasks:
        for person in people:
            tasks.start_soon(come, person)
        await anyio.sleep(0.5)
        assert len(coming) == min(
            LargeFiles.AT_ONCE, sum(min(LargeFiles.OF_ONE_PERSON, people.count(one)) for one in set(people))
        )
    assert queue.waiting == 0
