"""What is read for the quarantine and for messages to everybody (`actors.desk.looks` has the rest)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from actors.desk.meanings import (
    BroadcastCancelled,
    BroadcastTold,
    DropTold,
    IncidentTold,
    QuarantineTold,
    ReplayTold,
    Told,
)
from actors.desk.memory import BROADCAST_TIMER, broadcast_ref
from engine.core.effects import Edit, Send
from engine.core.events import Event, FileReceived, TextReceived, TimedOut
from engine.store import audience, inbox, outbox, quarantine
from engine.store.quarantine import Quarantined

if TYPE_CHECKING:
    from actors.desk.looks import Ground

BROADCAST_BATCH = 20
"""People who get their message in one step: one second's worth."""


class Held(NamedTuple):
    """The newest events in quarantine, how many there are, and the one that the event is about."""

    events: list[Quarantined]
    total: int
    wanted: Quarantined | None = None


class Audience(NamedTuple):
    """What everybody would get (Markdown, "" for nothing), and how many people that are."""

    text: str
    people: int


class Batch(NamedTuple):
    """Who is next, and how the messages so far are getting on."""

    people: list[int]
    progress: audience.Progress


def held(db: sqlite3.Connection, event: Told, _ground: Ground) -> Held:
    """See Held."""
    words = event.words
    number = int(words[1]) if len(words) > 1 and words[1].isdecimal() else 0
    return Held(quarantine.listed(db), quarantine.count(db), quarantine.found(db, number))


def heard_by(db: sqlite3.Connection, event: BroadcastTold, ground: Ground) -> Audience:
    """See Audience. The words stand behind the command, or in the message that it replies to."""
    text = event.argument.strip()
    if not text and event.reply_to is not None:
        text = _said(db, event.conversation, event.reply_to)
    return Audience(text, audience.count(db, ground.house.doors))


def next_batch(db: sqlite3.Connection, event: TimedOut | BroadcastCancelled, ground: Ground) -> Batch | None:
    """See Batch. None for timers of other kinds, and where nothing is under way."""
    broadcast = ground.memory.broadcast
    if broadcast is None or (isinstance(event, TimedOut) and event.timer != BROADCAST_TIMER):
        return None
    people = audience.after_person(db, ground.house.doors, broadcast.after, BROADCAST_BATCH)
    return Batch(people, audience.progress(db, broadcast_ref(broadcast.id)))


def _said(db: sqlite3.Connection, conversation: str, message_id: int) -> str:
    ours = outbox.sent_as(db, conversation, message_id)
    if ours is not None:
        return ours.effect.content.text if isinstance(ours.effect, Send | Edit) else ""
    event = inbox.message(db, conversation, message_id)
    if event is None:
        return ""
    try:
        return msgspec.json.decode(event, type=TextReceived | FileReceived).text
    except msgspec.ValidationError:
        return ""


GLANCES: dict[type[Event], Callable[[sqlite3.Connection, Any, Any], object]] = {
    QuarantineTold: held,
    ReplayTold: held,
    DropTold: held,
    IncidentTold: held,
    BroadcastTold: heard_by,
    BroadcastCancelled: next_batch,
    TimedOut: next_batch,
}
"""By the event as it was meant."""
