"""The ledger as rows for a file: read one after another, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from engine.core.clock import to_micros

COLUMNS = (
    *("id", "at", "person_id", "name", "username", "role", "conversation", "kind", "model", "service_tier", "status"),
    *("input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"),
    *("audio_input_tokens", "image_input_tokens", "audio_output_tokens", "image_output_tokens"),
    *("web_searches", "file_searches", "audio_ms", "container_minutes", "storage_byte_days"),
    *("cost_nanousd", "price_source", "response_id", "job", "key"),
)
"""What a row has, in this order. `at` in microseconds since 1970, `cost_nanousd` None where nobody knows the price."""

_PEOPLE = {"name": "coalesce(people.name, '')", "username": "coalesce(people.username, '')"}


def count(db: sqlite3.Connection, begins: datetime, ends: datetime) -> int:
    """How many lines [begins, ends) has."""
    within = to_micros(begins), to_micros(ends)
    (number,) = db.execute("SELECT count(*) FROM ledger WHERE at >= ? AND at < ?", within).fetchone()
    return int(number)


def lines(db: sqlite3.Connection, begins: datetime, ends: datetime) -> Iterator[tuple[Any, ...]]:
    """The lines of [begins, ends), the oldest first, each as COLUMNS."""
    columns = ", ".join(_PEOPLE.get(name, f"ledger.{name}") for name in COLUMNS)
    return db.execute(
        f"SELECT {columns} FROM ledger LEFT JOIN people ON people.id = ledger.person_id"  # noqa: S608 - our columns
        " WHERE at >= ? AND at < ? ORDER BY at, ledger.id",
        (to_micros(begins), to_micros(ends)),
    )
