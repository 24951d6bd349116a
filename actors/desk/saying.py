"""What the desk's steps share: to one person or to every admin, each in their own language; buttons; notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from actors.desk.context import DeskContext, Reader
from actors.desk.events import DESK, Asking
from actors.desk.memory import Desk
from actors.interpret import DESK_BUTTON, button_name
from actors.phrases import Phrases
from actors.preferences import HOUSE_SCOPE, HousePreferences, changed
from engine.core.chart import Outcome
from engine.core.decrees import Note
from engine.core.effects import AnswerPress, Button, Edit, Effect, Prefer, Send
from engine.core.styled import Styled

Buttons = tuple[tuple[Button, ...], ...]
Wording = Callable[[Phrases], str]
"""What is said, for a language."""
Keys = Callable[[Phrases], Buttons]
"""The buttons under it, for a language."""


def card_ref(kind: str, *names: object) -> str:
    """The name of a message of the desk's: whoever replies to one speaks to the desk."""
    return ":".join((DESK, kind, *map(str, names)))


def desk_button(words: Phrases, phrase: str, command: str, *argument: object, **said: object) -> Button:
    """A button of the desk's with a phrase on it."""
    return Button(words.text(phrase, **said), button_name(DESK_BUTTON, command, *map(str, argument)))


# ── to one ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def tell(d: Desk, event: Asking, context: DeskContext, phrase: str, **said: object) -> Outcome[Desk]:
    """One sentence to whoever asks: in the notice of the button that they pressed, or as a message."""
    return Outcome(d, (answer(event, context, phrase, **said),))


def answer(event: Asking, context: DeskContext, phrase: str, **said: object) -> Effect:
    """The same, for a step that does more."""
    text = context.asker.words.text(phrase, **said)
    if event.query_id is not None:
        return AnswerPress(query_id=event.query_id, text=text, to=event.conversation)
    return Send(content=Styled(text), to=event.conversation)


def pressed(event: Asking) -> tuple[Effect, ...]:
    """Ends the spinner of the button that was tapped, if one was."""
    return () if event.query_id is None else (AnswerPress(query_id=event.query_id, to=event.conversation),)


def show(
    d: Desk, event: Asking, kind: str, text: str, buttons: Buttons = (), *, card: str = "", context: DeskContext
) -> Outcome[Desk]:
    """A page of the desk's for whoever asks: a message of its own, or in place of the page whose button was pressed.
    `card` is that page's name, as its buttons tell it."""
    if event.query_id is not None and card:
        shown: Effect = Edit(ref=card_ref(kind, card), content=Styled(text), buttons=buttons, to=event.conversation)
    else:
        ref = card_ref(kind, context.card)
        shown = Send(ref=ref, content=Styled(text), buttons=buttons, to=event.conversation)
    return Outcome(d, (*pressed(event), shown))


# ── to every admin ──────────────────────────────────────────────────────────────────────────────────────────────────


def tell_admins(context: DeskContext, ref: str, wording: Wording, keys: Keys | None = None) -> tuple[Effect, ...]:
    """A card for each admin."""
    return tuple(
        Send(ref=ref, content=Styled(wording(admin.words)), buttons=keys(admin.words) if keys else (), to=admin.key)
        for admin in context.admins
    )


def change_cards(context: DeskContext, ref: str, wording: Wording, keys: Keys | None = None) -> tuple[Effect, ...]:
    """The card says something else now, in every admin's chat."""
    return tuple(
        Edit(ref=ref, content=Styled(wording(admin.words)), buttons=keys(admin.words) if keys else (), to=admin.key)
        for admin in context.admins
    )


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────────────────


def note(context: DeskContext, action: str, of: str, **details: Any) -> Note:
    """A line of the audit. `of` is what it was done to ("person:42", "bot"); `details` hold no message's text."""
    return Note(admin_id=context.asker.id, action=action, object=of, details=msgspec.Raw(msgspec.json.encode(details)))


def prefer(house: HousePreferences, **changes: Any) -> Prefer:
    """The house's choices, changed."""
    return Prefer(scope=HOUSE_SCOPE, value=msgspec.Raw(msgspec.json.encode(changed(house, **changes))))


def name_of(reader: Reader) -> str:
    """How an admin is named to the others."""
    return reader.name or str(reader.id)
