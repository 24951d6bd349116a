"""The snapshot before each event of the desk's: who the admins are, what they read, what the event is about."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial

from actors.desk.context import NOBODY, DeskContext, Reader
from actors.desk.looks import Ground, look_up
from actors.desk.meanings import meaning
from actors.desk.memory import Desk
from actors.desk.quiet import QuietHours
from actors.looking import House
from actors.phrases import phrases
from actors.preferences import HOUSE_SCOPE, HousePreferences, PersonPreferences, person_scope, read_preferences
from engine.core.events import Event, FromPerson, Person
from engine.store import preferences, telegram
from engine.store.database import Database


class DeskLooker:
    """Makes contexts. `username` tells the bot's own, once it has logged in."""

    def __init__(self, database: Database, house: House, quiet: QuietHours | None, username: Callable[[], str]) -> None:
        self._database = database
        self._house = house
        self._quiet = quiet
        self._username = username

    async def context(self, memory: Desk, event: Event, event_id: int, now: datetime) -> DeskContext:
        """The snapshot for one event."""
        return await self._database.read(partial(self._look, memory=memory, event=event, event_id=event_id, now=now))

    def _look(self, db: sqlite3.Connection, memory: Desk, event: Event, event_id: int, now: datetime) -> DeskContext:
        (chosen,) = preferences.chosen(db, (HOUSE_SCOPE,))
        person = event.person if isinstance(event, FromPerson) else None
        role = self._house.role_in(db, person.id) if person else self._house.role(0)
        return DeskContext(
            now=now,
            event_id=event_id,
            admins=tuple(reader(db, admin) for admin in self._house.admins_in(db)),
            house=read_preferences(HousePreferences, chosen),
            zone=self._house.zone,
            quiet=self._quiet,
            username=self._username(),
            asker=reader(db, person.id, person) if person else NOBODY,
            role=role,
            fixed_admins=self._house.admins,
            offer=self._house.offer,
            found=look_up(db, meaning(event, role), Ground(memory, now, event_id, self._house)),
        )


def reader(db: sqlite3.Connection, person_id: int, person: Person | None = None) -> Reader:
    """Somebody as the desk speaks to them: as they have chosen, else as their Telegram does."""
    known = person or telegram.person(db, person_id) or Person(person_id)
    (own,) = preferences.chosen(db, (person_scope(person_id),))
    language = read_preferences(PersonPreferences, own).reads(known.language)
    return Reader(person_id, known.name or known.username, phrases(language))
