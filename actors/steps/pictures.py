"""Steps about pictures made to order: the prompt, the format, the picture, and changing one."""

from __future__ import annotations

import re

from actors.context import Context
from actors.events import (
    ActionRequested,
    FormatChosen,
    PictureFailed,
    PictureFileRequested,
    PictureReady,
    PictureRequested,
)
from actors.intake import sort_of
from actors.interpret import FORMAT_BUTTON, PICTURE_FILE_BUTTON
from actors.memory import IDEAS_LIMIT, PICTURES_LIMIT, Conversation, Drawn, Idea, Question, Wanted
from actors.orders import PictureOrder
from actors.steps.captions import files_of
from actors.steps.listening import failure_arguments
from actors.steps.preferences import wait_for_words
from actors.steps.shared import (
    button,
    ended,
    is_private,
    job_name,
    more_buttons,
    nothing_waiting,
    preceded,
    pressed,
    reply,
    start_job,
    stop_buttons,
    told,
    without_held,
)
from engine.core.chart import Outcome
from engine.core.effects import Button, Edit, Effect, RecordTurn, Send
from engine.core.events import Event, FileReceived, Person, TextReceived
from engine.core.files import Attachment, StoredFile
from engine.core.money import dollars

FORMATS = {"square": "1024x1024", "landscape": "1536x1024", "portrait": "1024x1536"}
"""The formats that are offered, and their sizes."""
PROMPT_LIMIT = 32_000
"""OpenAI's limit for the words of a picture."""
CAPTION_SHOWN = 200
"""The most characters of the prompt under the picture."""

CHANGE_WORDS = ("edit", "измени", "отредактируй")
"""What a text that says how to change a picture begins with; a colon follows."""

_CHANGE = re.compile(rf"\s*(?:{'|'.join(CHANGE_WORDS)})\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)


def has_no_prompt(c: Conversation, event: PictureRequested, context: Context) -> bool:
    """/img without words."""
    return not event.prompt.strip()


def want_prompt(c: Conversation, event: PictureRequested, context: Context) -> Outcome[Conversation]:
    """Asks what is to be drawn: the next text says it."""
    return wait_for_words(c, event, context, "picture", "picture-what")


def offer_formats(c: Conversation, event: PictureRequested, context: Context) -> Outcome[Conversation]:
    """Asks for the format, with the price of each."""
    return _offer(c, event.person, event.prompt, event.message_id, context)


def offer_wanted(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """The words that /img has waited for."""
    return _offer(c.but(wanted=None), event.person, event.text, event.message_id, context)


def _offer(c: Conversation, person: Person, prompt: str, message_id: int, context: Context) -> Outcome[Conversation]:
    idea = Idea(id=job_name(context), person=person, prompt=prompt.strip()[:PROMPT_LIMIT], message_id=message_id)
    buttons = tuple((_format_button(idea.id, name, size, context),) for name, size in FORMATS.items())
    offer = Send(
        ref=idea_ref(idea.id),
        content=context.phrases.styled("picture-format"),
        buttons=buttons,
        reply_to=message_id,
    )
    return Outcome(c.but(ideas=(*c.ideas, idea)[-IDEAS_LIMIT:]), (*nothing_waiting(), offer))


def _format_button(idea: str, name: str, size: str, context: Context) -> Button:
    price = context.offer.picture_prices.get(size)
    amount = f" · ≈ {dollars(price)}" if price is not None else ""
    shown = button(context, f"format-{name}", FORMAT_BUTTON, idea, size)
    return Button(shown.label + amount, shown.name)


def idea_ref(idea: str) -> str:
    """The name of the message that asks for a format, and becomes the picture."""
    return f"idea:{idea}"


def is_idea_gone(c: Conversation, event: FormatChosen, context: Context) -> bool:
    """The picture is drawn already (a double tap), or the idea is too old."""
    return _idea(c, event) is None or event.size not in FORMATS.values()


def say_idea_gone(c: Conversation, event: FormatChosen, context: Context) -> Outcome[Conversation]:
    """Only one picture is made of an idea."""
    return reply(c, event, context, "picture-once")


def is_not_idea_owner(c: Conversation, event: FormatChosen, context: Context) -> bool:
    """The picture was ordered by another person."""
    idea = _idea(c, event)
    return idea is not None and idea.person.id != event.person.id


def draw(c: Conversation, event: FormatChosen, context: Context) -> Outcome[Conversation]:
    """Starts the job that draws; the idea is used up."""
    idea = _idea(c, event)
    if idea is None:
        raise ValueError("the idea is used up")
    rest = c.but(ideas=tuple(one for one in c.ideas if one.id != idea.id))
    started = _start(rest, context, idea.person, idea.prompt, idea_ref(idea.id), idea.message_id, size=event.size)
    return preceded(started, *pressed(event))


def _idea(c: Conversation, event: FormatChosen) -> Idea | None:
    return next((idea for idea in c.ideas if idea.id == event.idea), None)


# ── changing a picture ──────────────────────────────────────────────────────────────────────────────────────────────


def is_change_of_drawn(c: Conversation, event: TextReceived, context: Context) -> bool:
    """A text in reply to a picture that was drawn here."""
    return _replied_drawn(c, context) is not None


def change_drawn(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Draws it anew, as the reply says."""
    drawn = _replied_drawn(c, context)
    if drawn is None:
        raise ValueError("no drawn picture is replied to")
    return _change(
        c, context, event.person, _change_words(event.text) or event.text, event.message_id, drawn=(drawn.file,)
    )


def is_change_of_theirs(c: Conversation, event: TextReceived, context: Context) -> bool:
    """ "edit: ..." in reply to a person's picture."""
    return _replied_picture(context) is not None and bool(_change_words(event.text))


def change_theirs(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Draws a person's picture anew."""
    picture = _replied_picture(context)
    if picture is None:
        raise ValueError("no picture is replied to")
    return _change(c, context, event.person, _change_words(event.text), event.message_id, sources=(picture,))


def is_change_gathered(c: Conversation, event: Event, context: Context) -> bool:
    """Pictures with "edit: ..." as their caption."""
    parts = c.gathered.parts if c.gathered else ()
    files = files_of(parts)
    words = next((part.text for part in parts if part.text), "")
    return bool(files) and all(sort_of(file) == "picture" for file in files) and bool(_change_words(words))


def change_gathered(c: Conversation, event: Event, context: Context) -> Outcome[Conversation]:
    """Draws the pictures anew."""
    if c.gathered is None:
        raise ValueError("nothing is gathered")
    parts = c.gathered.parts
    words = next(part for part in parts if part.text)
    rest = c.but(gathered=None)
    return _change(
        rest, context, c.gathered.person, _change_words(words.text), words.message_id, sources=tuple(files_of(parts))
    )


def is_edit_action(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """The button that changes a picture."""
    return event.action == "edit"


def want_change(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """Asks what is to be changed."""
    return wait_for_words(c, event, context, "edit", "picture-change-what", held=event.held)


def is_wanted_change(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The text that says how held pictures are to be changed."""
    return _wanted(c, event, "edit") is not None and c.held_as(c.wanted.held if c.wanted else "") is not None


def change_held(c: Conversation, event: TextReceived, context: Context) -> Outcome[Conversation]:
    """Draws the held pictures anew."""
    held = c.held_as(c.wanted.held) if c.wanted else None
    if held is None:
        raise ValueError("no pictures are held")
    rest = without_held(c, held.id).but(wanted=None)
    return _change(rest, context, event.person, event.text, event.message_id, sources=tuple(files_of(held.parts)))


def is_wanted_prompt(c: Conversation, event: TextReceived, context: Context) -> bool:
    """The text that says what is to be drawn."""
    return _wanted(c, event, "picture") is not None


def _wanted(c: Conversation, event: TextReceived, what: str) -> Wanted | None:
    wanted = c.wanted
    return wanted if wanted is not None and wanted.what == what and wanted.person.id == event.person.id else None


def _change_words(text: str) -> str:
    found = _CHANGE.fullmatch(text)
    return found[1].strip() if found else ""


def _replied_drawn(c: Conversation, context: Context) -> Drawn | None:
    ours = context.replied.ours if context.replied is not None else None
    return c.drawn_as(ref=ours.ref) if ours is not None and ours.ref else None


def _replied_picture(context: Context) -> Attachment | None:
    theirs = context.replied.theirs if context.replied is not None else None
    is_picture = isinstance(theirs, FileReceived) and sort_of(theirs.attachment) == "picture"
    return theirs.attachment if isinstance(theirs, FileReceived) and is_picture else None


def _change(
    c: Conversation,
    context: Context,
    person: Person,
    prompt: str,
    message_id: int,
    *,
    sources: tuple[Attachment, ...] = (),
    drawn: tuple[StoredFile, ...] = (),
) -> Outcome[Conversation]:
    ref = idea_ref(job_name(context))
    return _start(c, context, person, prompt[:PROMPT_LIMIT], ref, message_id, sources=sources, drawn=drawn)


def _start(
    c: Conversation,
    context: Context,
    person: Person,
    prompt: str,
    ref: str,
    message_id: int,
    *,
    size: str = "",
    sources: tuple[Attachment, ...] = (),
    drawn: tuple[StoredFile, ...] = (),
) -> Outcome[Conversation]:
    job = job_name(context)
    order = PictureOrder(
        person=person,
        language=context.phrases.language,
        thread=c.thread,
        role=context.role.value,
        prompt=prompt,
        ref=ref,
        size=size,
        sources=sources,
        drawn=drawn,
    )
    content, buttons = context.phrases.styled("picture-drawing"), stop_buttons(job, context)
    shown: Effect = (
        Edit(ref=ref, content=content, buttons=buttons)
        if size
        else Send(ref=ref, content=content, buttons=buttons, reply_to=message_id or None)
    )
    question = Question(parts=(), person=person, at=context.now, words=prompt)
    return Outcome(
        c.but(job=job, question=question, standing=ref, wanted=None),
        (*nothing_waiting(), start_job(job, "picture", order), shown),
    )


# ── how it ended ────────────────────────────────────────────────────────────────────────────────────────────────────


def deliver_picture(c: Conversation, event: PictureReady, context: Context) -> Outcome[Conversation]:
    """The picture takes the place of the message that announced it; the model is told what was drawn."""
    prompt = event.prompt if len(event.prompt) <= CAPTION_SHOWN else event.prompt[:CAPTION_SHOWN] + "…"
    caption = context.phrases.styled("picture-caption", prompt=prompt)
    buttons = ((button(context, "button-original", PICTURE_FILE_BUTTON, event.job),),)
    shown = Edit(ref=event.ref, content=caption, file=event.photo, buttons=buttons)
    question, answer = f"[A picture was ordered:] {event.prompt}", "[The picture was drawn and shown.]"
    turn = RecordTurn(
        job=event.job,
        question=question,
        answer=answer,
        response_id=None,
        parent_response_id=c.response_id,
        question_message_id=None,
    )
    drawn = Drawn(job=event.job, ref=event.ref, file=event.original)
    done = ended(c, drawn=(*c.drawn, drawn)[-PICTURES_LIMIT:], unheard=told(c, question, answer))
    return Outcome(done, (turn, shown))


def say_picture_failed(c: Conversation, event: PictureFailed, context: Context) -> Outcome[Conversation]:
    """One sentence in the place of the picture."""
    say = context.phrases
    content = (
        say.styled("answer-stopped", cost="unknown", amount="")
        if event.reason == "stopped"
        else say.styled(f"failed-{event.reason}", **failure_arguments(event, context))
    )
    shown = Edit(ref=event.ref, content=content, buttons=more_buttons(event.limit, context))
    return Outcome(ended(c), (shown,))


def send_original(c: Conversation, event: PictureFileRequested, context: Context) -> Outcome[Conversation]:
    """The picture as a file, in full quality."""
    drawn = c.drawn_as(job=event.job)
    if drawn is None:
        return reply(c, event, context, "button-gone")
    sent = Send(file=drawn.file, reply_to=event.message_id if is_private(c) else None)
    return Outcome(c, (*pressed(event), sent))
