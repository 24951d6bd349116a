"""Who plays in a replay, if nobody says otherwise: this bot's own actors."""

from __future__ import annotations

from engine.bot import behaviours, house_of, prices_of
from engine.core.clock import Clock
from engine.replay.outside import RecordedRights
from engine.runtime.behaviour import Behaviours
from engine.settings import Settings
from engine.store.database import Database


def own_actors(database: Database, settings: Settings, rights: RecordedRights, clock: Clock) -> Behaviours:
    """See engine.replay.run.Casting."""
    del database  # everything that they look at is given to them
    house = house_of(settings, prices_of(settings, clock))
    return behaviours(settings, house, rights, lambda: rights.username, clock)
