"""Steps about long sounds that cost more than is spent without asking: the question, and the three answers to it."""

from __future__ import annotations

from msgspec.structs import replace as changed

from actors.context import Context
from actors.events import BEGINNING, CANCEL, GO, ConsentGiven, SoundPriced
from actors.intake import spoken
from actors.interpret import CONSENT_BUTTON
from actors.memory import PRICED_LIMIT, Conversation, Priced
from actors.steps.captions import files_of
from actors.steps.listening import begin_listening
from actors.steps.shared import Buttons, button, ended, job_name, preceded, pressed
from engine.core.chart import Outcome
from engine.core.effects import Edit, Effect, Send
from engine.core.money import dollars
from engine.media.stitching import clock

BEGINNING_S = 600.0
"""How much is heard of a sound of which only the beginning is wanted."""


def ask_consent(c: Conversation, event: SoundPriced, context: Context) -> Outcome[Conversation]:
    """What it is, how long, about what it costs; nothing is paid yet."""
    if c.question is None:
        raise ValueError("no question waits for a sound")
    words = {"duration": clock(round(event.duration_s * 1000)), "amount": dollars(event.cost_nanousd)}
    content = context.phrases.styled("consent-question", **words)
    ref = c.standing or f"consent:{event.job}"
    priced = Priced(id=job_name(context), question=c.question, ref=ref, cost_nanousd=event.cost_nanousd)
    is_one = len(spoken(files_of(c.question.parts))) == 1
    buttons = _buttons(priced.id, context, has_beginning=is_one and event.duration_s > BEGINNING_S)
    reply_to = c.question.message_id or None
    asked: Effect = (
        Edit(ref=priced.ref, content=content, buttons=buttons)
        if c.standing
        else Send(ref=priced.ref, content=content, buttons=buttons, reply_to=reply_to)
    )
    return Outcome(ended(c, priced=(*c.priced, priced)[-PRICED_LIMIT:]), (asked,))


def is_price_gone(c: Conversation, event: ConsentGiven, context: Context) -> bool:
    """The question is no longer open."""
    return c.priced_as(event.priced) is None


def is_not_payer(c: Conversation, event: ConsentGiven, context: Context) -> bool:
    """Somebody else has sent the sound."""
    priced = c.priced_as(event.priced)
    return priced is not None and priced.question.person.id != event.person.id


def is_declined(c: Conversation, event: ConsentGiven, context: Context) -> bool:
    """It is not worth that much."""
    return event.answer == CANCEL


def drop_priced(c: Conversation, event: ConsentGiven, context: Context) -> Outcome[Conversation]:
    """Nothing is heard, nothing is paid."""
    priced = _priced(c, event)
    said = Edit(ref=priced.ref, content=context.phrases.styled("consent-declined"))
    return Outcome(_without(c, priced), (*pressed(event), said))


def listen_after_all(c: Conversation, event: ConsentGiven, context: Context) -> Outcome[Conversation]:
    """It is agreed to: all of it, or its first ten minutes."""
    priced = _priced(c, event)
    until_s = BEGINNING_S if event.answer == BEGINNING else 0.0
    question = changed(priced.question, until_s=until_s, agreed_nanousd=priced.cost_nanousd)
    begun = begin_listening(_without(c, priced), context, question, standing=priced.ref)
    return preceded(begun, *pressed(event))


def _priced(c: Conversation, event: ConsentGiven) -> Priced:
    if (priced := c.priced_as(event.priced)) is None:
        raise ValueError("this question is no longer open")
    return priced


def _without(c: Conversation, priced: Priced) -> Conversation:
    return c.but(priced=tuple(one for one in c.priced if one.id != priced.id))


def _buttons(priced: str, context: Context, *, has_beginning: bool) -> Buttons:
    answers = (GO, *((BEGINNING,) if has_beginning else ()), CANCEL)
    return (tuple(button(context, f"consent-{answer}", CONSENT_BUTTON, priced, answer) for answer in answers),)
