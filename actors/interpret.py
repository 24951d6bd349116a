"""What an event of Telegram's means here. The gate too: whatever a stranger does becomes `StrangerSpoke`."""

from __future__ import annotations

from actors.commands import by_name, by_word
from actors.context import Role
from actors.events import Overheard, StopRequested, StrangerSpoke, UnknownAsked
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    Event,
    FromPerson,
    MessageEdited,
    TextReceived,
    UnsupportedReceived,
)

STOP_BUTTON = "stop"
"""A Stop button's name is "stop:<job>"."""


def interpret(event: Event, role: Role) -> Event:
    """The event that the chart is asked about: the same one, or what it means."""
    if not isinstance(event, FromPerson) or isinstance(event, MessageEdited):
        return event
    if isinstance(event, TextReceived | UnsupportedReceived) and not event.addressed:
        return Overheard(at=event.at, person=event.person)
    if role is Role.STRANGER:
        query_id = event.query_id if isinstance(event, ButtonPressed) else None
        return StrangerSpoke(at=event.at, person=event.person, query_id=query_id)
    match event:
        case TextReceived(text=text) if command := by_word().get(text.strip()):
            return command.asks(at=event.at, person=event.person)
        case CommandReceived(name=name):
            known = by_name().get(name)
            return (known.asks if known else UnknownAsked)(at=event.at, person=event.person)
        case DraftStopped():
            return StopRequested(at=event.at, person=event.person)
        case ButtonPressed():
            return _press(event)
        case _:
            return event


def _press(event: ButtonPressed) -> Event:
    what, _, job = event.button.partition(":")
    if what == STOP_BUTTON:
        return StopRequested(at=event.at, person=event.person, job=job, query_id=event.query_id)
    return UnknownAsked(at=event.at, person=event.person, query_id=event.query_id)
