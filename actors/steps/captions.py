"""Steps about files without words: what was received, what can be done with it, and waiting for the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace as changed

from actors.context import Context
from actors.events import ActionRequested, Inspected, Overheard, StopRequested
from actors.intake import ACTIONS, is_action, is_counted, is_opened_first, is_voice, sort_of
from actors.interpret import ACTION_BUTTON
from actors.memory import AWAITING_CAPTION, HELD_LIMIT, Conversation, Held, Part
from actors.orders import InspectionOrder
from actors.sizes import size_shown
from actors.steps.gathering import file_of, gather_words, is_album_mate, is_unopened, shown_name
from actors.steps.questions import held_for
from actors.steps.shared import (
    CAPTION_TIMER,
    Buttons,
    button,
    hold,
    is_from,
    is_private,
    job_name,
    nothing_waiting,
    preceded,
    pressed,
    reply,
    start_job,
    without_held,
)
from engine.core.chart import Outcome
from engine.core.effects import Button, ClearTimer, Edit, Effect, Send, SetTimer
from engine.core.events import Event, FileReceived, MessageEdited, MessageReceived, Person, TextReceived, TimedOut
from engine.core.files import Attachment
from engine.core.styled import Styled

CAPTION_WAIT_S = 600.0
"""How long files without words keep the next text for themselves; their buttons work on."""
OFFER_NAMES = 5
"""The most names that an offer lists."""
INSPECTED_BYTES = 50 * 1024 * 1024
"""Larger files are not downloaded only to be counted."""
INSPECTED_FILES = OFFER_NAMES
"""Nor are more files than that: whoever sends them one by one has all of them counted again with each."""


def is_wordless(c: Conversation, event: Event, context: Context) -> bool:
    """Files and not a word about them. A sticker speaks for itself."""
    files = files_of(_parts(c))
    has_words = any(part.text or (part.forwarded_from is not None and not part.attachment) for part in _parts(c))
    return bool(files) and not has_words and any(file.kind != "sticker" for file in files)


def offer_actions(c: Conversation, event: Event, context: Context) -> Outcome[Conversation]:
    """Says what was received, and offers what can be done with it."""
    if c.gathered is None:
        raise ValueError("nothing is gathered")
    held = Held(id=job_name(context), person=c.gathered.person, parts=c.gathered.parts, at=context.now)
    return offered(c.but(gathered=None), held, context)


def offered(c: Conversation, held: Held, context: Context) -> Outcome[Conversation]:
    """These files are kept, and wait for what is to be done with them."""
    held, inspection = _inspected(c, held, context)
    waiting = SetTimer(timer=CAPTION_TIMER, due=context.now + timedelta(seconds=CAPTION_WAIT_S))
    effects = (*nothing_waiting(), _offering(c, held, context), waiting, *inspection)
    return Outcome(hold(c, held, HELD_LIMIT), effects)


def offered_again(c: Conversation, held: Held, context: Context) -> tuple[Held, tuple[Effect, ...]]:
    """Kept files that are others now: their offer says so."""
    if not is_awaited(c, held):
        return changed(held, inspection=""), (_resting(held, context),)
    held, inspection = _inspected(c, held, context)
    return held, (_offer_changed(held, (), context), *inspection)


def is_awaited(c: Conversation, held: Held) -> bool:
    """Whether the next words are for these files."""
    return c.state == AWAITING_CAPTION and c.held[-1].id == held.id


def _inspected(c: Conversation, held: Held, context: Context) -> tuple[Held, tuple[Effect, ...]]:
    """The job that counts what is in them, where that may be said."""
    files = files_of(held.parts)
    looked_at = _looked_at(files)
    if not looked_at or len(files) > INSPECTED_FILES:
        return changed(held, inspection=""), ()
    job = job_name(context, "-inspect")
    order = InspectionOrder(
        person=held.person, language=context.phrases.language, thread=c.thread, held=held.id, files=looked_at
    )
    return changed(held, inspection=job), (start_job(job, "inspect", order),)


def _looked_at(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Those in which something is counted, as `Inspected.found` names them."""
    return tuple(file for file in files if is_counted(file) and file.size <= INSPECTED_BYTES)


def _offering(c: Conversation, held: Held, context: Context) -> Send:
    files = files_of(held.parts)
    return Send(
        ref=held.ref,
        content=_offer(files, (), context),
        buttons=_buttons(held, files, context),
        reply_to=None if is_private(c) else held.parts[0].message_id or None,
    )


def refine_offer(c: Conversation, event: Inspected, context: Context) -> Outcome[Conversation]:
    """The offer says more, now that somebody has looked inside."""
    held = c.held_as(event.held)
    if held is None or held.inspection != event.job:
        return Outcome(c)
    return Outcome(c, (_offer_changed(held, event.found, context),))


def is_caption_over(c: Conversation, event: TimedOut, context: Context) -> bool:
    """Nobody has said what to do with the files."""
    return event.timer == CAPTION_TIMER


def let_rest(c: Conversation, event: TimedOut, context: Context) -> Outcome[Conversation]:
    """A quiet line: the files are kept, the next text is not about them."""
    held = c.held[-1] if c.held else None
    return Outcome(c, (_resting(held, context),) if held is not None else ())


def drop_held(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """/cancel: the files are not wanted."""
    held = c.held[-1] if c.held else None
    if held is None:
        return Outcome(c)
    content = context.phrases.styled("offer-dropped")
    done = Outcome(without_held(c, held.id), (ClearTimer(timer=CAPTION_TIMER), Edit(ref=held.ref, content=content)))
    return preceded(done, *pressed(event))


def is_caption(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The words for the files that wait, by the one who has sent them, or a reply to the offer."""
    held = held_for(c, event, context)
    return held is not None and held.person.id == event.person.id


def is_reply_to_offer(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A reply to what the bot has said about files that are still kept."""
    return context.replied is not None and held_for(c, event, context) is not None


# ── archives that OpenAI does not take whole: each is held alone, and waits to be opened ─────────────────────────────


def is_packed(c: Conversation, event: FileReceived, context: Context) -> bool:
    """It has to be opened first, whatever is said about it."""
    return is_opened_first(event.attachment)


def offer_packed(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """Offers to open it."""
    return offered(c, _alone(event, event.person, context), context)


def is_packed_part(c: Conversation, event: FileReceived, context: Context) -> bool:
    """It comes with the words of an album: they may be about other files."""
    return is_packed(c, event, context) and event.album != 0 and bool(event.text)


def gather_beside(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """Offers to open it, and waits for the other files."""
    aside = set_packed_aside(c, event, context)
    gathered = gather_words(aside.conversation, event, context)
    return Outcome(gathered.conversation, (*aside.effects, *gathered.effects))


def await_opening(c: Conversation, event: TimedOut, context: Context) -> Outcome[Conversation]:
    """There are none: the words are about the archive, and have been answered with its offer."""
    due = context.now + timedelta(seconds=CAPTION_WAIT_S)
    return Outcome(c.but(gathered=None), (SetTimer(timer=CAPTION_TIMER, due=due),))


def is_packed_beside(c: Conversation, event: FileReceived, context: Context) -> bool:
    """It comes while another file waits for words: those are about that file."""
    return is_packed(c, event, context) and bool(c.held) and not is_unopened(c.held[-1])


def set_packed_aside(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """Offers to open it; what waits for words, or is gathered, goes on waiting."""
    return offered_aside(c, _alone(event, event.person, context), context)


def offered_aside(c: Conversation, held: Held, context: Context) -> Outcome[Conversation]:
    """These files are kept, and wait for no words."""
    waiting = c.held[-1:] if c.state == AWAITING_CAPTION else ()
    before = c.held[: len(c.held) - len(waiting)]
    kept = (*before, held, *waiting)[-HELD_LIMIT:]
    return Outcome(c.but(held=kept), (_offering(c, held, context),))


def is_packed_mate(c: Conversation, event: Overheard, context: Context) -> bool:
    """Such an archive in an album whose caption named the bot."""
    return is_album_mate(c, event, context) and is_packed(c, file_of(event), context)


def set_mate_aside(c: Conversation, event: Overheard, context: Context) -> Outcome[Conversation]:
    """Offers to open it."""
    return set_packed_aside(c, file_of(event), context)


def is_reply_to_packed(c: Conversation, event: MessageReceived, context: Context) -> bool:
    """A question about such an archive, written or spoken."""
    theirs = context.replied.theirs if context.replied is not None else None
    is_said = isinstance(event, TextReceived) or (isinstance(event, FileReceived) and is_voice(event.attachment))
    return is_said and isinstance(theirs, FileReceived) and is_opened_first(theirs.attachment)


def offer_replied_packed(c: Conversation, event: MessageReceived, context: Context) -> Outcome[Conversation]:
    """Offers to open it."""
    theirs = context.replied.theirs if context.replied is not None else None
    if not isinstance(theirs, FileReceived):
        raise TypeError("only a file can be opened")
    return offered(c, _alone(theirs, event.person, context), context)


def _alone(event: FileReceived, person: Person, context: Context) -> Held:
    return Held(id=job_name(context), person=person, parts=(Part.of(event),), at=context.now)


def is_about_unopened(c: Conversation, event: MessageReceived | MessageEdited, context: Context) -> bool:
    """Words for it, written, spoken or added to its own message."""
    return is_unopened(_meant(c, event, context))


def say_unopened(c: Conversation, event: MessageReceived | MessageEdited, context: Context) -> Outcome[Conversation]:
    """What to do with it; its button works on."""
    held = _meant(c, event, context)
    if held is None:
        raise ValueError("no files are held")
    name = shown_name(files_of(held.parts)[0].name, context)
    said = context.phrases.styled("failed-file_packed", name=name)
    rests = (ClearTimer(timer=CAPTION_TIMER),) if c.state == AWAITING_CAPTION else ()  # the next words are a question
    return Outcome(c, (*rests, Send(content=said, reply_to=event.message_id)))


def _meant(c: Conversation, event: MessageReceived | MessageEdited, context: Context) -> Held | None:
    """The files that these words are for."""
    is_awaiting = c.state == AWAITING_CAPTION
    match event:
        case MessageEdited(text=text):
            return held_with(c, event) if text else None
        case TextReceived():
            is_meant = is_reply_to_offer(c, event, context) or (is_awaiting and is_caption(c, event, context))
            return held_for(c, event, context) if is_meant else None
        case FileReceived(attachment=attachment):
            held = c.held[-1] if c.held and is_awaiting and context.replied is None else None
            is_said = is_voice(attachment) and event.forwarded_from is None
            return held if is_said and is_from(held, event) else None
    return None


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_held_gone(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """The files are no longer kept here, or nothing of that name can be done with them."""
    return c.held_as(event.held) is None or not is_action(event.action)


def is_not_holder(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """The files are another person's."""
    held = c.held_as(event.held)
    return held is not None and held.person.id != event.person.id


def is_as_file(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """A transcript is wanted as a file."""
    return event.action == "as_file"


def send_as_file(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """The transcript as a file."""
    held = c.held_as(event.held)
    if held is None or held.file is None:
        return reply(c, event, context, "button-gone")
    return Outcome(c, (*pressed(event), Send(file=held.file)))


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def action_buttons(held_id: str, actions: Sequence[str], context: Context) -> Buttons:
    """Two buttons a row."""
    buttons: list[Button] = [button(context, f"do-{action}", ACTION_BUTTON, action, held_id) for action in actions]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _buttons(held: Held, files: Sequence[Attachment], context: Context) -> Buttons:
    return action_buttons(held.id, _actions(files), context)


def _actions(files: Sequence[Attachment]) -> tuple[str, ...]:
    """What all of these files have in common."""
    offered = [ACTIONS[sort_of(file)] for file in files]
    common = tuple(action for action in offered[0] if all(action in others for others in offered[1:]))
    return common or ("describe",)


def _offer_changed(held: Held, found: Sequence[tuple[str, int]], context: Context) -> Edit:
    files = files_of(held.parts)
    return Edit(ref=held.ref, content=_offer(files, found, context), buttons=_buttons(held, files, context))


def _resting(held: Held, context: Context) -> Edit:
    """The offer of files that wait for no words."""
    offer = _offer_changed(held, (), context)
    content = Styled(f"{offer.content.text}\n\n{context.phrases.text('offer-rests')}", offer.content.marks)
    return changed(offer, content=content)


def _offer(files: Sequence[Attachment], found: Sequence[tuple[str, int]], context: Context) -> Styled:
    say = context.phrases
    inside = dict(zip(_looked_at(files), found, strict=False))
    lines = [_line(file, inside.get(file), context) for file in files[:OFFER_NAMES]]
    if len(files) > OFFER_NAMES:
        lines.append(say.text("offer-more", count=len(files) - OFFER_NAMES))
    question = "offer-open" if files and all(map(is_opened_first, files)) else "offer-question"
    return Styled("\n".join([*lines, "", say.text(question)]))


def _line(file: Attachment, inside: tuple[str, int] | None, context: Context) -> str:
    """What it is, and what is inside; what is wrong with it stands below."""
    say, sort = context.phrases, sort_of(file)
    details = [size_shown(file.size, context.phrases)]
    if file.duration_s:
        minutes, seconds = divmod(round(file.duration_s), 60)
        details.insert(0, f"{minutes}:{seconds:02}")
    elif file.width and file.height:
        details.insert(0, f"{file.width}×{file.height}")
    wrong = ""
    if inside is not None:
        kind, amount = inside
        counted = say.text(f"found-{kind}", count=amount)
        wrong = "" if amount else f"\n{counted}"
        details += [counted] if amount else []
    name = shown_name(file.name, context) if file.name or sort not in ("picture", "sound", "video") else ""
    title = say.text(f"sort-{sort}")
    return f"{title} · {' · '.join([name, *details] if name else details)}{wrong}"


def _parts(c: Conversation) -> tuple[Part, ...]:
    return c.gathered.parts if c.gathered else ()


def files_of(parts: Sequence[Part]) -> list[Attachment]:
    """The files among the parts."""
    return [part.attachment for part in parts if part.attachment is not None]


def held_with(c: Conversation, event: MessageEdited) -> Held | None:
    """The files that the edited message is one of. What an archive's list shows is nobody's choice yet."""
    return next(
        (
            held
            for held in c.held
            if held.person.id == event.person.id
            and held.listed is None
            and any(part.message_id == event.message_id for part in held.parts)
        ),
        None,
    )
