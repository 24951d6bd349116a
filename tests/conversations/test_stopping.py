"""Stop means stop: within a second, whichever way it is said; what was said is kept, what it cost is booked."""

from __future__ import annotations

import anyio
import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone, quiet
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio

STORY = "Once upon a time there was a bot that answered. " * 40


async def begin_story(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    """Alice has asked for a long story, and its beginning is on her screen."""
    model.says(STORY)
    model.takes(seconds=90)
    await alice.says("Tell me a long story")
    await bot.is_writing("Once upon a time", to=alice)


@pytest.mark.parametrize("how", ["/stop", "/cancel", "⏹ Stop", "draft"])
async def test_stop_means_stop(how: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger) -> None:
    await begin_story(alice, bot, model)
    asked_at = anyio.current_time()
    await (alice.stops_draft() if how == "draft" else alice.says(how))
    message = await bot.says("⏹ Stopped")
    assert anyio.current_time() - asked_at <= 1.5
    assert message.text.startswith("Once upon a time")
    assert "· ≈ $0.0" in message.text, "OpenAI did not say what it cost"
    await bot.says_nothing_more()
    (line,) = await ledger.lines()
    assert line["status"] in ("stopped", "estimated")
    assert line["response_id"] == model.bill[0].response_id
    assert 0 < line["output_tokens"] < 700
    assert model.bill[0].status == "interrupted"
    assert bot.state(alice) == "idle"


@pytest.mark.parametrize("trouble", ["fails", "never_answers"])
async def test_an_estimate_has_the_thread_in_it_when_openai_counts_nothing(
    trouble: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("A long answer. " * 2000)
    await alice.says("Tell me everything")
    await bot.says("A long answer.", to=alice)
    if trouble == "fails":
        model.fails(500, times=20, on="count")
    else:
        model.never_answers(on="count")
    await begin_story(alice, bot, model)
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    before, line = await ledger.lines()
    assert line["status"] == "estimated"
    assert before["output_tokens"] < line["input_tokens"]
    assert model.bill[1].usage.input_tokens == pytest.approx(line["input_tokens"], rel=0.1)


async def test_what_was_said_before_a_stop_is_known_to_the_next_question(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await begin_story(alice, bot, model)
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    await alice.says("Go on")
    await bot.next_message()
    told = [item["content"] for item in model.requests[-1].body["input"]]
    assert told[0] == "Tell me a long story"
    assert told[1].startswith("Once upon a time")
    assert told[-1] == "Go on"


async def test_a_second_stop_is_harmless(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await begin_story(alice, bot, model)
    await alice.says("/stop")
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    await bot.says("Nothing is running.")


async def test_stop_while_openai_has_not_answered_at_all(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.never_answers()
    await alice.says("Hello?")
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    model.says("Here.")
    await alice.says("Are you there?")
    await bot.says("Here.")


async def test_messages_that_waited_are_answered_after_a_stop(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await begin_story(alice, bot, model)
    model.says("Blue.")
    await alice.says("What colour is the sky?")
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    await bot.says("Blue.")


async def test_deleting_the_question_ends_its_answer_without_a_word(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says(STORY)
    model.takes(seconds=90)
    question = await alice.says("Tell me a long story")
    await bot.is_writing("Once upon a time", to=alice)
    await alice.deletes(question)
    await bot.says_nothing_more()
    assert model.bill[0].status == "interrupted"
    assert bot.state(alice) == "idle"
    assert len(await ledger.lines()) == 1


async def test_reset_while_the_model_answers_begins_afresh(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    await begin_story(alice, bot, model)
    await alice.says("and this waits")
    await alice.says("/reset")
    await bot.says("what still waited is dropped")
    model.says("Nice to meet you.")
    await alice.says("I am new here")
    await bot.says("Nice to meet you.")
    await bot.says_nothing_more()
    request = model.requests[-1].body
    assert "previous_response_id" not in request
    assert "story" not in str(request["input"])
    assert len(await ledger.lines()) == 2, "the abandoned answer is booked too"


async def test_the_stop_button_in_a_group(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person])
    model.says(STORY)
    model.takes(seconds=90)
    await alice.says("@gpttg_bot tell us a story", to=friends)
    await bot.is_writing("Once upon a time", to=friends)
    press = await alice.presses("⏹ Stop", to=friends)
    message = await bot.says("⏹ Stopped", to=friends)
    assert press.answer == "Stopping…"
    assert [button.text for button in message.buttons] == ["🔁 Again"]
    assert message.reply_to is not None
    assert message.reply_to.text == "@gpttg_bot tell us a story"


async def test_the_stop_button_of_an_answer_that_has_ended(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person])
    model.takes(seconds=30)
    await alice.says("@gpttg_bot hello", to=friends)
    standing = friends.last
    assert standing is not None
    button = standing.buttons[0]
    await anyio.sleep(31)
    press = telegram.world.press(alice.person, standing, button)
    await quiet()
    assert press.answer == "Nothing is running."


async def test_what_was_half_written_when_it_was_stopped_looks_finished(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("The sea is **very " + "deep " * 200 + "indeed**.")
    model.takes(seconds=60)
    await alice.says("Describe the sea")
    await bot.is_writing("deep", to=alice)
    await alice.says("/stop")
    message = await bot.says("⏹ Stopped")
    assert "*" not in message.text
    assert type(message.entities[0]).__name__ == "MessageEntityBold"
