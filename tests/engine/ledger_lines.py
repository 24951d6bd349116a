"""Databases and ledger lines for the tests of money, and the ledger added up without any running total."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.clock import from_micros
from engine.core.ledger import LedgerLine, LineStatus
from engine.store.database import schema
from engine.store.jobs import JobRow, insert

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def connected(path: Path | str = ":memory:") -> sqlite3.Connection:
    """A connection as the writer's own, in this thread; the tables are made if there are none."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON")
    if not db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        db.executescript(f"BEGIN; {schema()}; COMMIT")
    return db


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """An empty database in memory."""
    with closing(connected()) as db:
        yield db


def line(key: str, cost_nanousd: int | None, at: datetime = NOON, **more: Any) -> LedgerLine:
    """A line of person 1 in their own chat."""
    status = more.pop("status", LineStatus.COMPLETE)
    given: dict[str, Any] = {"person_id": 1, "conversation": "1", "job": "j", "model": "gpt-6.1-terra"} | more
    return LedgerLine(key=key, at=at, cost_nanousd=cost_nanousd, status=status, **given)


def start_job(db: sqlite3.Connection, job: str, conversation: str = "1") -> None:
    """A job that runs."""
    insert(db, JobRow(job, conversation, "answer", b"{}", 1, None, "", False), NOON)


def added_up(db: sqlite3.Connection, zone: ZoneInfo) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """(scope, period, local date) → (cost, calls, unpriced), from the ledger's rows alone."""
    sums: Counter[tuple[tuple[str, str, str], int]] = Counter()
    keys = set()
    for at, person, conversation, role, cost in db.execute(
        "SELECT at, person_id, conversation, role, cost_nanousd FROM ledger"
    ):
        day = from_micros(at).astimezone(zone).date().isoformat()
        scopes = [f"person:{person}", "bot", f"role:{role}" if role else "", f"chat:{conversation.split(':')[0]}"]
        for scope in scopes:
            if not scope or (scope.startswith("chat:") and not scope.startswith("chat:-")):
                continue
            for key in ((scope, "day", day), (scope, "month", day[:7]), (scope, "once", "")):
                keys.add(key)
                sums[key, 0] += cost or 0
                sums[key, 1] += 1
                sums[key, 2] += cost is None
    return {key: (sums[key, 0], sums[key, 1], sums[key, 2]) for key in keys}


def kept(db: sqlite3.Connection, zone: ZoneInfo) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The running totals in the same shape."""
    found = {}
    for scope, period, start, *total in db.execute("SELECT * FROM spent"):
        day = from_micros(start).astimezone(zone).date().isoformat()
        found[scope, period, {"day": day, "month": day[:7], "once": ""}[period]] = tuple(total)
    return found
