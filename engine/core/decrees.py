"""What the admins' desk decides about people and money: effects that change tables, in the transaction of the step that
asked for them (engine/store/decrees.py)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from engine.core.budget import Period
from engine.core.effects import Effect
from engine.core.events import Person
from engine.core.roles import Role


class Decree(Effect, frozen=True, kw_only=True):
    """Anything that the desk decides. `by` is the admin; 0 is nobody in person."""


class GiveRole(Decree, frozen=True, kw_only=True):
    """What somebody may do from now on. STRANGER takes back whatever was decided."""

    person_id: int
    role: Role
    by: int


class OpenRequest(Decree, frozen=True, kw_only=True):
    """A stranger asks to be let in. One that is open already stays as it is."""

    person: Person
    origin: str


class DecideRequest(Decree, frozen=True, kw_only=True):
    """An admin has decided: "approved" makes a member, "blocked" blocks, "denied" changes nothing. Deciding what is
    decided changes nothing."""

    request_id: int
    decision: str
    by: int


class MakeInvite(Decree, frozen=True, kw_only=True):
    """Whoever brings the token gets the role, and the budget where there is one."""

    token: str
    role: Role
    uses: int
    expires_at: datetime
    budget_nanousd: int | None
    budget_period: Period
    by: int


class UseInvite(Decree, frozen=True, kw_only=True):
    """Somebody has brought a token: one use of it is gone. A token that opens nothing changes nothing."""

    token: str
    person_id: int


class SetLimit(Decree, frozen=True, kw_only=True):
    """What a scope may spend in a period; None lifts the limit."""

    scope: str
    period: Period
    limit_nanousd: int | None


class RaiseLimit(Decree, frozen=True, kw_only=True):
    """A limit is so much higher from now on; one that is gone stays gone."""

    scope: str
    period: Period
    by_nanousd: int


class Note(Decree, frozen=True, kw_only=True):
    """A line of the audit. `object` is what it was done to ("person:42", "bot"); `details` is JSON without any
    message's text."""

    admin_id: int
    action: str
    object: str
    details: msgspec.Raw = msgspec.Raw(b"{}")


class ReplayEvent(Decree, frozen=True, kw_only=True):
    """An event in quarantine is handled again, as if it had just come."""

    event_id: int


class DropEvent(Decree, frozen=True, kw_only=True):
    """An event in quarantine is forgotten."""

    event_id: int
