"""The gate: nobody outside the allowlist spends a cent, whatever they do."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("text", ["Hello", "/start", "/stats", "/reset", "/stop", "/help"])
async def test_a_stranger_gets_one_sentence_and_nothing_else(
    text: str, stranger: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    await stranger.says(text)
    message = await bot.says("whom my admins have let in")
    assert [button.text for button in message.buttons] == ["🙋 Ask for access"]
    await bot.says_nothing_more()
    assert model.requests == []
    assert await ledger.lines() == []


async def test_a_stranger_in_a_group_spends_nothing_and_stops_nothing(
    alice: Someone, stranger: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, stranger.person])
    model.says("Hello, Alice.")
    model.takes(seconds=30)
    await alice.says("@gpttg_bot hi", to=friends)
    await stranger.says("@gpttg_bot me too", to=friends)
    press = await stranger.presses("⏹ Stop", to=friends)
    assert press.answer is not None
    assert "whom my admins have let in" in press.answer
    await bot.is_writing("Hello, Alice.", to=friends)
    assert len(model.requests) == 1


async def test_the_admin_may_use_the_bot(admin: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("Hello, admin.")
    await admin.says("Hi")
    await bot.says("Hello, admin.")
