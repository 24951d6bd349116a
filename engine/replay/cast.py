"""Who plays in a replay: if nobody says otherwise this bot's own actors, with the settings of each moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.bot import behaviours, house_of, prices_of
from engine.core.clock import Clock
from engine.core.errors import ConfigurationError
from engine.core.events import Event
from engine.replay.outside import RecordedRights
from engine.runtime.behaviour import Behaviour, Behaviours
from engine.runtime.behaviour import Casting as CastMaker
from engine.settings import Settings
from engine.store.database import Database

Casting = Callable[[Database, Settings, RecordedRights, Clock], Behaviours]
"""Makes the behaviours that are to handle the events."""


def own_actors(database: Database, settings: Settings, rights: RecordedRights, clock: Clock) -> Behaviours:
    """See Casting."""
    del database  # everything that they look at is given to them
    house = house_of(settings, prices_of(settings, clock))
    return behaviours(settings, house, rights, lambda: rights.username, clock)


def played_by(cast: CastMaker) -> Casting:
    """The same for a cast of others, as their bot is given it (engine.world.World.casting)."""

    def casting(database: Database, settings: Settings, rights: RecordedRights, clock: Clock) -> Behaviours:
        del settings, rights  # they look at nothing but the database
        return cast(database, clock).behaviours

    return casting


def cast_named(name: str) -> CastMaker:
    """The cast that MODULE:NAME names, in the present directory or installed.

    Raises ConfigurationError where there is none.
    """
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise ConfigurationError(f"--cast {name} is no cast: write MODULE:NAME")
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, ValueError, AttributeError) as error:
        raise ConfigurationError(f"--cast {name} is no MODULE:NAME of a cast: {error}") from error
    if not callable(found):
        raise ConfigurationError(f"--cast {name} is no cast: it can't be called with a database and a clock")
    maker: CastMaker = found
    return maker


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
