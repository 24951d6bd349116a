"""The house's doors: closed, by request (test_desk_access), open to guests who share a budget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from tests.house import rows

pytestmark = pytest.mark.anyio

House = Callable[..., BotUnderTest]


@pytest.fixture
async def opened(telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, admin: Someone) -> House:
    """A bot with other settings."""
    return lambda **settings: BotUnderTest(
        telegram, model, clock, tmp_path / "gpttg.db", admins=[admin.id], members=[], **settings
    )


async def test_a_closed_house_offers_no_button(stranger: Someone, opened: House) -> None:
    async with opened(access="closed") as bot:
        await stranger.says("Hello?")
        message = await bot.says("whom my admins have let in", to=stranger)
        assert message.buttons == []


async def test_a_button_from_before_the_house_was_closed_asks_nobody(
    stranger: Someone, admin: Someone, opened: House
) -> None:
    async with opened(access="request") as bot:
        await bot.is_started_by(admin)
        await stranger.says("Hello?")
        await bot.says("whom my admins have let in", to=stranger)
    async with opened(access="closed") as bot:
        press = await stranger.presses("🙋 Ask for access")
        assert press.answer == "I may only talk to people whom my admins have let in."
        assert await rows(bot, "SELECT * FROM access_requests") == []


async def test_in_an_open_house_everybody_is_a_guest(
    stranger: Someone, admin: Someone, opened: House, model: LocalOpenAI
) -> None:
    async with opened(access="open", guest_budget_usd=3) as bot:
        model.says("Come in.")
        await stranger.says("Hello?")
        await bot.says("Come in.", to=stranger)
        assert await rows(bot, "SELECT scope, period, limit_nanousd FROM budgets") == [
            ("role:guest", "month", 3_000_000_000)
        ]


async def test_what_an_admin_has_set_for_guests_outlives_the_next_start(admin: Someone, opened: House) -> None:
    async with opened(access="open", guest_budget_usd=3) as bot:
        await bot.is_started_by(admin)
        await admin.says("/limits role guest month 20")
        await bot.says("Set.", to=admin)
        await bot.stops()
        await bot.starts()
        assert await rows(bot, "SELECT limit_nanousd FROM budgets") == [(20_000_000_000,)]


async def test_a_guest_comes_with_an_invite_and_is_a_member(stranger: Someone, admin: Someone, opened: House) -> None:
    async with opened(access="open") as bot:
        await bot.is_started_by(admin)
        await admin.says("/invite")
        offer = await bot.next_message(admin)
        await admin.presses("🔗 Make the link", on=offer)
        await stranger.says("/start inv_" + offer.text.rpartition("inv_")[2])
        await bot.says("You are in", to=stranger)
        assert await rows(bot, "SELECT role FROM roles") == [("member",)]
