"""What steps of every kind share: sentences, answers to taps, buttons, names of messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from actors import commands
from actors.context import Context
from actors.events import Asked
from actors.interpret import MORE_BUTTON, STOP_BUTTON, button_name
from actors.memory import UNHEARD_LIMIT, Conversation, Gathered, Held
from actors.orders import Exchange, Order
from engine.core.chart import Outcome
from engine.core.conversation import place
from engine.core.effects import AnswerPress, Button, ClearTimer, Edit, Effect, Send, StartJob, StopJob
from engine.core.events import Event, FromPerson

GATHER_TIMER = "gather"
CAPTION_TIMER = "caption"
WORDS_TIMER = "words"

Buttons = tuple[tuple[Button, ...], ...]


# ── saying ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def say(
    c: Conversation, context: Context, phrase: str, *, reply_to: int | None = None, **arguments: object
) -> Outcome[Conversation]:
    """One sentence."""
    return Outcome(c, (Send(content=context.phrases.styled(phrase, **arguments), reply_to=reply_to),))


def reply(
    c: Conversation, event: Asked, context: Context, phrase: str, *, alert: bool = False, **arguments: object
) -> Outcome[Conversation]:
    """One sentence to a tap on the button, or as a message, as it was asked."""
    if event.query_id is None:
        return Outcome(c, (Send(content=context.phrases.styled(phrase, **arguments)),))
    text = context.phrases.text(phrase, **arguments)
    return Outcome(c, (AnswerPress(query_id=event.query_id, text=text, alert=alert),))


def pressed(event: Event, text: str = "") -> tuple[Effect, ...]:
    """Ends the spinner of the button that was tapped, if one was."""
    query_id = event.query_id if isinstance(event, Asked) else None
    return () if query_id is None else (AnswerPress(query_id=query_id, text=text),)


def preceded(outcome: Outcome[Conversation], *effects: Effect) -> Outcome[Conversation]:
    """The same, with something to be done before."""
    return replace(outcome, effects=(*effects, *outcome.effects))


def ignore(c: Conversation, event: object, context: Context) -> Outcome[Conversation]:
    """Nothing."""
    return Outcome(c)


def postpone(c: Conversation, event: object, context: Context) -> Outcome[Conversation]:
    """Puts it back until the state changes."""
    return Outcome(c, postponed=True)


def say_busy(c: Conversation, event: Asked, context: Context) -> Outcome[Conversation]:
    """A button that starts something, while something else goes on."""
    return reply(c, event, context, "button-busy")


def say_button_gone(c: Conversation, event: Asked, context: Context) -> Outcome[Conversation]:
    """A button whose subject is no longer kept."""
    return reply(c, event, context, "button-gone")


def say_not_yours(c: Conversation, event: Asked, context: Context) -> Outcome[Conversation]:
    """A button that is another person's."""
    return reply(c, event, context, "button-not-yours", alert=True)


def more_buttons(limit: str, context: Context) -> Buttons:
    """The button that asks the admins for more, where a limit has refused."""
    return ((button(context, "button-more", MORE_BUTTON, *limit.split(":")),),) if limit else ()


# ── names and buttons ───────────────────────────────────────────────────────────────────────────────────────────────


def answer_ref(job: str, number: int = 0) -> str:
    """The name of an answer's message; in a group, the first one stands for it while it is written."""
    return f"answer:{job}" if number == 0 else f"answer:{job}:{number}"


def is_private(c: Conversation) -> bool:
    """Whether only one person and the bot are here."""
    return place(c.key).is_private


def button(context: Context, phrase: str, what: str, *arguments: str, **words: object) -> Button:
    """A button with a phrase on it."""
    return Button(context.phrases.text(phrase, **words), button_name(what, *arguments))


def stop_buttons(job: str, context: Context) -> Buttons:
    """The Stop under something that is on its way."""
    return ((button(context, "button-stop", STOP_BUTTON, job),),)


def keyboard(c: Conversation, context: Context) -> tuple[tuple[str, ...], ...] | None:
    """In groups the bot leaves people's keyboards alone."""
    return commands.keyboard(context.role, context.phrases) if is_private(c) else None


# ── jobs and what is kept ───────────────────────────────────────────────────────────────────────────────────────────


def job_name(context: Context, suffix: str = "") -> str:
    """A job's id: the event's, unique for ever; with a suffix for a second job of the same event."""
    return f"{context.event_id}{suffix}"


def start_job(job: str, kind: str, order: Order) -> StartJob:
    """A job with its order."""
    return StartJob(job=job, kind=kind, order=msgspec.Raw(msgspec.json.encode(order)))


def hold(c: Conversation, held: Held, limit: int) -> Conversation:
    """Keeps files for later; the oldest are let go."""
    return c.but(held=(*(one for one in c.held if one.id != held.id), held)[-limit:])


def without_held(c: Conversation, held_id: str) -> Conversation:
    """The files are used."""
    return c.but(held=tuple(one for one in c.held if one.id != held_id))


def nothing_waiting() -> tuple[Effect, ...]:
    """Clears the timers of states that wait for a person."""
    return tuple(ClearTimer(timer=timer) for timer in (GATHER_TIMER, CAPTION_TIMER, WORDS_TIMER))


def abandoned(c: Conversation, context: Context) -> tuple[Effect, ...]:
    """Ends the running job, and the message that stood for its result."""
    return (StopJob(job=c.job), *left_standing(c, context)) if c.job else ()


def left_standing(c: Conversation, context: Context) -> tuple[Effect, ...]:
    """The message that stood for a result says that none will come."""
    closing = context.phrases.styled("answer-stopped", cost="unknown", amount="")
    return (Edit(ref=c.standing, content=closing),) if c.standing else ()


def ended(c: Conversation, **changes: Any) -> Conversation:
    """The conversation without its job."""
    return c.but(job="", question=None, standing="", **changes)


def base_job(c: Conversation) -> str:
    """The job after which the running answer's messages are named: its own, or the one that it replaces."""
    return c.question.replaces or c.job if c.question else c.job


def told(c: Conversation, question: str, answer: str) -> tuple[Exchange, ...]:
    """What the model is told with the next question, with something that happened without it."""
    return (*c.unheard, Exchange(question, answer))[-UNHEARD_LIMIT:]


def is_from(gathered: Gathered | Held | None, event: FromPerson) -> bool:
    """Whether the same person goes on."""
    return gathered is not None and gathered.person.id == event.person.id
