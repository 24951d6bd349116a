"""Figures of everybody's spending: days are the house's own, edges belong to one side, the index is used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from actors.desk.steps.digests import next_digest
from engine.core.clock import to_micros
from engine.core.ledger import LedgerLine
from engine.store import ledger
from engine.store.database import schema
from engine.store.figures import figures, span_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(schema())
    yield connection
    connection.close()


def book(db: sqlite3.Connection, at: datetime, cost: int | None = 1, person: int = 1, kind: str = "response") -> None:
    """A line."""
    line = LedgerLine(
        key=f"{at.timestamp()}-{person}-{kind}-{cost}",
        at=at.astimezone(UTC),
        person_id=person,
        conversation=str(person),
        job="1",
        kind=kind,
        model="gpt-6-luna",
        cost_nanousd=cost,
    )
    assert ledger.book(db, line)


@pytest.mark.parametrize(
    ("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (11, 24, 24)], ids=["spring", "autumn", "usual"]
)
def test_a_day_is_as_long_as_the_zone_says(db: sqlite3.Connection, month: int, day: int, hours: int) -> None:
    begins = datetime(2026, month, day, tzinfo=BERLIN)
    ends = datetime(2026, month, day, tzinfo=BERLIN) + timedelta(days=1)
    assert to_micros(ends) - to_micros(begins) == hours * 3600 * 10**6
    first, last = begins.astimezone(UTC), ends.astimezone(UTC) - timedelta(microseconds=1)
    for at in (first - timedelta(microseconds=1), first, last, last + timedelta(microseconds=1)):
        book(db, at)
    found = figures(db, "yesterday", ends + timedelta(hours=9))
    assert found.total.calls == 2
    assert [sum(share.calls for share in one.kinds) for one in found.days[-2:]] == [1, 2]


def test_the_parts_of_a_span_add_up_to_it(db: sqlite3.Connection) -> None:
    now = datetime(2026, 11, 24, 15, tzinfo=BERLIN)
    for number in range(200):
        kind = ("response", "picture", "storage")[number % 3]
        book(db, now - timedelta(hours=number * 3), None if number % 10 == 0 else number * 7, number % 9, kind)
    for span in ("today", "week", "month", "yesterday", "last_week"):
        found = figures(db, span, now)
        inside = [share for day in found.days if day.begins >= found.begins for share in day.kinds]
        for parts in (found.kinds, found.models, inside):
            assert sum(share.cost_nanousd for share in parts) == found.total.cost_nanousd
            assert sum(share.calls for share in parts) == found.total.calls
            assert sum(share.unpriced for share in parts) == found.total.unpriced


def test_at_least_seven_days_are_drawn(db: sqlite3.Connection) -> None:
    assert len(figures(db, "month", datetime(2026, 11, 2, 9, tzinfo=BERLIN)).days) == 7
    assert len(figures(db, "month", datetime(2026, 11, 30, 9, tzinfo=BERLIN)).days) == 30


def test_the_month_begins_on_its_first_day_in_the_house(db: sqlite3.Connection) -> None:
    begins, _ = span_of("month", datetime(2026, 10, 31, 23, 30, tzinfo=UTC).astimezone(BERLIN))
    assert begins == datetime(2026, 11, 1, tzinfo=BERLIN)


def test_the_ledger_is_read_by_its_index(db: sqlite3.Connection) -> None:
    """INDEXED BY makes SQLite refuse a query for which the index does not serve; here it serves without the table."""
    plan = db.execute(
        "EXPLAIN QUERY PLAN SELECT kind, count(*), sum(cost_nanousd) FROM ledger INDEXED BY ledger_at"
        " WHERE at >= 1 AND at < 2 GROUP BY kind"
    ).fetchall()
    assert any("COVERING INDEX ledger_at" in row[3] for row in plan)


def test_digests_come_at_their_hour_whatever_the_clocks_do() -> None:
    before = datetime(2026, 10, 24, 9, 0, tzinfo=BERLIN)
    due = next_digest("daily", 9, before.astimezone(UTC), BERLIN)
    assert due == datetime(2026, 10, 25, 9, 0, tzinfo=BERLIN)
    assert due.astimezone(UTC) - before.astimezone(UTC) == timedelta(hours=25)
    assert next_digest("weekly", 9, before, BERLIN) == datetime(2026, 10, 26, 9, 0, tzinfo=BERLIN)
