"""What the ledger and the queues add up to, for the admins: read on a connection of its own (`engine.store.reading`),
so that no conversation waits for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.core.clock import to_micros

SPANS = ("today", "week", "month", "yesterday", "last_week")
"""What can be looked at. today, week (seven days with today) and month end now; the other two are those of the digests:
the last whole day, and the last seven whole days."""
BARS_LEAST = 7
"""So many days are drawn even where the span is shorter."""
TOP = 5
"""How many people and models are named; the ledger as a file has all of them."""


class Share(NamedTuple):
    """A part of what was spent. `unpriced` counts the calls whose cost nobody knows: they are not in the cost."""

    name: str
    calls: int
    cost_nanousd: int
    unpriced: int = 0


class Day(NamedTuple):
    """What one day has cost, by kind of call."""

    begins: datetime
    """midnight in the house's zone"""
    kinds: tuple[Share, ...]


class Figures(NamedTuple):
    """What everybody has spent in a span: [begins, ends)."""

    begins: datetime
    ends: datetime
    days: tuple[Day, ...]
    """those of the span, and as many before it as are drawn"""
    total: Share
    kinds: tuple[Share, ...]
    models: tuple[Share, ...]
    """as answered; the dearest first, all of them"""
    people: tuple[Share, ...]
    """named as in the people table; the dearest first, TOP of them"""
    people_count: int


def span_of(span: str, now: datetime) -> tuple[datetime, datetime]:
    """[begins, ends) of one of SPANS. `now` is in the house's zone: its days begin there, whatever the clocks do."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match span:
        case "week":
            return today - timedelta(days=6), now
        case "month":
            return today.replace(day=1), now
        case "yesterday":
            return today - timedelta(days=1), today
        case "last_week":
            return today - timedelta(days=7), today
        case _:
            return today, now


def figures(db: sqlite3.Connection, span: str, now: datetime) -> Figures:
    """Everybody's spending in a span. `now` is in the house's zone. About a second for a million lines of one month."""
    begins, ends = span_of(span, now)
    days = _days(begins, ends)
    kinds = [Day(day, tuple(_shares(db, "kind", day, ends))) for day in days]
    inside = [day for day in days if day >= begins]
    models = _together(share for day in inside for share in _shares(db, "model", day, ends))
    people = _together(share for day in inside for share in _shares(db, "person_id", day, ends))
    spent = _together(share for day in kinds if day.begins >= begins for share in day.kinds)
    named = tuple(share._replace(name=name_of(db, int(share.name))) for share in people[:TOP])
    return Figures(begins, ends, tuple(kinds), _sum(spent), spent, models, named, len(people))


def _days(begins: datetime, ends: datetime) -> list[datetime]:
    """The midnights of all days that are drawn."""
    last = (ends - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    first = min(begins, last - timedelta(days=BARS_LEAST - 1))
    return [first + timedelta(days=number) for number in range((last.date() - first.date()).days + 1)]


def _shares(db: sqlite3.Connection, column: str, day: datetime, ends: datetime) -> list[Share]:
    """One day's calls by kind, model or person. Day by day: each is a stretch of the index that is sorted in memory,
    which is twice as fast as a month at once, and how long a day lasts is the zone's own affair."""
    rows = db.execute(
        f"SELECT {column}, count(*), coalesce(sum(cost_nanousd), 0), sum(cost_nanousd IS NULL)"  # noqa: S608 - a column
        f" FROM ledger INDEXED BY ledger_at WHERE at >= ? AND at < ? GROUP BY {column}",
        (to_micros(day), to_micros(min(day + timedelta(days=1), ends))),
    )
    return [Share(str(name), *sums) for name, *sums in rows]


def name_of(db: sqlite3.Connection, person_id: int) -> str:
    """A person as lists show them; their number where nobody knows more."""
    row = db.execute("SELECT name, username FROM people WHERE id = ?", (person_id,)).fetchone()
    name, username = row or ("", "")
    return name or (f"@{username}" if username else str(person_id))


def _together(shares: Iterable[Share]) -> tuple[Share, ...]:
    """One share for each name, the dearest first."""
    named: dict[str, list[Share]] = {}
    for share in shares:
        named.setdefault(share.name, []).append(share)
    sums = (_sum(parts, name) for name, parts in named.items())
    return tuple(sorted(sums, key=lambda share: (-share.cost_nanousd, share.name)))


def _sum(shares: Sequence[Share], name: str = "") -> Share:
    return Share(
        name,
        sum(share.calls for share in shares),
        sum(share.cost_nanousd for share in shares),
        sum(share.unpriced for share in shares),
    )
