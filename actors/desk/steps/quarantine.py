"""Steps for events that could not be handled: the list, another try, the end, the recording of what led there."""

from __future__ import annotations

import msgspec

from actors.desk.context import DeskContext
from actors.desk.glances import Held
from actors.desk.meanings import DropTold, IncidentTold, QuarantineTold, ReplayTold, Told
from actors.desk.memory import Desk
from actors.desk.saying import desk_button, note, pressed, show, tell
from actors.desk.steps.reports import ordered
from actors.phrases import Phrases
from engine.core.chart import Outcome
from engine.core.clock import from_micros
from engine.core.decrees import Decree, DropEvent, ReplayEvent
from engine.core.effects import Button, Effect
from engine.store.quarantine import Quarantined

ERROR_SHOWN = 100
"""The most characters of an error."""


def show_quarantine(d: Desk, event: QuarantineTold, context: DeskContext) -> Outcome[Desk]:
    """The newest events, with their buttons."""
    held = context.seen(Held)
    text, buttons = _list(held.events, held.total, context, context.card)
    return show(d, event, "quarantine", text, buttons, context=context)


def has_event(d: Desk, event: Told, context: DeskContext) -> bool:
    """Whether the event is still in quarantine."""
    return context.seen(Held).wanted is not None


def replay_event(d: Desk, event: ReplayTold, context: DeskContext) -> Outcome[Desk]:
    """It is handled again, as if it had just come."""
    return _decided(d, event, context, ReplayEvent(event_id=_number(event)), "replay")


def drop_event(d: Desk, event: DropTold, context: DeskContext) -> Outcome[Desk]:
    """Nobody looks at it again."""
    return _decided(d, event, context, DropEvent(event_id=_number(event)), "drop")


def order_incident(d: Desk, event: IncidentTold, context: DeskContext) -> Outcome[Desk]:
    """A job writes all that led to it into a file: with stand-ins, or with what people have written."""
    number, how = str(_number(event)), event.word(2)
    taken = note(context, "incident", f"event:{number}", what=how)
    return Outcome(d, (*pressed(event), taken, ordered(event, context, "incident", (number, how))))


def say_event_gone(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Another admin was quicker."""
    return tell(d, event, context, "quarantine-gone")


def _decided(d: Desk, event: Told, context: DeskContext, decree: Decree, action: str) -> Outcome[Desk]:
    held, number = context.seen(Held), _number(event)
    left = [one for one in held.events if one.id != number]
    card = event.words[0]
    text, buttons = _list(left, held.total - 1, context, card)
    effects: tuple[Effect, ...] = (decree, note(context, action, f"event:{number}"))
    shown = show(d, event, "quarantine", text, buttons, card=card, context=context)
    return Outcome(d, (*effects, *shown.effects))


def _number(event: Told) -> int:
    return int(event.words[1])


def _list(
    events: list[Quarantined], count: int, context: DeskContext, card: str
) -> tuple[str, tuple[tuple[Button, ...], ...]]:
    words = context.asker.words
    if not count:
        return words.text("quarantine-empty"), ()
    lines = [words.text("quarantine-title", events=count), ""]
    lines += [f"#{event.id} {_named(event, context)}: {event.error[:ERROR_SHOWN]}" for event in events]
    rows = [_buttons(event, card, words) for event in events]
    return "\n".join(lines), (*rows, (desk_button(words, "button-export", "events", card),))


def _buttons(event: Quarantined, card: str, words: Phrases) -> tuple[Button, ...]:
    return (
        desk_button(words, "button-replay", "replay", card, event.id, number=str(event.id)),
        desk_button(words, "button-drop", "drop", card, event.id, number=str(event.id)),
        desk_button(words, "button-incident", "incident", card, event.id, number=str(event.id)),
    )


def _named(event: Quarantined, context: DeskContext) -> str:
    """When, what and where, and not a word of what was said."""
    at = from_micros(event.received_at).astimezone(context.zone)
    try:
        kind = str(msgspec.json.decode(event.event)["type"])
    except (msgspec.DecodeError, KeyError, TypeError):
        kind = "?"
    return f"{at:%d.%m %H:%M} {kind} {event.conversation}"
