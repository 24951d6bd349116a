"""What the flight recorder keeps, and for how long."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from engine.core.clock import Clock
from engine.runtime.pruning import Pruning
from engine.store.database import schema
from engine.store.media import Media
from engine.store.packing import packed, unpacked
from engine.store.recording import OLD
from engine.telegram.recorded import read_packet
from engine.testing.chat import BotUnderTest, Someone, quiet

pytestmark = pytest.mark.anyio


async def rows(bot: BotUnderTest, query: str) -> list[Any]:
    """What a query finds in the bot's database."""
    assert bot.running is not None
    return await bot.running.database.read(lambda db: db.execute(query).fetchall())


async def test_an_update_is_kept_as_it_came(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("Hello, bot")
    ((key, packet, cause),) = await rows(
        bot,
        "SELECT recorded_updates.key, packet, cause FROM recorded_updates"
        " JOIN inbox ON inbox.cause = 'update:' || recorded_updates.key",
    )
    packet = read_packet(unpacked(packet))
    assert [update.message.message for update in packet.updates] == ["Hello, bot"]
    assert [user.id for user in packet.users] == [alice.id]
    assert cause == f"update:{key}"


async def test_each_handled_event_leaves_its_step(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("Hello, bot")
    await bot.says("Hello")
    await quiet()
    steps = await rows(bot, "SELECT event_id, is_first, outcome, state FROM steps ORDER BY id")
    assert steps == [(1, 1, "done", "generating"), (2, 0, "done", "idle")]
    causes = await rows(bot, "SELECT cause FROM outbox ORDER BY id")
    assert all(cause.partition("/")[0] in ("1", "2") for (cause,) in causes)
    assert len(set(causes)) == len(causes)


async def test_a_result_says_which_job_it_came_from(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("Hello, bot")
    await bot.says("Hello")
    (result,) = await rows(bot, "SELECT key, cause FROM inbox WHERE cause LIKE 'job:%'")
    assert result[0] == result[1]


async def test_what_is_forgotten_is_forgotten_by_the_recorder(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("Hello, bot")
    await bot.says("Hello")
    await alice.says("/forget")
    await bot.says("")
    await alice.presses("🗑 Delete everything")
    await bot.says("")
    await quiet()
    kept = await rows(bot, "SELECT packet FROM recorded_updates UNION ALL SELECT memory FROM steps")
    assert not [content for (content,) in kept if b"Hello" in unpacked(bytes(content))]


async def counts(bot: BotUnderTest) -> dict[str, int]:
    """How many rows each table has."""
    tables = ("recorded_updates", "steps", "jobs", "inbox", "outbox", "ledger", "turns")
    return {table: (await rows(bot, f"SELECT count(*) FROM {table}"))[0][0] for table in tables}


async def test_what_is_old_is_dropped_but_what_may_be_replied_to(
    alice: Someone, bot: BotUnderTest, clock: Clock
) -> None:
    for text in ("One", "Two", "Three"):
        await alice.says(text)
        await bot.says(text)
    await quiet()
    before = await counts(bot)
    assert bot.running is not None
    pruning = Pruning(
        bot.running.database, Media(bot.settings.media_directory), 14, lambda: clock() + timedelta(days=15)
    )
    await pruning.sweep()
    after = await counts(bot)
    assert (after["recorded_updates"], after["jobs"], after["steps"]) == (0, 0, 1)
    assert after["inbox"] == 3
    assert after["outbox"] <= before["outbox"]
    assert (after["ledger"], after["turns"]) == (before["ledger"], before["turns"]) == (3, 3)


async def test_the_past_of_rows_goes_with_the_steps_of_its_time(
    alice: Someone, admin: Someone, bot: BotUnderTest, clock: Clock
) -> None:
    await bot.is_started_by(admin)
    await admin.says(f"/limits person {alice.id} month 5")
    await bot.says("Set.", to=admin)
    await quiet()
    assert bot.running is not None
    for days, left in ((13, 1), (15, 0)):
        at = clock() + timedelta(days=days)
        await _pruning(bot, lambda at=at: at).sweep()  # type: ignore[misc]
        assert await rows(bot, "SELECT count(*) FROM changes") == [(left,)]


async def test_what_is_young_stays(alice: Someone, bot: BotUnderTest, clock: Clock) -> None:
    await alice.says("One")
    await bot.says("One")
    before = await counts(bot)
    assert bot.running is not None
    await _pruning(bot, clock).sweep()
    assert await counts(bot) == before


async def test_what_is_open_is_never_dropped(alice: Someone, bot: BotUnderTest, model: Any, clock: Clock) -> None:
    model.takes(seconds=3000)
    await alice.says("One")
    assert bot.running is not None
    await Pruning(
        bot.running.database, Media(bot.settings.media_directory), 14, lambda: clock() + timedelta(days=15)
    ).sweep()
    found = await counts(bot)
    assert (found["jobs"], found["steps"]) == (1, 1)
    await bot.says("One")


def test_what_was_packed_comes_back() -> None:
    for plain in (b"", b"short", b"long " * 1000, b"\x28\xb5\x2f\xfd short and looking packed"):
        assert unpacked(packed(plain)) == plain


def test_long_things_are_kept_short() -> None:
    assert len(packed(b"the same words " * 1000)) < 200


def test_the_plan_for_old_rows_reads_no_whole_table() -> None:
    with sqlite3.connect(":memory:") as db:
        db.executescript(schema())
        for _, query in OLD.values():
            plan = db.execute(f"EXPLAIN QUERY PLAN {query}", {"before": 1, "since": 0}).fetchall()
            assert not [detail for *_, detail in plan if detail.startswith("SCAN")]
    db.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM inbox WHERE conversation = ? AND status = 'pending' ORDER BY id LIMIT 8",
        "UPDATE inbox SET status = 'pending' WHERE conversation = ? AND status = 'postponed'",
        "SELECT id FROM outbox WHERE chat_id = ? AND status = 'pending' ORDER BY id LIMIT 16",
        "SELECT event FROM inbox WHERE message_id = ? AND conversation = '1'",
    ],
)
def test_a_step_reads_no_whole_table(query: str) -> None:
    with sqlite3.connect(":memory:") as db:
        db.executescript(schema())
        plan = db.execute(f"EXPLAIN QUERY PLAN {query}", ("1",)).fetchall()
    db.close()
    assert not [detail for *_, detail in plan if detail.startswith("SCAN")]


async def test_old_files_that_were_made_here_go_and_those_on_their_way_stay(bot: BotUnderTest, clock: Clock) -> None:
    folder = bot.settings.media_directory
    for name in ("made/old.png", "incoming/old.part", "made/new.png"):
        (folder / name).write_bytes(b"content")
        if "old" in name:
            os.utime(folder / name, (0, 0))
    await _pruning(bot, clock).sweep()
    assert [path.name for path in sorted((folder / "made").iterdir())] == ["new.png"]
    assert (folder / "incoming/old.part").exists()


def _pruning(bot: BotUnderTest, clock: Clock) -> Pruning:
    assert bot.running is not None
    return Pruning(bot.running.database, Media(bot.settings.media_directory), 14, clock)
