"""Recordings of a bot whose clock was set back: what came before is told by the order of commits, not by time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import anyio
import anyio.to_thread
import pytest

from engine.core.clock import Clock, from_micros
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.lines import AnyLine, Start
from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.house import rows
from tests.replaying import replays_as_recorded

pytestmark = pytest.mark.anyio


class WrongClock:
    """Goes as the world's time does, an offset apart."""

    def __init__(self, world: Clock) -> None:
        self._world = world
        self.offset = timedelta()

    def __call__(self) -> datetime:
        """See engine.core.clock."""
        return self._world() + self.offset


@pytest.fixture
async def clock(clock: Clock) -> WrongClock:
    """Everybody's clock; a test sets it back."""
    return WrongClock(clock)


async def lines_of(bot: BotUnderTest, **selection: Any) -> list[AnyLine]:
    """What is recorded of a running bot."""
    path, now = bot.settings.database_path, bot.clock()
    return await anyio.to_thread.run_sync(lambda: list(export(path, Selection(**selection), now)))


async def answered(someone: Someone, text: str, bot: BotUnderTest) -> None:
    """Says something, and waits for what comes of it."""
    await someone.says(text)
    await bot.next_message(someone)
    await quiet()
    await anyio.sleep(60)


async def a_day_with_a_wrong_clock(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI, clock: WrongClock
) -> None:
    """The clock is set back by two hours while an answer is on its way, after three hours of talking."""
    await bot.is_started_by(admin)
    for hour in range(3):
        await answered(alice, f"In hour {hour}", bot)
        await answered(admin, f"/limits person {boris.id} month {hour + 1}", bot)
        await anyio.sleep(3600)
    model.takes(seconds=30)
    await alice.says("What takes some time")
    await anyio.sleep(5)
    clock.offset = -timedelta(hours=2)
    await alice.says("What waits")
    await bot.next_message(alice)
    await bot.next_message(alice)
    await quiet()
    model.takes(seconds=1)
    for _ in range(3):
        await answered(boris, "Привет", bot)
        await answered(alice, "And now?", bot)
        await answered(admin, "/limits", bot)
        await answered(alice, "/stats", bot)


async def test_a_recording_begins_at_any_moment_of_a_clock_that_was_set_back(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI, clock: WrongClock
) -> None:
    await a_day_with_a_wrong_clock(alice, boris, admin, bot, model, clock)
    moments = [at for (at,) in await rows(bot, "SELECT at FROM steps ORDER BY id")]
    assert moments != sorted(moments)
    for at in moments:
        await replays_as_recorded(await lines_of(bot, since=from_micros(at)))
    for someone in (alice, boris, admin):
        for (at,) in await rows(bot, f"SELECT at FROM steps WHERE conversation = '{someone.id}'"):
            await replays_as_recorded(await lines_of(bot, chat=someone.id, since=from_micros(at)))


async def test_what_came_after_the_clock_was_set_back_is_later_than_all_before(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI, clock: WrongClock
) -> None:
    await a_day_with_a_wrong_clock(alice, boris, admin, bot, model, clock)
    ((at,),) = await rows(bot, "SELECT max(at) FROM steps")
    lines = await lines_of(bot, since=from_micros(at))
    begun = {line.conversation: line.rows for line in lines if isinstance(line, Start)}
    assert {str(alice.id), str(boris.id), str(admin.id), "desk"} == set(begun)
    assert "jobs" not in begun[str(alice.id)]
    assert [row["question"] for row in begun[str(alice.id)]["turns"]] == ["In hour 0", "In hour 1", "In hour 2"]
