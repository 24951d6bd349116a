"""How fast each person may ask: a sliding minute for each, in memory only, looked at before every event that costs.

Time is that of the events, not of whoever looks: a postponed event that is looked at again, and events that waited for
a bot that was away, are weighed as if they were looked at when they came. A restart begins with empty minutes, so at
worst somebody gets twice the rate once; what was let in before it and is looked at again is let in again, since there
was never more of it in a minute than the rate. What is held back is noted in the moment, so that a recording that
begins in the midst of somebody's minute can be handled again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from engine.core.moment import present

MINUTE = timedelta(minutes=1)
PEOPLE_REMEMBERED = 10_000
"""People whose last minute is kept; whoever was silent for the longest is forgotten first."""


class Pace(StrEnum):
    """How an event is let in."""

    FREE = "free"
    TOO_FAST = "too_fast"
    """not at all, and they are told"""
    TOLD = "told"
    """not at all, and they know: they were told within this minute"""


_TELLS = "tells_too_fast"
"""Under which name a moment has that an event was not let in, and whether that is told."""
_PACES = {None: Pace.FREE, True: Pace.TOO_FAST, False: Pace.TOLD}


@dataclass(slots=True)
class _Minute:
    things: OrderedDict[str, datetime] = field(default_factory=OrderedDict)
    """what was let in, oldest first: never more than the rate"""
    latest: datetime | None = None
    told_by: int = 0
    """the event whose sentence was the last"""
    told_at: datetime | None = None


class Paces:
    """Everybody's minutes. `per_minute` 0 lets everything in."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._people: OrderedDict[int, _Minute] = OrderedDict()

    def weigh(self, person_id: int, thing: str, event_id: int, at: datetime) -> Pace:
        """Whether this event is let in. Events of the same `thing` (an album) count once; so does the same event."""
        if not self._per_minute:
            return Pace.FREE
        now = present()
        if now is not None and now.recorded is not None:
            pace = _PACES[now.recorded.get(_TELLS)]
        else:
            pace = self._weighed(person_id, thing, event_id, at)
        if now is not None and pace is not Pace.FREE:
            now.seen[_TELLS] = pace is Pace.TOO_FAST
        return pace

    def _weighed(self, person_id: int, thing: str, event_id: int, at: datetime) -> Pace:
        minute = self._minute(person_id)
        if thing in minute.things or (minute.latest is not None and at <= minute.latest - MINUTE):
            return Pace.FREE
        minute.latest = max(at, minute.latest or at)
        while minute.things and next(iter(minute.things.values())) <= minute.latest - MINUTE:
            minute.things.popitem(last=False)
        if len(minute.things) < self._per_minute:
            minute.things[thing] = at
            return Pace.FREE
        if minute.told_by != event_id and minute.told_at is not None and at < minute.told_at + MINUTE:
            return Pace.TOLD
        minute.told_by, minute.told_at = event_id, at
        return Pace.TOO_FAST

    def _minute(self, person_id: int) -> _Minute:
        minute = self._people.setdefault(person_id, _Minute())
        self._people.move_to_end(person_id)
        if len(self._people) > PEOPLE_REMEMBERED:
            self._people.popitem(last=False)
        return minute
