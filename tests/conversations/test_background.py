"""OPENAI_BACKGROUND: the answer goes on at OpenAI whatever happens here, and nothing is bought twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bot(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, alice: Someone, admin: Someone
) -> AsyncIterator[BotUnderTest]:
    """The bot with answers in the background."""
    house = BotUnderTest(
        telegram,
        model,
        clock,
        tmp_path / "gpttg.db",
        admins=[admin.id],
        members=[alice.id],
        openai_background=True,
    )
    async with house:
        yield house


async def test_an_answer_goes_on_through_a_restart_and_is_bought_once(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("The one and only answer, to its very end.")
    model.takes(seconds=60)
    await alice.says("Hello")
    await bot.is_writing("The one", to=alice)
    await bot.stops()
    await bot.starts()
    await bot.says("The one and only answer, to its very end.")
    await bot.says_nothing_more()
    assert [line["status"] for line in await ledger.lines()] == ["complete"]
    assert len(model.bill) == 1


async def test_a_cut_connection_does_not_cost_the_answer(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("All of it, to the end.")
    model.takes(seconds=20)
    model.cuts(after_events=6)
    await alice.says("Hello")
    await bot.says("All of it, to the end.")
    assert [line["status"] for line in await ledger.lines()] == ["complete"]


async def test_a_stop_ends_the_answer_at_openai_too(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("word " * 200)
    model.takes(seconds=60)
    await alice.says("Hello")
    await bot.is_writing("word", to=alice)
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    assert model.bill[0].status == "cancelled"
    (line,) = await ledger.lines()
    assert line["response_id"] == model.bill[0].response_id


async def test_a_stop_while_an_earlier_answer_is_being_fetched(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("word " * 200)
    model.takes(seconds=600)
    await alice.says("Hello")
    await bot.is_writing("word", to=alice)
    await bot.stops()
    await bot.starts()
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    assert len(await ledger.lines()) == 1
    assert len(model.bill) == 1


async def test_after_a_restart_the_answer_goes_on_growing_on_the_screen(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("one two three four five six seven eight nine ten")
    model.takes(seconds=60)
    await alice.says("Count")
    await bot.is_writing("one two", to=alice)
    await bot.stops()
    await bot.starts()
    await bot.is_writing("seven", to=alice)
    assert alice.chat.draft is not None
    assert alice.chat.draft.text.startswith("one two"), "what was shown before the kill is there again"
    await bot.says("ten")
