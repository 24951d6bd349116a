"""Whom the desk speaks to: people as they have chosen to be spoken to, else as their Telegram does."""

from __future__ import annotations

import sqlite3

from actors.desk.context import Reader
from actors.phrases import phrases
from actors.preferences import PersonPreferences, person_scope, read_preferences, zone_named
from actors.wording import one_line
from engine.core.events import Person
from engine.store import preferences, telegram


def reader(db: sqlite3.Connection, person_id: int, person: Person | None = None) -> Reader:
    """Somebody. `person` is what an event says of them, where there is one."""
    known = person or telegram.person(db, person_id) or Person(person_id)
    (own,) = preferences.chosen(db, (person_scope(person_id),))
    chosen = read_preferences(PersonPreferences, own)
    zone = zone_named(chosen.zone) if chosen.zone else None
    return Reader(person_id, one_line(known.name or known.username), phrases(chosen.reads(known.language)), zone)
