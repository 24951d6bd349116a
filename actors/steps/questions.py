"""Steps that ask the model: a text, what was gathered, a caption for held files, an edit, a retry, a continuation."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace as changed

from actors.arriving import is_large
from actors.context import Context, Replied
from actors.events import ActionRequested, ContinueRequested, RetryRequested, Transcribed
from actors.intake import Route, is_opened_first, is_refused, is_unfit, is_voice, route
from actors.memory import QUESTION_LIMIT, Conversation, Held, Part, Question
from actors.orders import AnswerOrder
from actors.steps.shared import (
    answer_ref,
    base_job,
    ended,
    is_private,
    job_name,
    nothing_waiting,
    preceded,
    pressed,
    reply,
    say,
    start_job,
    stop_buttons,
    without_held,
)
from actors.wording import reply_frame, worded
from engine.core.chart import Outcome
from engine.core.effects import Delete, Edit, Effect, Send, StopJob
from engine.core.events import Event, MessageEdited, Person, TextReceived
from engine.core.files import Attachment


def is_too_long(c: Conversation, event: TextReceived, context: Context) -> bool:
    """More than one question may have."""
    return len(event.text) > QUESTION_LIMIT


def say_too_long(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Says how long it is and how long it may be."""
    return say(c, context, "message-too-long", length=len(event.text), limit=QUESTION_LIMIT)


def ask_model(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Starts the job that answers."""
    return start_answer(c, context, question_of(c, context, event.person, (Part.of(event),)))


def ask_gathered(c: Conversation, event: Event, context: Context) -> Outcome[Conversation]:
    """What was gathered is whole: asks it."""
    if c.gathered is None:
        raise ValueError("nothing is gathered")
    question = question_of(c, context, c.gathered.person, c.gathered.parts)
    return start_answer(c.but(gathered=None), context, question)


def ask_transcribed(c: Conversation, event: Transcribed, context: Context) -> Outcome[Conversation]:
    """The spoken words are known: asks with them."""
    question = transcribed_question(c, event, context)
    return start_answer(ended(c), context, question)


def transcribed_question(c: Conversation, event: Transcribed, context: Context) -> Question:
    """The question whose sound has become words. Raises ValueError where none is being transcribed."""
    if c.question is None:
        raise ValueError("no question is being transcribed")
    parts, is_told = [], False
    for part in c.question.parts:
        if part.attachment is None or route(part.attachment) is not Route.LISTEN:
            parts.append(part)
            continue
        heard = _heard(part, event) if not is_told else part
        parts.append(heard)
        is_told = True
    old, asked = c.question, question_of(c, context, c.question.person, tuple(parts))
    if old.words:  # it was asked before, and another file has taken the place of its own
        asked = changed(
            asked,
            parent=old.parent,
            is_branch=old.is_branch,
            replaces=old.replaces,
            old_messages=old.old_messages,
        )
    return changed(asked, is_spoken=any(_is_voice(part) for part in parts))


def _heard(part: Part, event: Transcribed) -> Part:
    """A part with its transcript: a voice note is what the person says, other sound is something they show."""
    if _is_voice(part):
        return changed(part, text=event.text[:QUESTION_LIMIT])
    said = transcribed(event, part.message_id)
    return changed(part, text=f"{part.text}\n\n{said.text}".strip(), document=said.document)


def transcribed(event: Transcribed, message_id: int) -> Part:
    """What a recording says, in words or, where they are many, as a file."""
    if event.document is not None and len(event.text) > TRANSCRIPT_IN_WORDS:
        words = "[The transcript of the recording is attached as a file.]"
        return Part(message_id=message_id, text=words, document=event.document)
    return Part(message_id=message_id, text=f"[Transcript]\n{event.text}")


TRANSCRIPT_IN_WORDS = 20_000
"""A longer transcript (characters) of a recording goes along as a file."""


def _is_voice(part: Part) -> bool:
    return part.attachment is not None and is_voice(part.attachment)


def ask_held(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """A button under files without words, or under a transcript: asks what stands on it."""
    held = _held(c, event.held)
    words = Part(message_id=0, text=context.phrases.text(f"ask-{event.action}"))
    question = question_of(c, context, event.person, (*held.parts, words))
    return preceded(start_answer(c, context, question), *pressed(event))


def ask_with_caption(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """The words for the files that wait for some."""
    held = held_for(c, event, context)
    if held is None:
        raise ValueError("no files are held")
    question = question_of(c, context, event.person, (*held.parts, Part.of(event)))
    return start_answer(without_held(c, held.id), context, question)


def held_for(c: Conversation, event: TextReceived, context: Context) -> Held | None:
    """The files that this text is about: those that it replies to, else those that wait for words."""
    if context.replied is not None:
        ours = context.replied.ours
        if ours is not None and ours.ref.startswith("offer:"):
            return c.held_as(ours.ref.removeprefix("offer:"))
        return None
    return next((held for held in reversed(c.held) if held.person.id == event.person.id), None)


def is_edit_of_turn(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """A question of this thread says something else now."""
    turn = context.turn
    return (
        turn is not None
        and turn.thread == c.thread
        and turn.question is not None
        and turn.question.person.id == event.person.id
        and _edited(turn.question.parts, event, context) != turn.question.parts
    )


def ask_edited(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """Asks again from where the question stood; the answer takes the place of the old one."""
    turn = context.turn
    if turn is None or turn.question is None:
        raise ValueError("no turn was edited")
    asked = turn.question
    question = changed(
        asked,
        parts=_edited(asked.parts, event, context),
        at=context.now,
        is_branch=asked.parent != c.response_id,
        replaces=turn.job,
        old_messages=turn.messages,
    )
    return start_answer(c, context, _worded_anew(c, question))


def is_edit_of_running(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """The question that is being answered says something else now."""
    asked = c.question
    is_theirs = asked is not None and asked.person.id == event.person.id
    return is_theirs and asked is not None and _edited(asked.parts, event, context) != asked.parts


def ask_changed(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """Ends the answer to the old words and asks the new ones."""
    return ask_anew(c, _edited(c.question.parts, event, context) if c.question is not None else (), context)


def ask_anew(c: Conversation, parts: tuple[Part, ...], context: Context) -> Outcome[Conversation]:
    """Ends the answer and asks the same question with other parts."""
    if c.question is None:
        raise ValueError("no question is being answered")
    old = c.question
    question = changed(
        old,
        parts=parts,
        at=context.now,
        replaces=base_job(c) if not is_private(c) else old.replaces,
    )
    return preceded(start_answer(c, context, _worded_anew(c, question)), StopJob(job=c.job))


def has_no_turn(c: Conversation, event: RetryRequested | ContinueRequested, context: Context) -> bool:
    """Nothing of this thread could be asked again."""
    return context.turn is None or context.turn.question is None or context.turn.thread != c.thread


def say_no_turn(c: Conversation, event: RetryRequested | ContinueRequested, context: Context) -> Outcome[Conversation]:
    """There is nothing to ask again."""
    return reply(c, event, context, "retry-nothing")


def ask_again(c: Conversation, event: RetryRequested, context: Context) -> Outcome[Conversation]:
    """The same question, from where it stood; the new answer is a new message. In a group somebody else may ask it
    again: then it is theirs, and they pay."""
    turn = context.turn
    if turn is None or turn.question is None:
        raise ValueError("there is no turn to ask again")
    is_told = any(exchange.question == turn.question.words for exchange in c.unheard)
    c = c.but(unheard=tuple(one for one in c.unheard if one.question != turn.question.words)) if is_told else c
    question = changed(
        turn.question,
        person=event.person,
        at=context.now,
        is_branch=turn.question.parent != c.response_id,
        replaces="",
        old_messages=0,
    )
    return preceded(start_answer(c, context, question), *pressed(event))


def continue_answer(c: Conversation, event: ContinueRequested, context: Context) -> Outcome[Conversation]:
    """The answer was cut: asks for the rest of it."""
    turn = context.turn
    if turn is None or turn.question is None:
        raise ValueError("there is no turn to continue")
    words = context.phrases.text("ask-continue")
    question = Question(
        parts=(Part(message_id=turn.question.message_id, text=words),),
        person=event.person,
        at=context.now,
        words=words,
        parent=turn.response_id or c.response_id,
        is_branch=turn.response_id is not None and turn.response_id != c.response_id,
    )
    return preceded(start_answer(c, context, question), *pressed(event))


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def question_of(c: Conversation, context: Context, person: Person, parts: tuple[Part, ...]) -> Question:
    """A question from its parts: where in the thread it stands, and in which words the model gets it."""
    replied, parent, is_branch = context.replied, c.response_id, False
    if replied is not None:
        parts = (*parts, *_shown(replied, parts, context))
        turn = replied.turn
        if turn is not None and turn.thread == c.thread and turn.response_id not in (None, c.response_id):
            parent, is_branch = turn.response_id, True
    quote = next((part.quote for part in parts if part.quote), "")
    speaker = "" if is_private(c) else person.name or person.username or str(person.id)
    return Question(
        parts=parts,
        person=person,
        at=context.now,
        words=worded(parts, speaker=speaker, above=reply_frame(replied, quote)),
        parent=parent,
        is_branch=is_branch,
    )


def answering_model(context: Context) -> str:
    """The one that is chosen here, as long as the admins allow it; else the house's."""
    chosen = context.conversation.model
    return chosen if chosen in context.offer.models else (*context.offer.models, "")[0]


def start_answer(c: Conversation, context: Context, question: Question) -> Outcome[Conversation]:
    """Starts the job that answers; in a group, with a message that stands for the answer."""
    job = job_name(context)
    files = question_files(question)
    is_long = any(is_large(file) and not is_refused(file) for file in files)
    standing = answer_ref(question.replaces or job) if not is_private(c) else f"arriving:{job}" if is_long else ""
    order = AnswerOrder(
        question=question.words,
        person=question.person,
        language=context.phrases.language,
        thread=c.thread,
        role=context.role.value,
        files=files,
        documents=tuple(part.document for part in question.parts if part.document is not None),
        previous_response_id=question.parent,
        is_lost=question.parent is not None and question.parent == c.lost,
        unheard=() if question.is_branch else c.unheard,
        asked_at=context.now,
        ref=answer_ref(question.replaces or job),
        arriving=standing if is_long else "",
        model=_model(context),
        system_prompt=context.conversation.system_prompt,
        zone=context.person.zone,
        web_search=context.conversation.web_search,
        overheard=c.overheard,
        is_group=not is_private(c),
        given=c.given,
    )
    effects: list[Effect] = [*nothing_waiting(), start_job(job, "answer", order)]
    buttons = stop_buttons(job, context)
    if is_private(c):
        effects += [Delete(ref=c.standing)] if c.standing else []  # of the answer that this one takes the place of
        effects += (
            [Send(ref=standing, content=context.phrases.styled("arriving-soon"), buttons=buttons)] if is_long else []
        )
    else:
        waiting = context.phrases.styled("waiting-placeholder")
        reply_to = question.message_id or None
        effects.append(
            Edit(ref=answer_ref(question.replaces), content=waiting, buttons=buttons)
            if question.replaces
            else Send(ref=answer_ref(job), content=waiting, buttons=buttons, reply_to=reply_to)
        )
        effects += [Delete(ref=answer_ref(question.replaces, n)) for n in range(1, question.old_messages)]
        question = changed(question, old_messages=min(question.old_messages, 1))
    return Outcome(c.but(job=job, question=question, standing=standing, overheard=(), wanted=None), tuple(effects))


def _model(context: Context) -> str:
    """The cheaper one, if the house has one, for those whose budget is nearly used up; else the usual one."""
    if context.house.cheaper_model and any(room.is_near for room in context.rooms):
        return context.house.cheaper_model
    return answering_model(context)


def question_files(question: Question) -> tuple[Attachment, ...]:
    """The files that the model gets to see, each once: sound has become words, stickers that move are their emoji."""
    files = [part.attachment for part in question.parts if part.attachment is not None]
    seen = {file.key: file for file in files if route(file) not in (Route.LISTEN, Route.EMOJI)}
    return tuple(seen.values())


def _shown(replied: Replied, parts: Sequence[Part], context: Context) -> tuple[Part, ...]:
    """The file of the message that is replied to belongs to the question, if anything may be done with it."""
    attachment = getattr(replied.theirs, "attachment", None)
    if replied.theirs is None or attachment is None or any(part.attachment == attachment for part in parts):
        return ()
    if is_unfit(attachment, context.file_bytes):
        return ()
    return (Part(message_id=0, attachment=attachment),)


def _edited(parts: tuple[Part, ...], event: MessageEdited, context: Context) -> tuple[Part, ...]:
    """As their message is now; another file is taken where the model gets to see it."""
    new = event.attachment
    if new is not None and (route(new) is Route.LISTEN or is_opened_first(new) or is_unfit(new, context.file_bytes)):
        event = changed(event, attachment=None)
    return tuple(part.edited(event) for part in parts)


def _worded_anew(c: Conversation, question: Question) -> Question:
    speaker = "" if is_private(c) else question.person.name or question.person.username or str(question.person.id)
    quote = next((part.quote for part in question.parts if part.quote), "")
    return changed(question, words=worded(question.parts, speaker=speaker, above=reply_frame(None, quote)))


def _held(c: Conversation, held_id: str) -> Held:
    held = c.held_as(held_id)
    if held is None:
        raise ValueError("these files are no longer held")
    return held
