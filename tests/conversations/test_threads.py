"""Where a question stands: replies to older answers, edited questions, asking again, going on, quotes."""

from __future__ import annotations

from typing import Any

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from tests.conversations.test_gathering import words

pytestmark = pytest.mark.anyio


def created(model: LocalOpenAI) -> list[Any]:
    """The requests for answers, in order."""
    return [request for request in model.requests if request.operation == "create"]


async def test_a_reply_to_an_older_answer_goes_on_from_there(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("One.", "Two.", "Three.")
    await alice.says("first")
    first = await bot.says("One.")
    await alice.says("second")
    await bot.says("Two.")
    await alice.says("and then?", reply_to=first)
    await bot.says("Three.")
    one, two, three = created(model)
    assert "previous_response_id" not in one.body
    assert three.body["previous_response_id"] == two.body["previous_response_id"]
    await alice.says("after that")
    await bot.next_message()
    assert created(model)[3].body["previous_response_id"] != two.body["previous_response_id"], "the branch goes on"


async def test_the_marked_part_of_a_message_is_part_of_the_turn(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("The capital is Paris, on the river Seine.", "A river.")
    await alice.says("capital of France?")
    answer = await bot.says("Paris")
    await alice.says("what is that?", reply_to=answer, quote="the river Seine")
    await bot.says("A river.")
    assert words(model) == "[In reply to:]\n> the river Seine\n\nwhat is that?"


async def test_an_edited_question_is_asked_again_and_its_answer_edited(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Berlin.", "Paris.")
    question = await alice.says("capital of Germany?")
    answer = await bot.says("Berlin.")
    await alice.edits(question, "capital of France?")
    await bot.says_nothing_more()
    assert answer.text == "Paris."
    assert words(model) == "capital of France?"
    _, second = created(model)
    assert "previous_response_id" not in second.body, "it stands where the old question stood"
    await alice.says("and its river?")
    await bot.next_message()
    assert created(model)[2].body["previous_response_id"] is not None


async def test_an_edit_of_the_question_that_is_being_answered_begins_anew(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("the old answer", "the new answer")
    model.takes(seconds=30)
    question = await alice.says("old")
    await bot.is_writing("the", to=alice)
    await alice.edits(question, "new")
    await bot.says("the new answer")
    await bot.says_nothing_more()
    assert words(model) == "new"


async def test_a_longer_answer_grows_new_messages_and_a_shorter_one_loses_some(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    long = "\n\n".join(f"**Paragraph {number}** " + "word " * 160 for number in range(45))
    model.answers(lambda seen: long if "long" in str(seen.body["input"][-1]["content"]) else "short")
    question = await alice.says("short please")
    answer = await bot.says("short")
    await alice.edits(question, "long please")
    await bot.next_message()
    assert "Paragraph 0" in answer.text
    await alice.edits(question, "short please, again")
    await bot.says_nothing_more()
    shown = [message.text for message in alice.chat.messages if message.out]
    assert shown == ["short"]


async def test_an_edit_that_changes_nothing_is_no_question(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    question = await alice.says("hello")
    await bot.next_message()
    await alice.edits(question, "hello")
    await bot.says_nothing_more()
    assert len(created(model)) == 1


async def test_a_strangers_edit_costs_nothing(
    stranger: Someone, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, stranger.person])
    said = await stranger.says("@gpttg_bot hello", to=friends)
    await bot.says("I may only talk", to=friends)
    await stranger.edits(said, "@gpttg_bot hello again")
    await bot.says_nothing_more()
    assert model.requests == []


@pytest.mark.parametrize("how", ["command", "button"])
async def test_retry_asks_the_same_question_from_the_same_place(
    how: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("A.", "B.", "C.")
    await alice.says("before")
    await bot.says("A.")
    await alice.says("again?")
    await bot.says("B.")
    if how == "command":
        await alice.says("/retry")
    else:
        await alice.presses("🔁 Again")
    await bot.says("C.")
    _, second, third = created(model)
    assert third.body["previous_response_id"] == second.body["previous_response_id"]
    assert words(model) == "again?"


async def test_retry_without_a_question_says_so(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("/retry")
    await bot.says("nothing here to ask again")
    assert model.requests == []


async def test_a_failed_question_is_told_once_when_it_is_asked_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.fails(500, times=10)
    await alice.says("the question")
    await bot.says("can't be reached")
    model.says("the answer")
    model.clear_faults() if hasattr(model, "clear_faults") else None
    await alice.presses("🔁 Again")
    await bot.says("the answer")
    users = [item["content"] for item in created(model)[-1].body["input"] if item["role"] == "user"]
    assert users == ["the question"]


async def test_a_cut_answer_can_be_continued(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("the first half, twice as long", "the second half")
    model.incomplete("max_output_tokens")
    await alice.says("tell me")
    message = await bot.says("the first half")
    assert [button.text for button in message.buttons] == ["▶️ Continue", "🔁 Again"]
    await alice.presses("▶️ Continue")
    await bot.says("the second half")
    assert words(model) == "Go on exactly where you stopped."


async def test_a_button_under_an_answer_of_an_old_conversation_says_that_it_is_gone(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("hello")
    await bot.next_message()
    await alice.says("/reset")
    await bot.says("A new conversation")
    press = await alice.presses("🔁 Again")
    assert press.answer == "There is nothing here to ask again."
    assert len(created(model)) == 1


async def test_a_lost_thread_is_rebuilt_along_its_branch(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("One.", "Two.", "Three.")
    await alice.says("first")
    first = await bot.says("One.")
    await alice.says("second")
    await bot.says("Two.")
    model.forgets()
    await alice.says("third", reply_to=first)
    await bot.says("Three.")
    told = [item["content"] for item in created(model)[-1].body["input"] if item["role"] != "developer"]
    assert told == ["first", "One.", "third"]
