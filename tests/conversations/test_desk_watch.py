"""The watch: what the admins hear of without having asked, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from tests.house import has_spent, rows

pytestmark = [pytest.mark.anyio, pytest.mark.not_recorded("what tests write into the ledger (has_spent)")]


@pytest.fixture
def chosen() -> dict[str, Any]:
    """Further settings of `watched`."""
    return {"alert_usd_day": (1.0, 1.5), "alert_usd_month": (50.0,)}


@pytest.fixture
async def watched(
    telegram: LocalTelegram,
    model: LocalOpenAI,
    clock: Clock,
    tmp_path: Path,
    alice: Someone,
    admin: Someone,
    chosen: dict[str, Any],
) -> AsyncIterator[BotUnderTest]:
    """A bot with one admin, and with thresholds."""
    house = BotUnderTest(telegram, model, clock, tmp_path / "gpttg.db", admins=[admin.id], members=[alice.id], **chosen)
    async with house:
        await house.is_started_by(admin, alice)
        yield house


async def test_where_nothing_happens_nothing_is_told(watched: BotUnderTest) -> None:
    await watched.waits(hours=49)
    await watched.says_nothing_more()


async def test_a_small_bot_stays_quiet(alice: Someone, house: BotUnderTest) -> None:
    await has_spent(house, alice, 0.01)
    await house.waits(hours=24)
    await has_spent(house, alice, 1.9)
    await house.waits(hours=2)
    await house.says_nothing_more()


async def test_an_hour_that_costs_much_more_than_usual_is_told_once(
    alice: Someone, boris: Someone, admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    for _ in range(3):
        await has_spent(house, alice, 1.5)
        await house.waits(hours=24)
    for someone in (alice, boris, admin, bella):
        await has_spent(house, someone, 1.6)
    await house.waits(hours=1)
    await house.says("Money is being spent fast: $6.40 in the last hour, $1.50 in a usual one.", to=admin)
    await house.says("Деньги тратятся быстро: $6.40 за последний час, обычно $1.50.", to=bella)
    await house.waits(hours=3)
    await house.says_nothing_more()


async def test_an_hour_that_is_dear_as_always_is_not_told(
    alice: Someone, boris: Someone, admin: Someone, house: BotUnderTest
) -> None:
    people = (alice, boris, admin)
    for _ in range(2):
        for someone in people:
            await has_spent(house, someone, 1.9)
        await house.waits(hours=24)
    told = [m.text for chat in house.telegram.chats for m in chat.messages if "spent fast" in m.text]
    assert len(told) == 1  # the first hour of all, since nothing was usual


async def test_a_persons_jump_is_told_once_with_a_button_that_pauses_them(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    await has_spent(house, alice, 0.4)
    await house.waits(hours=24)
    await house.is_started_by(alice)
    await has_spent(house, alice, 2.5)
    await house.waits(hours=1)
    card = await house.says("Alice has spent $2.50 today, $0.40 on a usual day.", to=admin)
    await house.says("Alice: сегодня потрачено $2.50, обычно $0.40 в день.", to=bella)
    press = await admin.presses("⏸ Pause this person", on=card)
    assert press.answer == "⏸ Alice is paused: no answers."
    await house.waits(hours=3)
    await house.says_nothing_more()


async def test_a_figure_of_the_settings_is_told_once_the_higher_one_later(
    alice: Someone, admin: Someone, watched: BotUnderTest
) -> None:
    await has_spent(watched, alice, 1.1)
    await watched.waits(hours=2)
    await watched.says("Today has cost $1.10 so far: more than $1 (ALERT_USD_DAY).", to=admin)
    await watched.stops()
    await watched.starts()
    await watched.waits(hours=2)
    await watched.says_nothing_more()
    await has_spent(watched, alice, 0.5)
    await watched.waits(hours=2)
    card = await watched.says("Today has cost $1.60 so far: more than $1.5 (ALERT_USD_DAY).", to=admin)
    await admin.presses("Details", on=card)
    await watched.says("Nothing is stopped by this", to=admin)


async def test_a_month_has_its_own_figure(alice: Someone, admin: Someone, watched: BotUnderTest) -> None:
    for _ in range(29):
        await has_spent(watched, alice, 1.9)
    await watched.waits(hours=1)
    texts = [(await watched.next_message(admin)).text for _ in range(4)]
    assert "💵 This month has cost $55.10 so far: more than $50 (ALERT_USD_MONTH)." in texts


async def test_a_disk_that_is_nearly_full_is_told_once_a_day(admin: Someone, watched: BotUnderTest) -> None:
    watched.disk_free_bytes = 1_500_000_000
    await watched.waits(hours=3)
    await watched.says("The disk is nearly full: 1.4 GB are left where DATABASE_PATH lies.", to=admin)
    await watched.says("MEDIA_PATH lies.", to=admin)
    await watched.says_nothing_more()
    await watched.waits(hours=24)
    await watched.says("The disk is nearly full", to=admin)


async def test_a_large_database_is_told_once(
    admin: Someone, watched: BotUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.desk.watching.DATABASE_LARGE_BYTES", 4096)
    await watched.waits(hours=1)
    await watched.says("The database has grown to 0.0 GB.", to=admin)
    await watched.waits(hours=3)
    await watched.says_nothing_more()


async def test_totals_that_are_not_what_the_ledger_says_are_told_and_put_right(
    alice: Someone, admin: Someone, watched: BotUnderTest
) -> None:
    assert watched.running is not None
    await has_spent(watched, alice, 0.5)
    await watched.running.database.write(
        lambda db: db.execute("UPDATE spent SET cost_nanousd = 7 WHERE scope = 'bot' AND period <> 'once'")
    )
    await watched.waits(hours=1)
    await watched.says("Running totals did not agree with the ledger: 2. They are counted again.", to=admin)
    await watched.waits(hours=25)
    await watched.says_nothing_more()
    totals = await rows(watched, "SELECT DISTINCT cost_nanousd FROM spent")
    assert totals == [(500_000_000,)]


@pytest.mark.parametrize("chosen", [{"openai_model": "gpt-5-mini", "openai_models": ("gpt-5.1",)}])
async def test_a_model_in_use_that_ends_soon_is_told_once_and_again_a_week_before(
    admin: Someone, watched: BotUnderTest
) -> None:
    await watched.waits(hours=1)
    await watched.says("The model gpt-5-mini ends on 11 December 2026.", to=admin)
    await watched.waits(hours=8 * 24)
    await watched.says_nothing_more()
    await watched.waits(hours=3 * 24)
    await watched.says("The model gpt-5-mini ends on 11 December 2026.", to=admin)
    await watched.says_nothing_more()


async def test_an_outage_and_its_end_are_told_once(
    alice: Someone, admin: Someone, watched: BotUnderTest, model: LocalOpenAI
) -> None:
    model.outage(seconds=3600)
    await alice.says("Hello?")
    await watched.says("", to=alice)
    await watched.says("OpenAI can't be reached (", to=admin)
    await alice.says("And now?")
    await watched.says("", to=alice)
    await watched.waits(hours=0.5)
    await watched.says_nothing_more()
    await watched.stops()
    await watched.starts()
    over = await watched.says("OpenAI can be reached again, after about ", to=admin)
    assert 55 <= int(over.text.rpartition("about ")[2].split()[0]) <= 65
    await watched.says_nothing_more()
    await alice.says("Hello!")
    await watched.next_message(alice)


async def test_a_long_flood_wait_is_told(
    alice: Someone, admin: Someone, watched: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.flood_wait(59, request="sendMessage", chat=alice.chat)
    await alice.says("/help")
    await watched.next_message(alice)
    await watched.waits(hours=1)
    await watched.says_nothing_more()
    telegram.faults.flood_wait(90, request="sendMessage", chat=alice.chat)
    await alice.says("/help")
    await watched.next_message(alice)
    await watched.waits(hours=1)
    await watched.says("Telegram has made the bot wait: 90 s", to=admin)
    await watched.waits(hours=3)
    await watched.says_nothing_more()
