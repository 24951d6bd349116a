"""What an event of Telegram's means here. The gate too: whatever a stranger does becomes `StrangerSpoke`.

A button's name is "<what>:<arguments>", made by `button_name`; what it means stands in `_press`.
"""

from __future__ import annotations

import re
from typing import TypeGuard

from actors.commands import Command, by_name, by_word
from actors.desk.events import AccessAsked, DeskCommanded, InviteShown, MoreAsked
from actors.events import (
    CANCEL,
    ActionRequested,
    ConsentGiven,
    ContinueRequested,
    ForgetDecided,
    FormatChosen,
    HandedOver,
    Overheard,
    PauseMet,
    PictureFileRequested,
    PictureRequested,
    RetryRequested,
    SettingChosen,
    StopRequested,
    StrangerSpoke,
    UnknownAsked,
)
from actors.pace import Pace
from engine.core.conversation import place
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    Event,
    FileReceived,
    FromPerson,
    MessageEdited,
    MessageReceived,
    Person,
    TextReceived,
    UnsupportedReceived,
)
from engine.core.roles import Role

STOP_BUTTON = "stop"
RETRY_BUTTON = "retry"
CONTINUE_BUTTON = "continue"
ACTION_BUTTON = "do"
FORMAT_BUTTON = "draw"
PICTURE_FILE_BUTTON = "original"
CONSENT_BUTTON = "hear"
SETTING_BUTTON = "set"
FORGET_BUTTON = "forget"
ACCESS_BUTTON = "access"
DESK_BUTTON = "desk"
MORE_BUTTON = "more"
"""Under the sentence that a budget is used up. more:<scope>:<period> of the limit that has refused."""
INVITE_PREFIX = "inv_"
"""Before an invite's token in the link that carries it: t.me/bot?start=inv_..."""

_MENU = re.compile(r"[0-9]{1,19}")
"""A menu is called as the event that it was sent for."""


def button_name(what: str, *arguments: str) -> str:
    """A button's name, from which `interpret` reads it again."""
    return ":".join((what, *arguments))


Costly = (
    TextReceived | FileReceived | MessageEdited
    | RetryRequested | ContinueRequested | ActionRequested | PictureRequested | FormatChosen | ConsentGiven
)  # fmt: skip
"""What only admins may do while the bot is paused, and others not too fast."""


def is_costly(meant: Event) -> TypeGuard[Costly]:
    """Whether it may cost something. Saying no to a price does not."""
    return isinstance(meant, Costly) and not (isinstance(meant, ConsentGiven) and meant.answer == CANCEL)


def is_paced(meant: Event) -> TypeGuard[Costly | StrangerSpoke | HandedOver]:
    """What nobody but an admin may do too fast."""
    return is_costly(meant) or isinstance(meant, StrangerSpoke | HandedOver)


def interpret(event: Event, role: Role, conversation: str, *, is_paused: bool = False, pace: Pace = Pace.FREE) -> Event:
    """The event that the chart is asked about: the same one, or what it means in that conversation. `is_paused`: an
    admin wants this person to get no answers now. `pace`: whether they ask too fast."""
    meant = _meant(event, role, conversation)
    is_held_up = pace is not Pace.FREE or (is_paused and is_costly(meant))
    if not is_held_up or role is Role.ADMIN or not is_paced(meant):
        return meant
    query_id, message_id = getattr(meant, "query_id", None), getattr(meant, "message_id", 0)
    is_known = not is_paused and pace is Pace.TOLD and query_id is None  # a tap is answered each time
    if isinstance(meant, MessageEdited) or is_known:
        return Overheard(at=meant.at, person=meant.person)
    reason = "paused" if is_paused else "too-fast"
    return PauseMet(at=meant.at, person=meant.person, query_id=query_id, message_id=message_id, reason=reason)


def _meant(event: Event, role: Role, conversation: str) -> Event:
    if not isinstance(event, FromPerson):
        return event
    if isinstance(event, MessageReceived | UnsupportedReceived) and not event.addressed:
        message = event if isinstance(event, MessageReceived) else None
        return Overheard(at=event.at, person=event.person, message=message)  # type: ignore[arg-type]
    if role is Role.BLOCKED:
        return Overheard(at=event.at, person=event.person)
    if role is Role.STRANGER:
        if isinstance(event, MessageEdited):
            return Overheard(at=event.at, person=event.person)
        return _stranger(event, conversation)
    match event:
        case TextReceived(text=text, forwarded_from=None) if command := by_word().get(text.strip()):
            return _asked(command, event, role)
        case CommandReceived(name="start", argument=argument, person=person) if argument.startswith(
            INVITE_PREFIX
        ) and not is_nobody(person):
            return _invited(event, conversation)
        case CommandReceived(name=name):
            return _asked(by_name().get(name), event, role)
        case DraftStopped():
            return StopRequested(at=event.at, person=event.person)
        case ButtonPressed():
            return _pressed(event, role, conversation)
        case _:
            return event


def _pressed(event: ButtonPressed, role: Role, conversation: str) -> Event:
    match event.button.partition(":")[0]:
        case what if what == DESK_BUTTON:
            return _press_at_desk(event, role)
        case what if what == MORE_BUTTON:
            return _wish(event, conversation)
        case _:
            return _press(event)


def is_nobody(person: Person) -> bool:
    """Whether it is a channel, or a group's anonymous admin."""
    return person.id <= 0


def _stranger(event: FromPerson, conversation: str) -> Event:
    """A stranger may ask to be let in, or come with an invite; whatever else they do gets the same sentence. Who
    writes as a channel, or as a group's anonymous admin, may be anybody."""
    at, person = event.at, event.person
    if is_nobody(person):
        return StrangerSpoke(at=at, person=person)
    if isinstance(event, CommandReceived) and event.name == "start" and event.argument:
        return _invited(event, conversation)
    query_id = event.query_id if isinstance(event, ButtonPressed) else None
    if isinstance(event, ButtonPressed) and event.button == ACCESS_BUTTON:
        origin = "private" if place(conversation).is_private else "group"
        asked = AccessAsked(at=at, person=person, conversation=conversation, query_id=query_id, origin=origin)
        return HandedOver(at=at, person=person, query_id=query_id, what=asked)
    return StrangerSpoke(at=at, person=person, query_id=query_id)


def _invited(event: CommandReceived, conversation: str) -> Event:
    shown = InviteShown(
        at=event.at,
        person=event.person,
        conversation=conversation,
        message_id=event.message_id,
        token=event.argument.removeprefix(INVITE_PREFIX),
    )
    return HandedOver(at=event.at, person=event.person, what=shown)


def _asked(known: Command | None, event: TextReceived | CommandReceived, role: Role) -> Event:
    """A command, or its word on the keyboard. Those of admins look unknown to everybody else, and are answered in
    private wherever they are given: what the desk shows is not for a group."""
    at, person, message_id = event.at, event.person, event.message_id
    argument = event.argument if isinstance(event, CommandReceived) else ""
    if known is None or (known.role is Role.ADMIN and role is not Role.ADMIN):
        return UnknownAsked(at=at, person=person, message_id=message_id)
    if known.role is Role.ADMIN:
        commanded = DeskCommanded(
            at=at,
            person=person,
            conversation=str(person.id),
            message_id=message_id,
            command=known.names[0],
            argument=argument,
            reply_to=event.reply_to,
        )
        return HandedOver(at=at, person=person, message_id=message_id, what=commanded)
    if known.asks is PictureRequested:
        return PictureRequested(at=at, person=person, message_id=message_id, prompt=argument, reply_to=event.reply_to)
    return known.asks(at=at, person=person, message_id=message_id)


def _wish(event: ButtonPressed, conversation: str) -> Event:
    at, person, query_id = event.at, event.person, event.query_id
    scope, _, period = event.button.removeprefix(f"{MORE_BUTTON}:").rpartition(":")
    asked = MoreAsked(
        at=at,
        person=person,
        conversation=conversation,
        message_id=event.message_id,
        query_id=query_id,
        scope=scope,
        period=period,
    )
    return HandedOver(at=at, person=person, query_id=query_id, message_id=event.message_id, what=asked)


def _press_at_desk(event: ButtonPressed, role: Role) -> Event:
    """Whoever presses must be an admin at this moment: the button may have been made for one who is no longer."""
    at, person, query_id = event.at, event.person, event.query_id
    if role is not Role.ADMIN:
        return UnknownAsked(at=at, person=person, query_id=query_id, message_id=event.message_id)
    _, command, *rest = event.button.split(":")
    commanded = DeskCommanded(
        at=at,
        person=person,
        conversation=str(person.id),
        message_id=event.message_id,
        query_id=query_id,
        command=command,
        argument=":".join(rest),
    )
    return HandedOver(at=at, person=person, query_id=query_id, message_id=event.message_id, what=commanded)


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
        case ["set", menu, *rest] if _MENU.fullmatch(menu):
            what = rest[0] if rest else ""
            value = ":".join(rest[1:]) if len(rest) > 1 else None
            return SettingChosen(
                at=at, person=person, query_id=query_id, message_id=message_id, menu=menu, what=what, value=value
            )
        case ["forget", menu, answer] if _MENU.fullmatch(menu):
            return ForgetDecided(
                at=at, person=person, query_id=query_id, message_id=message_id, menu=menu, is_meant=answer == "yes"
            )
        case _:
            return UnknownAsked(at=at, person=person, query_id=query_id, message_id=message_id)
