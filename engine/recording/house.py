"""What belongs to no conversation alone, as it was where a recording begins, and what others have changed of it since.

A recording without the desk has the rows that its own people and chats are looked up in; one with the desk has all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.core.budget import BOT, Payer, Period, period_start
from engine.core.clock import from_micros, to_micros
from engine.core.conversation import DESK
from engine.recording.beginnings import BOOKED_BEFORE, NEVER, Beginning, earliest, placed, readable, table
from engine.recording.elsewhere import Elsewhere
from engine.recording.lines import Changed, House, Json, Ledger
from engine.store import changes

HOUSE_ROWS_MOST = 20_000
"""Of one table."""
HOUSE = "house"
"""The scope of what the admins have chosen for everybody."""
LOOKED_UP = ("roles", "preferences", "budgets")
"""What any actor looks up, and only the desk changes (or a person in another chat)."""

_SPENT = (
    f"WITH lines AS (SELECT * FROM ledger WHERE {BOOKED_BEFORE} AND at >= ?),"  # noqa: S608 - our own words
    " scoped AS (SELECT 'person:' || person_id AS scope, cost_nanousd AS cost FROM lines"
    " UNION ALL SELECT 'chat:' || substr(conversation, 1, instr(conversation || ':', ':') - 1), cost_nanousd"
    " FROM lines WHERE conversation LIKE '-%'"
    " UNION ALL SELECT 'role:' || role, cost_nanousd FROM lines WHERE role <> ''"
    f" UNION ALL SELECT '{BOT}', cost_nanousd FROM lines)"
    " SELECT scope, sum(coalesce(cost, 0)), count(*), sum(cost IS NULL) FROM scoped GROUP BY scope ORDER BY scope"
)


class Brought(NamedTuple):
    """A line that no step of the recording has brought about: at which step it stands, right before it or after it."""

    step: int
    is_after: bool
    line: Changed | Ledger


class HouseThen:
    """The house where these conversations begin. `zone` is where days and months began then."""

    def __init__(self, db: sqlite3.Connection, begun: Sequence[Beginning], zone: str) -> None:
        self._db = db
        self._zone = zone
        self._has_desk = any(one.conversation == DESK for one in begun)
        self._first_event = begun[0].event_id
        self._began = earliest(begun)
        self._first_steps = {one.conversation: one.step_id for one in begun}
        there = self._first_steps.keys()
        self.elsewhere = Elsewhere(db, there, self._began, self._first_event) if self._has_desk else None
        self._people = {person for one in begun for person in one.people}
        self._scopes = {BOT, *(f"person:{person}" for person in self._people)}
        for one in begun:
            self._scopes |= set(Payer(0, one.conversation).scopes)
        self._limited = {scope for (scope,) in db.execute("SELECT DISTINCT scope FROM budgets")}
        self._chosen = {HOUSE, *self._scopes, *(f"conversation:{one.conversation}" for one in begun)}

    def line(self) -> House | None:
        """Its rows; None where there is none."""
        rows = {name: self._before(name) for name in self._tables}
        rows["spent"] = self._spent(self._zone)
        if self.elsewhere is not None:
            rows |= {
                "people": self.elsewhere.people(),
                "audit": self._audit(),
                "conversations": self.elsewhere.conversations(),
                "inbox": self.elsewhere.quarantine(),
            }
        kept = {name: found for name, found in rows.items() if found}
        return House(rows=kept) if kept else None

    def in_zone(self, zone: str) -> House:
        """What had been spent where the recording begins, as it counts once days begin in another zone."""
        return House(rows={"spent": self._spent(zone)})

    def changed(self) -> Iterator[Brought]:
        """All that has changed in steps which are not in the recording, and outside of all steps."""
        found = [one for name in self._tables for one in changes.changes_since(self._db, name, self._began.step_id)]
        for one in sorted(found, key=lambda one: one.number):
            if self._is_ours(one.name, one.row) and (not one.by_step or self._is_elsewhere(one.step)):
                line = Changed(name=one.name, row=readable(one.row), is_gone=one.is_gone)
                yield Brought(one.step, not one.by_step, line)
        outside = "SELECT * FROM audit WHERE step >= ? AND NOT by_step"
        for row in self._rows(outside, self._began.step_id) if self._has_desk else ():
            yield Brought(row["step"], True, Changed(name="audit", row=readable(placed(row))))

    def _is_elsewhere(self, step: int) -> bool:
        row = self._db.execute("SELECT conversation FROM steps WHERE id = ?", (step,)).fetchone()
        return row is not None and step < self._first_steps.get(row[0], NEVER)

    @property
    def _tables(self) -> tuple[str, ...]:
        return (*LOOKED_UP, *(("access_requests", "invites") * self._has_desk))

    def _rows(self, query: str, *values: int) -> list[Json]:
        cursor = self._db.execute(f"{query} ORDER BY id", values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    @property
    def first_step(self) -> int:
        """The first one of the recording."""
        return self._began.step_id

    def charged(self, line: Json) -> Json | None:
        """A ledger line that was booked elsewhere, as far as it counts here: whole where one of our own people has
        spent it; without a name where it counts against the house's limits only; None where it does not."""
        if self._has_desk or line["person_id"] in self._people:
            return line
        scopes = Payer(line["person_id"], line["conversation"], line["role"]).scopes
        if not self._limited.intersection(scopes):
            return None
        is_our_chat = bool(self._scopes.intersection(scopes) - {BOT})
        return line | {"person_id": 0} | ({} if is_our_chat else {"conversation": "0"})

    def _before(self, name: str) -> list[Json]:
        rows = changes.rows_before(self._db, name, self._began.step_id)
        return [readable(row) for row in rows if self._is_ours(name, row)][-HOUSE_ROWS_MOST:]

    def _is_ours(self, name: str, row: Json) -> bool:
        if self._has_desk:
            return True
        match name:
            case "roles":
                return row["person_id"] in self._people
            case "preferences":
                return row["scope"] in self._chosen
            case _:
                return row["scope"] in self._scopes or row["scope"].startswith("role:")

    def _spent(self, zone: str) -> list[Json]:
        return [row for row in self._totals(ZoneInfo(zone)) if self._is_ours("spent", row)]

    def _totals(self, zone: ZoneInfo) -> Iterator[Json]:
        """The running totals of the periods that the recording begins in, added up from the ledger's own lines."""
        now = from_micros(self._began.at)
        begun = {period: to_micros(period_start(period, now, zone)) for period in Period}
        there = (self._first_event, self._began.step_id)
        for period, start in begun.items():
            for scope, cost, calls, unpriced in self._db.execute(_SPENT, (*there, start)):
                yield {
                    "scope": scope,
                    "period": period.value,
                    "start": start,
                    "cost_nanousd": cost,
                    "calls": calls,
                    "unpriced": unpriced,
                }

    def _audit(self) -> list[Json]:
        return table(self._db, "SELECT * FROM audit WHERE step < ?", self._began.step_id, most=HOUSE_ROWS_MOST)
