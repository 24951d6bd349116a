"""The plain path: a text in, an answer out, the next question in the same thread."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from tests.chat import BotUnderTest, Ledger, Someone

pytestmark = pytest.mark.anyio


async def test_a_question_is_answered_and_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("Four.")
    await alice.says("What is two and two?")
    await bot.says("Four.")
    await bot.says_nothing_more()
    (line,) = await ledger.lines()
    assert line["status"] == "complete"
    assert line["person_id"] == alice.id
    assert line["response_id"] == model.bill[0].response_id
    assert line["cost_nanousd"] > 0
    assert bot.state(alice) == "idle"
