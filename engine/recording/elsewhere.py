"""What the admins' desk sees of conversations that are not in a recording: that they are there, whom they have brought,
what lies in quarantine. As it was at the beginning, and what has come later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from engine.recording.beginnings import Beginning, readable, table
from engine.recording.lines import Changed, Json

ROWS_MOST = 20_000
"""Of one table."""
_DESCRIBED = ("name", "username", "language")
"""How Telegram describes people, in the events that come from them and in their rows."""
_HELD = (
    "SELECT id, key, conversation, event, 'quarantined' AS status, error, received_at, cause FROM inbox"
    " WHERE id IN (SELECT value FROM json_each(?))"
)


class Elsewhere:
    """Conversations that are not in a recording. `began` is the first step of those that are in it, `first_event` their
    first event."""

    def __init__(
        self, db: sqlite3.Connection, conversations: Collection[str], began: Beginning, first_event: int
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._began = began
        self._first_event = first_event
        newest = db.execute("SELECT newest_id FROM steps WHERE id = ?", (began.step_id,)).fetchone()
        self._newest_id = first_event - 1 if newest is None else newest[0]
        self._there = self._conversations_then()
        self._described = self._described_then()

    # At the beginning

    def people(self) -> list[Json]:
        """Whoever had been seen. What is of an earlier moment may be later: the clock may have been set back."""
        seen = table(
            self._db,
            "SELECT * FROM people WHERE first_seen_at < ? AND first_seen_at NOT IN"
            " (SELECT received_at FROM inbox WHERE id > ?)",
            self._began.at,
            self._newest_id,
            most=ROWS_MOST,
        )
        return [row | self._described.get(row["id"], {}) for row in seen]

    def conversations(self) -> list[Json]:
        """That they are there is all that anybody asks."""
        return [_idle(key, since) for key, since in self._there.items() if key not in self._conversations]

    def quarantine(self) -> list[Json]:
        """The events that nobody had released yet."""
        last: dict[int, tuple[str, int]] = {}
        once_held = "SELECT event_id FROM steps WHERE outcome = 'quarantined'"
        query = f"SELECT event_id, outcome, at FROM steps WHERE id < ? AND event_id IN ({once_held}) ORDER BY id"  # noqa: S608 - our own words
        for event_id, outcome, at in self._db.execute(query, (self._began.step_id,)):
            last[event_id] = (outcome, at)
        released = self._released_before()
        held = [id_ for id_, (outcome, at) in last.items() if outcome == "quarantined" and released.get(id_, -1) < at]
        long_ago = (
            "SELECT id FROM inbox WHERE status = 'quarantined' AND id < ?"
            " AND NOT EXISTS (SELECT 1 FROM steps WHERE event_id = inbox.id)"
        )
        held += [id_ for (id_,) in self._db.execute(long_ago, (self._first_event,))]
        return table(self._db, _HELD, msgspec.json.encode(held).decode(), most=ROWS_MOST)

    def _described_then(self) -> dict[int, Json]:
        """How Telegram had described those from whom something had come."""
        query = (
            "SELECT event ->> '$.person.id' AS id, event ->> '$.person.name' AS name, event ->> '$.person.username',"
            " event ->> '$.person.language', max(id) FROM inbox"
            " WHERE cause LIKE 'update:%' AND id <= ? AND name IS NOT NULL GROUP BY 1"
        )
        return {
            person: dict(zip(_DESCRIBED, (name, username or "", language or ""), strict=True))
            for person, name, username, language, _ in self._db.execute(query, (self._newest_id,))
        }

    def _conversations_then(self) -> dict[str, int]:
        """Since when each has been there."""
        query = "SELECT conversation, min(at) FROM steps GROUP BY conversation HAVING min(id) < ? LIMIT ?"
        return dict(self._db.execute(query, (self._began.step_id, ROWS_MOST)))

    def _released_before(self) -> dict[int, int]:
        """When an admin last decided about an event."""
        query = (
            "SELECT substr(object, 7), max(at) FROM audit WHERE action IN ('replay', 'drop') AND object LIKE 'event:%'"
            " AND step < ? GROUP BY object"
        )
        return {int(event): at for event, at in self._db.execute(query, (self._began.step_id,))}

    # Later

    def came(self, event_id: int) -> Iterator[Changed]:
        """People whom Telegram has described for the first time, or otherwise than before, with this event."""
        if event_id <= self._newest_id:
            return
        for event in self._rows("SELECT received_at, cause, event FROM inbox WHERE id = ?", event_id):
            person = _author(event)
            for row in self._rows("SELECT * FROM people WHERE first_seen_at = ?", event["received_at"]):
                if row["id"] not in self._described:
                    yield self._told(row | person if person.get("id") == row["id"] else row)
            for row in self._rows("SELECT * FROM people WHERE id = ?", person.get("id")):
                known = self._described.setdefault(row["id"], _described(row))
                if known != _described(person):
                    yield self._told(row | person)

    def stepped(self, step_id: int, event_id: int, conversation: str, at: int, outcome: str) -> Iterator[Changed]:
        """A conversation that is there from this step on; an event that is in quarantine from here on, or no more."""
        if step_id < self._began.step_id:
            return
        if conversation not in self._there:
            self._there[conversation] = at
            yield Changed(name="conversations", row=_idle(conversation, at))
        held = "SELECT 1 FROM steps WHERE event_id = ? AND outcome = 'quarantined' AND id < ?"
        if outcome == "quarantined" or self._db.execute(held, (event_id, step_id)).fetchone() is not None:
            for row in self._rows(_HELD, f"[{event_id}]"):
                yield Changed(name="inbox", row=row | {"status": outcome})

    def _told(self, row: Json) -> Changed:
        self._described[row["id"]] = _described(row)
        return Changed(name="people", row=row)

    def _rows(self, query: str, *values: Any) -> Iterator[Json]:
        cursor = self._db.execute(query, values)
        names = [column[0] for column in cursor.description]
        return (readable(dict(zip(names, row, strict=True))) for row in cursor.fetchall())


def _author(event: Json) -> Json:
    """Who has sent what came, as Telegram described them with it; {} where it did not."""
    told = event["event"] if event["cause"].startswith("update:") else None
    person: Json = (told or {}).get("person") or {}
    return {"id": person["id"], **_described(person)} if person.get("name") else {}


def _described(person: Json) -> Json:
    return {name: person.get(name, "") for name in _DESCRIBED}


def _idle(key: str, since: int) -> Json:
    return {"key": key, "updated_at": since, "state": "idle", "memory": {"key": key}}
