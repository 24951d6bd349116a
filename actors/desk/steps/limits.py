"""Steps of /limits: every limit with what is used of it; setting one with buttons, or in words."""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.looks import Limits
from actors.desk.meanings import LimitChosen, LimitOpened, LimitsTold
from actors.desk.memory import Desk
from actors.desk.saying import Buttons, answer, card_ref, desk_button, note, prefer, pressed, show, tell
from actors.desk.wording import OFF, amount_typed, limit_typed, period_named, room_line, scope_named
from actors.phrases import Phrases
from engine.core.budget import BOT, LIMITED_ROLES, Period, Room, checked_scope, role_scope
from engine.core.chart import Outcome
from engine.core.decrees import SetLimit
from engine.core.effects import Button, Edit
from engine.core.money import dollars
from engine.core.roles import Role
from engine.core.styled import Styled

CHEAPER = "cheaper"
"""/limits cheaper <model>: the word."""
LIMITS_A_PAGE = 8
AMOUNTS_USD = (1, 5, 10, 20, 50, 100)
"""What a limit can be set to with a tap."""
ALWAYS_OFFERED = ((BOT, Period.DAY), (BOT, Period.MONTH), (role_scope(Role.GUEST), Period.MONTH))
"""Limits that have a button even where there are none yet."""


def is_cheaper_typed(d: Desk, event: LimitsTold, context: DeskContext) -> bool:
    """/limits cheaper <model>, or off."""
    return not event.is_button and event.word(0).lower() == CHEAPER


def set_cheaper(d: Desk, event: LimitsTold, context: DeskContext) -> Outcome[Desk]:
    """Which model answers those whose budget is nearly used up; without a model it says which."""
    model = event.word(1)
    if not model:
        now = context.house.cheaper_model
        phrase = "desk-cheaper-how" if now else "desk-cheaper-none"
        return tell(d, event, context, phrase, model=now, models=", ".join(context.models))
    if model.lower() != OFF and model not in context.models:
        return tell(d, event, context, "desk-cheaper-unknown", models=", ".join(context.models))
    chosen = "" if model.lower() == OFF else model
    said = answer(event, context, "desk-cheaper-set" if chosen else "desk-cheaper-off", model=chosen)
    noted = note(context, "cheaper", "bot", model=chosen or OFF)
    return Outcome(d, (prefer(context.house, cheaper_model=chosen), noted, said))


def is_limit_typed(d: Desk, event: LimitsTold, context: DeskContext) -> bool:
    """/limits with words that say a limit."""
    return not event.is_button and _typed(event) is not None


def is_limit_unreadable(d: Desk, event: LimitsTold, context: DeskContext) -> bool:
    """/limits with words that say none."""
    return not event.is_button and bool(event.words) and _typed(event) is None


def say_how_to_set(d: Desk, event: LimitsTold, context: DeskContext) -> Outcome[Desk]:
    """Says how a limit is written, or which roles there are."""
    kind, role = event.word(0).lower(), event.word(1)
    if kind == "role" and role and role.lower() not in LIMITED_ROLES:
        return tell(d, event, context, "desk-limit-no-role", role=role, roles=", ".join(LIMITED_ROLES))
    return tell(d, event, context, "desk-limit-how")


def set_typed(d: Desk, event: LimitsTold, context: DeskContext) -> Outcome[Desk]:
    """Sets it."""
    scope, period, amount = limit_typed(event.words)
    name = context.seen(Limits).names.get(scope, "")
    words = context.asker.words
    shown = scope_named(words, scope, name)
    phrase = "desk-limit-lifted" if amount is None else "desk-limit-set"
    said = answer(event, context, phrase, scope=shown, period=period_named(words, period), amount=dollars(amount or 0))
    noted = note(context, "limit", scope, amount=OFF if amount is None else dollars(amount), period=period.value)
    return Outcome(d, (SetLimit(scope=scope, period=period, limit_nanousd=amount), noted, said))


def show_limits(d: Desk, event: LimitsTold, context: DeskContext) -> Outcome[Desk]:
    """All limits, a button for each."""
    seen, words = context.seen(Limits), context.asker.words
    page = max(0, event.number(1)) if event.is_button else 0
    card = event.word(0) if event.is_button else context.card
    rooms = seen.rooms[page * LIMITS_A_PAGE : (page + 1) * LIMITS_A_PAGE]
    lines = [room_line(words, room, seen.names.get(room.scope, "")) for room in rooms]
    title = words.text("desk-limits-title")
    text = "\n".join((title, "", *(lines or [words.text("desk-limits-none")]), "", words.text("desk-limit-how")))
    return show(d, event, "limits", text, _list_buttons(words, card, page, seen), card=card, context=context)


def _list_buttons(words: Phrases, card: str, page: int, seen: Limits) -> Buttons:
    rooms = seen.rooms[page * LIMITS_A_PAGE : (page + 1) * LIMITS_A_PAGE]
    known = {(room.scope, room.period) for room in seen.rooms}
    listed = [(room.scope, room.period) for room in rooms]
    listed += [(scope, period) for scope, period in ALWAYS_OFFERED if (scope, period) not in known]
    keys = tuple(
        (
            desk_button(
                words,
                "button-limit",
                "limit",
                *(card, scope, period.value),
                scope=scope_named(words, scope, seen.names.get(scope, "")),
                period=period_named(words, period),
            ),
        )
        for scope, period in listed
    )
    is_more = len(seen.rooms) > (page + 1) * LIMITS_A_PAGE
    return (*keys, *page_buttons(words, "limits", card, page, is_more=is_more))


def page_buttons(words: Phrases, command: str, card: str, page: int, *more: str, is_more: bool) -> Buttons:
    """To the page before and the page behind, where there are such."""
    before = (desk_button(words, "button-before", command, card, page - 1, *more),) if page else ()
    behind = (desk_button(words, "button-behind", command, card, page + 1, *more),) if is_more else ()
    row: tuple[Button, ...] = (*before, *behind)
    return (row,) if row else ()


# ── one limit ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_no_limit(d: Desk, event: LimitOpened | LimitChosen, context: DeskContext) -> bool:
    """The button names nothing that can be limited."""
    seen = context.seen(Limits)
    try:
        checked_scope(seen.scope)
        Period(seen.period)
        amount_typed(event.words[-1] if isinstance(event, LimitChosen) else OFF)
    except ValueError:
        return True
    return False


def open_limit(d: Desk, event: LimitOpened, context: DeskContext) -> Outcome[Desk]:
    """What it is, and amounts that it can be set to."""
    seen, words = context.seen(Limits), context.asker.words
    is_own_message = event.word(0) == "0"
    card = context.card if is_own_message else event.word(0)
    text = _one(words, seen, _room(seen))
    buttons = _amounts(words, card, seen)
    return show(d, event, "limits", text, buttons, card="" if is_own_message else card, context=context)


def set_limit(d: Desk, event: LimitChosen, context: DeskContext) -> Outcome[Desk]:
    """Sets it, and shows it as it is now."""
    seen, words = context.seen(Limits), context.asker.words
    amount, period, card = amount_typed(event.words[-1]), Period(seen.period), event.word(0)
    room = _room(seen)
    now = None if amount is None else Room(seen.scope, period, amount, room.spent_nanousd if room else 0)
    text = f"{_one(words, seen, now)}\n\n{words.text('setting-saved')}"
    shown = Edit(
        ref=card_ref("limits", card),
        content=Styled(text),
        buttons=_amounts(words, card, seen),
        to=event.conversation,
    )
    noted = note(context, "limit", seen.scope, amount=OFF if amount is None else dollars(amount), period=period.value)
    return Outcome(d, (*pressed(event), SetLimit(scope=seen.scope, period=period, limit_nanousd=amount), noted, shown))


def _room(seen: Limits) -> Room | None:
    return next((room for room in seen.rooms if room.period == seen.period), None)


def _one(words: Phrases, seen: Limits, room: Room | None) -> str:
    name = seen.names.get(seen.scope, "")
    if room is not None:
        return room_line(words, room, name)
    return words.text(
        "desk-limit-none", scope=scope_named(words, seen.scope, name), period=period_named(words, seen.period)
    )


def _amounts(words: Phrases, card: str, seen: Limits) -> Buttons:
    keys = [
        desk_button(words, "button-amount", "setlimit", card, seen.scope, seen.period, usd, amount=f"${usd}")
        for usd in AMOUNTS_USD
    ]
    off = desk_button(words, "button-no-limit", "setlimit", card, seen.scope, seen.period, OFF)
    back = desk_button(words, "button-all-limits", "limits", card, 0)
    return (tuple(keys[:3]), tuple(keys[3:]), (off,), (back,))


def _typed(event: LimitsTold) -> tuple[str, Period, int | None] | None:
    try:
        return limit_typed(event.words)
    except ValueError:
        return None
