"""Steps about what is in an archive: the list, its buttons, and a chosen file, which goes the way of its kind."""

from __future__ import annotations

from actors.context import Context
from actors.events import ActionRequested, ArchiveListed, ListingFailed, StopRequested
from actors.intake import is_opened_here
from actors.interpret import ACTION_BUTTON, button_name
from actors.memory import HELD_LIMIT, Conversation, Held, Part
from actors.orders import ListingOrder
from actors.phrases import Phrases
from actors.sizes import size_shown
from actors.steps.captions import files_of, offered
from actors.steps.gathering import shown_name
from actors.steps.listening import failure_arguments
from actors.steps.shared import (
    Buttons,
    button,
    job_name,
    preceded,
    pressed,
    reply,
    start_job,
    stop_buttons,
    without_held,
)
from engine.core.chart import Outcome
from engine.core.effects import Button, Edit, Send, StopJob

LISTING = "-list"
"""How the names of jobs end that look into archives: they go on beside whatever else is asked."""
BUTTONS_MOST = 8
"""Files that have a button."""
LABEL_CHARACTERS = 40
PATH_CHARACTERS = 60
"""Of a path in the list: all of them fit into one message, whatever they are made of."""
USELESS = ("file_corrupt", "file_encrypted", "file_empty", "file_bomb", "file_gone")
"""Why an archive is of no use to anybody: the next words are not about it."""
OPEN, OPEN_ALL = "open-", "open-all"
"""The actions of buttons under a list: open-0, open-1, ... and all."""


def is_archive_question(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """Somebody wants to know what is in one archive."""
    held = c.held_as(event.held)
    files = files_of(held.parts) if held is not None else []
    return event.action == "list" and len(files) == 1 and is_opened_here(files[0])


def list_archive(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """Starts the job that looks inside, with a message that becomes the list."""
    held = c.held_as(event.held)
    if held is None:
        return reply(c, event, context, "button-gone")
    job = job_name(context, LISTING)
    ref = f"list:{job}"
    order = ListingOrder(
        person=event.person,
        language=context.phrases.language,
        thread=c.thread,
        held=held.id,
        archive=files_of(held.parts)[0],
        ref=ref,
    )
    said = Send(ref=ref, content=context.phrases.styled("archive-looking"), buttons=stop_buttons(job, context))
    return Outcome(c, (*pressed(event), start_job(job, "list", order), said))


def is_listing_stopped(c: Conversation, event: StopRequested, context: Context) -> bool:
    """The Stop under an archive that is looked into."""
    return event.job.endswith(LISTING)


def stop_listing(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """Ends that job alone."""
    return Outcome(c, (StopJob(job=event.job), *pressed(event, context.phrases.text("stop-pressed"))))


def show_listed(c: Conversation, event: ArchiveListed | ListingFailed, context: Context) -> Outcome[Conversation]:
    """The list, or why there is none."""
    if isinstance(event, ListingFailed):
        say = context.phrases
        content = (
            say.styled("answer-stopped", cost="unknown", amount="")
            if event.reason == "stopped"
            else say.styled(f"failed-{event.reason}", **failure_arguments(event, context))
        )
        kept = without_held(c, event.held) if event.reason in USELESS else c
        return Outcome(kept, (Edit(ref=event.ref, content=content),))
    content = context.phrases.styled("archive-listed", **_arguments(event, context))
    archive = c.held_as(event.held)
    if archive is None or not event.readable:
        return Outcome(c, (Edit(ref=event.ref, content=content),))
    parts = tuple(Part(message_id=archive.parts[0].message_id, attachment=file) for file in event.readable)
    listed = Held(id=job_name(context), person=archive.person, parts=parts, at=context.now, listed=event.ref)
    at = c.held.index(archive)  # before it: what is said next is about the archive
    held = (*c.held[:at], listed, *c.held[at:])[-HELD_LIMIT:]
    return Outcome(c.but(held=held), (Edit(ref=event.ref, content=content, buttons=_buttons(listed, context)),))


def is_opening(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """A button under the list."""
    return event.action.startswith(OPEN)


def open_member(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """The chosen file, or all of them, as if they had just been sent; they are unpacked when they are needed."""
    held = c.held_as(event.held)
    chosen = event.action.removeprefix(OPEN)
    if held is None or not (event.action == OPEN_ALL or (chosen.isdecimal() and int(chosen) < len(held.parts))):
        return reply(c, event, context, "button-gone")
    parts = held.parts if event.action == OPEN_ALL else (held.parts[int(chosen)],)
    opened = Held(id=job_name(context), person=held.person, parts=parts, at=context.now)
    return preceded(offered(c, opened, context), *pressed(event))


def _arguments(event: ArchiveListed, context: Context) -> dict[str, object]:
    say = context.phrases
    lines = [_line(path, size, say, is_locked=locked) for path, size, locked in event.shown]
    if event.count > len(event.shown):
        lines.append(say.text("offer-more", count=event.count - len(event.shown)))
    if event.left_out:
        lines += ["", say.text("archive-left-out", count=event.left_out)]
    if any(locked for _, _, locked in event.shown):
        lines += ["", say.text("archive-locked")]
    if event.readable:
        lines += ["", say.text("archive-choose")]
    return {
        "name": shown_name(event.name, context),
        "count": event.count,
        "size": size_shown(event.size, say),
        "files": "\n".join(lines),
    }


def _line(path: str, size: int, say: Phrases, *, is_locked: bool) -> str:
    return f"{'🔒 ' if is_locked else ''}{_short(path, PATH_CHARACTERS)} · {size_shown(size, say)}"


def _buttons(listed: Held, context: Context) -> Buttons:
    files = files_of(listed.parts)
    rows: list[tuple[Button, ...]] = [
        (Button(_short(file.name or file.member, LABEL_CHARACTERS), button_name(ACTION_BUTTON, action, listed.id)),)
        for action, file in ((f"{OPEN}{number}", file) for number, file in enumerate(files[:BUTTONS_MOST]))
    ]
    if len(files) > 1:
        rows.append((button(context, "archive-all", ACTION_BUTTON, OPEN_ALL, listed.id, count=len(files)),))
    return tuple(rows)


def _short(name: str, most: int) -> str:
    name = "".join(char if char.isprintable() else " " for char in name)  # nothing turns what follows around
    return name if len(name) <= most else f"{name[: most - 13]}…{name[-12:]}"
