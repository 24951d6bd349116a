"""Who plays in a replay: if nobody says otherwise this bot's own actors, with the settings of each moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.bot import behaviours, house_of, prices_of
from engine.core.clock import Clock
from engine.core.events import Event
from engine.replay.outside import RecordedRights
from engine.runtime.behaviour import Behaviour, Behaviours
from engine.settings import Settings
from engine.store.database import Database


def own_actors(database: Database, settings: Settings, rights: RecordedRights, clock: Clock) -> Behaviours:
    """See engine.replay.run.Casting."""
    del database  # everything that they look at is given to them
    house = house_of(settings, prices_of(settings, clock))
    return behaviours(settings, house, rights, lambda: rights.username, clock)


class RecordedBehaviours(Behaviours):
    """Those of each start of the bot, one after the other: who reacts has the settings that were in force."""

    def __init__(self, of_starts: Sequence[Behaviours]) -> None:
        self._of_starts = of_starts
        self.start = 0
        """which start was the last one"""

    def of(self, conversation: str) -> Behaviour[Any]:
        """See Behaviours."""
        return self._of_starts[self.start].of(conversation)

    def remember(self, conversation: str, memory: str | None) -> Any:
        """See Behaviours."""
        return self._of_starts[self.start].remember(conversation, memory)

    def read(self, conversation: str, event: str) -> Event:
        """See Behaviours."""
        return self._of_starts[self.start].read(conversation, event)
