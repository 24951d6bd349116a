"""What must hold of the tables: a sound database has no fault, and each planted one is seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from engine.store.database import schema
from engine.store.invariants import BROKEN_MOST, broken

FILLED: dict[str, dict[str, Any]] = {
    "inbox": {"conversation": "1", "event": "{}", "status": "done", "received_at": 0},
    "steps": {"conversation": "1", "at": 0, "newest_id": 0, "is_first": 0, "outcome": "done", "state": "idle"}
    | {"memory": b"", "effects": ""},
    "outbox": {"conversation": "1", "chat_id": 1, "effect": '{"type":"Send"}', "status": "sent", "created_at": 0},
    "jobs": {"conversation": "1", "kind": "answer", "job_order": "{}", "status": "done", "started_at": 0},
    "holds": {"attempt": 1, "role": "", "amount_nanousd": 1, "made_at": 0},
    "conversations": {"state": "idle", "memory": "{}", "updated_at": 0},
    "spent": {"period": "once", "start": 0, "calls": 1, "unpriced": 0},
}
COUNTS = (
    *("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens", "web_searches"),
    *("file_searches", "audio_input_tokens", "image_input_tokens", "audio_output_tokens", "image_output_tokens"),
    *("audio_ms", "container_minutes", "storage_byte_days"),
)
FILLED["ledger"] = dict.fromkeys(COUNTS, 0) | {"at": 0, "conversation": "1", "job": "1", "kind": "response"}
FILLED["ledger"] |= {"model": "m", "service_tier": "", "price_source": "", "status": "complete"}


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """A sound database: two messages, handled and answered in their order, each paid for."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(schema())
        for number in (1, 2):
            put(db, "inbox", id=number, key=f"m:1:{number}")
            put(db, "steps", event_id=number)
            put(db, "outbox", random_id=number, message_id=10 + number)
            put(db, "ledger", key=f"resp_{number}", person_id=1, cost_nanousd=5)
        put(db, "jobs", id="1")
        put(db, "conversations", key="1")
        for period in ("once", "day", "month"):
            for scope in ("bot", "person:1"):
                put(db, "spent", scope=scope, period=period, cost_nanousd=10)
        yield db


def put(db: sqlite3.Connection, table: str, **values: Any) -> None:
    """A row, with whatever it needs besides."""
    row = FILLED[table] | values
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)


def names(db: sqlite3.Connection) -> set[str]:
    """The invariants that do not hold."""
    return {fault.partition(":")[0] for fault in broken(db)}


def test_a_sound_database_has_no_fault(db: sqlite3.Connection) -> None:
    assert broken(db) == []


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("inbox", {"id": 3, "key": "m:1:3", "status": "pending"}),
        ("inbox", {"id": 3, "key": "m:1:3", "status": "postponed"}),
        ("jobs", {"id": "2", "status": "running"}),
        ("outbox", {"random_id": 3, "status": "pending"}),
        ("holds", {"key": "1:answer", "job": "1"}),
        ("conversations", {"key": "2", "state": "generating"}),
    ],
)
def test_what_is_open_is_seen(db: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    put(db, table, **row)
    assert names(db) == {"nothing is open"}


def test_what_is_quarantined_is_seen(db: sqlite3.Connection) -> None:
    put(db, "inbox", id=3, key="m:1:3", status="quarantined")
    assert names(db) == {"nothing is quarantined"}


def test_an_event_that_was_handled_twice_or_never_is_seen(db: sqlite3.Connection) -> None:
    put(db, "steps", event_id=2)
    put(db, "inbox", id=3, key="m:1:3")
    assert broken(db) == [
        "none is handled twice: event 2 was done 2 times",
        "none is handled twice: event 3 (m:1:3) is done, and no step has done it",
    ]


def test_an_event_that_only_waited_twice_is_none_that_was_handled_twice(db: sqlite3.Connection) -> None:
    put(db, "inbox", id=3, key="m:1:3")
    for outcome in ("postponed", "postponed", "done"):
        put(db, "steps", event_id=3, outcome=outcome)
    assert broken(db) == []


def test_an_event_that_was_looked_at_before_an_earlier_one_is_seen(db: sqlite3.Connection) -> None:
    for number in (4, 3):
        put(db, "inbox", id=number, key=f"m:1:{number}")
        put(db, "steps", event_id=number)
    assert broken(db) == ["order is kept: 1: event 3 was looked at after 4"]


def test_messages_in_the_wrong_order_are_seen(db: sqlite3.Connection) -> None:
    put(db, "outbox", random_id=3, message_id=9)
    assert names(db) == {"messages come in order"}


def test_a_total_that_is_no_sum_is_seen(db: sqlite3.Connection) -> None:
    put(db, "ledger", key="resp_3", person_id=2, cost_nanousd=1)
    assert broken(db) == [
        "totals are sums: bot has spent 11, and its total says 10",
        "totals are sums: person:2 has spent 1, and its total says 0",
        "totals are sums: bot in the day from 1970-01-01 00:00 has spent 11, and its total says 10",
        "totals are sums: bot in the month from 1970-01-01 00:00 has spent 11, and its total says 10",
        "totals are sums: person:2 in the day from 1970-01-01 00:00 has spent 1, and its total says 0",
        "totals are sums: person:2 in the month from 1970-01-01 00:00 has spent 1, and its total says 0",
    ]


def test_the_totals_of_groups_and_roles_are_sums_too(db: sqlite3.Connection) -> None:
    line = {"key": "resp_3", "person_id": 1, "conversation": "-100:7", "role": "guest", "cost_nanousd": 0}
    put(db, "ledger", **line)
    assert broken(db) == []
    put(db, "ledger", **line | {"key": "resp_4", "cost_nanousd": 1})
    assert {fault.split(" has ")[0] for fault in broken(db) if "day" in fault} == {
        f"totals are sums: {scope} in the day from 1970-01-01 00:00"
        for scope in ("bot", "chat:-100", "person:1", "role:guest")
    }


def test_days_and_months_begin_in_the_zone(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO installation VALUES ('zone', CAST('Asia/Tashkent' AS BLOB))")
    assert "totals are sums: bot in the day from 1969-12-31 18:00 has spent 10, and its total says 0" in broken(db)


def test_a_total_of_what_nobody_has_spent_is_seen(db: sqlite3.Connection) -> None:
    put(db, "spent", scope="role:guest", cost_nanousd=1)
    assert broken(db) == ["totals are sums: role:guest has spent 0, and its total says 1"]


def test_of_one_kind_only_so_many_are_named(db: sqlite3.Connection) -> None:
    for number in range(3, 100):
        put(db, "inbox", id=number, key=f"m:1:{number}", status="pending")
    assert len(broken(db)) == BROKEN_MOST
