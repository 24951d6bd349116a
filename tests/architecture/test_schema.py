"""schema.sql: it is the whole database of this version, and every table and status has its sentence."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.core.errors import ConfigurationError, NewerDatabaseError
from engine.core.ledger import LineStatus
from engine.store.database import MIGRATIONS, VERSION, open_database, schema

pytestmark = pytest.mark.anyio

TABLES = re.findall(r"^((?:--[^\n]*\n)*)CREATE TABLE (\w+) \((.*?)^\)", schema(), re.MULTILINE | re.DOTALL)


def statuses(body: str) -> list[str]:
    """The values that a table's `status` may have."""
    found = re.search(r"CHECK \(status IN \(([^)]*)\)\)", body)
    return re.findall(r"'(\w+)'", found[1]) if found else []


def test_there_are_tables() -> None:
    with sqlite3.connect(":memory:") as db:
        db.executescript(schema())
        made = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        assert {name for (name,) in made} == {name for _, name, _ in TABLES}
    db.close()


@pytest.mark.parametrize(("comment", "table", "body"), TABLES, ids=[name for _, name, _ in TABLES])
def test_every_table_and_every_status_has_its_sentence(comment: str, table: str, body: str) -> None:
    assert len(comment) > 40
    assert all(re.search(rf"\b{status}\b", comment) for status in statuses(body))


def test_every_table_is_strict() -> None:
    assert schema().count(") STRICT") == len(TABLES)


def test_a_ledger_line_may_have_the_statuses_that_the_code_knows() -> None:
    body = next(body for _, name, body in TABLES if name == "ledger")
    assert statuses(body) == [status.value for status in LineStatus]


async def test_a_new_database_has_this_version_and_is_safe_from_power_cuts(tmp_path: Path) -> None:
    def pragmas(db: sqlite3.Connection) -> dict[str, Any]:
        names = ("user_version", "journal_mode", "synchronous", "foreign_keys")
        return {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    async with open_database(tmp_path / "new.db") as database:
        found = await database.write(pragmas)
    full = 2
    assert found == {"user_version": VERSION, "journal_mode": "wal", "synchronous": full, "foreign_keys": 1}


async def test_a_database_that_is_opened_again_keeps_its_secret(tmp_path: Path) -> None:
    secrets = []
    for _ in range(2):
        async with open_database(tmp_path / "kept.db") as database:
            secrets.append(await database.read(lambda db: db.execute("SELECT value FROM installation").fetchall()))
    assert secrets[0] == secrets[1]
    assert len(secrets[0]) == 1


async def test_a_database_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    with pytest.raises(NewerDatabaseError, match="newer version of GPTTG"):
        async with open_database(path):
            pass


async def test_a_file_that_is_no_database_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Alice, " * 1000, "utf-8")
    with pytest.raises(ConfigurationError, match="DATABASE_PATH"):
        async with open_database(path):
            pass


def test_there_is_one_migration_for_each_version_after_the_first() -> None:
    found = [path.name for path in sorted(MIGRATIONS.glob("*.sql"))] if MIGRATIONS.is_dir() else []
    assert [name[:4] for name in found] == [f"{version:04}" for version in range(2, VERSION + 1)]
