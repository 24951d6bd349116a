"""What must hold of the tables, whoever has worked on them: looked at after a simulation and after a replay.

These know schema.sql and nothing of the code that writes.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

MICROS = 1_000_000

OPEN = {
    "events that nobody has handled": "SELECT id, key FROM inbox WHERE status IN ('pending', 'postponed')",
    "jobs that never ended": "SELECT id, kind FROM jobs WHERE status <> 'done'",
    "calls that Telegram never got": "SELECT id, chat_id FROM outbox WHERE status = 'pending'",
    "holds": "SELECT key, job FROM holds",
    "scopes of holds": "SELECT scope, key FROM hold_scopes",
    "conversations that wait for a job": (
        "SELECT key, state FROM conversations WHERE state IN ('generating', 'transcribing', 'drawing', 'gathering')"
    ),
}
SENDS = (
    "SELECT conversation, chat_id, message_id, id FROM outbox WHERE status = 'sent' AND message_id IS NOT NULL"
    " AND json_extract(effect, '$.type') = 'Send' ORDER BY id"
)
"""Rows that became messages, in the order in which they were asked for."""


def nothing_is_open(db: sqlite3.Connection) -> Iterator[str]:
    """At rest, everything that was begun has ended."""
    for what, query in OPEN.items():
        for row in db.execute(query):
            yield f"{what}: {tuple(row)}"


def nothing_is_quarantined(db: sqlite3.Connection) -> Iterator[str]:
    """No step has raised."""
    for row in db.execute("SELECT id, key, error FROM inbox WHERE status = 'quarantined'"):
        yield f"quarantined: {tuple(row)}"


def none_is_handled_twice(db: sqlite3.Connection) -> Iterator[str]:
    """Each event that is done was done by one step."""
    twice = "SELECT event_id, count(*) AS n FROM steps WHERE outcome <> 'postponed' GROUP BY event_id HAVING n > 1"
    yield from (f"event {event} was done {times} times" for event, times in db.execute(twice))
    never = (
        "SELECT id, key FROM inbox WHERE status = 'done' AND event <> 'null' AND NOT EXISTS"
        " (SELECT 1 FROM steps WHERE event_id = inbox.id)"
    )
    yield from (f"event {event} ({key}) is done, and no step has done it" for event, key in db.execute(never))


def order_is_kept(db: sqlite3.Connection) -> Iterator[str]:
    """A conversation looks at its events in the order in which they came."""
    last: dict[str, int] = {}
    query = "SELECT conversation, event_id, min(id) AS first FROM steps GROUP BY event_id ORDER BY first"
    for conversation, event_id, _ in db.execute(query):
        if event_id < last.get(conversation, 0):
            yield f"{conversation}: event {event_id} was looked at after {last[conversation]}"
        last[conversation] = event_id


def messages_come_in_order(db: sqlite3.Connection) -> Iterator[str]:
    """In each chat, what was asked for first stands first."""
    last: dict[int, int] = {}
    for _, chat_id, message_id, row_id in db.execute(SENDS):
        if message_id < last.get(chat_id, 0):
            yield f"chat {chat_id}: row {row_id} became message {message_id}, which stands before {last[chat_id]}"
        last[chat_id] = max(message_id, last.get(chat_id, 0))


class Span(NamedTuple):
    """What a running total is of: a scope in one day or month, or (`once`, start 0) in all."""

    scope: str
    period: str
    start: int
    """microseconds since 1970"""

    def __str__(self) -> str:
        """ "bot", "bot in the day from 2026-11-24 00:00"."""
        if self.period == "once":
            return self.scope
        start = datetime.fromtimestamp(self.start // MICROS, UTC)
        return f"{self.scope} in the {self.period} from {start:%Y-%m-%d %H:%M}"


def added_up(db: sqlite3.Connection) -> Counter[Span]:
    """The ledger's nano-dollars for each person, group and role, and the bot: in each day and month, and in all."""
    row = db.execute("SELECT value FROM installation WHERE name = 'zone'").fetchone()
    zone = ZoneInfo("UTC" if row is None else row[0].decode())
    found: Counter[Span] = Counter()
    lines = "SELECT at, person_id, conversation, role, coalesce(cost_nanousd, 0) FROM ledger"
    for at, person_id, conversation, role, cost in db.execute(lines):
        chat = conversation.partition(":")[0]
        scopes = ["bot", f"person:{person_id}"]
        scopes += [f"chat:{chat}"] * chat.startswith("-") + [f"role:{role}"] * bool(role)
        day = datetime.fromtimestamp(at // MICROS, zone).replace(hour=0, minute=0, second=0, fold=0)
        starts = {"day": day, "month": day.replace(day=1), "once": datetime.fromtimestamp(0, UTC)}
        for period, start in starts.items():
            for scope in scopes:
                found[Span(scope, period, int(start.timestamp()) * MICROS)] += cost
    return found


def totals_are_sums(db: sqlite3.Connection) -> Iterator[str]:
    """The running totals are what one gets by adding up the ledger."""
    sums = added_up(db)
    totals = {Span(*of): cost for *of, cost in db.execute("SELECT scope, period, start, cost_nanousd FROM spent")}
    for span in sorted({*sums, *totals}, key=lambda one: (one.period != "once", one)):
        if totals.get(span, 0) != sums[span]:
            yield f"{span} has spent {sums[span]}, and its total says {totals.get(span, 0)}"


INVARIANTS: tuple[Callable[[sqlite3.Connection], Iterator[str]], ...] = (
    nothing_is_open,
    nothing_is_quarantined,
    none_is_handled_twice,
    order_is_kept,
    messages_come_in_order,
    totals_are_sums,
)
"""In the order in which one wants to read what does not hold."""
BROKEN_MOST = 20
"""Of one of them: the others would say the same."""


def broken(db: sqlite3.Connection, *, at_rest: bool = True) -> list[str]:
    """All that does not hold, each with the name of what must; things may be open where it is not `at_rest`."""
    found: list[str] = []
    for holds in INVARIANTS:
        if holds is nothing_is_open and not at_rest:
            continue
        name = holds.__name__.replace("_", " ")
        found += [f"{name}: {fault}" for fault in holds(db)][:BROKEN_MOST]
    return found
