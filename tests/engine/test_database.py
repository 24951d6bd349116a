"""The database: group commits, savepoints, migrations, and what refuses to open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from engine.core.errors import ConfigurationError, NewerDatabaseError
from engine.store import database as module
from engine.store.database import VERSION, migrate, open_database

pytestmark = pytest.mark.anyio


def put(name: str) -> Callable[[sqlite3.Connection], int]:
    return lambda db: db.execute("INSERT INTO installation VALUES (?, x'00')", (name,)).rowcount


async def test_units_given_together_share_commits(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database, anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(database.write, put(f"n{number}"))
    assert database.commits < 20


async def test_a_unit_that_raises_is_undone_alone(tmp_path: Path) -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO installation VALUES ('half', x'00')")
        raise ValueError("half way")

    async with open_database(tmp_path / "a.db") as database:
        outcomes: list[object] = []

        async def give(unit: Callable[[sqlite3.Connection], object]) -> None:
            try:
                outcomes.append(await database.write(unit))
            except ValueError as error:
                outcomes.append(str(error))

        async with anyio.create_task_group() as tasks:
            for unit in (put("before"), half, put("after")):
                tasks.start_soon(give, unit)
        names = await database.read(lambda db: [row[0] for row in db.execute("SELECT name FROM installation")])
    assert outcomes == [1, "half way", 1]
    assert set(names) == {"secret", "before", "after"}


async def test_units_that_nobody_waits_for_are_committed_before_the_end(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        database.write_later(put("late"))
    async with open_database(tmp_path / "a.db") as database:
        assert await database.read(lambda db: db.execute("SELECT count(*) FROM installation").fetchone()[0]) == 2


async def test_whoever_is_cancelled_can_still_write_down_what_must_not_be_lost(tmp_path: Path) -> None:
    async def works() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await database.write(put("paid"))

    async with (
        anyio.create_task_group() as outer,
        open_database(tmp_path / "a.db") as database,
        anyio.create_task_group() as inner,
    ):
        inner.start_soon(works)
        await anyio.sleep(0.05)
        outer.cancel_scope.cancel()
    async with open_database(tmp_path / "a.db") as database:
        kept = await database.read(lambda db: db.execute("SELECT 1 FROM installation WHERE name = 'paid'").fetchall())
    assert kept == [(1,)]


async def test_a_database_of_a_newer_version_refuses_to_open(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        pass
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(NewerDatabaseError, match="newer version"):
        async with open_database(tmp_path / "a.db") as database:
            await database.read(lambda db: None)


@pytest.mark.parametrize("is_there", [True, False])
async def test_nobody_else_on_the_machine_can_read_it(is_there: bool, tmp_path: Path) -> None:
    path = anyio.Path(tmp_path / "gpttg.db")
    if is_there:
        await path.touch(mode=0o644)
    async with open_database(tmp_path / "gpttg.db", durable=False) as database:
        await database.write(lambda db: db.execute("UPDATE installation SET value = value"))
        modes = [(await file.stat()).st_mode & 0o777 async for file in path.parent.iterdir()]
        assert modes == [0o600] * 3


async def test_a_file_that_is_no_database_is_told_clearly(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is a letter to my aunt, not a database" * 100)
    with pytest.raises(ConfigurationError, match="DATABASE_PATH"):
        async with open_database(tmp_path / "a.db"):
            pass


async def test_a_path_that_does_not_exist_is_told_clearly(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_PATH"):
        async with open_database(tmp_path / "nowhere" / "a.db"):
            pass


async def test_an_old_database_is_brought_up_one_version_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "0002_colour.sql").write_text("ALTER TABLE cups ADD COLUMN colour TEXT NOT NULL DEFAULT 'white'")
    (tmp_path / "0003_saucers.sql").write_text("CREATE TABLE saucers (id INTEGER PRIMARY KEY)")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript("CREATE TABLE cups (id INTEGER PRIMARY KEY); INSERT INTO cups VALUES (7)")
    migrate(connection, 1, 3, tmp_path)
    assert connection.execute("SELECT * FROM cups").fetchall() == [(7, "white")]
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()


async def test_there_is_a_migration_for_every_version_but_the_first() -> None:
    found = sorted(path.name[:4] for path in module.MIGRATIONS.glob("*.sql"))
    assert found == [f"{version:04}" for version in range(2, VERSION + 1)]


async def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db") as database:
        settings = await database.write(
            lambda db: {
                name: db.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")
            }
        )
    assert settings == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000}
