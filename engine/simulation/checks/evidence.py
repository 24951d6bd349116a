"""What a checker may look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from engine.simulation.machine import Machine
from engine.simulation.people import Crowd
from engine.simulation.plan import Plan


@dataclass
class Evidence:
    """The people and what they saw, the machine and its disk. `tasks`: those of the event loop, at rest."""

    crowd: Crowd
    machine: Machine
    plan: Plan
    is_at_rest: bool
    tasks: int
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

    @property
    def is_calm(self) -> bool:
        """Whether nothing was broken in this world."""
        return not self.plan.breaks

    def has(self, *troubles: str) -> bool:
        """Whether there was trouble of one of these kinds."""
        return any(one.what in troubles for one in self.plan.breaks)
