"""Steps about sound: writing it down, showing the transcript, and speaking an answer."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from actors.context import Context
from actors.events import ActionRequested, ErrandFailed, SpeechReady, Transcribed, TranscriptionFailed
from actors.intake import ACTIONS, Route, is_voice, route, sort_of, spoken
from actors.memory import HELD_LIMIT, Conversation, Held, Part, Question
from actors.orders import TranscriptionOrder
from actors.steps.captions import action_buttons, files_of, is_reply_to_offer, is_wordless
from actors.steps.questions import ask_transcribed, held_for, question_of, start_answer, transcribed
from actors.steps.shared import (
    Buttons,
    ended,
    hold,
    job_name,
    more_buttons,
    nothing_waiting,
    preceded,
    pressed,
    start_job,
    stop_buttons,
    told,
    without_held,
)
from engine.core.chart import Outcome
from engine.core.effects import Edit, Effect, RecordTurn, Send
from engine.core.events import Event, FileReceived, Person, TextReceived
from engine.core.files import Attachment
from engine.core.styled import Mark, Styled
from engine.telegram.text import MESSAGE_UNITS, split, utf16_length

LONG_VOICE_S = 120.0
"""A longer voice note gets a message that says how far it has come, as recordings do."""
TRANSCRIPT_MESSAGES = 3
"""A longer transcript is shown by its beginning, and comes whole as a file."""


def is_transcription(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """Sound must be written down first, whatever the button says."""
    held = c.held_as(event.held)
    return held is not None and bool(spoken(files_of(held.parts)))


def write_down_held(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """The button wants what is said in the held files."""
    held = c.held_as(event.held)
    if held is None:
        raise ValueError("these files are no longer held")
    words = "" if event.action == "transcribe" else context.phrases.text(f"ask-{event.action}")
    parts = (*held.parts, Part(text=words)) if words else held.parts
    return preceded(start_transcription(c, context, event.person, parts), *pressed(event))


def is_spoken(c: Conversation, event: Event, context: Context) -> bool:
    """There is something to be written down, and it is known why: a voice note, or sound with words."""
    sounds = spoken(files_of(c.gathered.parts if c.gathered else ()))
    return bool(sounds) and (any(map(is_voice, sounds)) or not is_wordless(c, event, context))


def write_down(c: Conversation, event: Event, context: Context) -> Outcome[Conversation]:
    """Gathered sound becomes words."""
    if c.gathered is None:
        raise ValueError("nothing is gathered")
    return start_transcription(c.but(gathered=None), context, c.gathered.person, c.gathered.parts)


def is_own_voice(c: Conversation, event: FileReceived, context: Context) -> bool:
    """A voice note that somebody has just spoken: like a text, it waits for nothing."""
    return is_voice(event.attachment) and event.forwarded_from is None


def write_down_note(c: Conversation, event: FileReceived, context: Context) -> Outcome[Conversation]:
    """A voice note becomes words."""
    return start_transcription(c, context, event.person, (Part.of(event),))


def is_caption_of_sound(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The words for files that wait for some, with sound among them."""
    held = held_for(c, event, context)
    return held is not None and held.person.id == event.person.id and bool(spoken(files_of(held.parts)))


def is_reply_to_sound_offer(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The same, as a reply to what the bot has said about them."""
    return is_reply_to_offer(c, event, context) and is_caption_of_sound(c, event, context)


def write_down_with_caption(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """What is said in them is what the words are about."""
    held = held_for(c, event, context)
    if held is None:
        raise ValueError("no files are held")
    return start_transcription(without_held(c, held.id), context, event.person, (*held.parts, Part.of(event)))


def is_about_sound(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A text that replies to a voice note or a recording."""
    theirs = context.replied.theirs if context.replied is not None else None
    return isinstance(theirs, FileReceived) and route(theirs.attachment) is Route.LISTEN


def write_down_replied(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """What is said in the message that the question replies to."""
    return start_transcription(c, context, event.person, question_of(c, context, event.person, (Part.of(event),)).parts)


def start_transcription(
    c: Conversation, context: Context, person: Person, parts: tuple[Part, ...]
) -> Outcome[Conversation]:
    """Starts the job that listens."""
    return begin_listening(c, context, Question(parts=parts, person=person, at=context.now))


def begin_listening(
    c: Conversation,
    context: Context,
    question: Question,
    *,
    standing: str = "",
) -> Outcome[Conversation]:
    """Starts the job that listens to a question's sounds; `standing` is the message that stands for it already."""
    job = job_name(context)
    sounds = spoken(files_of(question.parts))
    said, buttons = context.phrases.styled("transcribing"), stop_buttons(job, context)
    shown: tuple[Effect, ...] = (Edit(ref=standing, content=said, buttons=buttons),) if standing else ()
    if not standing and any(_is_shown(file) for file in sounds):
        standing = f"transcript:{job}"
        shown = (Send(ref=standing, content=said, buttons=buttons),)
    order = TranscriptionOrder(
        person=question.person,
        language=context.phrases.language,
        thread=c.thread,
        role=context.role.value,
        sounds=sounds,
        ref=standing,
        until_s=question.until_s,
        agreed_nanousd=question.agreed_nanousd,
    )
    effects = (*nothing_waiting(), start_job(job, "transcribe", order), *shown)
    return Outcome(c.but(job=job, question=question, standing=standing, wanted=None), effects)


# ── how it ended ────────────────────────────────────────────────────────────────────────────────────────────────────


def is_silent(c: Conversation, event: Transcribed, context: Context) -> bool:
    """Not a word was heard."""
    return not event.text.strip()


def say_silent(c: Conversation, event: Transcribed, context: Context) -> Outcome[Conversation]:
    """Says so, and what could not be used."""
    said = [context.phrases.styled("transcript-silent"), *_unread(event, context)]
    return _say_ended(c, _lines(said))


def is_transcript_wanted(c: Conversation, event: Transcribed, context: Context) -> bool:
    """The transcript is all that is wanted: by setting for voice notes, by the button for other sound."""
    if c.question is None:
        return True
    sounds = spoken(files_of(c.question.parts))
    has_words = any(part.text for part in c.question.parts)
    if any(map(is_voice, sounds)):
        alone = len(sounds) == len(files_of(c.question.parts)) and not has_words
        return alone and context.person.transcripts == "only"
    return not has_words


def keep_transcript(c: Conversation, event: Transcribed, context: Context) -> Outcome[Conversation]:
    """Shows the transcript with what can be done with it; nobody asks the model yet."""
    if c.question is None:
        return Outcome(c)
    held = Held(
        id=job_name(context),
        person=c.question.person,
        parts=(transcribed(event, c.question.message_id),),
        at=context.now,
        file=event.document,
    )
    buttons = action_buttons(held.id, ACTIONS["transcript"], context)
    shown, is_cut = _transcript(event, context, TRANSCRIPT_MESSAGES)
    turn = RecordTurn(
        job=event.job,
        question=f"[Transcript]\n{event.text}",
        answer="",
        response_id=None,
        parent_response_id=c.response_id,
        question_message_id=c.question.message_id or None,
    )
    reply_to = c.question.message_id or None
    effects: list[Effect] = [turn]
    for number, part in enumerate(shown):
        last = number == len(shown) - 1
        ref = (c.standing or f"transcript:{event.job}") if number == 0 else ""
        is_standing = number == 0 and c.standing != ""
        effects.append(
            Edit(ref=ref, content=part, buttons=buttons if last else ())
            if is_standing
            else Send(
                ref=ref, content=part, buttons=buttons if last else (), reply_to=reply_to if number == 0 else None
            )
        )
    effects += _files(event, context, is_cut=is_cut)
    done = ended(c, unheard=told(c, held.parts[0].text, ""))
    return Outcome(hold(done, held, HELD_LIMIT), tuple(effects))


def show_and_ask(c: Conversation, event: Transcribed, context: Context) -> Outcome[Conversation]:
    """Shows the transcript, unless the person wants the answer only, and asks the model."""
    asked = ask_transcribed(c, event, context)
    if c.question is None:
        return asked
    shown: list[Effect] = []
    is_cut = False
    if c.standing:
        parts, is_cut = _transcript(event, context, 1)
        shown.append(Edit(ref=c.standing, content=parts[0]))
    elif context.person.transcripts != "answer":
        parts, is_cut = _transcript(event, context, TRANSCRIPT_MESSAGES)
        reply_to = c.question.message_id or None
        shown += [
            Send(ref=f"transcript:{event.job}" if number == 0 else "", content=part, reply_to=reply_to, silent=True)
            for number, part in enumerate(parts)
        ]
    shown += _files(event, context, is_cut=is_cut)
    return preceded(asked, *shown)


def is_silent_film(c: Conversation, event: TranscriptionFailed, context: Context) -> bool:
    """There was nothing to hear, only to see."""
    sounds = spoken(files_of(c.question.parts)) if c.question is not None else ()
    return event.reason == "file_no_sound" and all(sort_of(file) == "video" for file in sounds)


def look_at_film(c: Conversation, event: TranscriptionFailed, context: Context) -> Outcome[Conversation]:
    """Like an animation, which has no sound either: the model gets some frames of it."""
    if c.question is None:
        raise ValueError("no question is being transcribed")
    parts = tuple(_without_sound(part) for part in c.question.parts)
    if not any(part.text for part in parts):
        parts = (*parts, Part(text=context.phrases.text("ask-describe")))
    said = context.phrases.styled("film-looked-at", **failure_arguments(event, context))
    shown = (Edit(ref=c.standing, content=said),) if c.standing else ()
    question = question_of(c, context, c.question.person, parts)
    return preceded(start_answer(ended(c), context, question), *shown)


def say_transcription_failed(c: Conversation, event: TranscriptionFailed, context: Context) -> Outcome[Conversation]:
    """One sentence about what went wrong, or that it was stopped."""
    say = context.phrases
    if event.reason == "stopped":
        return _say_ended(c, say.styled("answer-stopped", cost="unknown", amount=""))
    sentence = say.styled(f"failed-{event.reason}", **failure_arguments(event, context))
    return _say_ended(c, sentence, more_buttons(event.limit, context))


def send_speech(c: Conversation, event: SpeechReady, context: Context) -> Outcome[Conversation]:
    """The answer, spoken."""
    return Outcome(c, (Send(file=event.voice, reply_to=event.reply_to, silent=True),))


def say_errand_failed(c: Conversation, event: ErrandFailed, context: Context) -> Outcome[Conversation]:
    """Something on the side did not work; an inspection says nothing."""
    if event.kind == "inspect":
        return Outcome(c)
    return Outcome(c, (Send(content=context.phrases.styled(f"errand-{event.kind}"), silent=True),))


# ── what they share ─────────────────────────────────────────────────────────────────────────────────────────────────


def failure_arguments(event: object, context: Context) -> dict[str, object]:
    """What a sentence `failed-<reason>` needs to know."""
    reason = getattr(event, "reason", "")
    if reason == "rate":
        return {"seconds": round(getattr(event, "retry_after_s", 0.0))}
    if reason == "budget":
        scope, _, period = getattr(event, "limit", "").rpartition(":")
        kind, _, whose = scope.partition(":")
        return {"scope": kind, "role": whose, "period": period}
    if reason.startswith("file_"):
        return {"name": getattr(event, "name", "") or context.phrases.text("file-nameless")}
    return {}


def _without_sound(part: Part) -> Part:
    film = part.attachment
    if film is None or route(film) is not Route.LISTEN:
        return part
    return replace(part, attachment=replace(film, kind="animation"))


def _is_shown(file: Attachment) -> bool:
    """A voice note of usual length is written down before anybody would read that it is."""
    return not is_voice(file) or file.duration_s > LONG_VOICE_S


def _say_ended(c: Conversation, sentence: Styled, buttons: Buttons = ()) -> Outcome[Conversation]:
    reply_to = c.question.message_id or None if c.question else None
    told: Effect = (
        Edit(ref=c.standing, content=sentence, buttons=buttons)
        if c.standing
        else Send(content=sentence, reply_to=reply_to, buttons=buttons)
    )
    return Outcome(ended(c), (told,))


def _transcript(event: Transcribed, context: Context, most: int) -> tuple[list[Styled], bool]:
    """The transcript as quotes; a long one collapsed, of the longest only so many messages, and whether it is one."""
    mark = "quote" if utf16_length(event.text) <= 600 else "collapsed_quote"
    pieces = split(Styled(event.text), MESSAGE_UNITS - 100)
    is_cut = len(pieces) > most
    quoted = []
    for number, piece in enumerate(pieces[:most]):
        head = "🗣 " if number == 0 else ""
        end = "\n" + context.phrases.text("transcript-goes-on") if is_cut and number == most - 1 else ""
        body = piece.text + end
        quoted.append(Styled(head + body, (Mark(mark, utf16_length(head), utf16_length(body)),)))
    return quoted, is_cut


def _files(event: Transcribed, context: Context, *, is_cut: bool) -> list[Effect]:
    """The transcript as files, where messages don't hold it or it has times; and what of it is missing, and why."""
    given = [event.document] if event.document is not None and (event.timed or is_cut) else []
    effects: list[Effect] = [Send(file=file, silent=True) for file in (*given, *event.timed)]
    say, notes = context.phrases, _unread(event, context)
    if event.missing:
        notes.append(say.styled("transcript-partial", missing=event.missing, total=event.pieces))
    if event.reason:
        notes.append(say.styled(f"failed-{event.reason}", **failure_arguments(event, context)))
    if event.missing and not event.reason.startswith("file_"):
        notes.append(say.styled("transcript-again"))
    if notes:
        effects.append(Send(content=_lines(notes), buttons=more_buttons(event.limit, context)))
    return effects


def _unread(event: Transcribed, context: Context) -> list[Styled]:
    """Files that came with it, and could not be used."""
    say = context.phrases
    return [say.styled(f"file-{what}", name=name or say.text("file-nameless")) for what, name in event.unread]


def _lines(parts: Sequence[Styled]) -> Styled:
    """Sentences as one message, each in a line of its own."""
    text, marks = "", list[Mark]()
    for part in parts:
        text += "\n" if text else ""
        marks += [replace(mark, offset=mark.offset + utf16_length(text)) for mark in part.marks]
        text += part.text
    return Styled(text, tuple(marks))
