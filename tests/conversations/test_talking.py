"""The plain path: a text in, an answer out, the next question in the same thread."""

from __future__ import annotations

import anyio
import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.house import rows

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
    assert line["input_tokens"] == model.bill[0].usage.input_tokens
    assert line["output_tokens"] == model.bill[0].usage.output_tokens
    assert line["model"].startswith("gpt-6.1-terra-20"), "the dated id that OpenAI answered with"
    assert line["cost_nanousd"] > 0
    assert line["price_source"].startswith("genai-prices")
    assert bot.state(alice) == "idle"


async def test_the_next_question_is_asked_in_the_same_thread(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("My name is Alice")
    await bot.next_message()
    await alice.says("What is my name?")
    await bot.next_message()
    first, second = model.requests
    assert first.body["instructions"] == second.body["instructions"] == bot.settings.system_prompt
    assert "previous_response_id" not in first.body
    assert second.body["previous_response_id"] == first.response_id


async def test_the_model_is_told_the_persons_local_time_and_a_hash_of_who_it_is(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("What time is it?")
    await bot.next_message()
    body = model.requests[0].body
    assert "Tuesday, 24 November 2026, 09:0" in body["input"][0]["content"]
    assert len(body["safety_identifier"]) == 32
    assert str(alice.id) not in str(body)


async def test_many_that_wait_are_not_looked_at_all_over_after_each_answer(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.answers(lambda request: f"to {request.text}")
    model.takes(seconds=300, times=60)
    for number in range(60):
        await alice.says(f"question {number}")
        await anyio.sleep(4)
    for number in range(60):
        await bot.says(f"to question {number}")
    ((steps,),) = await rows(bot, "SELECT count(*) FROM steps")
    assert steps <= 5 * 60
    assert len(model.bill) == 60


async def test_messages_that_come_while_the_model_answers_wait_and_are_answered_in_order(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.answers(lambda request: f"to {request.text.split()[-1]}")
    model.takes(seconds=30, times=5)
    for number in range(5):
        await alice.says(f"question {number}")
    for number in range(5):
        await bot.says(f"to {number}")
    chain = [request.body.get("previous_response_id") for request in model.requests]
    assert chain == [None, *(request.response_id for request in model.requests[:-1])]


async def test_the_answer_grows_in_a_draft_with_a_stop(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("One two three four five six seven eight nine ten.")
    model.takes(seconds=20)
    await alice.says("Count")
    await bot.is_writing("One two", to=alice)
    assert alice.chat.draft is not None
    assert alice.chat.draft.can_stop
    await bot.says("ten.")
    assert alice.chat.draft is None
    assert telegram.count("setTyping", alice.chat) > 5


async def test_thinking_is_shown_while_nothing_has_come_yet(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.takes(first_token_s=60)
    await alice.says("Think hard")
    await bot.is_writing("", to=alice)
    assert alice.chat.draft is not None
    await bot.next_message()


async def test_markdown_arrives_as_entities(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("**Bold** and `code`\n\n```python\nprint(1)\n```")
    await alice.says("Show me")
    message = await bot.says("Bold and code")
    assert [type(entity).__name__ for entity in message.entities] == [
        "MessageEntityBold",
        "MessageEntityCode",
        "MessageEntityPre",
    ]
    assert message.entities[2].language == "python"


async def test_a_long_answer_is_one_rich_message(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("\n".join(f"line {number} 🎉" for number in range(1000)))
    await alice.says("A long list")
    message = await bot.shows("line 999 🎉")
    assert all(f"line {number} " in message.rich_text for number in range(1000))
    await bot.says_nothing_more()


async def test_a_longer_one_comes_in_parts_that_lose_nothing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("\n".join(f"line {number} 🎉" for number in range(2_800)))
    await alice.says("A long list")
    seen = ""
    while "line 2799" not in seen:
        message = await bot.next_message()
        assert len(message.text.encode("utf-16-le")) // 2 <= 4096
        seen += message.text + "\n"
    assert all(f"line {number} " in seen for number in range(2_800))


async def test_an_answer_that_is_longer_still_comes_as_a_file(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    answer = "\n".join(f"line {number}" for number in range(10_000))
    model.says(answer)
    await alice.says("A list without end")
    await bot.says("line 0")
    await bot.next_message()
    await bot.says("The answer is too long for messages")
    file = await bot.sends("document")
    assert file.media is not None
    assert file.media.name == "answer.md"
    assert file.media.whole == answer.encode()


async def test_an_empty_answer_gets_a_sentence(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says_nothing()
    await alice.says("Say nothing")
    await bot.says("The model answered nothing")


@pytest.mark.parametrize(
    ("cut", "sentence"),
    [
        (False, "The model answered nothing. Press “Again” to ask the same once more."),
        (True, "The model used up the length of its answer on thinking and wrote nothing."),
    ],
)
async def test_a_conversation_goes_on_after_a_question_over_which_the_model_has_only_thought(
    cut: bool, sentence: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("Hello, Alice.")
    await alice.says("Hello")
    await bot.says("Hello, Alice.")
    model.says_nothing()
    if cut:
        model.incomplete("max_output_tokens")
    await alice.says("The hardest question")
    told = await bot.next_message()
    assert told.text.startswith(sentence)
    assert [button.text for button in told.buttons] == ["🔁 Again"]
    model.says("The easy answer")
    await alice.says("An easier one")
    await bot.says("The easy answer")
    assert "The hardest question" in str(model.requests[-1].body["input"])
    assert model.requests[-1].refused_as is None
    assert [line["status"] for line in await ledger.lines()] == ["complete"] * 3


async def test_a_thread_goes_on_behind_an_answer_of_which_nothing_can_be_shown(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("![](sandbox:/mnt/data/plot.png)")
    await alice.says("Draw a plot")
    await bot.says("The model answered nothing")
    await alice.says("And now?")
    await bot.next_message()
    assert model.requests[-1].body["previous_response_id"] == model.requests[-2].response_id


async def test_a_refusal_is_shown_in_the_models_words(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.refuses("I can't help with that.")
    await alice.says("Something bad")
    await bot.says("I can't help with that.")


async def test_an_answer_that_reached_its_limit_says_so(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("Once upon a time")
    model.incomplete("max_output_tokens")
    await alice.says("A long story")
    await bot.says("The answer reached its limit")
    assert [line["status"] for line in await ledger.lines()] == ["complete"]


async def test_events_that_nobody_knows_yet_do_no_harm(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.sends_unknown_events()
    model.says("Fine.")
    await alice.says("Hello")
    await bot.says("Fine.")
