"""What happens in a replay, told as a conversation: who says what and when, states, what it cost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import cast

import msgspec

from engine.core.clock import from_micros
from engine.recording.lines import Event, Json
from engine.replay.ground import InlineDatabase

TEXT_SHOWN = 300
"""The most characters of one message."""


class Transcript:
    """Tells each event, and what came of it. `say` gets a line at a time."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._steps = self._calls = self._booked = 0
        self._states: dict[str, str] = {}

    async def told(self, database: InlineDatabase, event: Event) -> None:
        """See engine.replay.run.replaying."""
        came = await database.read(partial(_came, key=event.key))
        what = _what(event.event if came is None else came)
        self._say(f"{_time(event.received_at)} {event.conversation} #{event.id} {what}")
        await database.read(self._tell_news)

    def _tell_news(self, db: sqlite3.Connection) -> None:
        for id_, model, cost in db.execute(
            "SELECT id, model, cost_nanousd FROM ledger WHERE id > ? ORDER BY id", (self._booked,)
        ).fetchall():
            self._booked = id_
            self._say(f"{'':15}  $ {_dollars(cost)} {model}")
        for id_, conversation, state, outcome in db.execute(
            "SELECT id, conversation, state, outcome FROM steps WHERE id > ? ORDER BY id", (self._steps,)
        ).fetchall():
            self._steps = id_
            before = self._states.get(conversation, "idle")
            self._states[conversation] = state
            if outcome != "done":
                self._say(f"{'':15}  ({outcome})")
            elif state != before:
                self._say(f"{'':15}  {before} → {state}")
        for id_, at, effect, status, error in db.execute(
            "SELECT id, created_at, effect, status, error FROM outbox WHERE id > ? ORDER BY id", (self._calls,)
        ).fetchall():
            self._calls = id_
            failed = f" (failed: {error})" if status == "failed" else ""
            self._say(f"{_time(from_micros(at))}  ‹ {_what(msgspec.json.decode(effect))}{failed}")


def _came(db: sqlite3.Connection, key: str) -> Json | None:
    """The event as it came now: an answer may be another one than was recorded."""
    row = db.execute("SELECT event FROM inbox WHERE key = ?", (key,)).fetchone()
    return None if row is None else cast("Json", msgspec.json.decode(row[0]))


def _what(thing: Json | None) -> str:
    """An event or a call, in a line."""
    if thing is None:
        return "(forgotten)"
    person = thing.get("person", {})
    name = person.get("name") or person.get("id", "")
    content = thing.get("content") or {}
    said = thing.get("text") or content.get("text") or thing.get("button") or thing.get("name") or thing.get("timer")
    buttons = " ".join(f"[{label}]" for row in thing.get("buttons", ()) for label, _ in row)
    parts = (str(name), thing["type"], _short(str(said)) if said else "", buttons)
    return " ".join(part for part in parts if part)


def _short(text: str) -> str:
    line = " ⏎ ".join(text.splitlines())
    return line if len(line) <= TEXT_SHOWN else f"{line[: TEXT_SHOWN - 1]}…"


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S.%f}"


def _dollars(cost_nanousd: int | None) -> str:
    return "?" if cost_nanousd is None else f"{cost_nanousd / 1e9:.9f}".rstrip("0")
