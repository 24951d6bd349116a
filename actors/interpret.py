"""What an event of Telegram's means here. The gate too: whatever a stranger does becomes `StrangerSpoke`.

A button's name is "<what>:<arguments>", made by `button_name`; what it means stands in `_press`.
"""

from __future__ import annotations

from actors.commands import by_name, by_word
from actors.context import Role
from actors.events import (
    ActionRequested,
    ConsentGiven,
    ContinueRequested,
    ForgetDecided,
    FormatChosen,
    Overheard,
    PictureFileRequested,
    PictureRequested,
    RetryRequested,
    SettingChosen,
    StopRequested,
    StrangerSpoke,
    UnknownAsked,
)
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    Event,
    FromPerson,
    MessageEdited,
    MessageReceived,
    TextReceived,
    UnsupportedReceived,
)

STOP_BUTTON = "stop"
RETRY_BUTTON = "retry"
CONTINUE_BUTTON = "continue"
ACTION_BUTTON = "do"
FORMAT_BUTTON = "draw"
PICTURE_FILE_BUTTON = "original"
CONSENT_BUTTON = "hear"
SETTING_BUTTON = "set"
FORGET_BUTTON = "forget"


def button_name(what: str, *arguments: str) -> str:
    """A button's name, from which `interpret` reads it again."""
    return ":".join((what, *arguments))


def interpret(event: Event, role: Role) -> Event:
    """The event that the chart is asked about: the same one, or what it means."""
    if not isinstance(event, FromPerson):
        return event
    if isinstance(event, MessageReceived | UnsupportedReceived) and not event.addressed:
        message = event if isinstance(event, MessageReceived) else None
        return Overheard(at=event.at, person=event.person, message=message)  # type: ignore[arg-type]
    if role is Role.STRANGER:
        if isinstance(event, MessageEdited):
            return Overheard(at=event.at, person=event.person)
        query_id = event.query_id if isinstance(event, ButtonPressed) else None
        return StrangerSpoke(at=event.at, person=event.person, query_id=query_id)
    match event:
        case TextReceived(text=text) if command := by_word().get(text.strip()):
            return command.asks(at=event.at, person=event.person, message_id=event.message_id)
        case CommandReceived():
            return _command(event)
        case DraftStopped():
            return StopRequested(at=event.at, person=event.person)
        case ButtonPressed():
            return _press(event)
        case _:
            return event


def _command(event: CommandReceived) -> Event:
    known = by_name().get(event.name)
    asks = known.asks if known else UnknownAsked
    if asks is PictureRequested:
        return PictureRequested(
            at=event.at,
            person=event.person,
            message_id=event.message_id,
            prompt=event.argument,
            reply_to=event.reply_to,
        )
    return asks(at=event.at, person=event.person, message_id=event.message_id)


def _press(event: ButtonPressed) -> Event:
    at, person, query_id, message_id = event.at, event.person, event.query_id, event.message_id
    match event.button.split(":"):
        case ["stop", *job]:
            return StopRequested(at=at, person=person, query_id=query_id, message_id=message_id, job="".join(job))
        case ["retry", job]:
            return RetryRequested(at=at, person=person, query_id=query_id, message_id=message_id, job=job)
        case ["continue", job]:
            return ContinueRequested(at=at, person=person, query_id=query_id, message_id=message_id, job=job)
        case ["do", action, held]:
            return ActionRequested(
                at=at, person=person, query_id=query_id, message_id=message_id, action=action, held=held
            )
        case ["draw", idea, size]:
            return FormatChosen(at=at, person=person, query_id=query_id, message_id=message_id, idea=idea, size=size)
        case ["hear", priced, answer]:
            return ConsentGiven(
                at=at, person=person, query_id=query_id, message_id=message_id, priced=priced, answer=answer
            )
        case ["original", job]:
            return PictureFileRequested(at=at, person=person, query_id=query_id, message_id=message_id, job=job)
        case ["set", menu, *rest]:
            what = rest[0] if rest else ""
            value = ":".join(rest[1:]) if len(rest) > 1 else None
            return SettingChosen(
                at=at, person=person, query_id=query_id, message_id=message_id, menu=menu, what=what, value=value
            )
        case ["forget", menu, answer]:
            return ForgetDecided(
                at=at, person=person, query_id=query_id, message_id=message_id, menu=menu, is_meant=answer == "yes"
            )
        case _:
            return UnknownAsked(at=at, person=person, query_id=query_id, message_id=message_id)
