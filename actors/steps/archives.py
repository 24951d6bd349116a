"""Steps about what is in an archive: the list, its buttons, and a chosen file, which goes the way of its kind."""

from __future__ import annotations

from msgspec.structs import replace as changed

from actors.context import Context
from actors.events import ActionRequested, ArchiveListed, ListingFailed, StopRequested
from actors.intake import OPEN, OPEN_ALL, PAGE, is_opened_here
from actors.interpret import ACTION_BUTTON, button_name
from actors.memory import HELD_LIMIT, Conversation, Held, Listed, Part
from actors.orders import PAGE_FILES, ListingOrder
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
LABELS = ((8, 1, 40), (PAGE_FILES, 2, 20))
"""Up to so many files: buttons in a row, and characters on each."""
PATH_CHARACTERS = 60
"""Of a path in the list: all of them fit into one message, whatever they are made of."""
USELESS = ("file_corrupt", "file_encrypted", "file_empty", "file_bomb", "file_gone")
"""Why an archive is of no use to anybody: the next words are not about it."""
"""The actions of buttons under a list: a file of the page (open-0, ...), all of them, another page (page-0, ...)"""


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
    listed = _listed(held, f"list:{job}")
    said = Send(ref=listed.ref, content=context.phrases.styled("archive-looking"), buttons=stop_buttons(job, context))
    return Outcome(c, (*pressed(event), start_job(job, "list", _order(c, event, context, held.id, listed)), said))


def is_paging(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """A button under the list that leads to another page of it."""
    return event.action.startswith(PAGE)


def turn_page(c: Conversation, event: ActionRequested, context: Context) -> Outcome[Conversation]:
    """Starts the job that looks inside again: nobody keeps what is on all the pages."""
    held, page = c.held_as(event.held), event.action.removeprefix(PAGE)
    if held is None or held.listed is None or not page.isdecimal():
        return reply(c, event, context, "button-gone")
    turned = changed(held, id=job_name(context))  # a second tap finds nothing to turn
    job, order = job_name(context, LISTING), _order(c, event, context, turned.id, held.listed, int(page))
    said = Edit(
        ref=held.listed.ref, content=context.phrases.styled("archive-looking"), buttons=stop_buttons(job, context)
    )
    kept = tuple(turned if one is held else one for one in c.held)
    return Outcome(c.but(held=kept), (*pressed(event), start_job(job, "list", order), said))


def _order(
    c: Conversation, event: ActionRequested, context: Context, held_id: str, listed: Listed, page: int = 0
) -> ListingOrder:
    return ListingOrder(
        person=event.person,
        language=context.phrases.language,
        thread=c.thread,
        held=held_id,
        archive=listed.archive,
        ref=listed.ref,
        page=page,
    )


def _listed(held: Held, ref: str) -> Listed:
    """What stands in the message `ref` about a held archive, or about the one that these files are of."""
    return held.listed or Listed(archive=files_of(held.parts)[0], message_id=held.parts[0].message_id, ref=ref)


def is_listing_stopped(c: Conversation, event: StopRequested, context: Context) -> bool:
    """The Stop under an archive that is looked into."""
    return event.job.endswith(LISTING)


def stop_listing(c: Conversation, event: StopRequested, context: Context) -> Outcome[Conversation]:
    """Ends that job alone."""
    return Outcome(c, (StopJob(job=event.job), *pressed(event, context.phrases.text("stop-pressed"))))


def show_listed(c: Conversation, event: ArchiveListed | ListingFailed, context: Context) -> Outcome[Conversation]:
    """A page of the list, or why there is none."""
    if isinstance(event, ListingFailed):
        return _say_unlisted(c, event, context)
    content = context.phrases.styled("archive-listed", **_arguments(event, context))
    asked = c.held_as(event.held)
    if asked is None or not (event.readable or _is_paged(event)):
        return Outcome(c, (Edit(ref=event.ref, content=content),))
    listed = _listed(asked, event.ref)
    parts = tuple(Part(message_id=listed.message_id, attachment=file) for file in event.readable)
    page = Held(id=job_name(context), person=asked.person, parts=parts, at=context.now, listed=listed)
    at = c.held.index(asked)  # before the archive, for what is said next is about that; in place of another page
    after = c.held[at:] if asked.listed is None else c.held[at + 1 :]
    held = (*c.held[:at], page, *after)[-HELD_LIMIT:]
    return Outcome(c.but(held=held), (Edit(ref=event.ref, content=content, buttons=_buttons(event, page, context)),))


def _say_unlisted(c: Conversation, event: ListingFailed, context: Context) -> Outcome[Conversation]:
    """Why there is no list; where there was one, a button that leads back to it."""
    say = context.phrases
    content = (
        say.styled("answer-stopped", cost="unknown", amount="")
        if event.reason == "stopped"
        else say.styled(f"failed-{event.reason}", **failure_arguments(event, context))
    )
    kept = without_held(c, event.held) if event.reason in USELESS else c
    page = kept.held_as(event.held)
    is_page = page is not None and page.listed is not None
    again = ((button(context, "do-list", ACTION_BUTTON, f"{PAGE}0", event.held),),) if is_page else ()
    return Outcome(kept, (Edit(ref=event.ref, content=content, buttons=again),))


def is_opening(c: Conversation, event: ActionRequested, context: Context) -> bool:
    """A button under the list that opens something."""
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
    marks = dict.fromkeys(event.too_large, "🐘 ") | {
        place: "🔒 " for place, (_, _, is_locked) in enumerate(event.shown) if is_locked
    }
    lines = [_line(path, size, say, marks.get(place, "")) for place, (path, size, _) in enumerate(event.shown)]
    if _is_paged(event):
        before, shown = event.page * PAGE_FILES, len(event.shown)
        page = say.text("archive-page", first=before + 1, last=before + shown, shown=shown, count=event.count)
        lines += ["", page]
    if event.left_out:
        lines += ["", say.text("archive-left-out", count=event.left_out)]
    if any(locked for _, _, locked in event.shown):
        lines += ["", say.text("archive-locked")]
    if "🐘 " in marks.values():
        lines += ["", say.text("archive-too-large")]
    if event.readable:
        lines += ["", say.text("archive-choose")]
    return {
        "name": shown_name(event.name, context),
        "count": event.count,
        "size": size_shown(event.size, say),
        "files": "\n".join(lines),
    }


def _line(path: str, size: int, say: Phrases, mark: str) -> str:
    return f"{mark}{_short(path, PATH_CHARACTERS)} · {size_shown(size, say)}"


def _is_paged(event: ArchiveListed) -> bool:
    """Whether there are more files than stand on this page."""
    return event.count > len(event.shown)


def _buttons(event: ArchiveListed, page: Held, context: Context) -> Buttons:
    """A button for each file of the page, one for all of them, and those to the pages before and behind."""
    files = files_of(page.parts)
    in_row, characters = next((in_row, characters) for most, in_row, characters in LABELS if len(files) <= most)
    buttons = [
        Button(_short(file.name or file.member, characters), button_name(ACTION_BUTTON, f"{OPEN}{number}", page.id))
        for number, file in enumerate(files)
    ]
    rows: list[tuple[Button, ...]] = [tuple(buttons[at : at + in_row]) for at in range(0, len(buttons), in_row)]
    if len(files) > 1:
        phrase = "archive-all-here" if _is_paged(event) else "archive-all"
        rows.append((button(context, phrase, ACTION_BUTTON, OPEN_ALL, page.id, count=len(files)),))
    turns: list[Button] = []
    if event.page:
        turns.append(button(context, "button-before", ACTION_BUTTON, f"{PAGE}{event.page - 1}", page.id))
    if event.page * PAGE_FILES + len(event.shown) < event.count:
        turns.append(button(context, "button-behind", ACTION_BUTTON, f"{PAGE}{event.page + 1}", page.id))
    return (*rows, tuple(turns)) if turns else tuple(rows)


def _short(name: str, most: int) -> str:
    name = "".join(char if char.isprintable() else " " for char in name)  # nothing turns what follows around
    return name if len(name) <= most else f"{name[: most - 13]}…{name[-12:]}"
