"""Steps about deleted messages: nothing of them is used, neither in what waits nor in what goes on."""

from __future__ import annotations

from msgspec.structs import replace as changed

from actors.context import Context
from actors.intake import Route, route, spoken
from actors.memory import GENERATING, TRANSCRIBING, Conversation, Part
from actors.steps.captions import files_of
from actors.steps.gathering import shown_name
from actors.steps.kept import Left, is_awaited_gone, keep_left, left_of
from actors.steps.listening import begin_listening
from actors.steps.questions import ask_anew, question_of, start_answer
from actors.steps.shared import GATHER_TIMER, abandoned, ended, is_private, preceded
from engine.core.chart import Outcome
from engine.core.effects import ClearTimer, Delete, Edit, Effect, Send, StopJob
from engine.core.events import MessagesDeleted
from engine.core.files import Attachment

# ── what waits ──────────────────────────────────────────────────────────────────────────────────────────────────────


def is_nothing_left(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """The files that words are awaited for are deleted, all of them."""
    return is_awaited_gone(c, _left(event))


def drop_deleted(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Files that were deleted are held and priced no more."""
    return keep_left(c, _left(event), context)


# ── what is gathered ────────────────────────────────────────────────────────────────────────────────────────────────


def is_all_deleted(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """Nothing of what was gathered is left."""
    return c.gathered is not None and not left_of(c.gathered.parts, _left(event))


def forget_gathered(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Nobody wants an answer."""
    return _dropped(Outcome(c.but(gathered=None), (ClearTimer(timer=GATHER_TIMER),)), event, context)


def drop_gathered_part(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Parts that were deleted are no parts."""
    if c.gathered is not None:
        c = c.but(gathered=changed(c.gathered, parts=left_of(c.gathered.parts, _left(event))))
    return drop_deleted(c, event, context)


# ── what goes on ────────────────────────────────────────────────────────────────────────────────────────────────────


def is_question_gone(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """The question that is being answered has been deleted: its words, or all of it."""
    asked = c.question
    if asked is None or not asked.message_ids:
        return False
    is_worded = any(part.text and part.message_id == asked.message_id for part in asked.parts)
    return (is_worded and asked.message_id in event.message_ids) or not any(
        part.message_id or part.attachment for part in left_of(asked.parts, _left(event))
    )


def stop_quietly(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Nobody wants this answer any more: it is ended and not shown, and its cost is booked."""
    return _dropped(Outcome(ended(c), abandoned(c, context)), event, context)


def is_last_file_gone(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """Words are left, and no file that they are about."""
    return bool(_files_gone(c, event)) and not _files(c, left_of(_parts(c), _left(event)))


def say_file_gone(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """The answer is ended with a sentence that says which."""
    name = shown_name(_files_gone(c, event)[0].name, context)
    said = context.phrases.styled("file-deleted", name=name)
    effects: list[Effect] = [StopJob(job=c.job)]
    if c.standing and not (is_private(c) and c.state == GENERATING):
        effects.append(Edit(ref=c.standing, content=said))
    else:
        effects += [Delete(ref=c.standing)] if c.standing else []
        effects.append(Send(content=said))
    return _dropped(Outcome(ended(c), tuple(effects)), event, context)


def is_sound_left(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """One of several files that are listened to, or come with sound, is deleted."""
    return bool(_files_gone(c, event)) and bool(spoken(files_of(left_of(_parts(c), _left(event)))))


def listen_to_rest(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Listens anew, to the others; what was heard of them is remembered."""
    if c.question is None:
        raise ValueError("no question waits for a sound")
    rest = changed(c.question, parts=left_of(c.question.parts, _left(event)), at=context.now)
    begun = begin_listening(c, context, rest, standing=c.standing)
    return _dropped(preceded(begun, StopJob(job=c.job)), event, context)


def is_file_gone(c: Conversation, event: MessagesDeleted, context: Context) -> bool:
    """One of several files of the question is deleted."""
    return bool(_files_gone(c, event))


def ask_rest(c: Conversation, event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """Asks anew, with the others."""
    if c.question is None:
        raise ValueError("no question is being answered")
    rest = left_of(c.question.parts, _left(event))
    if c.state == GENERATING:
        return _dropped(ask_anew(c, rest, context), event, context)
    asked = question_of(c, context, c.question.person, rest)
    standing = (Delete(ref=c.standing),) if c.standing else ()
    begun = start_answer(ended(c), context, asked)
    return _dropped(preceded(begun, StopJob(job=c.job), *standing), event, context)


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def _dropped(done: Outcome[Conversation], event: MessagesDeleted, context: Context) -> Outcome[Conversation]:
    """The same deletion may be about what waits, too: files whose button was pressed are held on."""
    return preceded(drop_deleted(done.conversation, event, context), *done.effects)


def _left(event: MessagesDeleted) -> Left:
    return lambda part: None if part.is_of(event.message_ids) else part


def _parts(c: Conversation) -> tuple[Part, ...]:
    return c.question.parts if c.question is not None else ()


def _files_gone(c: Conversation, event: MessagesDeleted) -> list[Attachment]:
    """The deleted files that the running job still uses."""
    return _files(c, tuple(part for part in _parts(c) if part.is_of(event.message_ids)))


def _files(c: Conversation, parts: tuple[Part, ...]) -> list[Attachment]:
    """Sound that is written down is used no more."""
    return [file for file in files_of(parts) if c.state == TRANSCRIBING or route(file) is not Route.LISTEN]
