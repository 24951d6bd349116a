"""Steps about people whose budget is used up and who ask for more: a card for every admin, and one of them decides."""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.events import MoreAsked
from actors.desk.looks import Wished
from actors.desk.meanings import MoreDecided
from actors.desk.memory import WANTS_LIMIT, Desk, Want
from actors.desk.saying import answer, card_ref, change_cards, desk_button, name_of, note, pressed, tell, tell_admins
from actors.desk.wording import named, period_named, scope_named
from actors.phrases import Phrases
from engine.core.budget import Period, Room, person_scope
from engine.core.chart import Outcome
from engine.core.decrees import RaiseLimit
from engine.core.effects import Effect, Send
from engine.core.money import NANOUSD_PER_USD, dollars

RAISES_USD = (1, 5)
"""By how much a limit can be raised with a tap."""


def is_not_their_wish(d: Desk, event: MoreAsked, context: DeskContext) -> bool:
    """The button is under another person's refusal."""
    return event.scope.startswith("person:") and event.scope != person_scope(event.person.id)


def say_not_their_wish(d: Desk, event: MoreAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "button-not-yours")


def is_wish_known(d: Desk, event: MoreAsked, context: DeskContext) -> bool:
    """They have asked already, and nobody has decided yet."""
    return any(
        (want.person_id, want.scope, want.period) == (event.person.id, event.scope, event.period) for want in d.wants
    )


def say_wish_known(d: Desk, event: MoreAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "more-asked-already")


def is_limit_gone(d: Desk, event: MoreAsked, context: DeskContext) -> bool:
    """The limit that has refused them was lifted meanwhile."""
    return context.seen(Wished).room is None


def say_limit_gone(d: Desk, event: MoreAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "more-not-needed")


def pass_wish_on(d: Desk, event: MoreAsked, context: DeskContext) -> Outcome[Desk]:
    """Shows it to every admin."""
    room = context.seen(Wished).room
    want = Want(
        card=context.card,
        person_id=event.person.id,
        name=named(event.person.name, event.person.username, event.person.id),
        scope=event.scope,
        period=event.period,
        conversation=event.conversation,
    )
    cards = tell_admins(
        context,
        card_ref("more", want.card),
        lambda words: _worded(words, want, room),
        lambda words: (
            tuple(desk_button(words, "button-raise", "more", want.card, usd, amount=f"${usd}") for usd in RAISES_USD),
            (desk_button(words, "button-deny", "more", want.card, 0),),
        ),
    )
    kept = d.but(wants=(*d.wants, want)[-WANTS_LIMIT:])
    return Outcome(kept, (answer(event, context, "more-asked"), *cards))


def is_wish_decided(d: Desk, event: MoreDecided, context: DeskContext) -> bool:
    """Another admin was quicker."""
    return d.want_as(event.word(0)) is None


def say_wish_decided(d: Desk, event: MoreDecided, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "desk-decided")


def decide_wish(d: Desk, event: MoreDecided, context: DeskContext) -> Outcome[Desk]:
    """Raises the limit, or not; the card says so in every admin's chat, and the person is told."""
    want, seen, usd = d.want_as(event.word(0)), context.seen(Wished), event.number(1)
    if want is None:
        raise ValueError("nobody has asked for more")
    amount, who = usd * NANOUSD_PER_USD, name_of(context.asker)
    raised: tuple[Effect, ...] = ()
    if amount:
        raised = (RaiseLimit(scope=want.scope, period=Period(want.period), by_nanousd=amount),)
    noted = note(
        context,
        "raise" if amount else "refuse",
        want.scope,
        amount=dollars(amount) if amount else "",
        period=want.period,
    )

    def wording(words: Phrases) -> str:
        line = "desk-more-raised" if amount else "desk-more-denied"
        return f"{_worded(words, want, seen.room)}\n\n{words.text(line, who=who, amount=dollars(amount))}"

    cards = change_cards(context, card_ref("more", want.card), wording)
    words = seen.person.words
    told = words.styled("more-granted", amount=dollars(amount)) if amount else words.styled("more-denied")
    left = d.but(wants=tuple(one for one in d.wants if one.card != want.card))
    return Outcome(left, (*pressed(event), *raised, noted, *cards, Send(content=told, to=want.conversation)))


def _worded(words: Phrases, want: Want, room: Room | None) -> str:
    return words.text(
        "desk-more-card",
        name=want.name,
        id=str(want.person_id),
        scope=scope_named(words, want.scope, want.name),
        period=period_named(words, want.period),
        spent=dollars(room.spent_nanousd) if room else "–",
        limit=dollars(room.limit_nanousd) if room else "–",
    )
