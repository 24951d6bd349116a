"""What the desk's guards and steps may know besides its memory and the event: a snapshot, made before each event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from actors.desk.quiet import QuietHours
from actors.phrases import Phrases, phrases
from actors.preferences import HousePreferences
from engine.core.roles import Role

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whom the desk speaks to, and the sentences in their language."""

    id: int
    name: str
    words: Phrases
    zone: ZoneInfo | None = None
    """the one that they have chosen"""

    @property
    def key(self) -> str:
        """Their private chat with the bot."""
        return str(self.id)


NOBODY = Reader(0, "", phrases("en"))


@dataclass(frozen=True, slots=True)
class DeskContext:
    """The snapshot. `event_id` is unique for ever: cards are named after it."""

    now: datetime
    event_id: int
    admins: tuple[Reader, ...]
    """whoever is told: of the settings, and those to whom the role was given"""
    house: HousePreferences
    zone: ZoneInfo
    """the house's: where its days begin"""
    quiet: QuietHours | None = None
    username: str = ""
    """the bot's own, for links to it"""
    asker: Reader = NOBODY
    """whom this event is from"""
    role: Role = Role.STRANGER
    """the asker's, at this moment"""
    fixed_admins: frozenset[int] = frozenset()
    """those of the settings: nobody changes their role here"""
    models: tuple[str, ...] = ()
    """those that may be chosen, the default first"""
    can_ask_access: bool = True
    """whether strangers may ask to be let in"""
    found: object = None
    """what `actors.desk.looks` has read for this kind of event"""

    @property
    def card(self) -> str:
        """The name of what this event brings about."""
        return str(self.event_id)

    def zone_of(self, reader: Reader) -> ZoneInfo:
        """Where somebody's clock is: the house's, unless they have chosen one."""
        return reader.zone or self.zone

    def seen(self, shape: type[S]) -> S:
        """What was read for this event. Raises TypeError where it is something else."""
        if not isinstance(self.found, shape):
            raise TypeError(f"{type(self.found).__name__} was read, not {shape.__name__}")
        return self.found
