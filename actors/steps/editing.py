"""Steps about edited messages whose files wait, or are asked about: words are added to them, other files take their
place."""

from __future__ import annotations

from msgspec.structs import replace as changed

from actors import intake
from actors.context import Context
from actors.intake import Route, is_opened_first, route, spoken
from actors.memory import Conversation, Held, Part, Priced
from actors.steps.captions import files_of, held_with, offered_aside
from actors.steps.gathering import say_unfit_file
from actors.steps.kept import Left, is_awaited_gone, keep_left, left_of
from actors.steps.listening import begin_listening, start_transcription
from actors.steps.questions import question_of, start_answer
from actors.steps.shared import abandoned, ended, is_private, job_name, preceded, without_held
from engine.core.chart import Outcome
from engine.core.effects import Delete, Effect, StopJob
from engine.core.events import MessageEdited

# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_caption_added(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """The file's own message has got words."""
    return bool(event.text) and held_with(c, event) is not None


def ask_with_edit(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """The words came by editing: they are gathered as if they had been there from the beginning."""
    rest, parts, effects = _with_edit(c, event)
    return preceded(start_answer(rest, context, question_of(c, context, event.person, parts)), *effects)


def is_caption_added_to_sound(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """The same, and what is said in the files is what the words are about."""
    return is_caption_added(c, event, context) and bool(spoken(files_of(_with_edit(c, event)[1])))


def write_down_with_edit(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """It is written down first."""
    rest, parts, effects = _with_edit(c, event)
    return preceded(start_transcription(rest, context, event.person, parts), *effects)


def is_priced_reworded(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """The words that came with a priced sound are others now."""
    return any(_is_reworded(priced, event) for priced in c.priced)


def reword_priced(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """They are what is answered if the price is agreed to."""
    priced = tuple(
        changed(one, question=changed(one.question, parts=_edited(one.question.parts, event)))
        if _is_reworded(one, event)
        else one
        for one in c.priced
    )
    meant = held_with(c, event)
    held = tuple(changed(one, parts=_edited(one.parts, event)) if one is meant else one for one in c.held)
    return Outcome(c.but(priced=priced, held=held))


# ── other files ─────────────────────────────────────────────────────────────────────────────────────────────────────


def is_price_outdated(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """Another sound has taken the place of one that has a price."""
    return _outdated(c, event, context) is not None


def price_anew(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """Nothing is heard for the old price."""
    outdated = _outdated(c, event, context)
    if outdated is None:
        raise ValueError("no price is outdated")
    left = _left(event, context)
    rest = c.but(priced=tuple(one for one in c.priced if one is not outdated))
    kept = keep_left(rest, left, context)
    question = changed(outdated.question, parts=left_of(outdated.question.parts, left), at=context.now)
    begun = begin_listening(kept.conversation, context, question, standing=outdated.ref)
    return preceded(begun, *kept.effects)


def is_replaced_by_nothing(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """What has taken the place of the only file that waits for words is of no use."""
    return is_awaited_gone(c, _left(event, context))


def is_file_replaced(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """Another file has taken the place of one that waits, and it is not known yet what is to be done with it."""
    new = event.attachment
    replaced = [part for part in _waiting(c) if part.is_replaced(event)]
    if new is None or not replaced:
        return False
    held = held_with(c, event)
    is_asked = bool(event.text) and held is not None and all(part in held.parts for part in replaced)
    return not is_asked or is_opened_first(new) or intake.is_unfit(new, context.file_bytes)


def take_replaced(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """The new file is offered in the old one's place, or it is said why not."""
    kept = keep_left(c, _left(event, context), context)
    if event.attachment is None or not intake.is_unfit(event.attachment, context.file_bytes):
        return kept
    refused = say_unfit_file(kept.conversation, event.attachment, event.message_id, context)
    return preceded(refused, *kept.effects)


# ── other files, while the answer is written ─────────────────────────────────────────────────────────────────────────


def is_sound_instead(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """A sound has taken the place of a file that is being asked about. (What is heard in others is words by now.)"""
    new, rest = event.attachment, [part for part in _asked(c) if not part.is_replaced(event)]
    is_of_use = new is not None and route(new) is Route.LISTEN and not intake.is_unfit(new, context.file_bytes)
    return is_of_use and _is_running_replaced(c, event) and not spoken(files_of(rest))


def listen_instead(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """Ends the answer about the old one, and listens; then the same question is asked."""
    if c.question is None:
        raise ValueError("no question is being answered")
    question = changed(c.question, parts=tuple(_anew(part, event) for part in c.question.parts), at=context.now)
    if not is_private(c):  # its message becomes the transcript
        question = changed(question, replaces="", old_messages=0)
    return preceded(begin_listening(c, context, question, standing=c.standing), StopJob(job=c.job))


def is_useless_instead(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """What has taken such a file's place is of no use, or an archive that has to be opened first."""
    new = event.attachment
    is_useless = new is not None and (is_opened_first(new) or intake.is_unfit(new, context.file_bytes))
    return is_useless and _is_running_replaced(c, event)


def end_replaced(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """Ends the answer about what is no longer there, and says what is wrong with the new file, or offers to open it."""
    if event.attachment is None:
        raise ValueError("no file was replaced")
    stopped, rest = abandoned(c, context), ended(c)
    if intake.is_unfit(event.attachment, context.file_bytes):
        return preceded(say_unfit_file(rest, event.attachment, event.message_id, context), *stopped)
    part = next(_anew(part, event) for part in _asked(c) if part.is_replaced(event))
    held = Held(id=job_name(context), person=event.person, parts=(part,), at=context.now)
    return preceded(offered_aside(rest, held, context), *stopped)


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def _with_edit(c: Conversation, event: MessageEdited) -> tuple[Conversation, tuple[Part, ...], tuple[Effect, ...]]:
    """Without the files, which are held no more; their parts as they are now; and the offer goes that is about another
    file. Raises ValueError where none are held."""
    held = held_with(c, event)
    if held is None:
        raise ValueError("no files are held")
    is_other = any(part.is_replaced(event) for part in held.parts)
    offer = (Delete(ref=held.ref),) if is_other else ()
    return without_held(c, held.id), _edited(held.parts, event), offer


def _asked(c: Conversation) -> tuple[Part, ...]:
    return c.question.parts if c.question is not None else ()


def _is_running_replaced(c: Conversation, event: MessageEdited) -> bool:
    is_theirs = c.question is not None and c.question.person.id == event.person.id
    return is_theirs and any(part.is_replaced(event) for part in _asked(c))


def _anew(part: Part, event: MessageEdited) -> Part:
    """As its message is now; what was heard in the old file is no part of it."""
    return changed(part.edited(event), document=None) if part.is_replaced(event) else part.edited(event)


def _left(event: MessageEdited, context: Context) -> Left:
    """Replaced files are the new one, where something can be done with that; what was in an archive is gone with it."""

    def left(part: Part) -> Part | None:
        if part.attachment is None or event.attachment is None or not part.is_replaced(event):
            return part
        is_gone = part.attachment.archive is not None or intake.is_unfit(event.attachment, context.file_bytes)
        return None if is_gone else part.edited(event)

    return left


def _outdated(c: Conversation, event: MessageEdited, context: Context) -> Priced | None:
    new = event.attachment
    if new is None or route(new) is not Route.LISTEN or intake.is_unfit(new, context.file_bytes):
        return None
    left = _left(event, context)
    return next(
        (
            one
            for one in reversed(c.priced)
            if any(part.is_replaced(event) and left(part) is not None for part in one.question.parts)
        ),
        None,
    )


def _is_reworded(priced: Priced, event: MessageEdited) -> bool:
    is_theirs = priced.question.person.id == event.person.id
    return is_theirs and any(
        part.message_id == event.message_id and part.text != event.text for part in priced.question.parts
    )


def _edited(parts: tuple[Part, ...], event: MessageEdited) -> tuple[Part, ...]:
    return tuple(part.edited(event) for part in parts)


def _waiting(c: Conversation) -> list[Part]:
    """All parts of what is held and priced."""
    return [
        *(part for held in c.held for part in held.parts),
        *(part for priced in c.priced for part in priced.question.parts),
    ]
