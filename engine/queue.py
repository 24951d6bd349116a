"""Queues of what takes long: a little is done at the same moment, the rest waits, and nobody's many keep another's one
away.

    waiting ─► in order of (how many of this person's are before it, arrival) ─► under way, AT_ONCE at most

So the first of whoever has none is before the second one of whoever has some, however early that came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio


class Waits(Protocol):
    """What a job hands in. Called in the event loop, so it returns at once and does not raise."""

    def __call__(self, place: int, /) -> None:
        """It is so far back in the queue: 1 comes next, 0 is under way."""
        ...


@dataclass(eq=False, slots=True)
class _Place:
    """Somebody who waits."""

    person: int
    waits: Waits | None
    admitted: anyio.Event = field(default_factory=anyio.Event)
    told: int = 0

    def tell(self, place: int) -> None:
        if place != self.told:
            self.told = place
            if self.waits is not None:
                self.waits(place)


class Queue:
    """Who comes next. Each kind of queue says how much there is at once."""

    AT_ONCE: int
    OF_ONE_PERSON: int

    def __init__(self) -> None:
        self._waiting: list[_Place] = []
        self._under_way: Counter[int] = Counter()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def is_full(self, person: int) -> bool:
        """Whether this person would have to wait."""
        of_theirs = self._under_way[person]
        return bool(self._waiting) or self._under_way.total() >= self.AT_ONCE or of_theirs >= self.OF_ONE_PERSON

    @asynccontextmanager
    async def turn(self, person: int, waits: Waits | None = None) -> AsyncIterator[None]:
        """The block runs when it is this person's turn; `waits` hears the place meanwhile, whenever it changes."""
        place = _Place(person, waits)
        self._waiting.append(place)
        try:
            self._admit()
            await place.admitted.wait()
            yield
        finally:
            if place.admitted.is_set():
                self._under_way[person] -= 1
            else:
                self._waiting.remove(place)
            self._admit()

    def _admit(self) -> None:
        """Lets in whoever may come now, and tells the others where they are."""
        order = self._in_order()
        for place in order:
            if self._under_way.total() < self.AT_ONCE and self._under_way[place.person] < self.OF_ONE_PERSON:
                self._under_way[place.person] += 1
                self._waiting.remove(place)
                place.admitted.set()
                place.tell(0)
        self._under_way += Counter()  # forgets those who have none
        for number, place in enumerate((place for place in order if not place.admitted.is_set()), 1):
            place.tell(number)

    def _in_order(self) -> list[_Place]:
        before = self._under_way.copy()
        rounds: list[tuple[int, _Place]] = []
        for place in self._waiting:
            rounds.append((before[place.person], place))
            before[place.person] += 1
        return [place for _, place in sorted(rounds, key=lambda each: each[0])]
