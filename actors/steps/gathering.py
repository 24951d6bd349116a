"""Steps that put together what belongs together: an album, a forward and the words with it, a paste that was split."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace as changed

from actors import intake
from actors.context import Context
from actors.events import Overheard, StopRequested
from actors.memory import PARTS_LIMIT, QUESTION_LIMIT, Conversation, Gathered, Held, Part
from actors.sizes import size_shown
from actors.steps.shared import GATHER_TIMER, abandoned, ended, is_from, preceded, say
from actors.wording import PASTE_UNITS
from engine.core.chart import Outcome
from engine.core.effects import ClearTimer, SetTimer
from engine.core.events import (
    FileReceived,
    MessageEdited,
    MessageReceived,
    Person,
    TextReceived,
    TimedOut,
)
from engine.core.files import Attachment

GATHER_S = 0.9
"""How long a part waits for the next one. An ordinary text waits for nothing."""
GATHER_MOST_S = 12.0
"""How long all of it may take."""
APART_S = 12.0
"""What was sent so long after the nearest other part is another question, however soon after it it comes: after an
outage all that people have said meanwhile comes at once."""
LATE_PART_S = 2.5
"""So soon after a question, a forward or a file of the same person belongs to it: Telegram sends the comment first."""


def is_beginning(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A text that may not come alone: forwarded, or as long as a piece of a split paste."""
    return event.forwarded_from is not None or event.length >= PASTE_UNITS


def is_unfit(c: Conversation, event: FileReceived, context: Context) -> bool:
    """Nothing may, or can, be done with it (`intake.is_unfit`)."""
    return intake.is_unfit(event.attachment, context.file_bytes)


def say_unfit(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """Why not."""
    return say_unfit_file(c, event.attachment, event.message_id, context)


def is_reply_to_unfit(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A question about such a file."""
    theirs = context.replied.theirs if context.replied is not None else None
    return isinstance(theirs, FileReceived) and intake.is_unfit(theirs.attachment, context.file_bytes)


def say_replied_unfit(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Why it can't be answered."""
    theirs = context.replied.theirs if context.replied is not None else None
    if not isinstance(theirs, FileReceived):
        raise TypeError("only a file can be unfit")
    return say_unfit_file(c, theirs.attachment, event.message_id, context)


def is_unfit_mate(c: Conversation, event: Overheard, context: Context) -> bool:
    """Such a file in an album whose caption named the bot."""
    return is_album_mate(c, event, context) and is_unfit(c, file_of(event), context)


def say_unfit_mate(c: Conversation, event: Overheard, context: Context) -> Outcome[Conversation]:
    """Why it is left out; the others are looked at."""
    return say_unfit(c, file_of(event), context)


def file_of(event: Overheard) -> FileReceived:
    """The file of an album's part."""
    if not isinstance(event.message, FileReceived):
        raise TypeError("only files come in albums")
    return event.message


def say_unfit_file(c: Conversation, attachment: Attachment, message_id: int, context: Context) -> Outcome[Conversation]:
    """Why nothing may, or can, be done with a file."""
    if attachment.size > context.file_bytes:
        size, limit = -(-attachment.size // 1024**2), context.file_bytes // 1024**2
        return say(c, context, "file-too-big", reply_to=message_id, size=size, limit=limit)
    name = shown_name(attachment.name, context)
    if intake.is_beyond(attachment):
        sizes = {
            "size": size_shown(attachment.size, context.phrases),
            "limit": size_shown(intake.OPENAI_FILE_BYTES, context.phrases),
        }
        return say(c, context, "file-beyond", reply_to=message_id, name=name, **sizes)
    phrase = "file-empty" if attachment.size == 0 else "file-program"
    return say(c, context, phrase, reply_to=message_id, name=name)


def shown_name(name: str, context: Context) -> str:
    """A file's name as it may stand in a sentence."""
    return name or context.phrases.text("file-nameless")


def begin_gathering(c: Conversation, event: MessageReceived, context: Context) -> Outcome[Conversation]:
    """The first part."""
    return _gathering(c, event.person, (), Part.of(event), context)


def gather_words(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """An album's words, whose file goes another way: they are about the files that come with it."""
    before = c.gathered.parts if c.gathered is not None else ()
    words = changed(Part.of(event), attachment=None, forwarded_from=None)
    return _gathering(c, event.person, before, words, context)


def has_words_only(c: Conversation, event: TimedOut, context: Context) -> bool:
    """No other file has come with that album."""
    return c.gathered is not None and all(part.album and part.attachment is None for part in c.gathered.parts)


def is_joining(c: Conversation, event: MessageReceived, context: Context) -> bool:
    """It belongs to what is being gathered."""
    if c.gathered is None or not is_from(c.gathered, event) or len(c.gathered.parts) >= PARTS_LIMIT:
        return False
    if not _is_near(c.gathered.parts, event):
        return False
    return sum(len(part.text) for part in c.gathered.parts) + len(event.text) <= QUESTION_LIMIT


def _is_near(parts: tuple[Part, ...], event: MessageReceived) -> bool:
    """Whether it was sent when one of them was."""
    dated = [part.sent_at for part in parts if part.sent_at is not None]
    return not dated or min(abs(event.at - sent_at) for sent_at in dated) < timedelta(seconds=APART_S)


def join(c: Conversation, event: MessageReceived, context: Context) -> Outcome[Conversation]:
    """The next part; the wait begins anew, within the bounds."""
    if c.gathered is None:
        raise ValueError("nothing is gathered")
    return _gathering(c, event.person, c.gathered.parts, Part.of(event), context)


def is_album_mate(c: Conversation, event: Overheard, context: Context) -> bool:
    """A picture of an album whose caption named the bot: the other parts don't."""
    return (
        isinstance(event.message, FileReceived)
        and event.message.album != 0
        and is_joining(c, event.message, context)
        and c.gathered is not None
        and any(part.album == event.message.album for part in c.gathered.parts)
    )


def join_album(c: Conversation, event: Overheard, context: Context) -> Outcome[Conversation]:
    """See is_album_mate."""
    return join(c, file_of(event), context)


def is_part_of_question(c: Conversation, event: MessageReceived, context: Context) -> bool:
    """The forward or the file that the question just asked was about."""
    asked = c.question
    is_part = event.forwarded_from is not None or isinstance(event, FileReceived)
    return (
        asked is not None
        and is_part
        and asked.person.id == event.person.id
        and bool(asked.message_ids)
        and context.now - asked.at <= timedelta(seconds=LATE_PART_S)
        and _is_near(asked.parts, event)
        and not (isinstance(event, FileReceived) and _stands_alone(event.attachment))
    )


def _stands_alone(attachment: Attachment) -> bool:
    return intake.is_voice(attachment) or intake.is_opened_first(attachment)


def take_up_again(c: Conversation, event: MessageReceived, context: Context) -> Outcome[Conversation]:
    """Ends the answer that has hardly begun, and gathers its question with what belongs to it."""
    if c.question is None:
        raise ValueError("no question is being answered")
    stopped = abandoned(c, context)
    begun = _gathering(ended(c), event.person, c.question.parts, Part.of(event), context)
    return Outcome(begun.conversation, (*stopped, *begun.effects))


def is_from_holder(c: Conversation, event: FileReceived, context: Context) -> bool:
    """One more file, while the files before wait for words. An archive that has to be opened first waits for none."""
    held = _awaiting(c)
    return is_from(held, event) and not is_unopened(held)


def join_held(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """The files that wait for words are gathered again, with the new one."""
    held = _awaiting(c)
    if held is None:
        raise ValueError("no files are held")
    rest = c.but(held=tuple(one for one in c.held if one.id != held.id))
    return _gathering(rest, event.person, held.parts, Part.of(event), context)


def is_not_gathered(c: Conversation, event: TimedOut, context: Context) -> bool:
    """Another timer, or one that was late."""
    return event.timer != GATHER_TIMER or c.gathered is None


def is_gathered_edited(c: Conversation, event: MessageEdited, context: Context) -> bool:
    """A part says something else now, or has another file. One that is of no use is looked at when all is gathered."""
    if c.gathered is None or not any(part.message_id == event.message_id for part in c.gathered.parts):
        return False
    is_replaced = any(part.is_replaced(event) for part in c.gathered.parts)
    new = event.attachment if is_replaced else None
    return new is None or not (intake.is_opened_first(new) or intake.is_unfit(new, context.file_bytes))


def edit_gathered(c: Conversation, event: MessageEdited, context: Context) -> Outcome[Conversation]:
    """Takes the new words, and the new file."""
    if c.gathered is None:
        raise ValueError("nothing is gathered")
    parts = tuple(part.edited(event) for part in c.gathered.parts)
    return Outcome(c.but(gathered=changed(c.gathered, parts=parts)))


def drop_gathered(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """Nobody wants an answer."""
    return preceded(say(c.but(gathered=None), context, "gathered-dropped"), ClearTimer(timer=GATHER_TIMER))


def is_unopened(held: Held | None) -> bool:
    """Whether it is an archive that OpenAI does not take whole; it is always held alone."""
    return held is not None and any(part.attachment and intake.is_opened_first(part.attachment) for part in held.parts)


def _awaiting(c: Conversation) -> Held | None:
    return c.held[-1] if c.held else None


def _gathering(
    c: Conversation, person: Person, before: tuple[Part, ...], part: Part, context: Context
) -> Outcome[Conversation]:
    since = c.gathered.since if c.gathered is not None else context.now
    parts = _in_order((*before, part))
    due = min(context.now + timedelta(seconds=GATHER_S), since + timedelta(seconds=GATHER_MOST_S))
    gathered = Gathered(person=person, parts=parts, since=since)
    return Outcome(c.but(gathered=gathered), (SetTimer(timer=GATHER_TIMER, due=due),))


def _in_order(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """As they stand in the chat: message ids count upwards, whatever the order of the updates was."""
    return tuple(sorted(parts, key=lambda part: part.message_id))
