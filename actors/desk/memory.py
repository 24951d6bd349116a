"""What the desk remembers between two events, and the states it can be in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

ON_DUTY = "on_duty"
PAUSED = "paused"

STATES = (ON_DUTY, PAUSED)

ALERTS_LIMIT = 100
"""The most alerts whose buttons still work."""
WANTS_LIMIT = 200
"""The most wishes for a larger budget that wait for an admin; the oldest are let go."""


class Mark(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A budget that spending has passed a share of. `name` is the person's, where it is one's."""

    scope: str
    period: str
    percent: int
    spent_nanousd: int
    limit_nanousd: int
    name: str = ""


class Alert(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that the admins were told, or will be told when the quiet hours end. `id` is in its buttons."""

    id: str
    kind: str
    detail: str = ""
    at: datetime
    person_id: int = 0
    """whom it is about; 0 is nobody"""
    figures: dict[str, str] = {}
    """further arguments of its sentence"""
    mark: Mark | None = None
    """the budget that it is about, where the kind is "budget"; its sentence is made of that"""
    is_held: bool = False
    """it waits for the end of the quiet hours"""


class Want(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody's budget is used up and they have asked for more. `card` names its message and is in its buttons;
    `conversation` is where they are told."""

    card: str
    person_id: int
    name: str
    scope: str
    period: str
    conversation: str


BROADCAST_TIMER = "broadcast"
"""Runs out when the next people are to get their message."""


class Broadcast(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A message to everybody. `id` is its card's name, `conversation` where its admin sees that."""

    id: str
    conversation: str
    admin_id: int
    language: str
    markdown: str
    people: int
    """how many it goes to"""
    is_under_way: bool = False
    after: int = 0
    """the last person who has got theirs: people are taken by their ids"""
    done: int = 0
    ticks: int = 0
    """how often the timer has run out: what waits for Telegram is not waited for without end"""

    def but(self, **changes: Any) -> Broadcast:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)


def broadcast_ref(broadcast_id: str) -> str:
    """The name of a message to everybody in the outbox."""
    return f"broadcast:{broadcast_id}"


class Desk(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that the desk remembers. What it has decided lies in tables of its own."""

    key: str
    state: str = ON_DUTY
    thread: int = 1
    alerts: tuple[Alert, ...] = ()
    """the latest, oldest first"""
    wants: tuple[Want, ...] = ()
    broadcast: Broadcast | None = None
    """the one that is shown to its admin, or is under way"""
    checked_on: str = ""
    """the last day on which the watch has looked at what takes longer (ISO)"""
    stored_on: str = ""
    """the last day (ISO, UTC) for which what lies in vector stores is booked"""
    out_since: datetime | None = None
    """since when OpenAI can't be reached, as far as the admins were told"""

    def but(self, **changes: Any) -> Desk:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)

    def alert_as(self, alert_id: str) -> Alert | None:
        """The alert with that id, if it is still known."""
        return next((alert for alert in self.alerts if alert.id == alert_id), None)

    def want_as(self, card: str) -> Want | None:
        """The wish with that card, if nobody has decided yet."""
        return next((want for want in self.wants if want.card == card), None)
