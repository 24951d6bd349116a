"""Who may come in: roles that admins have given, requests of strangers, invites. Asked for before anything is spent."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from engine.core.budget import Period, person_scope
from engine.core.clock import from_micros, to_micros
from engine.core.roles import Role
from engine.store import budgets

TOKEN_BYTES = 24
"""Of an invite: 32 letters of a deep link's 64. Nobody guesses 192 bits, so a plain hash keeps them."""


class Decision(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    BLOCKED = "blocked"


class Doors(NamedTuple):
    """What the settings say about who may come in. `is_open`: strangers are guests (ACCESS=open)."""

    admins: Collection[int] = ()
    members: Collection[int] = ()
    is_open: bool = False


class Request(NamedTuple):
    """A stranger who has asked to be let in, and by which way (`origin`)."""

    id: int
    person_id: int
    name: str
    username: str
    origin: str
    status: Decision
    asked_at: datetime
    decided_by: int | None = None


class Invite(NamedTuple):
    """An invite as it is kept. `budget_nanousd` None: without a limit of its own."""

    id: str
    """the beginning of the token's hash: names the invite and opens nothing"""
    role: Role
    budget_nanousd: int | None
    budget_period: Period
    uses_left: int
    made_by: int
    expires_at: datetime


def find_role(db: sqlite3.Connection, person_id: int, doors: Doors) -> Role:
    """What this person may do. The settings' admins always win; then what an admin has decided; then the settings'
    members; the others are guests of an open house, or strangers. A channel, or a group's anonymous admin (an id
    below 0), is nobody whom one could block, or limit: only the settings can let it in, as a member."""
    if person_id in doors.admins:
        return Role.ADMIN
    if person_id <= 0:
        return Role.MEMBER if person_id in doors.members else Role.STRANGER
    if (given := given_role(db, person_id)) is not None:
        return given
    if person_id in doors.members:
        return Role.MEMBER
    return Role.GUEST if doors.is_open else Role.STRANGER


def given_role(db: sqlite3.Connection, person_id: int) -> Role | None:
    """The role that an admin or an invite has given; None where nobody has decided."""
    row = db.execute("SELECT role FROM roles WHERE person_id = ?", (person_id,)).fetchone()
    return None if row is None else Role(row[0])


def give_role(db: sqlite3.Connection, person_id: int, role: Role, by: int, now: datetime) -> None:
    """An admin (or an invite of theirs) decides. STRANGER takes back whatever was decided."""
    if role is Role.STRANGER:
        db.execute("DELETE FROM roles WHERE person_id = ?", (person_id,))
        return
    db.execute(
        "INSERT INTO roles (person_id, role, given_by, given_at) VALUES (?, ?, ?, ?) ON CONFLICT (person_id)"
        " DO UPDATE SET role = excluded.role, given_by = excluded.given_by, given_at = excluded.given_at",
        (person_id, role.value, by, to_micros(now)),
    )


def admins(db: sqlite3.Connection, doors: Doors) -> list[int]:
    """Everybody who runs the bot: alerts and cards go to them."""
    given = {person_id for (person_id,) in db.execute("SELECT person_id FROM roles WHERE role = 'admin'")}
    return sorted(given | set(doors.admins))


# requests


def ask(
    db: sqlite3.Connection, person_id: int, name: str, username: str, origin: str, now: datetime
) -> tuple[int, bool]:
    """A stranger asks to be let in: the number of their open request, and whether it is new (then it is a card)."""
    fresh = db.execute(
        "INSERT INTO access_requests (person_id, name, username, origin, asked_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id) WHERE status = 'pending' DO NOTHING RETURNING id",
        (person_id, name, username, origin, to_micros(now)),
    ).fetchone()
    if fresh is not None:
        return int(fresh[0]), True
    (open_id,) = db.execute(
        "SELECT id FROM access_requests WHERE person_id = ? AND status = 'pending'", (person_id,)
    ).fetchone()
    return int(open_id), False


def decide(
    db: sqlite3.Connection, request_id: int, decision: Decision, by: int, now: datetime, *, role: Role = Role.MEMBER
) -> Request | None:
    """An admin approves, denies or blocks; whoever is approved gets `role` in the same transaction, whoever is blocked
    is blocked. None if it is decided already: another admin was quicker."""
    row = db.execute(
        "UPDATE access_requests SET status = ?, decided_by = ?, decided_at = ? WHERE id = ? AND status = 'pending'"
        " RETURNING person_id",
        (decision.value, by, to_micros(now), request_id),
    ).fetchone()
    if row is None:
        return None
    if decision is Decision.APPROVED:
        give_role(db, row[0], role, by, now)
    elif decision is Decision.BLOCKED:
        give_role(db, row[0], Role.BLOCKED, by, now)
    return request(db, request_id)


def request(db: sqlite3.Connection, request_id: int) -> Request | None:
    """One request."""
    row = db.execute(f"{_REQUESTS} WHERE id = ?", (request_id,)).fetchone()
    return None if row is None else _request(row)


def last_request(db: sqlite3.Connection, person_id: int) -> Request | None:
    """What became of this person's latest request: whoever was denied is not asked about again at once."""
    row = db.execute(f"{_REQUESTS} WHERE person_id = ? ORDER BY id DESC LIMIT 1", (person_id,)).fetchone()
    return None if row is None else _request(row)


def open_requests(db: sqlite3.Connection, limit: int = 50) -> list[Request]:
    """Who waits for a decision, the longest first."""
    return [_request(row) for row in db.execute(f"{_REQUESTS} WHERE status = 'pending' ORDER BY id LIMIT ?", (limit,))]


_REQUESTS = "SELECT id, person_id, name, username, origin, status, asked_at, decided_by FROM access_requests"


def _request(row: tuple[int, int, str, str, str, str, int, int | None]) -> Request:
    id_, person_id, name, username, origin, status, asked_at, decided_by = row
    return Request(id_, person_id, name, username, origin, Decision(status), from_micros(asked_at), decided_by)


# invites


def invite(
    db: sqlite3.Connection,
    *,
    role: Role,
    uses: int,
    expires_at: datetime,
    by: int,
    now: datetime,
    budget_nanousd: int | None = None,
    budget_period: Period = Period.MONTH,
) -> str:
    """Makes an invite; its token, for t.me/<bot>?start=<token>. It is told once: only its hash is kept."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    keep_invite(
        db,
        token,
        role=role,
        uses=uses,
        expires_at=expires_at,
        by=by,
        now=now,
        budget_nanousd=budget_nanousd,
        budget_period=budget_period,
    )
    return token


def keep_invite(
    db: sqlite3.Connection,
    token: str,
    *,
    role: Role,
    uses: int,
    expires_at: datetime,
    by: int,
    now: datetime,
    budget_nanousd: int | None = None,
    budget_period: Period = Period.MONTH,
) -> None:
    """The same for a token that is made already. Keeping it twice is keeping it once."""
    db.execute(
        "INSERT INTO invites (token_hash, role, budget_nanousd, budget_period, uses_left, made_by, made_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (token_hash) DO NOTHING",
        (
            _hash(token),
            role.value,
            budget_nanousd,
            budget_period.value,
            uses,
            by,
            to_micros(now),
            to_micros(expires_at),
        ),
    )


def find_invite(db: sqlite3.Connection, token: str) -> Invite | None:
    """The invite with that token, whether or not it still opens anything; None where there never was one."""
    return _invite(db, token)


def use_invite(db: sqlite3.Connection, token: str, person_id: int, doors: Doors, now: datetime) -> Invite | None:
    """Somebody brings a token: they get its role, and its budget as their own limit, and one use is gone.

    None, and nothing changes, for a token that is unknown, used up or expired, and for a person who is blocked or
    already has as much. It is found by its hash, so how long the search takes says nothing about any token.
    """
    offered = _invite(db, token)
    if offered is None or not offered.uses_left or offered.expires_at <= now:
        return None
    if not _is_rise(find_role(db, person_id, doors), given_role(db, person_id), offered.role):
        return None
    db.execute("UPDATE invites SET uses_left = uses_left - 1 WHERE token_hash = ?", (_hash(token),))
    give_role(db, person_id, offered.role, offered.made_by, now)
    if offered.budget_nanousd is not None:
        budgets.set_limit(db, person_scope(person_id), offered.budget_period, offered.budget_nanousd, now)
    return offered._replace(uses_left=offered.uses_left - 1)


def revoke_invite(db: sqlite3.Connection, invite_id: str) -> bool:
    """The invite of that id opens nothing any more. False if there is none."""
    return bool(db.execute("DELETE FROM invites WHERE lower(substr(hex(token_hash), 1, 8)) = ?", (invite_id,)).rowcount)


def open_invites(db: sqlite3.Connection, now: datetime) -> list[Invite]:
    """Those that still open something, the next to expire first."""
    rows = db.execute(f"{_INVITES} WHERE uses_left > 0 AND expires_at > ? ORDER BY expires_at", (to_micros(now),))
    return [_read_invite(row) for row in rows]


def _is_rise(role: Role, given: Role | None, offered: Role) -> bool:
    """Whether an invite makes somebody more than they are. A guest of an open house becomes one by name."""
    return role is Role.STRANGER or (role is Role.GUEST and (offered is Role.MEMBER or given is None))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


_INVITES = (
    "SELECT lower(substr(hex(token_hash), 1, 8)), role, budget_nanousd, budget_period, uses_left, made_by, expires_at"
    " FROM invites"
)


def _invite(db: sqlite3.Connection, token: str) -> Invite | None:
    row = db.execute(f"{_INVITES} WHERE token_hash = ?", (_hash(token),)).fetchone()
    return None if row is None else _read_invite(row)


def _read_invite(row: tuple[str, str, int | None, str, int, int, int]) -> Invite:
    id_, role, budget, period, uses_left, made_by, expires_at = row
    return Invite(id_, Role(role), budget, Period(period), uses_left, made_by, from_micros(expires_at))
