"""What the admins' desk reads and writes: people with their spending, page by page, and the audit."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from engine.core.clock import from_micros, to_micros
from engine.core.roles import Role
from engine.store import spent

PEOPLE_A_PAGE = 10


class PersonRow(NamedTuple):
    """A person on the desk. `role` is what an admin has given, None where nobody has."""

    id: int
    name: str
    username: str
    role: Role | None
    day_nanousd: int
    month_nanousd: int
    all_nanousd: int
    calls: int
    """in all"""
    unpriced: int
    """calls whose cost nobody knows, in all"""


class Page(NamedTuple):
    """Some of the people that were found, and how many there are (0 past the last page)."""

    people: list[PersonRow]
    found: int


class AuditRow(NamedTuple):
    """Something that an admin has done. `details` is of the action's own shape."""

    id: int
    at: datetime
    admin_id: int
    action: str
    object: str
    details: dict[str, Any]


def people(
    db: sqlite3.Connection, now: datetime, *, search: str = "", page: int = 0, size: int = PEOPLE_A_PAGE
) -> Page:
    """People whose name, @username or id has `search` in it; who has spent most this month comes first. Pages count
    from 0. One statement: a scan of the people, the running totals by their key."""
    begun = spent.starts(db, now)
    db.create_function("casefold", 1, str.casefold, deterministic=True)  # LIKE knows the letters of ASCII only
    rows = db.execute(
        "SELECT p.id, p.name, p.username, r.role, coalesce(d.cost_nanousd, 0), coalesce(m.cost_nanousd, 0) AS month,"
        " coalesce(a.cost_nanousd, 0) AS ever, coalesce(a.calls, 0), coalesce(a.unpriced, 0), count(*) OVER ()"
        " FROM people AS p LEFT JOIN roles AS r ON r.person_id = p.id"
        " LEFT JOIN spent AS d ON d.scope = 'person:' || p.id AND d.period = 'day' AND d.start = :day"
        " LEFT JOIN spent AS m ON m.scope = 'person:' || p.id AND m.period = 'month' AND m.start = :month"
        " LEFT JOIN spent AS a ON a.scope = 'person:' || p.id AND a.period = 'once' AND a.start = :once"
        " WHERE :search = '' OR casefold(p.name) LIKE :like ESCAPE '\\'"
        " OR p.username LIKE :like ESCAPE '\\' OR CAST(p.id AS TEXT) = :search"
        " ORDER BY month DESC, ever DESC, p.id LIMIT :size OFFSET :skip",
        {
            **{period.value: start for period, start in begun.items()},
            "search": search.removeprefix("@"),
            "like": _like(search.removeprefix("@")),
            "size": size,
            "skip": page * size,
        },
    ).fetchall()
    return Page([_person(*row[:-1]) for row in rows], rows[0][-1] if rows else 0)


def _person(id_: int, name: str, username: str, role: str | None, *figures: int) -> PersonRow:
    day, month, ever, calls, unpriced = figures
    return PersonRow(id_, name, username, Role(role) if role else None, day, month, ever, calls, unpriced)


def _like(search: str) -> str:
    for sign in ("\\", "%", "_"):
        search = search.replace(sign, f"\\{sign}")
    return f"%{search.casefold()}%"


def note(
    db: sqlite3.Connection,
    admin_id: int,
    action: str,
    subject: str,
    details: dict[str, Any],
    now: datetime,
    *,
    by_step: bool = False,
) -> int:
    """Writes into the audit what an admin has done, in the transaction that does it: `by_step` where that is a step's.
    `subject` as "person:42"; never a message's text. The entry's number."""
    told = msgspec.json.encode(details, order="sorted").decode()
    written = db.execute(
        "INSERT INTO audit (at, admin_id, action, object, details, step, by_step)"
        " VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM steps), ?) RETURNING id",
        (to_micros(now), admin_id, action, subject, told, by_step),
    ).fetchone()
    return int(written[0])


def audit(db: sqlite3.Connection, *, subject: str = "", before: int | None = None, size: int = 50) -> list[AuditRow]:
    """What admins have done, the newest first: all of it, or to one `subject`; older than entry `before`."""
    rows = db.execute(
        _AUDIT_OF if subject else _AUDIT,
        {"subject": subject, "before": 2**63 - 1 if before is None else before, "size": size},
    )
    return [
        AuditRow(id_, from_micros(at), admin_id, action, object_, msgspec.json.decode(details))
        for id_, at, admin_id, action, object_, details in rows
    ]


_AUDIT = "SELECT id, at, admin_id, action, object, details FROM audit WHERE id < :before ORDER BY id DESC LIMIT :size"
_AUDIT_OF = _AUDIT.replace("WHERE", "WHERE object = :subject AND")
