"""The guards and steps of the conversation's chart, in the order of its table (actors/conversation.py).

A guard asks (`is_`), a step does; both get the conversation, the event and the context, and are pure.
"""

from __future__ import annotations

import msgspec

from actors import commands, stats
from actors.context import Context, Role
from actors.events import (
    AnswerFailed,
    AnswerReady,
    AnswerStopped,
    HelpRequested,
    ResetRequested,
    StartRequested,
    StatsRequested,
    StopRequested,
    StrangerSpoke,
    UnknownAsked,
)
from actors.interpret import STOP_BUTTON
from actors.memory import QUESTION_LIMIT, UNHEARD_LIMIT, Conversation, Question
from actors.orders import AnswerOrder, Exchange
from engine.core.chart import Outcome
from engine.core.conversation import place
from engine.core.effects import AnswerPress, Button, DropPostponed, Edit, Effect, RecordTurn, Send, StartJob, StopJob
from engine.core.events import (
    AlertRaised,
    FromPerson,
    MessagesDeleted,
    TextReceived,
    UnsupportedReceived,
)
from engine.core.money import dollars
from engine.core.styled import Styled
from engine.telegram.text import answer_parts, unfinished_parts, utf16_length


def is_too_long(c: Conversation, event: TextReceived, context: Context) -> bool:
    """More than one question may have."""
    return len(event.text) > QUESTION_LIMIT


def say_too_long(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Says how long it is and how long it may be."""
    return _say(c, context, "message-too-long", length=len(event.text), limit=QUESTION_LIMIT)


def ask_model(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Starts the job that answers; in a group, with a message that stands for the answer."""
    job = str(context.event_id)
    question = Question(event.text, event.message_id, event.person)
    order = AnswerOrder(
        question=event.text,
        person=event.person,
        previous_response_id=c.response_id,
        unheard=c.unheard,
        thread=c.thread,
        asked_at=event.at,
    )
    started = StartJob(job=job, kind="answer", order=msgspec.Raw(msgspec.json.encode(order)))
    effects: list[Effect] = [started]
    if not place(c.key).is_private:
        standing = Send(
            ref=answer_ref(job),
            content=context.phrases.styled("waiting-placeholder"),
            buttons=stop_buttons(job, context),
            reply_to=event.message_id,
        )
        effects.append(standing)
    return Outcome(c.but(job=job, question=question), tuple(effects))


def postpone(c: Conversation, event: FromPerson, context: Context) -> Outcome[Conversation]:
    """Puts it back until the state changes."""
    return Outcome(c, postponed=True)


def is_stale(c: Conversation, event: AnswerReady | AnswerStopped | AnswerFailed, context: Context) -> bool:
    """The result of a job that this conversation no longer waits for."""
    return event.job != c.job


def ignore(c: Conversation, event: object, context: Context) -> Outcome[Conversation]:
    """Nothing."""
    return Outcome(c)


def deliver_answer(c: Conversation, event: AnswerReady, context: Context) -> Outcome[Conversation]:
    """Sends the answer, whole; the thread goes on from it."""
    say = context.phrases
    parts = answer_parts(event.text) or [say.styled("answer-empty")]
    if event.cut:
        parts.append(say.styled(_cut_phrase(event.cut)))
    if event.healed:
        parts.append(say.styled("thread-healed"))
    turn = RecordTurn(
        job=event.job,
        question=c.question.text if c.question else "",
        answer=event.text,
        response_id=event.response_id,
        question_message_id=c.question.message_id if c.question else None,
    )
    done = c.but(job="", question=None, response_id=event.response_id, unheard=())
    return Outcome(done, (turn, *_answer_messages(c, parts)))


def keep_stopped(c: Conversation, event: AnswerStopped, context: Context) -> Outcome[Conversation]:
    """Keeps what was said so far, on the screen and for the model."""
    cost = event.cost_nanousd
    closing = context.phrases.styled(
        "answer-stopped",
        cost="unknown" if cost is None else "known",
        amount="" if cost is None else ("≈ " if event.is_estimate else "") + dollars(cost),
    )
    return _end_without_thread(c, event.text, [*unfinished_parts(event.text), closing])


def say_failed(c: Conversation, event: AnswerFailed, context: Context) -> Outcome[Conversation]:
    """One sentence about what went wrong, behind what had been said."""
    sentence = context.phrases.styled(f"failed-{event.reason}", **_failure_arguments(event))
    return _end_without_thread(c, event.text, [*unfinished_parts(event.text), sentence])


def is_other_answer(c: Conversation, event: StopRequested, context: Context) -> bool:
    """The button of an answer that has ended."""
    return event.job not in ("", c.job)


def say_too_late(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """That answer has ended; another one goes on."""
    return _reply(c, event, context, "stop-too-late")


def stop_answer(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """Stops the job; its end comes back as AnswerStopped."""
    pressed = _press_answer(event, context, "stop-pressed")
    return Outcome(c, (StopJob(job=c.job), *pressed))


def say_nothing_runs(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """There is nothing to stop."""
    return _reply(c, event, context, "stop-nothing")


def is_question_gone(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """The question that is being answered has been deleted."""
    return c.question is not None and c.question.message_id in event.message_ids


def stop_quietly(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Nobody wants this answer any more: it is ended and not shown, and its cost is booked."""
    return Outcome(c.but(job="", question=None), _abandoned(c, context))


def start_afresh(c: Conversation, event: ResetRequested, context: Context) -> Outcome[Conversation]:
    """A new thread; what runs is stopped, its end concerns nobody, and what waited for it is dropped."""
    fresh = Conversation(key=c.key, thread=c.thread + 1, language=c.language)
    phrase = "reset-done-busy" if c.job else "reset-done"
    said = Send(content=context.phrases.styled(phrase), keyboard=_keyboard(c, context))
    return Outcome(fresh, (*_abandoned(c, context), DropPostponed(), said))


def greet(c: Conversation, event: StartRequested, context: Context) -> Outcome[Conversation]:
    """Hello, and the keyboard."""
    say = context.phrases
    text = say.text("hello", name=event.person.name or event.person.username or "👋", reset=say.text("word-reset"))
    if context.role is Role.ADMIN:
        text += "\n\n" + say.text("hello-admin")
    return Outcome(c, (Send(content=Styled(text), keyboard=_keyboard(c, context)),))


def send_help(c: Conversation, event: HelpRequested, context: Context) -> Outcome[Conversation]:
    """What the bot can do."""
    return Outcome(c, (Send(content=context.phrases.styled("help"), keyboard=_keyboard(c, context)),))


def send_stats(c: Conversation, event: StatsRequested, context: Context) -> Outcome[Conversation]:
    """What this person's answers have cost."""
    if context.figures is None:
        raise ValueError("StatsRequested without figures")
    return Outcome(c, (Send(content=stats.table(context.figures, context.phrases)),))


def say_unknown(c: Conversation, event: UnknownAsked, context: Context) -> Outcome[Conversation]:
    """No such command, or a button that does nothing any more."""
    if event.query_id is not None:
        return Outcome(c, (AnswerPress(query_id=event.query_id, text=context.phrases.text("button-gone")),))
    return _say(c, context, "unknown-command")


def say_unsupported(c: Conversation, event: UnsupportedReceived, context: Context) -> Outcome[Conversation]:
    """Text only, so far."""
    return _say(c, context, "unsupported", reply_to=event.message_id)


def refuse_stranger(c: Conversation, event: StrangerSpoke, context: Context) -> Outcome[Conversation]:
    """One sentence, and what to tell the admin."""
    sentence = context.phrases.text("stranger", id=str(event.person.id))
    if event.query_id is not None:
        return Outcome(c, (AnswerPress(query_id=event.query_id, text=sentence, alert=True),))
    return Outcome(c, (Send(content=Styled(sentence)),))


def show_alert(c: Conversation, event: AlertRaised, context: Context) -> Outcome[Conversation]:
    """Tells the admin whose conversation this is."""
    return _say(c, context, f"alert-{event.kind}", detail=event.detail)


# ── what several steps share ────────────────────────────────────────────────────────────────────────────────────────


def _abandoned(c: Conversation, context: Context) -> tuple[Effect, ...]:
    """Ends the running job; in a group also the message that stood for its answer."""
    if not c.job:
        return ()
    closing = context.phrases.styled("answer-stopped", cost="unknown", amount="")
    standing = () if place(c.key).is_private else (Edit(ref=answer_ref(c.job), content=closing),)
    return (StopJob(job=c.job), *standing)


def answer_ref(job: str) -> str:
    """The name of the message that stands for an answer in a group."""
    return f"answer:{job}"


def stop_buttons(job: str, context: Context) -> tuple[tuple[Button, ...], ...]:
    """The Stop under an answer that is being written in a group."""
    return ((Button(context.phrases.text("button-stop"), f"{STOP_BUTTON}:{job}"),),)


def _say(
    c: Conversation, context: Context, phrase: str, *, reply_to: int | None = None, **arguments: object
) -> Outcome[Conversation]:
    return Outcome(c, (Send(content=context.phrases.styled(phrase, **arguments), reply_to=reply_to),))


def _reply(c: Conversation, event: StopRequested, context: Context, phrase: str) -> Outcome[Conversation]:
    """To a press on the button, or as a message, as it was asked."""
    return Outcome(c, _press_answer(event, context, phrase)) if event.query_id else _say(c, context, phrase)


def _press_answer(event: StopRequested, context: Context, phrase: str) -> tuple[Effect, ...]:
    if event.query_id is None:
        return ()
    return (AnswerPress(query_id=event.query_id, text=context.phrases.text(phrase)),)


def _keyboard(c: Conversation, context: Context) -> tuple[tuple[str, ...], ...] | None:
    """In groups the bot leaves people's keyboards alone."""
    return commands.keyboard(context.role, context.phrases) if place(c.key).is_private else None


def _answer_messages(c: Conversation, parts: list[Styled]) -> tuple[Effect, ...]:
    """The parts of an answer; in a group the first one replaces the message that stood for it."""
    joined = _joined(parts)
    if place(c.key).is_private:
        return tuple(Send(content=part) for part in joined)
    first, *others = joined
    return (Edit(ref=answer_ref(c.job), content=first), *(Send(content=part) for part in others))


def _joined(parts: list[Styled]) -> list[Styled]:
    """A short closing line goes under the last part, not into a message of its own, if it fits."""
    joined: list[Styled] = []
    for part in parts:
        if joined and not part.marks and "\n" not in part.text and _fit(joined[-1], part):
            joined[-1] = Styled(f"{joined[-1].text}\n\n{part.text}", joined[-1].marks)
        else:
            joined.append(part)
    return joined


def _fit(above: Styled, below: Styled) -> bool:
    return utf16_length(above.text) + 2 + utf16_length(below.text) <= 4096


def _end_without_thread(c: Conversation, said: str, parts: list[Styled]) -> Outcome[Conversation]:
    """The thread at OpenAI does not have this question: it is told again with the next one."""
    exchange = Exchange(c.question.text if c.question else "", said)
    done = c.but(job="", question=None, unheard=(*c.unheard, exchange)[-UNHEARD_LIMIT:])
    turn = RecordTurn(
        job=c.job,
        question=exchange.question,
        answer=said,
        response_id=None,
        question_message_id=c.question.message_id if c.question else None,
    )
    return Outcome(done, (turn, *_answer_messages(c, parts)))


def _cut_phrase(reason: str) -> str:
    return f"answer-cut-{reason}" if reason in ("max_output_tokens", "content_filter") else "answer-cut-other"


def _failure_arguments(event: AnswerFailed) -> dict[str, object]:
    return {"seconds": round(event.retry_after_s)} if event.reason == "rate" else {}
