"""The budgets and holds tables: before a paid call its estimate is held under every limit, after it its cost is booked.

    hold ─► the call ─► settle (its lines, and the hold's end, are one transaction)
                     └► release (it was not made, or cost nothing)

All of it runs as units of the one writer, so calls that begin together are weighed one after the other: what fits is
held at once, and the next one sees it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from engine.core.budget import Payer, Period, Room, Verdict, checked_scope, marks_passed
from engine.core.clock import to_micros
from engine.core.ledger import LedgerLine
from engine.store import ledger, spent


class Call(NamedTuple):
    """A paid call that is about to be made. `key` names it for ever: the job, the attempt, and which call of it.
    `amount_nanousd` is the most that it may cost (`engine.ai.estimate.worst_case`); 0 where nobody knows the price."""

    key: str
    job: str
    attempt: int
    payer: Payer
    amount_nanousd: int


class Passed(NamedTuple):
    """Spending has reached this share of a limit just now; what is held is not in the room. `start` is the
    period's, in microseconds since 1970: scope, period, start and percent together name the alert."""

    room: Room
    start: int
    percent: int


class Settled(NamedTuple):
    """What was booked: lines that were not booked before, and what they cost together."""

    lines: int = 0
    cost_nanousd: int = 0
    over_nanousd: int = 0
    """by how much they cost more than was held; 0 as long as estimates are bounds"""
    unpriced: int = 0
    passed: tuple[Passed, ...] = ()


def hold(db: sqlite3.Connection, call: Call, now: datetime) -> Verdict:
    """Sets the call's amount aside if it fits under every limit of its payer, else changes nothing.

    A call that is held already is weighed again, without what it held; if it does not fit now, the old hold stays.
    """
    verdict = Verdict(call.amount_nanousd, rooms(db, call.payer.scopes, now, without=call.key))
    if verdict.fits:
        set_aside(db, call, now)
    return verdict


def set_aside(db: sqlite3.Connection, call: Call, now: datetime) -> None:
    """Holds the call's amount in the place of what was held for it, without asking the limits."""
    release(db, call.key)
    db.execute(
        "INSERT INTO holds (key, job, attempt, role, amount_nanousd, made_at) VALUES (?, ?, ?, ?, ?, ?)",
        (call.key, call.job, call.attempt, call.payer.role, call.amount_nanousd, to_micros(now)),
    )
    db.executemany(
        "INSERT INTO hold_scopes (scope, key, amount_nanousd) VALUES (?, ?, ?)",
        [(scope, call.key, call.amount_nanousd) for scope in call.payer.scopes],
    )


def is_limited(db: sqlite3.Connection, payer: Payer) -> bool:
    """Whether any limit holds for this payer."""
    marks = ", ".join("?" * len(payer.scopes))
    asked = f"SELECT EXISTS (SELECT 1 FROM budgets WHERE scope IN ({marks}))"  # noqa: S608 - marks only
    return bool(db.execute(asked, payer.scopes).fetchone()[0])


def is_held(db: sqlite3.Connection, key: str) -> bool:
    """Whether money is set aside for this call."""
    return db.execute("SELECT 1 FROM holds WHERE key = ?", (key,)).fetchone() is not None


def settle(db: sqlite3.Connection, key: str, lines: Iterable[LedgerLine]) -> Settled:
    """The call has ended: books its lines and removes its hold. Lines that are booked already are not booked again;
    without a hold (it was swept) they are booked all the same, since the money is spent."""
    row = db.execute("SELECT role, amount_nanousd FROM holds WHERE key = ?", (key,)).fetchone()
    role, held = ("", 0) if row is None else row
    release(db, key)
    settled = book(db, lines, role)
    return settled._replace(over_nanousd=max(0, settled.cost_nanousd - held))


def release(db: sqlite3.Connection, key: str) -> bool:
    """The call was not made, or cost nothing: its hold is gone. False if there was none."""
    return bool(db.execute("DELETE FROM holds WHERE key = ?", (key,)).rowcount)


def end_job(
    db: sqlite3.Connection, job: str, lines: Sequence[LedgerLine], before_attempt: int | None = None
) -> Settled:
    """A job has ended, or (with `before_attempt`) is begun again and its earlier attempts are given up: books their
    lines and removes their holds."""
    role = db.execute("SELECT role FROM holds WHERE job = ? ORDER BY made_at DESC LIMIT 1", (job,)).fetchone()
    if role is not None:
        db.execute(
            "DELETE FROM holds WHERE job = :job AND (:attempt IS NULL OR attempt < :attempt)",
            {"job": job, "attempt": before_attempt},
        )
    return book(db, lines, "" if role is None else role[0], at_end=before_attempt is None)


def sweep(db: sqlite3.Connection) -> int:
    """The process has started: removes the holds of jobs that are done or unknown, and of attempts that are over. How
    many. The hold of an attempt that a kill has cut off stays until the job, begun again, has booked what it cost."""
    return db.execute(
        "DELETE FROM holds WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = holds.job AND jobs.status <> 'done'"
        " AND holds.attempt >= jobs.attempt)"
    ).rowcount


def book(db: sqlite3.Connection, lines: Iterable[LedgerLine], role: str = "", *, at_end: bool = False) -> Settled:
    """Books lines that were not booked before, and says which marks they passed. A line without a role gets `role`,
    so that what was held under a role's limit is also charged to it. `at_end`: their job ends in this transaction."""
    charged = [msgspec.structs.replace(line, role=line.role or role) for line in lines]
    if not charged:
        return Settled()
    now = max(line.at for line in charged)
    scopes = dict.fromkeys(
        scope for line in charged for scope in Payer(line.person_id, line.conversation, line.role).scopes
    )
    before = _limited(db, scopes, now)
    fresh = [line for line in charged if ledger.book(db, line, at_end=at_end)]
    begun = spent.starts(db, now) if before else {}
    passed = [
        Passed(after, begun[after.period], percent)
        for was, after in zip(before, _limited(db, scopes, now) if before else (), strict=True)
        for percent in marks_passed(after.limit_nanousd, was.spent_nanousd, after.spent_nanousd)
    ]
    return Settled(
        lines=len(fresh),
        cost_nanousd=sum(line.cost_nanousd or 0 for line in fresh),
        unpriced=sum(line.cost_nanousd is None for line in fresh),
        passed=tuple(passed),
    )


def rooms(db: sqlite3.Connection, scopes: Iterable[str], now: datetime, *, without: str = "") -> tuple[Room, ...]:
    """Every limit of these scopes with what is used of it, in the order of the scopes, without one of the holds."""
    limited = _limited(db, scopes, now)
    held = {scope: _held(db, scope, without) for scope in {room.scope for room in limited}}
    return tuple(room._replace(held_nanousd=held[room.scope]) for room in limited)


def _limited(db: sqlite3.Connection, scopes: Iterable[str], now: datetime) -> list[Room]:
    """Every limit of these scopes and what is spent of it; what is held is left out."""
    asked = list(scopes)
    marks = ", ".join("?" * len(asked))
    found = db.execute(
        "SELECT scope, period, limit_nanousd, spent_before_nanousd FROM budgets"  # noqa: S608 - marks only
        f" WHERE scope IN ({marks}) ORDER BY scope, period",
        asked,
    ).fetchall()
    begun = spent.starts(db, now) if found else {}
    return [
        Room(scope, Period(period), limit, _spent(db, scope, period, begun[Period(period)]) - before)
        for scope, period, limit, before in sorted(found, key=lambda row: asked.index(row[0]))
    ]


def _held(db: sqlite3.Connection, scope: str, without: str) -> int:
    (amount,) = db.execute(
        "SELECT coalesce(sum(amount_nanousd), 0) FROM hold_scopes WHERE scope = ? AND key <> ?", (scope, without)
    ).fetchone()
    return int(amount)


def _spent(db: sqlite3.Connection, scope: str, period: str, start: int) -> int:
    row = db.execute(
        "SELECT cost_nanousd FROM spent WHERE scope = ? AND period = ? AND start = ?", (scope, period, start)
    ).fetchone()
    return 0 if row is None else int(row[0])


def set_limit(db: sqlite3.Connection, scope: str, period: Period, limit_nanousd: int | None, now: datetime) -> None:
    """Grants, changes or (None) lifts a limit. What was spent before a limit `once` was granted does not count against
    it; changing it keeps what has been used. Raises ValueError for what is no scope."""
    if limit_nanousd is None:
        db.execute("DELETE FROM budgets WHERE scope = ? AND period = ?", (checked_scope(scope), period.value))
        return
    before = _spent(db, scope, period.value, 0) if period is Period.ONCE else 0
    db.execute(
        "INSERT INTO budgets (scope, period, limit_nanousd, spent_before_nanousd, granted_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, period) DO UPDATE SET limit_nanousd = excluded.limit_nanousd",
        (checked_scope(scope), period.value, limit_nanousd, before, to_micros(now)),
    )


def raise_limit(db: sqlite3.Connection, scope: str, period: Period, by_nanousd: int) -> int | None:
    """Raises a limit; what it is now, None if there is none to raise."""
    row = db.execute(
        "UPDATE budgets SET limit_nanousd = limit_nanousd + ? WHERE scope = ? AND period = ? RETURNING limit_nanousd",
        (by_nanousd, scope, period.value),
    ).fetchone()
    return None if row is None else int(row[0])


def limits(db: sqlite3.Connection) -> list[tuple[str, Period, int]]:
    """Every limit there is: (scope, period, nano-dollars)."""
    rows = db.execute("SELECT scope, period, limit_nanousd FROM budgets ORDER BY scope, period")
    return [(scope, Period(period), limit) for scope, period, limit in rows]
