"""What a checker may look at."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.simulation.asked import Question
from engine.simulation.checks.history import History, job_of
from engine.simulation.machine import Machine
from engine.simulation.people import Crowd
from engine.simulation.plan import Plan
from engine.store.invariants import Span, added_up


@dataclass
class Evidence:
    """The people and what they saw, the machine and its disk. At rest: `tasks` of the event loop, and by how much more
    the process holds on to than when it had just begun."""

    crowd: Crowd
    machine: Machine
    plan: Plan
    is_at_rest: bool
    tasks: int
    grown_bytes: int
    _db: sqlite3.Connection | None = None

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """With the database open for reading."""
        path = self.machine.settings.database_path
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            self._db = db
            yield db

    def rows(self, query: str, *parameters: object) -> list[Any]:
        """What a query finds."""
        assert self._db is not None
        return self._db.execute(query, parameters).fetchall()

    def added_up(self) -> Counter[Span]:
        """The ledger's nano-dollars, by whom and when."""
        assert self._db is not None
        return added_up(self._db)

    @cached_property
    def inbox_ids(self) -> dict[str, int]:
        """The inbox's ids by their keys."""
        return {row["key"]: row["id"] for row in self.rows("SELECT key, id FROM inbox")}

    @cached_property
    def turns_without_answer(self) -> list[tuple[int, list[Question]]]:
        """What has come to nothing: (chat, its questions), one for each turn. Pictures have no source, and are none."""
        rows = self.rows(
            "SELECT conversation, question FROM turns WHERE response_id IS NULL AND source <> 'null' ORDER BY id"
        )
        return [(int(row["conversation"].partition(":")[0]), self.crowd.asked_in(row["question"])) for row in rows]

    @cached_property
    def history(self) -> History:
        """What the tables say of the past."""
        return History(self)

    def asked_by(self, response_id: str | None) -> list[Question]:
        """The questions that a call to the model was about."""
        return self._asked.get(response_id, []) if response_id else []

    @cached_property
    def _asked(self) -> dict[str | None, list[Question]]:
        return {seen.response_id: self.crowd.asked_in(seen.text) for seen in self.machine.model.requests}

    def asked_in_job(self, job: str) -> list[Question]:
        """Those that a job has asked the model."""
        requests = self.machine.model.requests
        return [
            question for seen in requests if job_of(seen.body) == job for question in self.crowd.asked_in(seen.text)
        ]

    @property
    def is_calm(self) -> bool:
        """Whether nothing was broken in this world."""
        return not self.plan.breaks

    def has(self, *troubles: str) -> bool:
        """Whether there was trouble of one of these kinds."""
        return any(one.what in troubles for one in self.plan.breaks)
