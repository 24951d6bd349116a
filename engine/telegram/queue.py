"""The queue of large files: a few come at the same moment, the others wait, and nobody's many keep another's one away.

    waiting ─► in order of (how many of this person's files are before it, arrival) ─► coming, AT_ONCE at most

So the first file of whoever has none is before the second one of whoever has some, however early that was sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio

AT_ONCE = 4
"""Large files on their way at the same moment: the lines carry no more the more share them (lines.REQUESTS_AT_ONCE)."""
OF_ONE_PERSON = 2
"""How many of these may be one person's, so that somebody with gigabytes leaves room for everybody else."""


class Waits(Protocol):
    """What a job hands in. Called in the event loop, so it returns at once and does not raise."""

    def __call__(self, place: int, /) -> None:
        """Its file is so far back in the queue: 1 comes next, 0 is on its way."""
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
    """Who comes next."""

    def __init__(self) -> None:
        self._waiting: list[_Place] = []
        self._coming: Counter[int] = Counter()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

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
                self._coming[person] -= 1
            else:
                self._waiting.remove(place)
            self._admit()

    def _admit(self) -> None:
        """Lets in whoever may come now, and tells the others where they are."""
        order = self._in_order()
        for place in order:
            if self._coming.total() < AT_ONCE and self._coming[place.person] < OF_ONE_PERSON:
                self._coming[place.person] += 1
                self._waiting.remove(place)
                place.admitted.set()
                place.tell(0)
        self._coming += Counter()  # forgets those who have none
        for number, place in enumerate((place for place in order if not place.admitted.is_set()), 1):
            place.tell(number)

    def _in_order(self) -> list[_Place]:
        before = self._coming.copy()
        rounds: list[tuple[int, _Place]] = []
        for place in self._waiting:
            rounds.append((before[place.person], place))
            before[place.person] += 1
        return [place for _, place in sorted(rounds, key=lambda each: each[0])]
