"""Steps of /users: the list, page by page; one person with their figures; their role; a message to them."""

from __future__ import annotations

from actors.commands import keyboard
from actors.desk.context import DeskContext
from actors.desk.looks import PEOPLE_A_PAGE, People, PersonSeen
from actors.desk.meanings import PersonOpened, PersonPaused, ReplySaid, RoleChosen, UsersTold
from actors.desk.memory import Desk
from actors.desk.saying import Buttons, answer, card_ref, desk_button, name_of, note, prefer, pressed, show, tell
from actors.desk.steps.limits import page_buttons
from actors.desk.wording import named, role_named, room_line
from actors.phrases import Phrases
from engine.core.budget import Period, person_scope
from engine.core.chart import Outcome
from engine.core.decrees import GiveRole
from engine.core.effects import Button, Edit, Effect, Send
from engine.core.money import dollars
from engine.core.roles import Role
from engine.core.styled import Styled

NOT_FOR_ALL = "0"
"""A button's card that is no page of its own: its answer is a notice."""
MESSAGE_MOST = 3_500
"""The most characters of an admin's words to somebody."""


def show_people(d: Desk, event: UsersTold, context: DeskContext) -> Outcome[Desk]:
    """Who has ever written, whoever has spent most this month first; a button for each."""
    seen, words = context.seen(People), context.asker.words
    card = event.word(0) if event.is_button else context.card
    lines = [
        words.text(
            "desk-users-line",
            name=named(row.name, row.username, row.id),
            role=role_named(words, role),
            month=dollars(row.month_nanousd),
        )
        for row, role in zip(seen.people, seen.roles, strict=True)
    ]
    title = words.text("desk-users-title", count=seen.found)
    text = "\n".join((title, "", *(lines or [words.text("desk-users-none")]), "", words.text("desk-users-how")))
    return show(d, event, "users", text, _list_buttons(words, card, seen), card=card, context=context)


def _list_buttons(words: Phrases, card: str, seen: People) -> Buttons:
    keys = tuple(
        (desk_button(words, "button-person", "person", card, row.id, name=named(row.name, row.username, row.id)),)
        for row in seen.people
    )
    is_more = seen.found > (seen.page + 1) * PEOPLE_A_PAGE
    return (*keys, *page_buttons(words, "users", card, seen.page, seen.search, is_more=is_more))


# ── one person ──────────────────────────────────────────────────────────────────────────────────────────────────────


def is_nobody(d: Desk, event: PersonOpened | RoleChosen | PersonPaused | ReplySaid, context: DeskContext) -> bool:
    """The button or the message is about nobody who is known."""
    return context.seen(PersonSeen).row is None


def say_nobody(d: Desk, event: PersonOpened | RoleChosen | PersonPaused, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "desk-nobody")


def show_person(d: Desk, event: PersonOpened, context: DeskContext) -> Outcome[Desk]:
    """What they are and have used, with what can be done about it; a message of its own, which can be answered."""
    seen = context.seen(PersonSeen)
    sent = Send(
        ref=_ref(seen, context.card),
        content=Styled(_worded(seen, context)),
        buttons=_buttons(seen, context.card, context),
        to=event.conversation,
    )
    return Outcome(d, (*pressed(event), sent))


def is_fixed(d: Desk, event: RoleChosen, context: DeskContext) -> bool:
    """An admin of the settings, or oneself: nobody takes that away here."""
    return event.number(1) in context.fixed_admins or event.number(1) == event.person.id


def say_fixed(d: Desk, event: RoleChosen, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "desk-fixed")


def give_role(d: Desk, event: RoleChosen, context: DeskContext) -> Outcome[Desk]:
    """Gives or takes a role; the person is told of a new one."""
    seen, role = context.seen(PersonSeen), _role(event)
    given = GiveRole(person_id=event.number(1), role=role, by=event.person.id)
    now = seen._replace(role=role)
    shown = _again(event, now, context)
    noted = note(context, "role", person_scope(given.person_id), role=role.value)
    return Outcome(d, (*pressed(event), given, noted, *shown, *_told(seen, role)))


def _role(event: RoleChosen) -> Role:
    return Role(event.word(2)) if event.word(2) in tuple(Role) else Role.STRANGER


def _told(seen: PersonSeen, role: Role) -> tuple[Effect, ...]:
    """Who is blocked, or let go, hears nothing."""
    if role not in (Role.ADMIN, Role.MEMBER, Role.GUEST) or role is seen.role:
        return ()
    words = seen.reader.words
    said = words.styled("role-given", role=role_named(words, role))
    return (Send(content=said, keyboard=keyboard(role, words), to=seen.reader.key),)


def pause_person(d: Desk, event: PersonPaused, context: DeskContext) -> Outcome[Desk]:
    """They get no answers, or get them again; they learn it when they ask."""
    seen, person_id, is_on = context.seen(PersonSeen), event.number(1), event.word(2) != "off"
    others = tuple(one for one in context.house.paused_people if one != person_id)
    paused = (*others, person_id) if is_on else others
    action = "hold" if is_on else "unhold"
    effects = (prefer(context.house, paused_people=paused), note(context, action, person_scope(person_id)))
    if event.word(0) == NOT_FOR_ALL:
        phrase = "desk-person-paused" if is_on else "desk-person-goes-on"
        return Outcome(d, (*effects, answer(event, context, phrase, name=seen.reader.name)))
    shown = _again(event, seen, context, is_paused=is_on)
    return Outcome(d, (*pressed(event), *effects, *shown))


def _again(
    event: RoleChosen | PersonPaused, seen: PersonSeen, context: DeskContext, *, is_paused: bool | None = None
) -> tuple[Effect, ...]:
    """The person's message, as things are now."""
    card = event.word(0)
    text, buttons = _worded(seen, context, is_paused=is_paused), _buttons(seen, card, context, is_paused=is_paused)
    return (Edit(ref=_ref(seen, card), content=Styled(text), buttons=buttons, to=event.conversation),)


def _ref(seen: PersonSeen, card: str) -> str:
    return card_ref("person", seen.reader.id, card)


def _is_paused(seen: PersonSeen, context: DeskContext, is_paused: bool | None) -> bool:
    return seen.reader.id in context.house.paused_people if is_paused is None else is_paused


def _worded(seen: PersonSeen, context: DeskContext, *, is_paused: bool | None = None) -> str:
    row, words = seen.row, context.asker.words
    if row is None:
        raise ValueError("nobody is shown")
    lines = [
        words.text("desk-person-name", name=named(row.name, row.username, row.id), id=str(row.id)),
        words.text("desk-person-role", role=role_named(words, seen.role)),
        words.text(
            "desk-person-spent",
            day=dollars(row.day_nanousd),
            month=dollars(row.month_nanousd),
            ever=dollars(row.all_nanousd),
        ),
        words.text("desk-person-calls", count=row.calls),
    ]
    if row.unpriced:
        lines.append(words.text("desk-person-unpriced", count=row.unpriced))
    lines += [room_line(words, room, seen.reader.name) for room in seen.rooms]
    if _is_paused(seen, context, is_paused):
        lines.append(words.text("desk-person-paused", name=seen.reader.name))
    return "\n".join((*lines, "", words.text("desk-person-how")))


def _buttons(seen: PersonSeen, card: str, context: DeskContext, *, is_paused: bool | None = None) -> Buttons:
    words, person_id = context.asker.words, seen.reader.id
    held = _is_paused(seen, context, is_paused)
    pause = desk_button(
        words,
        "button-person-goes-on" if held else "button-pause-person",
        *("hold", card, person_id, "off" if held else "on"),
    )
    budget = desk_button(words, "button-budget", "limit", "0", person_scope(person_id), Period.MONTH.value)
    if person_id in context.fixed_admins:
        return ((budget,),)
    return (*_role_buttons(words, card, person_id, seen.role), (budget, pause))


def _role_buttons(words: Phrases, card: str, person_id: int, present: Role) -> Buttons:
    def key(phrase: str, role: Role) -> Button:
        return desk_button(words, phrase, "role", card, person_id, role.value)

    if present is Role.BLOCKED:
        return ((key("button-unblock", Role.STRANGER),),)
    offered = (
        (Role.MEMBER, "button-make-member"),
        (Role.GUEST, "button-make-guest"),
        (Role.ADMIN, "button-make-admin"),
    )
    given = tuple(key(phrase, role) for role, phrase in offered if role is not present)
    return (given, (key("button-block", Role.BLOCKED),))


# ── a message to somebody ───────────────────────────────────────────────────────────────────────────────────────────


def is_to_nobody(d: Desk, event: ReplySaid, context: DeskContext) -> bool:
    """The message that was answered is about nobody."""
    return is_nobody(d, event, context)


def say_to_nobody(d: Desk, event: ReplySaid, context: DeskContext) -> Outcome[Desk]:
    """Says how to write to somebody."""
    return tell(d, event, context, "desk-reply-how")


def is_message_too_long(d: Desk, event: ReplySaid, context: DeskContext) -> bool:
    """More than one message can say."""
    return len(event.argument) > MESSAGE_MOST


def say_message_too_long(d: Desk, event: ReplySaid, context: DeskContext) -> Outcome[Desk]:
    """Says how long it may be."""
    return tell(d, event, context, "message-too-long", length=len(event.argument), limit=MESSAGE_MOST)


def write_to_person(d: Desk, event: ReplySaid, context: DeskContext) -> Outcome[Desk]:
    """Passes an admin's words on; the audit keeps that, not the words."""
    person = context.seen(PersonSeen).reader
    head = person.words.text("message-from-admin", who=name_of(context.asker))
    said = f"{head}\n\n{event.argument}"  # a phrase takes no argument of that length
    sent = Send(content=Styled(said), to=person.key)
    noted = note(context, "message", person_scope(person.id), characters=len(event.argument))
    return Outcome(d, (sent, noted, answer(event, context, "desk-message-sent", name=person.name)))
