"""Steps that make invites: one message with a button for each of its terms, and one that makes the link."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple, TypeVar

from actors.desk.context import DeskContext
from actors.desk.looks import Token
from actors.desk.meanings import InviteMade, InviteTold
from actors.desk.memory import Desk
from actors.desk.saying import Buttons, card_ref, desk_button, note, pressed, show
from actors.desk.wording import role_named
from actors.interpret import INVITE_PREFIX
from actors.phrases import Phrases
from engine.core.budget import Period
from engine.core.chart import Outcome
from engine.core.decrees import MakeInvite
from engine.core.effects import Edit
from engine.core.money import NANOUSD_PER_USD
from engine.core.roles import Role
from engine.core.styled import Styled

T = TypeVar("T")

ROLES = (Role.MEMBER, Role.GUEST)
USES = (1, 5, 20, 100)
DAYS = (1, 7, 30)
BUDGETS_USD = (0, 1, 5, 20)
"""What a tap on each button goes through; 0 is no budget."""


class Terms(NamedTuple):
    """What the invite will be. They stand in the names of the buttons: the desk need not remember them."""

    role: Role = Role.MEMBER
    uses: int = 1
    days: int = 7
    budget_usd: int = 0


def offer_invite(d: Desk, event: InviteTold, context: DeskContext) -> Outcome[Desk]:
    """The terms, each with a button that changes it."""
    terms = _terms(event)
    card = event.word(0) if event.is_button else context.card
    words = context.asker.words
    return show(d, event, "invite", _worded(words, terms), _buttons(words, card, terms), card=card, context=context)


def make_invite(d: Desk, event: InviteMade, context: DeskContext) -> Outcome[Desk]:
    """Makes it; its link is shown once, in this chat."""
    terms, token, words = _terms(event), context.seen(Token).token, context.asker.words
    expires_at = context.now + timedelta(days=terms.days)
    made = MakeInvite(
        token=token,
        role=terms.role,
        uses=terms.uses,
        expires_at=expires_at,
        budget_nanousd=terms.budget_usd * NANOUSD_PER_USD or None,
        budget_period=Period.MONTH,
        by=event.person.id,
    )
    link = f"https://t.me/{context.username}?start={INVITE_PREFIX}{token}"
    text = f"{_worded(words, terms)}\n\n{words.text('desk-invite-link', link=link)}"
    shown = Edit(ref=card_ref("invite", event.word(0)), content=Styled(text), to=event.conversation)
    noted = note(
        context,
        "invite",
        "bot",
        role=terms.role.value,
        uses=terms.uses,
        days=terms.days,
        amount=f"${terms.budget_usd}" if terms.budget_usd else "",
    )
    return Outcome(d, (*pressed(event), made, noted, shown))


def _terms(event: InviteTold | InviteMade) -> Terms:
    if not event.is_button:
        return Terms()
    role = Role.GUEST if event.word(1) == Role.GUEST else Role.MEMBER
    return Terms(role, max(1, event.number(2)), max(1, event.number(3)), max(0, event.number(4)))


def _worded(words: Phrases, terms: Terms) -> str:
    lines = [
        words.text("desk-invite-role", role=role_named(words, terms.role)),
        words.text("desk-invite-uses", count=terms.uses),
        words.text("desk-invite-days", count=terms.days),
        _budget(words, terms.budget_usd),
    ]
    return "\n".join((words.text("desk-invite-title"), "", *lines))


def _budget(words: Phrases, usd: int) -> str:
    if not usd:
        return words.text("desk-invite-no-budget")
    return words.text("desk-invite-budget", amount=f"${usd}")


def _buttons(words: Phrases, card: str, terms: Terms) -> Buttons:
    changes = (
        ("button-invite-role", terms._replace(role=_after(ROLES, terms.role))),
        ("button-invite-uses", terms._replace(uses=_after(USES, terms.uses))),
        ("button-invite-days", terms._replace(days=_after(DAYS, terms.days))),
        ("button-invite-budget", terms._replace(budget_usd=_after(BUDGETS_USD, terms.budget_usd))),
    )
    keys = [desk_button(words, phrase, "invite", card, *changed) for phrase, changed in changes]
    return (tuple(keys[:2]), tuple(keys[2:]), (desk_button(words, "button-invite-make", "make", card, *terms),))


def _after(choices: tuple[T, ...], present: T) -> T:
    """The choice that comes next; behind the last one the first."""
    return choices[(choices.index(present) + 1) % len(choices)] if present in choices else choices[0]
