"""The snapshot before each event of the desk's: who the admins are, what they read, what the event is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from actors.desk.context import NOBODY, DeskContext
from actors.desk.looks import Ground, look_up
from actors.desk.meanings import meaning
from actors.desk.memory import Desk
from actors.desk.quiet import QuietHours
from actors.desk.readers import reader
from actors.looking import House, offered
from actors.preferences import HOUSE_SCOPE, HousePreferences, read_preferences
from engine.core.events import Event, FromPerson
from engine.core.roles import Role
from engine.store import access, preferences


class DeskLooker:
    """Makes contexts. `username` tells the bot's own, once it has logged in."""

    def __init__(self, house: House, quiet: QuietHours | None, username: Callable[[], str]) -> None:
        self._house = house
        self._quiet = quiet
        self._username = username

    def context(self, db: sqlite3.Connection, memory: Desk, event: Event, event_id: int, now: datetime) -> DeskContext:
        """The snapshot for one event."""
        (chosen,) = preferences.chosen(db, (HOUSE_SCOPE,))
        preferred = read_preferences(HousePreferences, chosen)
        person = event.person if isinstance(event, FromPerson) else None
        role = self._house.role(db, person.id) if person else Role.STRANGER
        ground = Ground(memory, now, event_id, self._house)
        return DeskContext(
            now=now,
            event_id=event_id,
            admins=tuple(reader(db, admin) for admin in access.admins(db, self._house.doors)),
            house=preferred,
            zone=self._house.zone,
            quiet=self._quiet,
            username=self._username(),
            asker=reader(db, person.id, person) if person else NOBODY,
            role=role,
            fixed_admins=self._house.admins,
            models=offered(self._house.offer, preferred).models,
            can_ask_access=self._house.access != "closed",
            found=look_up(db, meaning(event, role), ground),
        )
