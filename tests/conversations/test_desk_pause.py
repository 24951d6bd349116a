"""The desk: pausing the whole bot, and letting it go on."""

from __future__ import annotations

import pytest

from actors.desk.events import DESK, DeskCommanded
from engine.core.clock import Clock
from engine.core.events import Person
from engine.sandbox.openai import LocalOpenAI
from engine.store.inbox import Arrival
from engine.testing.chat import BotUnderTest, Someone
from tests.house import arrives, rows

pytestmark = pytest.mark.anyio


async def test_while_it_is_paused_people_get_one_sentence_and_admins_go_on(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await admin.says("/pause")
    await bot.says("Ada has paused the bot", to=admin)
    await alice.says("Hello?")
    await bot.says("an admin has paused me", to=alice)
    assert model.requests == []
    model.says("For you, always.")
    await admin.says("And for me?")
    await bot.says("For you, always.", to=admin)
    await admin.says("/resume")
    await bot.says("Ada has let the bot go on", to=admin)
    model.says("Here again.")
    await alice.says("Hello?")
    await bot.says("Here again.", to=alice)


async def test_what_costs_nothing_goes_on_while_it_is_paused(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/pause")
    await alice.says("/help")
    await bot.says("Write to me as you would", to=alice)


async def test_pausing_twice_is_said_to_be_so(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/resume")
    await bot.says("is not paused", to=admin)
    await admin.says("/pause")
    await bot.says("has paused", to=admin)
    await admin.says("/pause")
    await bot.says("paused already", to=admin)


async def test_the_pause_outlives_the_process(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/pause")
    await bot.says("has paused", to=admin)
    await bot.stops()
    await bot.starts()
    await alice.says("Hello?")
    await bot.says("an admin has paused me", to=alice)
    await admin.says("/pause")
    await bot.says("paused already", to=admin)


@pytest.mark.parametrize("command", ["/pause", "/resume", "/audit", "/users", "/limits", "/invite"])
async def test_commands_of_admins_look_unknown_to_others(command: str, alice: Someone, bot: BotUnderTest) -> None:
    await alice.says(command)
    await bot.says("I don't know this command", to=alice)


async def test_who_is_no_admin_when_the_desk_reads_it_changes_nothing(
    alice: Someone, bot: BotUnderTest, clock: Clock
) -> None:
    await bot.is_started_by(alice)
    told = DeskCommanded(at=clock(), person=Person(alice.id), conversation=str(alice.id), command="pause")
    await arrives(bot, Arrival("late", DESK, told))
    await bot.says("I don't know this command", to=alice)
    assert bot.states[DESK] == "on_duty"
    assert await rows(bot, "SELECT * FROM audit") == []
