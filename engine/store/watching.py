"""What the watch reads of the ledger: this hour's and each person's spending against the usual, on a connection of its
own (`engine.store.reading`)."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.core.budget import BOT, Period, person_scope
from engine.core.clock import to_micros
from engine.core.money import nanousd
from engine.store import spent

USUAL_OF = timedelta(days=14)
"""The usual is what these last days were like."""
HOUR = timedelta(hours=1)
SPEED_TIMES = 4
"""So many times the usual hour is fast."""
SPEED_FLOOR_NANOUSD = nanousd(5)
"""An hour that costs less is never fast: small bots stay quiet."""
JUMP_TIMES = 5
"""So many times a person's usual day is a jump."""
JUMP_FLOOR_NANOUSD = nanousd(2)
"""A day that costs less is never a jump."""
JUMPS_MOST = 20
"""The most people whom one look names; the dearest first."""

_HOUR_US = 3_600_000_000


class Pace(NamedTuple):
    """What was spent, against the usual (the mean of the hours or days in which anything was); 0 where there is no
    usual yet."""

    spent_nanousd: int
    usual_nanousd: int


def fast_hour(db: sqlite3.Connection, now: datetime) -> Pace | None:
    """The last 60 minutes, if they have cost much more than hours usually do."""
    rows = db.execute(
        "SELECT (:now - at) / :hour AS hour, coalesce(sum(cost_nanousd), 0) AS cost FROM ledger INDEXED BY ledger_at"
        " WHERE at > :since AND at <= :now GROUP BY hour HAVING cost > 0",
        {"now": to_micros(now), "hour": _HOUR_US, "since": to_micros(now - USUAL_OF - HOUR)},
    ).fetchall()
    costs = {int(hour): int(cost) for hour, cost in rows}
    return _beyond(costs.pop(0, 0), list(costs.values()), SPEED_TIMES, SPEED_FLOOR_NANOUSD)


def jumps(db: sqlite3.Connection, now: datetime) -> list[tuple[int, Pace]]:
    """(person, today against their usual day) of everybody who has spent much more than they do."""
    today = spent.starts(db, now)[Period.DAY]
    dear = db.execute(
        "SELECT person_id, sum(cost_nanousd) AS cost FROM ledger INDEXED BY ledger_at WHERE at >= ?"
        " GROUP BY person_id HAVING cost >= ? ORDER BY cost DESC LIMIT ?",
        (today, JUMP_FLOOR_NANOUSD, JUMPS_MOST),
    ).fetchall()
    found = [(int(person), _jump(db, int(person), int(cost), today)) for person, cost in dear]
    return [(person, pace) for person, pace in found if pace is not None]


def _jump(db: sqlite3.Connection, person_id: int, cost_nanousd: int, today: int) -> Pace | None:
    rows = db.execute(
        "SELECT cost_nanousd FROM spent WHERE scope = ? AND period = 'day' AND start >= ? AND start < ?"
        " AND cost_nanousd > 0",
        (person_scope(person_id), today - USUAL_OF // HOUR * _HOUR_US, today),
    ).fetchall()
    return _beyond(cost_nanousd, [int(cost) for (cost,) in rows], JUMP_TIMES, JUMP_FLOOR_NANOUSD)


def _beyond(cost: int, others: list[int], times: int, floor: int) -> Pace | None:
    usual = sum(others) // len(others) if others else 0
    return Pace(cost, usual) if cost >= max(floor, times * usual) else None


def all_spent(db: sqlite3.Connection, now: datetime) -> dict[Period, tuple[int, int]]:
    """What the whole bot has spent today and this month: (when the period began in microseconds, nano-dollars)."""
    begun = spent.starts(db, now)
    return {
        period: (begun[period], spent.total(db, BOT, period, now).cost_nanousd) for period in (Period.DAY, Period.MONTH)
    }
