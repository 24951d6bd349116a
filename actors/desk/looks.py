"""What is read for each kind of event at the desk, in one look into the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from actors.desk.glances import GLANCES
from actors.desk.memory import Desk
from actors.looking import House
from engine.core.events import Event


class Ground(NamedTuple):
    """What every look may need."""

    memory: Desk
    now: datetime
    event_id: int
    house: House


Look = Callable[[sqlite3.Connection, Any, Ground], object]
"""(database, event, ground) → what `DeskContext.seen` gives to the step"""

LOOKS: Mapping[type[Event], Look] = {**GLANCES}
"""By the event as it was meant (`actors.desk.meanings`)."""


def look_up(db: sqlite3.Connection, event: Event, ground: Ground) -> object:
    """What is known about this event; None where nothing has to be."""
    look = LOOKS.get(type(event))
    return None if look is None else look(db, event, ground)
