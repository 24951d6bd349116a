"""Where a recording begins: which conversations are in it, from which step on, and what they remembered before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from engine.core.clock import to_micros
from engine.core.conversation import DESK
from engine.core.effects import DropPostponed
from engine.core.errors import ConfigurationError
from engine.recording.lines import Json, Start
from engine.store.inbox import EDIT_KEY
from engine.store.packing import unpacked

BOOKED_BEFORE = (
    "coalesce((SELECT inbox.id < ? FROM inbox WHERE ledger.at_end AND inbox.key = 'job:' || ledger.job),"
    " ledger.step < ?)"
)
"""Which lines of the ledger were there before an event and a step: what was booked with a job's end comes with its
result, all else at its place among the steps."""
NEVER = 2**63 - 1
"""The number of a step that is none."""
ROWS_MOST = 500
"""Of one table, before a beginning in the middle: what somebody may still reply to, the transcript, the figures."""
LEDGER_LINES_MOST = 20_000
"""Of the ledger, before a beginning: what /stats adds up."""

_JSON = frozenset({"event", "effect", "source", "value", "job_order", "details", "memory"})
"""Columns that hold JSON."""
_PLACED = frozenset({"step", "by_step", "at_end"})
"""Columns that say when a row was written: in a recording its place says it."""


@dataclass(frozen=True)
class Selection:
    """What is to be in a recording: one chat with its topics, or what led to one event (an inbox id), or all; from a
    moment on, or from the beginning of what is kept."""

    chat: int | None = None
    event: int | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Beginning:
    """A conversation's first step in a recording (NEVER: it has none yet) and its first event."""

    conversation: str
    memory: Json | None
    is_first: bool
    step_id: int
    event_id: int
    at: int
    """microseconds since 1970"""
    before: frozenset[int] = frozenset()
    """events with higher ids that were handled, or postponed, before"""
    postponed: tuple[int, ...] = ()
    put_back: tuple[int, ...] = ()
    """those that a change of state has put back, and that were not looked at again yet"""
    people: tuple[int, ...] = field(default=())

    @property
    def waiting(self) -> tuple[int, ...]:
        """Events that had come before, and are still to be handled."""
        return self.postponed + self.put_back


def beginnings(db: sqlite3.Connection, selection: Selection) -> list[Beginning]:
    """Every conversation of the selection that has something in it, by its first event.

    Raises ConfigurationError for an event that is not there.
    """
    since = _since(db, selection.since)
    found = [_beginning(db, conversation, since) for conversation in _conversations(db, selection)]
    begun = sorted((one for one in found if one is not None), key=lambda one: one.event_id)
    if selection.event is not None and not any(_has_in_it(db, one, selection.event) for one in begun):
        raise ConfigurationError(f"what was made of event {selection.event} is not kept any more")
    return begun


class _Since(NamedTuple):
    """The first step and the first event that may be in a recording."""

    step_id: int
    event_id: int


def _since(db: sqlite3.Connection, moment: datetime | None) -> _Since:
    """The first ones of a moment and all after them, whatever their clock has shown; not before everything is there."""
    row = db.execute("SELECT value FROM installation WHERE name = 'pruned_before'").fetchone()
    pruned_before = 0 if row is None else int(row[0])
    (kept,) = db.execute("SELECT coalesce(max(id), 0) + 1 FROM steps WHERE at < ?", (pruned_before,)).fetchone()
    if moment is None:
        return _Since(kept, 0)
    at = to_micros(moment)
    (step,) = db.execute("SELECT coalesce(min(id), ?) FROM steps WHERE at >= ?", (NEVER, at)).fetchone()
    (event,) = db.execute("SELECT coalesce(min(id), ?) FROM inbox WHERE received_at >= ?", (NEVER, at)).fetchone()
    return _Since(max(step, kept), event)


def _has_in_it(db: sqlite3.Connection, beginning: Beginning, event_id: int) -> bool:
    """Whether the recording that begins there tells what became of an event (or will)."""
    step = db.execute("SELECT 1 FROM steps WHERE event_id = ? AND id >= ?", (event_id, beginning.step_id)).fetchone()
    (status,) = db.execute("SELECT status FROM inbox WHERE id = ?", (event_id,)).fetchone()
    return step is not None or status == "pending"


def _conversations(db: sqlite3.Connection, selection: Selection) -> Iterator[str]:
    if selection.event is not None:
        named = min(selection.event, NEVER) if selection.event > 0 else 0  # SQLite knows no larger numbers
        row = db.execute("SELECT conversation FROM inbox WHERE id = ?", (named,)).fetchone()
        if row is None:
            raise ConfigurationError(f"there is no event {selection.event} in this database")
        yield row[0]
        return
    for (conversation,) in db.execute("SELECT DISTINCT conversation FROM inbox ORDER BY conversation").fetchall():
        if selection.chat is None or conversation.partition(":")[0] == str(selection.chat):
            yield conversation


def _beginning(db: sqlite3.Connection, conversation: str, since: _Since) -> Beginning | None:
    step = db.execute(
        "SELECT id, event_id, at, is_first, memory FROM steps WHERE conversation = ? AND id >= ? ORDER BY id LIMIT 1",
        (conversation, since.step_id),
    ).fetchone()
    if step is None:
        return _unhandled(db, conversation, since.event_id)
    step_id, event_id, at, is_first, memory = step
    if is_first:
        return Beginning(conversation, None, True, step_id, event_id, at, people=_people(db, conversation))
    previous = db.execute(
        "SELECT memory FROM steps WHERE conversation = ? AND id < ? ORDER BY id DESC LIMIT 1", (conversation, step_id)
    ).fetchone()
    if previous is None:  # what it remembered before is not kept (it was forgotten): begin behind this step
        following = db.execute(
            "SELECT id, event_id, at FROM steps WHERE conversation = ? AND id > ? ORDER BY id LIMIT 1",
            (conversation, step_id),
        ).fetchone()
        if following is None:
            return None
        (step_id, event_id, at), previous = following, (memory,)
    handled = handled_before(db, conversation, step_id)
    return Beginning(
        conversation,
        msgspec.json.decode(unpacked(previous[0])),
        False,
        step_id,
        event_id,
        at,
        before=frozenset(handled) - {event_id},
        postponed=tuple(id_ for id_, outcome in handled.items() if outcome == "postponed" and id_ != event_id),
        put_back=tuple(id_ for id_, outcome in handled.items() if outcome == "put back" and id_ != event_id),
        people=_people(db, conversation),
    )


def _unhandled(db: sqlite3.Connection, conversation: str, since_id: int) -> Beginning | None:
    row = db.execute(
        "SELECT id, received_at FROM inbox WHERE conversation = ? AND id >= ? AND status = 'pending'"
        " ORDER BY id LIMIT 1",
        (conversation, since_id),
    ).fetchone()
    last = db.execute("SELECT memory FROM conversations WHERE key = ?", (conversation,)).fetchone()
    if row is None:
        return None
    event_id, at = row
    memory = None if last is None else msgspec.json.decode(last[0])
    return Beginning(conversation, memory, last is None, NEVER, event_id, at, people=_people(db, conversation))


def handled_before(db: sqlite3.Connection, conversation: str, step_id: int) -> dict[int, str]:
    """What became of each event last; what waited when a step dropped it is done with, what waited when the state
    changed, or in the queue of what was handled, is put back as `commit_step` does it."""
    found: dict[int, str] = {}
    queues: dict[int, str] = {}
    last_state = ""
    for event_id, outcome, effects, state, queue in db.execute(
        "SELECT event_id, outcome, effects, state, coalesce(queue, '') FROM steps"
        " LEFT JOIN inbox ON inbox.id = event_id WHERE steps.conversation = ? AND steps.id < ? ORDER BY steps.id",
        (conversation, step_id),
    ):
        if DropPostponed.__name__ in effects.split():
            found |= dict.fromkeys(found, "done")
        found[event_id], queues[event_id] = outcome, queue
        if state != last_state:
            found |= dict.fromkeys(_put_back(found, queues), "put back")
        elif queue and outcome != "postponed":
            found |= dict.fromkeys(_put_back(found, queues, queue), "put back")
        last_state = state
    return found


def _put_back(found: dict[int, str], queues: dict[int, str], only: str | None = None) -> list[int]:
    """Of each queue the first that waits, and all that wait in none."""
    waiting = sorted(id_ for id_, was in found.items() if was == "postponed" and only in (None, queues[id_]))
    firsts = {queues[id_]: id_ for id_ in reversed(waiting)}
    return [id_ for id_ in waiting if not queues[id_] or firsts[queues[id_]] == id_]


def _people(db: sqlite3.Connection, conversation: str) -> tuple[int, ...]:
    rows = db.execute(
        "SELECT DISTINCT json_extract(event, '$.person.id') AS person FROM inbox WHERE conversation = ?"
        " AND person IS NOT NULL ORDER BY person LIMIT ?",
        (conversation, ROWS_MOST),
    )
    return tuple(person for (person,) in rows)


def starts_of(db: sqlite3.Connection, begun: Sequence[Beginning]) -> Iterator[Start]:
    """The lines that the conversations of a recording begin with. What one of them has sent into another before that
    one began comes of itself."""
    steps = msgspec.json.encode({one.conversation: one.step_id for one in begun}).decode()
    for beginning in begun:
        yield _start_of(db, beginning, begun, steps)


def earliest(begun: Sequence[Beginning]) -> Beginning:
    """That of the first step."""
    return min(begun, key=lambda one: one.step_id)


def _start_of(db: sqlite3.Connection, beginning: Beginning, begun: Sequence[Beginning], steps: str) -> Start:
    rows = {"ledger": _booked(db, beginning, begun)}
    if not beginning.is_first:
        rows |= {
            "turns": _turns(db, beginning),
            "inbox": _messages(db, beginning),
            "outbox": _sent(db, beginning, steps),
            "jobs": _open_jobs(db, beginning),
        }
    kept = {name: found for name, found in rows.items() if found}
    return Start(conversation=beginning.conversation, memory=beginning.memory, rows=kept)


def _booked(db: sqlite3.Connection, beginning: Beginning, begun: Sequence[Beginning]) -> list[Json]:
    """What its people had spent when the recording began; what they spend elsewhere later comes in its time."""
    return table(
        db,
        f"SELECT * FROM ledger WHERE {BOOKED_BEFORE} AND person_id IN ({_marks(beginning.people)})",  # noqa: S608 - our own words
        begun[0].event_id,
        earliest(begun).step_id,
        *beginning.people,
        most=LEDGER_LINES_MOST,
    )


def _turns(db: sqlite3.Connection, beginning: Beginning) -> list[Json]:
    """Every one that no step of the recording makes."""
    return table(
        db,
        "SELECT * FROM turns WHERE conversation = ? AND NOT EXISTS (SELECT 1 FROM steps"
        " WHERE steps.at = turns.at AND steps.conversation = turns.conversation AND steps.id >= ?"
        " AND steps.effects LIKE '%RecordTurn %')",
        beginning.conversation,
        beginning.step_id,
    )


def _sent(db: sqlite3.Connection, beginning: Beginning, steps: str) -> list[Json]:
    """What no step of the recording sends, and no other later one. `steps`: the first of each conversation (JSON)."""
    return table(
        db,
        "SELECT id, conversation, chat_id, ref, effect, status, message_id, created_at, sent_at, cause"
        " FROM outbox WHERE conversation = ?1 AND message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM steps"
        " WHERE steps.at = outbox.created_at AND steps.event_id = CAST(outbox.cause AS INTEGER) AND steps.id >="
        " min(?2, coalesce((SELECT value FROM json_each(?3) WHERE key = steps.conversation), ?2)))",
        beginning.conversation,
        beginning.step_id,
        steps,
    )


def _marks(values: Any) -> str:
    return ", ".join("?" * len(values))


def _messages(db: sqlite3.Connection, beginning: Beginning) -> list[Json]:
    columns = "id, key, conversation, event, message_id, received_at, cause, queue"
    told = table(
        db,
        f"SELECT {columns}, 'done' AS status FROM inbox WHERE conversation = ? AND id < ?"  # noqa: S608 - our own words
        f" AND (message_id IS NOT NULL OR key GLOB '{EDIT_KEY}*')",
        beginning.conversation,
        beginning.event_id,
    )
    waiting = {"postponed": beginning.postponed, "pending": beginning.put_back}
    return [
        *(_known_keys(db, beginning) if beginning.conversation == DESK else ()),
        *(row for row in told if row["id"] not in beginning.waiting),
        *(
            row
            for status, ids in waiting.items()
            for row in table(db, f"SELECT {columns}, ? AS status FROM inbox WHERE id IN ({_marks(ids)})", status, *ids)  # noqa: S608 - our own words
        ),
    ]


def _known_keys(db: sqlite3.Connection, beginning: Beginning) -> list[Json]:
    """What was told to the desk once is not told again: the keys are kept, without the words."""
    rows = table(
        db,
        "SELECT id, key, conversation, 'null' AS event, received_at, cause, 'done' AS status FROM inbox"
        " WHERE conversation = ? AND id < ? AND message_id IS NULL AND status = 'done' AND cause NOT LIKE 'job:%'",
        beginning.conversation,
        beginning.event_id,
    )
    return [row for row in rows if row["id"] not in beginning.waiting]


def _open_jobs(db: sqlite3.Connection, beginning: Beginning) -> list[Json]:
    """Those that no step of the recording starts, and whose result nobody had looked at."""
    return table(
        db,
        "SELECT id, conversation, kind, job_order, 'running' AS status, started_at FROM jobs"
        " WHERE conversation = ? AND NOT EXISTS (SELECT 1 FROM steps WHERE steps.at = jobs.started_at"
        " AND steps.conversation = jobs.conversation AND steps.id >= ? AND steps.effects LIKE '%StartJob %')"
        " AND NOT EXISTS (SELECT 1 FROM inbox"
        " WHERE inbox.key = 'job:' || jobs.id AND (inbox.id < ? OR inbox.id IN (SELECT value FROM json_each(?))))",
        beginning.conversation,
        beginning.step_id,
        beginning.event_id,
        msgspec.json.encode(sorted(beginning.before)).decode(),
    )


def table(db: sqlite3.Connection, query: str, *values: Any, most: int = ROWS_MOST) -> list[Json]:
    """The last rows that a query finds, oldest first, with what is JSON in them read."""
    cursor = db.execute(f"{query} ORDER BY id DESC LIMIT {most}", values)
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [readable(placed(row)) for row in reversed(rows)]


def placed(row: Json) -> Json:
    """A row as it stands in a recording."""
    return {name: value for name, value in row.items() if name not in _PLACED}


def readable(row: Json) -> Json:
    """What is JSON in a row is read."""
    return {name: msgspec.json.decode(value) if name in _JSON else value for name, value in row.items()}
