"""Steps about the end of an answer: delivered, stopped, failed; and about stopping it."""

from __future__ import annotations

import msgspec

from actors.context import Context
from actors.events import (
    AnswerFailed,
    AnswerReady,
    AnswerStopped,
    PictureFailed,
    PictureReady,
    SoundPriced,
    StopRequested,
    Transcribed,
    TranscriptionFailed,
)
from actors.interpret import CONTINUE_BUTTON, RETRY_BUTTON
from actors.memory import GIVEN_LIMIT, UNHEARD_LIMIT, Conversation
from actors.orders import Exchange, SpeechOrder
from actors.steps.listening import failure_arguments
from actors.steps.shared import (
    Buttons,
    answer_ref,
    base_job,
    button,
    ended,
    is_private,
    job_name,
    more_buttons,
    pressed,
    reply,
    start_job,
)
from engine.core.chart import Outcome
from engine.core.effects import Delete, Edit, Effect, RecordTurn, Send, StopJob
from engine.core.money import dollars
from engine.core.styled import Rich, Styled
from engine.telegram.text import MESSAGE_UNITS, plain_parts, unfinished_parts, utf16_length, wants_rich

OUT_OF_LENGTH = "max_output_tokens"
"""Why OpenAI has cut an answer: it has reached the length that it may have."""
DOCUMENT_SHOWN = 2
"""How many messages show the beginning of an answer that comes as a file."""
Ended = (
    AnswerReady
    | AnswerStopped
    | AnswerFailed
    | SoundPriced
    | Transcribed
    | TranscriptionFailed
    | PictureReady
    | PictureFailed
)
"""How a job ends."""
SPOKEN_LIMIT = 4_000
"""The most characters of an answer that are spoken."""


def is_stale(c: Conversation, event: Ended, context: Context) -> bool:
    """The result of a job that this conversation no longer waits for."""
    return event.job != c.job


def deliver_answer(c: Conversation, event: AnswerReady, context: Context) -> Outcome[Conversation]:
    """Sends the answer, whole; the thread goes on from it."""
    say = context.phrases
    notes: list[Styled] = []
    is_empty = not event.text.strip() and not event.files
    is_all_thought = event.is_mute and event.cut == OUT_OF_LENGTH
    if is_empty:
        notes.append(say.styled("answer-all-thought" if is_all_thought else "answer-empty"))
    if event.cut and not is_all_thought:
        notes.append(say.styled(_cut_phrase(event.cut)))
    if event.healed:
        notes.append(say.styled("thread-healed"))
    if event.lacks_tools:
        notes.append(say.styled("answer-without-tools"))
    notes += [say.styled(f"file-{what}", name=name or say.text("file-nameless")) for what, name in event.unread]
    title = say.text("sources-title", count=len(event.sources)) if event.sources else ""
    rich = Rich(markdown=event.text, sources=event.sources, sources_title=title, notes=tuple(notes))
    messages: list[Rich] | list[Styled] = [rich] if wants_rich(event.text) else plain_parts(rich)
    if event.document is not None:
        messages = [*plain_parts(rich)[:DOCUMENT_SHOWN], say.styled("answer-as-file")]
    shown = _messages(c, messages, _buttons(c, context, goes_on=event.cut == OUT_OF_LENGTH and not is_empty))
    made = (*((event.document,) if event.document else ()), *event.files)
    files = tuple(Send(file=file) for file in made)
    if event.is_mute:
        done, response_id = _without_thread(c, Exchange(_asked(c), ""), healed=event.healed), None
    else:
        given = tuple(dict.fromkeys((*c.given, *event.given)))[-GIVEN_LIMIT:]
        done, response_id = ended(c, response_id=event.response_id, unheard=(), given=given), event.response_id
    turn = _turn(c, event.text, response_id, len(messages))
    return Outcome(done, (turn, *shown, *files, *_speech(c, event, context)))


def keep_stopped(c: Conversation, event: AnswerStopped, context: Context) -> Outcome[Conversation]:
    """Keeps what was said so far, on the screen and for the model."""
    cost = event.cost_nanousd
    closing = context.phrases.styled(
        "answer-stopped",
        cost="unknown" if cost is None else "known",
        amount="" if cost is None else ("≈ " if event.is_estimate else "") + dollars(cost),
    )
    return _end_without_thread(c, event, closing, context)


def say_failed(c: Conversation, event: AnswerFailed, context: Context) -> Outcome[Conversation]:
    """One sentence about what went wrong, behind what had been said."""
    sentence = context.phrases.styled(f"failed-{event.reason}", **failure_arguments(event, context))
    return _end_without_thread(c, event, sentence, context, more_buttons(event.limit, context))


def is_other_job(c: Conversation, event: StopRequested, context: Context) -> bool:
    """The button of something that has ended."""
    return event.job not in ("", c.job)


def say_too_late(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """That answer has ended; another one goes on."""
    return reply(c, event, context, "stop-too-late")


def stop_job(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """Stops the job; its end comes back as an event."""
    return Outcome(c, (StopJob(job=c.job), *pressed(event, context.phrases.text("stop-pressed"))))


def say_nothing_runs(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """There is nothing to stop."""
    return reply(c, event, context, "stop-nothing")


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def _messages(c: Conversation, messages: list[Rich] | list[Styled], buttons: Buttons) -> tuple[Effect, ...]:
    """The answer's messages. In a group the first one replaces the message that stood for it; the answer to an edited
    question replaces the old answer's messages, and what is left of them goes. In a private chat the line about files
    that were on their way goes."""
    base, old = base_job(c), c.question.old_messages if c.question else 0
    standing = 1 if not is_private(c) else old
    effects: list[Effect] = [Delete(ref=c.standing)] if is_private(c) and c.standing else []
    for number, message in enumerate(messages):
        ref = answer_ref(base, number)
        below = buttons if number == len(messages) - 1 else ()
        rich = message if isinstance(message, Rich) else None
        content = message if isinstance(message, Styled) else Styled("")
        if number < standing:
            effects.append(Edit(ref=ref, content=content, rich=rich, buttons=below))
        else:
            effects.append(Send(ref=ref, content=content, rich=rich, buttons=below))
    effects += [Delete(ref=answer_ref(base, number)) for number in range(len(messages), old)]
    return tuple(effects)


def joined(parts: list[Styled]) -> list[Styled]:
    """A short closing line goes under the last part, not into a message of its own, if it fits."""
    together: list[Styled] = []
    for part in parts:
        if together and not part.marks and "\n" not in part.text and _fit(together[-1], part):
            together[-1] = Styled(f"{together[-1].text}\n\n{part.text}", together[-1].marks)
        else:
            together.append(part)
    return together


def _fit(above: Styled, below: Styled) -> bool:
    return utf16_length(above.text) + 2 + utf16_length(below.text) <= MESSAGE_UNITS


def _end_without_thread(
    c: Conversation, event: AnswerStopped | AnswerFailed, closing: Styled, context: Context, more: Buttons = ()
) -> Outcome[Conversation]:
    """The thread at OpenAI does not have this question: it is told again with the next one."""
    messages = joined([*unfinished_parts(event.text), closing])
    shown = _messages(c, messages, (*more, *_buttons(c, context, goes_on=False)))
    done = _without_thread(c, Exchange(_asked(c), event.text), healed=event.healed)
    return Outcome(done, (_turn(c, event.text, None, len(messages)), *shown))


def _without_thread(c: Conversation, exchange: Exchange, *, healed: bool) -> Conversation:
    """At rest, with the thread as it was before the question, which is told with the next one. `healed`: it is lost."""
    is_branch = c.question is not None and c.question.is_branch
    done = ended(
        c,
        response_id=c.question.parent if c.question and is_branch else c.response_id,
        unheard=(exchange,) if is_branch else (*c.unheard, exchange)[-UNHEARD_LIMIT:],
    )
    return done.but(lost=c.question.parent or "") if healed and c.question is not None else done


def _asked(c: Conversation) -> str:
    return c.question.words if c.question else ""


def _turn(c: Conversation, answer: str, response_id: str | None, messages: int) -> RecordTurn:
    asked = c.question
    return RecordTurn(
        job=base_job(c),
        question=_asked(c),
        answer=answer,
        response_id=response_id,
        parent_response_id=asked.parent if asked else None,
        question_message_id=asked.message_id or None if asked else None,
        source=msgspec.Raw(msgspec.json.encode(asked)),
        messages=messages,
    )


def _buttons(c: Conversation, context: Context, *, goes_on: bool) -> Buttons:
    """Under an answer: ask again; and go on, where there is more of it."""
    retry = button(context, "button-retry", RETRY_BUTTON, base_job(c))
    if goes_on:
        return ((button(context, "button-continue", CONTINUE_BUTTON, base_job(c)), retry),)
    return ((retry,),)


def _speech(c: Conversation, event: AnswerReady, context: Context) -> tuple[Effect, ...]:
    """The job that speaks the answer, where the person wants that."""
    wanted = context.person.voice_answers
    if c.question is None or not event.text.strip() or event.refused:
        return ()
    if wanted == "always" or (wanted == "to_voice" and c.question.is_spoken):
        order = SpeechOrder(
            role=context.role.value,
            person=c.question.person,
            language=context.phrases.language,
            thread=c.thread,
            text=event.text[:SPOKEN_LIMIT],
            reply_to=c.question.message_id or None,
        )
        return (start_job(job_name(context, "-speech"), "speak", order),)
    return ()


def _cut_phrase(reason: str) -> str:
    return f"answer-cut-{reason}" if reason in (OUT_OF_LENGTH, "content_filter") else "answer-cut-other"
