"""The spent table: running totals of the ledger by scope and period, kept by the transaction that books a line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.core.budget import Payer, Period, period_start
from engine.core.clock import from_micros, to_micros

NEXT_DAY = timedelta(hours=27)
"""From the beginning of any day, this far on is in the next one: days have 22 to 26 hours (Antarctica/Troll)."""


class Total(NamedTuple):
    """What a scope has spent in one period. Lines whose cost nobody knows count 0, and are in `unpriced`."""

    cost_nanousd: int = 0
    calls: int = 0
    unpriced: int = 0


class Difference(NamedTuple):
    """A running total that is not what the ledger adds up to. Where there is no row it is all zeros."""

    scope: str
    period: Period
    start: datetime
    kept: Total
    counted: Total


def zone(db: sqlite3.Connection) -> ZoneInfo:
    """Where days and months begin."""
    row = db.execute("SELECT value FROM installation WHERE name = 'zone'").fetchone()
    return ZoneInfo("UTC" if row is None else row[0].decode())


def set_zone(db: sqlite3.Connection, name: str) -> bool:
    """The settings' zone, said at each start. Where it is another than before, all totals are counted again; whether
    it was. Raises ZoneInfoNotFoundError."""
    if zone(db) == ZoneInfo(name):
        return False
    db.execute(
        "INSERT INTO installation (name, value) VALUES ('zone', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name.encode(),),
    )
    recount(db)
    return True


def starts(db: sqlite3.Connection, now: datetime) -> Mapping[Period, int]:
    """When the present periods began (microseconds since 1970)."""
    here = zone(db)
    return _starts(here, now.astimezone(here).date())


@lru_cache(maxsize=64)
def _starts(here: ZoneInfo, day: date) -> dict[Period, int]:
    """The same for any moment of that day. Not to be changed: all who ask get this one."""
    noon = datetime.combine(day, time(12), here)
    return {period: to_micros(period_start(period, noon, here)) for period in Period}


def add(db: sqlite3.Connection, payer: Payer, at: datetime, cost_nanousd: int | None) -> None:
    """Adds a line that has just been booked, in the same transaction. `ledger.book` does it; nobody else should."""
    cost, unpriced = cost_nanousd or 0, cost_nanousd is None
    rows = [
        (cost, unpriced, scope, period.value, start)
        for period, start in starts(db, at).items()
        for scope in payer.scopes
    ]
    there = db.executemany(
        "UPDATE spent SET cost_nanousd = cost_nanousd + ?, calls = calls + 1, unpriced = unpriced + ?"
        " WHERE scope = ? AND period = ? AND start = ?",
        rows,
    ).rowcount
    if there < len(rows):  # the first of a day, or of somebody; those that are there have been added to
        db.executemany(
            "INSERT INTO spent (cost_nanousd, unpriced, scope, period, start, calls) VALUES (?, ?, ?, ?, ?, 1)"
            " ON CONFLICT (scope, period, start) DO NOTHING",
            rows,
        )


def total(db: sqlite3.Connection, scope: str, period: Period, now: datetime) -> Total:
    """What a scope has spent in the present period; with `once`, in all."""
    start = to_micros(period_start(period, now, zone(db)))
    row = db.execute(
        "SELECT cost_nanousd, calls, unpriced FROM spent WHERE scope = ? AND period = ? AND start = ?",
        (scope, period.value, start),
    ).fetchone()
    return Total() if row is None else Total(*row)


def differences(db: sqlite3.Connection) -> list[Difference]:
    """Adds up the whole ledger and compares: empty if every running total is right. Seconds for a million lines."""
    _count(db)
    rows = db.execute(
        "SELECT scope, period, start, coalesce(s.cost_nanousd, 0), coalesce(s.calls, 0), coalesce(s.unpriced, 0),"
        " coalesce(c.cost_nanousd, 0), coalesce(c.calls, 0), coalesce(c.unpriced, 0)"
        " FROM spent AS s FULL JOIN temp.counted AS c USING (scope, period, start)"
        " WHERE (s.cost_nanousd, s.calls, s.unpriced) IS NOT (c.cost_nanousd, c.calls, c.unpriced)"
        " ORDER BY scope, period, start"
    )
    return [
        Difference(scope, Period(period), from_micros(start), Total(*totals[:3]), Total(*totals[3:]))
        for scope, period, start, *totals in rows
    ]


def recount(db: sqlite3.Connection) -> list[Difference]:
    """Makes every running total anew from the ledger; what was wrong."""
    found = differences(db)
    db.execute("DELETE FROM spent")
    db.execute("INSERT INTO spent SELECT scope, period, start, cost_nanousd, calls, unpriced FROM temp.counted")
    return found


def correct(db: sqlite3.Connection, differences: Iterable[Difference]) -> None:
    """Puts these running totals right, by what they are off: what was booked meanwhile stays counted."""
    db.executemany(
        "INSERT INTO spent (scope, period, start, cost_nanousd, calls, unpriced) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, period, start) DO UPDATE SET cost_nanousd = cost_nanousd + excluded.cost_nanousd,"
        " calls = calls + excluded.calls, unpriced = unpriced + excluded.unpriced",
        [
            (
                one.scope,
                one.period.value,
                to_micros(one.start),
                one.counted.cost_nanousd - one.kept.cost_nanousd,
                one.counted.calls - one.kept.calls,
                one.counted.unpriced - one.kept.unpriced,
            )
            for one in differences
        ],
    )
    db.execute("DELETE FROM spent WHERE calls = 0")  # the ledger knows no such total


def _count(db: sqlite3.Connection) -> None:
    """Fills temp.counted with what the ledger says. First by day, then by scope, then by period."""
    for table in ("counted", "days"):
        db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    db.execute("CREATE TEMP TABLE days (start INTEGER PRIMARY KEY, month INTEGER NOT NULL)")
    db.executemany("INSERT INTO temp.days VALUES (?, ?)", _days(db))
    db.execute(
        "CREATE TEMP TABLE counted (scope TEXT, period TEXT, start INTEGER, cost_nanousd INTEGER, calls INTEGER,"
        " unpriced INTEGER, PRIMARY KEY (scope, period, start)) WITHOUT ROWID"
    )
    db.execute(
        "INSERT INTO temp.counted"
        " WITH by_day AS MATERIALIZED ("
        "  SELECT person_id, conversation, role, (SELECT max(start) FROM temp.days WHERE start <= at) AS day,"
        "  sum(coalesce(cost_nanousd, 0)) AS cost, count(*) AS calls, sum(cost_nanousd IS NULL) AS unpriced"
        "  FROM ledger GROUP BY 1, 2, 3, 4),"
        " scoped AS ("
        "  SELECT 'person:' || person_id AS scope, day, cost, calls, unpriced FROM by_day"
        "  UNION ALL SELECT 'chat:' || substr(conversation, 1, instr(conversation || ':', ':') - 1), day, cost, calls,"
        "  unpriced FROM by_day WHERE conversation LIKE '-%'"
        "  UNION ALL SELECT 'role:' || role, day, cost, calls, unpriced FROM by_day WHERE role <> ''"
        "  UNION ALL SELECT 'bot', day, cost, calls, unpriced FROM by_day),"
        " scope_days AS MATERIALIZED ("
        "  SELECT scope, day, sum(cost) AS cost, sum(calls) AS calls, sum(unpriced) AS unpriced"
        "  FROM scoped GROUP BY scope, day)"
        " SELECT scope, 'day' AS period, day AS start, cost AS cost_nanousd, calls, unpriced FROM scope_days"
        " UNION ALL SELECT scope, 'month', month, sum(cost), sum(calls), sum(unpriced)"
        " FROM scope_days JOIN temp.days ON days.start = day GROUP BY scope, month"
        " UNION ALL SELECT scope, 'once', 0, sum(cost), sum(calls), sum(unpriced) FROM scope_days GROUP BY scope"
    )


def _days(db: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """The beginning of each day that the ledger touches, with that of its month."""
    first, last = db.execute("SELECT min(at), max(at) FROM ledger").fetchone()
    if first is None:
        return
    here = zone(db)
    day = period_start(Period.DAY, from_micros(first), here)
    while to_micros(day) <= last:
        yield to_micros(day), to_micros(period_start(Period.MONTH, day, here))
        day = period_start(Period.DAY, day + NEXT_DAY, here)
