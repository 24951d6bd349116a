"""Restart is not a special case: whatever was open goes on where it was."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio


async def test_messages_that_came_while_the_bot_was_down_are_answered(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("Hello")
    await bot.next_message()
    await bot.stops()
    model.answers(lambda request: f"to {request.text}")
    await alice.says("one")
    await alice.says("two")
    await boris.says("три")
    await bot.starts()
    await bot.says("to one", to=alice)
    await bot.says("to two", to=alice)
    await bot.says("to три", to=boris)
    await bot.says_nothing_more()


async def test_the_thread_goes_on_after_a_restart(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("My name is Alice")
    await bot.next_message()
    await bot.stops()
    await bot.starts()
    await alice.says("What is my name?")
    await bot.next_message()
    assert model.requests[1].body["previous_response_id"] == model.requests[0].response_id


async def test_a_job_that_was_cut_off_is_begun_again_and_both_calls_are_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("First try, which nobody will read to its end.", "Second try.")
    model.takes(seconds=60)
    await alice.says("Hello")
    await bot.is_writing("First", to=alice)
    await bot.stops()
    await bot.starts()
    await bot.says("Second try.")
    await bot.says_nothing_more()
    first, second = await ledger.lines()
    assert (first["status"], second["status"]) == ("estimated", "complete")
    assert {first["response_id"], second["response_id"]} == {call.response_id for call in model.bill}
    assert first["model"] == second["model"], "the dated id, though the first call never ended"


async def test_an_answer_that_openai_has_finished_meanwhile_is_fetched_not_bought_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.keeps_interrupted = True
    model.says("The one and only answer, to its very end.")
    model.takes(seconds=60)
    await alice.says("Hello")
    await bot.is_writing("The one", to=alice)
    await bot.stops()
    await bot.starts()
    await bot.says("The one and only answer, to its very end.")
    assert len([request for request in model.requests if request.operation == "create"]) == 1
    assert [line["status"] for line in await ledger.lines()] == ["complete"]


async def test_a_stop_before_a_kill_is_still_a_stop_after_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.never_answers(times=3)
    model.never_answers(times=3, on="count")
    await alice.says("Hello")
    alice.person.says("/stop")
    await bot.stops()
    await bot.starts()
    await bot.says("⏹ Stopped")


async def test_messages_that_waited_are_answered_in_order_after_a_restart(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.answers(lambda request: f"to {request.text}")
    model.takes(seconds=60, times=9)
    for text in ("one", "two", "three"):
        await alice.says(text)
    await bot.stops()
    await bot.starts()
    for text in ("one", "two", "three"):
        await bot.says(f"to {text}")
    await bot.says_nothing_more()


async def test_edits_and_deletions_made_while_the_bot_was_down_reach_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("word " * 100)
    model.takes(seconds=600, times=2)
    question = await alice.says("Hello")
    await bot.is_writing("word", to=alice)
    await bot.stops()
    await alice.edits(question, "Hello!")
    await alice.deletes(question)
    model.says("word " * 100)
    await bot.starts()
    await bot.says_nothing_more()
    assert bot.state(alice) == "idle"
