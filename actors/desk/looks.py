"""What is read for each kind of event at the desk, in one look into the database."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from actors.desk import meanings as m
from actors.desk.context import Reader
from actors.desk.events import AccessAsked, InviteShown, MoreAsked
from actors.desk.glances import GLANCES
from actors.desk.memory import Desk
from actors.desk.readers import reader
from actors.desk.wording import limit_typed
from actors.looking import House
from engine.core.budget import Room, person_scope
from engine.core.events import BudgetPassed, Event
from engine.core.roles import Role
from engine.store import access, budgets, desk, outbox

AUDIT_A_PAGE = 20
PEOPLE_A_PAGE = 8
SEARCH_BYTES = 24
"""The longest search in a button: its whole name has 64 bytes."""


class Ground(NamedTuple):
    """What every look may need."""

    memory: Desk
    now: datetime
    event_id: int
    house: House


class Asked(NamedTuple):
    """Somebody's latest request to be let in, and who has decided it."""

    request: access.Request | None
    person: Reader
    decided_by: str = ""


class Invited(NamedTuple):
    """The invite of a token, if there is one."""

    invite: access.Invite | None
    made_by: str = ""


class Token(NamedTuple):
    """A new invite's token: nobody can guess it, and the same event has the same one."""

    token: str


class Wished(NamedTuple):
    """Who wants a larger budget, and the limit that has refused them, if it is still there."""

    person: Reader
    room: Room | None


class Limits(NamedTuple):
    """Limits and what is used of them; `readers` are the people among them, by scope."""

    rooms: tuple[Room, ...]
    readers: dict[str, Reader]
    scope: str = ""
    period: str = ""
    """of the limit that the event is about, where it is about one"""

    @property
    def names(self) -> dict[str, str]:
        """What the people among them are called."""
        return {scope: person.name for scope, person in self.readers.items()}


class People(NamedTuple):
    """A page of people, and which role each has."""

    people: tuple[desk.PersonRow, ...]
    roles: tuple[Role, ...]
    found: int
    page: int
    search: str


class PersonSeen(NamedTuple):
    """One person as the desk knows them; `row` is None for somebody who has never written."""

    row: desk.PersonRow | None
    role: Role
    rooms: tuple[Room, ...]
    reader: Reader


class AuditSeen(NamedTuple):
    """A page of the audit; `names` are those of admins and of people whom something was done to."""

    rows: tuple[desk.AuditRow, ...]
    names: dict[str, str]
    is_more: bool


def _asked(db: sqlite3.Connection, event: AccessAsked, ground: Ground) -> Asked:
    return _request_of(db, event.person.id)


def _decided(db: sqlite3.Connection, event: m.AccessDecided, ground: Ground) -> Asked:
    return _request_of(db, event.number(1))


def _request_of(db: sqlite3.Connection, person_id: int) -> Asked:
    request = access.last_request(db, person_id)
    decider = reader(db, request.decided_by).name if request and request.decided_by else ""
    return Asked(request, reader(db, person_id), decider)


def _invited(db: sqlite3.Connection, event: InviteShown, ground: Ground) -> Invited:
    invite = access.find_invite(db, event.token)
    return Invited(invite, reader(db, invite.made_by).name if invite else "")


def _token(db: sqlite3.Connection, event: m.InviteMade, ground: Ground) -> Token:
    """Made from the installation's secret and the event's number."""
    made = blake2b(f"invite/{ground.event_id}".encode(), key=outbox.installation_secret(db), digest_size=24).digest()
    return Token(base64.urlsafe_b64encode(made).decode())


def _wish(db: sqlite3.Connection, event: MoreAsked, ground: Ground) -> Wished:
    return Wished(reader(db, event.person.id), _room(db, event.scope, event.period, ground))


def _wish_decided(db: sqlite3.Connection, event: m.MoreDecided, ground: Ground) -> Wished | None:
    want = ground.memory.want_as(event.word(0))
    return None if want is None else Wished(reader(db, want.person_id), _room(db, want.scope, want.period, ground))


def _room(db: sqlite3.Connection, scope: str, period: str, ground: Ground) -> Room | None:
    return next((room for room in budgets.rooms(db, (scope,), ground.now) if room.period == period), None)


def _limits(db: sqlite3.Connection, event: m.LimitsTold, ground: Ground) -> Limits:
    """All of them; also where one is typed, since the answer names its person."""
    scopes = list(dict.fromkeys(scope for scope, _, _ in budgets.limits(db)))
    with suppress(ValueError):
        scopes.append(limit_typed(event.words)[0])
    return _limits_of(db, dict.fromkeys(scopes), ground)


def _limit(db: sqlite3.Connection, event: m.LimitOpened | m.LimitChosen, ground: Ground) -> Limits:
    words = event.words[1:] if isinstance(event, m.LimitOpened) else event.words[1:-1]
    scope, period = ":".join(words[:-1]), words[-1] if words else ""
    return _limits_of(db, (scope,), ground)._replace(scope=scope, period=period)


def _limits_of(db: sqlite3.Connection, scopes: Any, ground: Ground) -> Limits:
    people = [scope for scope in scopes if scope.startswith("person:")]
    readers = {scope: reader(db, int(scope.partition(":")[2])) for scope in people}
    return Limits(budgets.rooms(db, scopes, ground.now), readers)


def _raised(db: sqlite3.Connection, event: m.LimitRaised, ground: Ground) -> Limits | None:
    alert = ground.memory.alert_as(event.word(0))
    if alert is None or alert.mark is None:
        return None
    mark = alert.mark
    return _limits_of(db, (mark.scope,), ground)._replace(scope=mark.scope, period=mark.period)


def _passed(db: sqlite3.Connection, event: BudgetPassed, ground: Ground) -> Limits:
    return _limits_of(db, (event.scope,), ground)._replace(scope=event.scope, period=event.period)


def _people(db: sqlite3.Connection, event: m.UsersTold, ground: Ground) -> People:
    page, search = (event.number(1), event.word(2)) if event.is_button else (0, event.argument.strip())
    search = search.replace(":", " ").encode()[:SEARCH_BYTES].decode(errors="ignore")
    found = desk.people(db, ground.now, search=search, page=max(page, 0), size=PEOPLE_A_PAGE)
    roles = tuple(ground.house.role(db, person.id) for person in found.people)
    return People(tuple(found.people), roles, found.found, max(page, 0), search)


def _person(
    db: sqlite3.Connection, event: m.PersonOpened | m.RoleChosen | m.PersonPaused, ground: Ground
) -> PersonSeen:
    return person_seen(db, event.number(1), ground)


def _replied_person(db: sqlite3.Connection, event: m.ReplySaid, ground: Ground) -> PersonSeen:
    """The desk's message about a person is named desk:person:<id>:<card>."""
    kind, person = [*event.ref.split(":"), "", ""][1:3]
    return person_seen(db, int(person) if kind == "person" and person.isdigit() else 0, ground)


def person_seen(db: sqlite3.Connection, person_id: int, ground: Ground) -> PersonSeen:
    """One person with their figures."""
    found = desk.people(db, ground.now, search=str(person_id), size=50).people
    return PersonSeen(
        next((row for row in found if row.id == person_id), None),
        ground.house.role(db, person_id),
        budgets.rooms(db, (person_scope(person_id),), ground.now),
        reader(db, person_id),
    )


def _audit(db: sqlite3.Connection, event: m.AuditTold, ground: Ground) -> AuditSeen:
    before = event.number(1) if event.is_button else 0
    rows = desk.audit(db, before=before or None, size=AUDIT_A_PAGE + 1)
    shown = tuple(rows[:AUDIT_A_PAGE])
    people = {person_scope(row.admin_id) for row in shown} | {row.object for row in shown}
    names = {one: reader(db, int(one.partition(":")[2])).name for one in people if one.startswith("person:")}
    return AuditSeen(shown, names, len(rows) > AUDIT_A_PAGE)


Look = Callable[[sqlite3.Connection, Any, Ground], object]
"""(database, event, ground) → what `DeskContext.seen` gives to the step"""

LOOKS: Mapping[type[Event], Look] = {
    AccessAsked: _asked,
    InviteShown: _invited,
    MoreAsked: _wish,
    BudgetPassed: _passed,
    m.AccessDecided: _decided,
    m.MoreDecided: _wish_decided,
    m.InviteMade: _token,
    m.LimitsTold: _limits,
    m.LimitOpened: _limit,
    m.LimitChosen: _limit,
    m.LimitRaised: _raised,
    m.UsersTold: _people,
    m.PersonOpened: _person,
    m.RoleChosen: _person,
    m.PersonPaused: _person,
    m.ReplySaid: _replied_person,
    m.AuditTold: _audit,
    **GLANCES,
}
"""By the event as it was meant (`actors.desk.meanings`)."""


def look_up(db: sqlite3.Connection, event: Event, ground: Ground) -> object:
    """What is known about this event; None where nothing has to be."""
    look = LOOKS.get(type(event))
    return None if look is None else look(db, event, ground)
