"""The preferences table: what people and conversations have chosen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def chosen(db: sqlite3.Connection, scopes: Iterable[str]) -> list[str | None]:
    """What is chosen in each scope (JSON), None where nothing is."""
    asked = list(scopes)
    marks = ", ".join("?" * len(asked))
    found = dict(db.execute(f"SELECT scope, value FROM preferences WHERE scope IN ({marks})", asked))  # noqa: S608 - marks only
    return [found.get(scope) for scope in asked]


def choose(db: sqlite3.Connection, scope: str, value: str) -> None:
    """Puts a choice in the place of the one before."""
    db.execute(
        "INSERT INTO preferences (scope, value) VALUES (?, ?) ON CONFLICT (scope) DO UPDATE SET value = excluded.value",
        (scope, value),
    )
