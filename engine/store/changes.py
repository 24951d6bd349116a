"""The changes table: rows that say nothing of their past, as they were before a step, and what became of them since.

Triggers (schema.sql) write it; nobody else does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

Row = dict[str, Any]

KEYS: dict[str, tuple[str, ...]] = {
    "roles": ("person_id",),
    "preferences": ("scope",),
    "budgets": ("scope", "period"),
    "access_requests": ("id",),
    "invites": ("token_hash",),
}
"""The tables that have a past, and their keys. Bytes are hexadecimal digits here."""


class Change(NamedTuple):
    """A row that was made, changed or taken away, when `step` was the newest one: by it, or (with `by_step` False) by
    somebody outside of all steps, after it. `row` is as it was from then on; where `is_gone`, as it was before."""

    step: int
    name: str
    row: Row
    is_gone: bool
    by_step: bool = True
    number: int = 0
    """the order of all changes"""


def made_by(db: sqlite3.Connection, step: int) -> None:
    """The step that was written down in this transaction has made what has changed since."""
    db.execute("UPDATE changes SET by_step = 1 WHERE step = ?", (step,))


def rows_before(db: sqlite3.Connection, name: str, step: int) -> list[Row]:
    """A table as it was before a step."""
    found = _present(db, name)
    earliest = "SELECT key, was FROM changes WHERE name = ? AND step >= ? ORDER BY id DESC"
    for key, was in db.execute(earliest, (name, step)):  # the earliest comes last, and stays
        found.pop(key, None)
        if was is not None:
            found[key] = msgspec.json.decode(was)
    return [found[key] for key in sorted(found)]


def changes_since(db: sqlite3.Connection, name: str, step: int) -> list[Change]:
    """What has happened to a table in a step and after it, in order. A row that was made and taken away again says
    nothing of itself: it is left out."""
    later: dict[str, Row | None] = dict(_present(db, name))
    found = []
    query = "SELECT id, step, key, was, by_step FROM changes WHERE name = ? AND step >= ? ORDER BY id DESC"
    for number, at, key, was, by_step in db.execute(query, (name, step)):
        before = None if was is None else msgspec.json.decode(was)
        after = later.get(key)
        later[key] = before
        if (row := after or before) is not None:
            found.append(Change(at, name, row, after is None, bool(by_step), number))
    return found[::-1]


def _present(db: sqlite3.Connection, name: str) -> dict[str, Row]:
    cursor = db.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name of KEYS
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, map(_told, values), strict=True)) for values in cursor]
    return {" ".join(str(row[column]) for column in KEYS[name]): row for row in rows}


def _told(value: Any) -> Any:
    return value.hex().upper() if isinstance(value, bytes) else value


def put(db: sqlite3.Connection, change: Change) -> None:
    """Makes a row what a change made of it (in a replay)."""
    columns = {name: _as_kept(name, value) for name, value in change.row.items()}
    where = " AND ".join(f"{column} = :{column}" for column in KEYS[change.name])
    db.execute(f"DELETE FROM {change.name} WHERE {where}", columns)  # noqa: S608 - names of KEYS
    if not change.is_gone:
        names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        db.execute(f"INSERT INTO {change.name} ({names}) VALUES ({marks})", columns)  # noqa: S608 - names of KEYS


def _as_kept(name: str, value: Any) -> Any:
    if name == "token_hash":
        return bytes.fromhex(value)
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value


def forget(db: sqlite3.Connection, scopes: Iterable[str], people: Iterable[int]) -> None:
    """Deletes what people have chosen, and how they were called."""
    db.executemany("DELETE FROM changes WHERE name = 'preferences' AND key = ?", [(scope,) for scope in scopes])
    db.executemany(
        "DELETE FROM changes WHERE name = 'access_requests' AND (was ->> '$.person_id' = :person OR key IN"
        " (SELECT CAST(id AS TEXT) FROM access_requests WHERE person_id = :person))",
        [{"person": person} for person in people],
    )
