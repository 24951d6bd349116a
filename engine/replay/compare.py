"""A replay beside its recording: where they first differ, in the order in which things happened.

Of a redacted recording the shape is compared: states, outcomes, what kinds of effects a step has, which calls go where
and what became of them, money. What the bot itself says has stand-ins there, too.
"""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

import msgspec

from engine.recording.lines import Event, Json, Ledger, Outbox, Step
from engine.replay.run import Replayed
from engine.replay.script import Script
from engine.store.packing import unpacked

WORDED = frozenset({"event", "memory", "digest", "effect"})
"""What has words in it."""
_ENCODED = frozenset({"memory", "event", "effect", "seen"})


class Difference(NamedTuple):
    """What was recorded, and what came of it now; None is nothing. `where` is a phrase: "the step of event 7"."""

    where: str
    recorded: Json | None
    replayed: Json | None


async def first_difference(replayed: Replayed) -> Difference | None:
    """The first one; None if the replay is what was recorded."""
    return await replayed.database.read(lambda db: _Now(db, replayed.script).first())


class _Now:
    """What the replay has left in its database, taken out line by line."""

    def __init__(self, db: sqlite3.Connection, script: Script) -> None:
        self._script = script
        self._events = {row["key"]: row for row in _rows(db, "SELECT * FROM inbox")}
        self._ledger = {row["key"]: row for row in _rows(db, "SELECT * FROM ledger")}
        self._steps: dict[int, list[Json]] = {}
        self._calls: dict[str, list[Json]] = {}
        for row in _rows(db, "SELECT * FROM steps ORDER BY id"):
            self._steps.setdefault(row["event_id"], []).append(row)
        for row in _rows(db, "SELECT * FROM outbox WHERE cause <> '' ORDER BY id"):
            self._calls.setdefault(row["cause"], []).append(row)

    def first(self) -> Difference | None:
        """See first_difference. Where only the digest of a step's effects differs, a call of it says more."""
        in_digest: Difference | None = None
        for line in self._script.lines:
            if in_digest is not None and not isinstance(line, Outbox):
                return in_digest
            found = None
            match line:
                case Event():
                    found = self._event(line)
                case Step():
                    found = self._step(line)
                case Outbox():
                    found = self._call(line)
                case Ledger():
                    found = self._line(line)
                case _:
                    pass
            if found is None or found.recorded == found.replayed:
                continue
            if self._shape(found.recorded) == self._shape(found.replayed):
                continue
            if not (isinstance(line, Step) and _without_digest(found.recorded) == _without_digest(found.replayed)):
                return found
            in_digest = found
        return in_digest or self._left_over()

    def _shape(self, thing: Json | None) -> Json | None:
        if thing is None or not self._script.header.redacted:
            return thing
        return {name: value for name, value in thing.items() if name not in WORDED}

    def _event(self, line: Event) -> Difference:
        recorded = {"conversation": line.conversation, "message_id": line.message_id, "event": line.event}
        row = self._events.get(line.key)
        return Difference(f"event {line.id} ({line.key})", recorded, _part(row, recorded))

    def _step(self, line: Step) -> Difference:
        names = ("state", "outcome", "memory", "seen", "effects")
        recorded: Json = {name: getattr(line, name) for name in names}
        row = _part(_next(self._steps, line.event_id), recorded)
        if self._script.header.redacted:
            recorded["effects"] += " "  # the digest is left out there
        return Difference(
            f"the step of event {line.event_id}", _with_effects(recorded), None if row is None else _with_effects(row)
        )

    def _call(self, line: Outbox) -> Difference:
        recorded = {
            "conversation": line.conversation,
            "chat_id": line.chat_id,
            "ref": line.ref,
            "effect": line.effect,
            "status": line.status,
            "message_id": line.message_id,
            "error": line.error,
        }
        if line.effect is None:  # it was forgotten (engine/store/forget.py)
            recorded = {name: recorded[name] for name in ("conversation", "chat_id", "status", "error")}
        elif line.status == "pending":  # nobody knows yet what will become of it
            recorded = {name: recorded[name] for name in ("conversation", "chat_id", "ref", "effect")}
        return Difference(f"call {line.cause}", recorded, _part(_next(self._calls, line.cause), recorded))

    def _line(self, line: Ledger) -> Difference:
        return Difference(f"ledger line {line.key}", line.line, _part(self._ledger.get(line.key), line.line))

    def _left_over(self) -> Difference | None:
        """What came now and is not in the recording."""
        for event_id, steps in self._steps.items():
            for step in steps:
                if self._script.is_over(event_id):
                    continue
                if step["conversation"] in self._script.starts:
                    return Difference(f"one more step of event {event_id}", None, _readable(step))
        for cause, calls in self._calls.items():
            for call in calls:
                event_id = int(cause.partition("/")[0])
                if event_id in self._script.steps and not self._script.is_over(event_id):
                    return Difference(f"one more call, {cause}", None, _readable(call))
        return None


def _with_effects(step: Json) -> Json:
    """The same with what it asked for as names, and a digest of the whole of it."""
    names, _, digest = step["effects"].rpartition(" ")
    return step | {"effects": names.split(), "digest": digest}


def _without_digest(step: Json | None) -> Json | None:
    return None if step is None else {name: value for name, value in step.items() if name != "digest"}


def _rows(db: sqlite3.Connection, query: str) -> list[Json]:
    cursor = db.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _next(rows: dict[Any, list[Json]], key: Any) -> Json | None:
    """Takes the first of the rows with that key."""
    found = rows.get(key)
    return found.pop(0) if found else None


def _part(row: Json | None, like: Json) -> Json | None:
    """Those columns of a row that the recording has, too."""
    if row is None:
        return None
    return {name: _readable_value(name, row.get(name)) if name in _ENCODED else row.get(name) for name in like}


def _readable(row: Json) -> Json:
    return {name: _readable_value(name, value) for name, value in row.items()}


def _readable_value(name: str, value: Any) -> Any:
    if name == "memory":
        return msgspec.json.decode(unpacked(bytes(value)))
    if name in ("event", "effect"):
        return msgspec.json.decode(value)
    if name == "seen":
        return msgspec.json.decode(value) if value else {}
    return value
