"""What belongs to no conversation alone, as it was where a recording begins, and what others have changed of it since.

A recording without the desk has the rows that its own people and chats are looked up in; one with the desk has all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from engine.core.budget import BOT, Payer, Period, period_start
from engine.core.clock import from_micros, to_micros
from engine.core.conversation import DESK
from engine.recording.beginnings import BOOKED_BEFORE, Beginning, earliest, readable, table
from engine.recording.elsewhere import Elsewhere
from engine.recording.lines import Changed, House, Json
from engine.store import changes, spent

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


class HouseThen:
    """The house where these conversations begin."""

    def __init__(self, db: sqlite3.Connection, begun: Sequence[Beginning]) -> None:
        self._db = db
        self._has_desk = any(one.conversation == DESK for one in begun)
        self._first_event = begun[0].event_id
        self._began = earliest(begun)
        self._conversations = {one.conversation for one in begun}
        self.elsewhere = Elsewhere(db, self._conversations, self._began, self._first_event) if self._has_desk else None
        self._people = {person for one in begun for person in one.people}
        self._scopes = {BOT, *(f"person:{person}" for person in self._people)}
        for one in begun:
            self._scopes |= set(Payer(0, one.conversation).scopes)
        self._limited = {scope for (scope,) in db.execute("SELECT DISTINCT scope FROM budgets")}
        self._chosen = {HOUSE, *self._scopes, *(f"conversation:{one.conversation}" for one in begun)}

    def line(self) -> House | None:
        """Its rows; None where there is none."""
        rows = {name: self._before(name) for name in (*LOOKED_UP, *(("access_requests", "invites") * self._has_desk))}
        rows["spent"] = [row for row in self._spent() if self._is_ours("spent", row)]
        if self.elsewhere is not None:
            rows |= {
                "people": self.elsewhere.people(),
                "audit": self._audit(),
                "conversations": self.elsewhere.conversations(),
                "inbox": self.elsewhere.quarantine(),
            }
        kept = {name: found for name, found in rows.items() if found}
        return House(rows=kept) if kept else None

    def changed(self) -> Iterator[tuple[int, Changed]]:
        """(the newest step then, what has changed) of all that happened in steps which are not in the recording."""
        elsewhere = "SELECT conversation FROM steps WHERE id = ?"
        found = [one for name in LOOKED_UP for one in changes.changes_since(self._db, name, self._began.step_id)]
        for one in sorted(found, key=lambda one: one.step):
            row = self._db.execute(elsewhere, (one.step,)).fetchone()
            if row is not None and row[0] not in self._conversations and self._is_ours(one.name, one.row):
                yield one.step, Changed(name=one.name, row=readable(one.row), is_gone=one.is_gone)

    @property
    def began_at(self) -> int:
        """The moment (microseconds since 1970)."""
        return self._began.at

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

    def _spent(self) -> Iterator[Json]:
        """The running totals of the periods that the recording begins in, added up from the ledger's own lines."""
        at = self._began.at
        begun = {period: to_micros(period_start(period, from_micros(at), spent.zone(self._db))) for period in Period}
        for period, start in begun.items():
            for scope, cost, calls, unpriced in self._db.execute(_SPENT, (self._first_event, at, start)):
                yield {
                    "scope": scope,
                    "period": period.value,
                    "start": start,
                    "cost_nanousd": cost,
                    "calls": calls,
                    "unpriced": unpriced,
                }

    def _audit(self) -> list[Json]:
        """What is of an earlier moment may be later: the clock may have been set back."""
        return table(
            self._db,
            "SELECT * FROM audit WHERE at < ? AND at NOT IN (SELECT at FROM steps WHERE id >= ?)",
            self._began.at,
            self._began.step_id,
            most=HOUSE_ROWS_MOST,
        )
