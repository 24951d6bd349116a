"""Steps about strangers: they ask to be let in, and an admin decides; or they come with an invite."""

from __future__ import annotations

from datetime import timedelta

from actors.commands import keyboard
from actors.desk.context import DeskContext, Reader
from actors.desk.events import AccessAsked, InviteShown
from actors.desk.looks import Asked, Invited
from actors.desk.meanings import AccessDecided
from actors.desk.memory import Desk
from actors.desk.saying import Buttons, answer, card_ref, change_cards, desk_button, name_of, note, pressed, tell
from actors.desk.saying import tell_admins as tell_all
from actors.desk.wording import named
from actors.phrases import Phrases
from engine.core.budget import Period, person_scope
from engine.core.chart import Outcome
from engine.core.decrees import DecideRequest, OpenRequest, SetLimit, UseInvite
from engine.core.effects import Effect, Send
from engine.core.money import NANOUSD_PER_USD, dollars
from engine.core.roles import Role
from engine.core.styled import Styled
from engine.store.access import Decision

BUDGETS_USD = (1, 5, 20)
"""What can be granted with a tap, in dollars a month."""
DENIAL_HOLDS = timedelta(days=1)
"""For so long after somebody has asked and was denied, they can't ask again."""
PRIVATE = "private"


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_blocked(d: Desk, event: AccessAsked | InviteShown, context: DeskContext) -> bool:
    """They were blocked meanwhile: silence."""
    return context.role is Role.BLOCKED


def is_let_in(d: Desk, event: AccessAsked, context: DeskContext) -> bool:
    """They may use the bot already."""
    return context.role is not Role.STRANGER


def say_let_in_already(d: Desk, event: AccessAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "access-already-in")


def is_house_closed(d: Desk, event: AccessAsked, context: DeskContext) -> bool:
    """Nobody may ask (ACCESS=closed)."""
    return not context.can_ask_access


def say_closed(d: Desk, event: AccessAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "stranger")


def is_asked_already(d: Desk, event: AccessAsked, context: DeskContext) -> bool:
    """Nobody has decided yet."""
    request = context.seen(Asked).request
    return request is not None and request.status is Decision.PENDING


def say_asked_already(d: Desk, event: AccessAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "access-asked-already")


def is_denied_lately(d: Desk, event: AccessAsked, context: DeskContext) -> bool:
    """An admin has said no within a day."""
    request = context.seen(Asked).request
    return request is not None and request.status is Decision.DENIED and context.now < request.asked_at + DENIAL_HOLDS


def say_denied(d: Desk, event: AccessAsked, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "access-denied")


def open_request(d: Desk, event: AccessAsked, context: DeskContext) -> Outcome[Desk]:
    """Keeps the request, and shows it to every admin."""
    person = event.person
    origin = PRIVATE if event.origin == PRIVATE else event.conversation
    cards = tell_all(
        context,
        card_ref("access", context.card),
        lambda words: _card(words, named(person.name, person.username, person.id), person.id, origin),
        lambda words: _choices(words, context.card, person.id),
    )
    return Outcome(d, (OpenRequest(person=person, origin=origin), answer(event, context, "access-asked"), *cards))


def _card(words: Phrases, name: str, person_id: int, origin: str) -> str:
    """The card's own part."""
    way = words.text("desk-access-private" if origin == PRIVATE else "desk-access-group")
    return words.text("desk-access-card", name=name, id=str(person_id), way=way)


def _choices(words: Phrases, card: str, person_id: int) -> Buttons:
    budgets = (
        desk_button(words, "button-approve-budget", "approve", card, person_id, usd, amount=f"${usd}")
        for usd in BUDGETS_USD
    )
    return (
        (desk_button(words, "button-approve", "approve", card, person_id, ""),),
        tuple(budgets),
        (
            desk_button(words, "button-deny", "deny", card, person_id, ""),
            desk_button(words, "button-block", "block", card, person_id, ""),
        ),
    )


# ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_access_decided(d: Desk, event: AccessDecided, context: DeskContext) -> bool:
    """Another admin was quicker, or the person came in by another way."""
    request = context.seen(Asked).request
    return request is None or request.status is not Decision.PENDING


def say_access_decided(d: Desk, event: AccessDecided, context: DeskContext) -> Outcome[Desk]:
    """Says who was quicker."""
    who = context.seen(Asked).decided_by
    if who:
        return tell(d, event, context, "desk-decided-by", who=who)
    return tell(d, event, context, "desk-decided")


def decide_access(d: Desk, event: AccessDecided, context: DeskContext) -> Outcome[Desk]:
    """Lets in, denies or blocks; the card says so in every admin's chat, and the person is told."""
    seen = context.seen(Asked)
    if seen.request is None:
        raise ValueError("there is no request to decide")
    budget_usd = event.number(2)
    decision = {"approve": Decision.APPROVED, "deny": Decision.DENIED, "block": Decision.BLOCKED}[event.command]
    decided = DecideRequest(request_id=seen.request.id, decision=decision.value, by=event.person.id)
    noted = note(context, event.command, person_scope(seen.person.id), amount=f"${budget_usd}" if budget_usd else "")
    request, who = seen.request, name_of(context.asker)

    def wording(words: Phrases) -> str:
        card = _card(words, named(request.name, request.username, request.person_id), request.person_id, request.origin)
        return f"{card}\n\n{_decision(words, decision, who, budget_usd)}"

    cards = change_cards(context, card_ref("access", event.word(0)), wording)
    limits = _limit(seen.person.id, budget_usd) if decision is Decision.APPROVED else ()
    told = _told(seen.person, request.origin, decision, budget_usd)
    return Outcome(d, (*pressed(event), decided, *limits, noted, *cards, *told))


def _limit(person_id: int, budget_usd: int) -> tuple[Effect, ...]:
    if not budget_usd:
        return ()
    scope, amount = person_scope(person_id), budget_usd * NANOUSD_PER_USD
    return (SetLimit(scope=scope, period=Period.MONTH, limit_nanousd=amount),)


def _decision(words: Phrases, decision: Decision, who: str, budget_usd: int) -> str:
    match decision:
        case Decision.APPROVED if budget_usd:
            return words.text("desk-access-approved-budget", who=who, amount=f"${budget_usd}")
        case Decision.APPROVED:
            return words.text("desk-access-approved", who=who)
        case Decision.BLOCKED:
            return words.text("desk-access-blocked", who=who)
        case _:
            return words.text("desk-access-denied", who=who)


def _told(person: Reader, origin: str, decision: Decision, budget_usd: int) -> tuple[Effect, ...]:
    """To the person, where they asked. Who is blocked is told nothing."""
    match decision:
        case Decision.APPROVED:
            return (welcome(person, origin, Role.MEMBER, budget_usd * NANOUSD_PER_USD, Period.MONTH),)
        case Decision.DENIED:
            where = person.key if origin == PRIVATE else origin
            return (Send(content=person.words.styled("access-denied"), to=where),)
        case _:
            return ()


def welcome(person: Reader, origin: str, role: Role, budget_nanousd: int, period: Period) -> Send:
    """Somebody is in: told where they asked, with the keyboard if that is in private."""
    words = person.words
    text = words.text("access-granted")
    if budget_nanousd:
        text += " " + words.text(
            "access-granted-budget", amount=dollars(budget_nanousd), period=words.text(f"period-{period}")
        )
    is_private = origin == PRIVATE
    keys = keyboard(role, words) if is_private else None
    return Send(content=Styled(text), keyboard=keys, to=person.key if is_private else origin)


# ── invites that are shown ──────────────────────────────────────────────────────────────────────────────────────────


def is_invite_unknown(d: Desk, event: InviteShown, context: DeskContext) -> bool:
    """Nobody has made that token."""
    return context.seen(Invited).invite is None


def say_invite_unknown(d: Desk, event: InviteShown, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "invite-unknown")


def is_invite_over(d: Desk, event: InviteShown, context: DeskContext) -> bool:
    """It is used up, or too old."""
    invite = context.seen(Invited).invite
    return invite is not None and (not invite.uses_left or invite.expires_at <= context.now)


def say_invite_over(d: Desk, event: InviteShown, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "invite-over")


def is_invite_useless(d: Desk, event: InviteShown, context: DeskContext) -> bool:
    """They may do as much already: no use of it is spent."""
    invite = context.seen(Invited).invite
    is_rise = context.role is Role.GUEST and invite is not None and invite.role is Role.MEMBER
    return context.role is not Role.STRANGER and not is_rise


def say_invite_useless(d: Desk, event: InviteShown, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "access-already-in")


def let_in(d: Desk, event: InviteShown, context: DeskContext) -> Outcome[Desk]:
    """One use of the invite for this person. Who made it is told."""
    seen = context.seen(Invited)
    if seen.invite is None:
        raise ValueError("there is no invite")
    invite, person = seen.invite, context.asker
    name = named(event.person.name, event.person.username, event.person.id)
    cards = tell_all(
        context,
        card_ref("person", event.person.id, context.card),
        lambda words: words.text("desk-invite-used", name=name, who=seen.made_by, left=invite.uses_left - 1),
    )
    greeting = welcome(person, PRIVATE, invite.role, invite.budget_nanousd or 0, invite.budget_period)
    return Outcome(d, (UseInvite(token=event.token, person_id=event.person.id), greeting, *cards))
