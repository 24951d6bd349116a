"""OpenAI in trouble: each kind has its own handling, its own sentence, and an honest ledger."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio

LONG = "word " * 300


async def test_a_rate_limit_is_waited_out(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.fails(429, code="rate_limit_exceeded", retry_after_s=7, times=2)
    model.says("Here.")
    began = anyio.current_time()
    await alice.says("Hello")
    await bot.says("Here.")
    assert 14 <= anyio.current_time() - began < 20
    assert len(model.bill) == 1


async def test_a_rate_limit_that_lasts_too_long_is_told_with_its_time(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.fails(429, code="rate_limit_exceeded", retry_after_s=90)
    await alice.says("Hello")
    await bot.says("try again in 90 seconds")
    assert await ledger.lines() == []


async def test_an_empty_account_is_no_rate_limit_and_the_admin_hears_of_it_once(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await admin.says("/start")
    await bot.says("Hello, Ada!")
    model.fails(429, code="insufficient_quota", times=2)
    await alice.says("Hello")
    await bot.says("money is used up", to=alice)
    await boris.says("Привет")
    await bot.says("кончились деньги", to=boris)
    await bot.says("🚨 OpenAI: the quota is used up", to=admin)
    await bot.says_nothing_more()
    assert len(model.requests) == 2, "no retries"


async def test_a_refused_key_is_told_to_the_admin(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await admin.says("/start")
    await bot.says("Hello, Ada!")
    model.fails(401, code="invalid_api_key")
    await alice.says("Hello")
    await bot.says("does not accept this bot's key", to=alice)
    await bot.says("🚨 OpenAI refuses the API key", to=admin)


async def test_an_overload_is_asked_again(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.fails(503, times=3)
    model.says("Here.")
    await alice.says("Hello")
    await bot.says("Here.")


async def test_a_server_error_in_openais_own_words_is_asked_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.fails(500, times=2)
    model.says("Here.")
    await alice.says("Hello")
    await bot.says("Here.")
    assert len(await ledger.lines()) == 1


async def test_silence_may_have_been_billed_so_it_is_not_asked_again(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    await admin.says("/start")
    await bot.says("Hello, Ada!")
    model.never_answers()
    await alice.says("Hello")
    await bot.says("OpenAI can't be reached", to=alice)
    await bot.says("OpenAI can't be reached (no connection).", to=admin)
    assert [request.operation for request in model.requests].count("create") == 1
    assert [line["status"] for line in await ledger.lines()] == ["estimated"]


@pytest.mark.parametrize("nested", [False, True])
async def test_an_error_event_in_the_stream_keeps_what_was_said(
    nested: bool, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says(LONG)
    model.stream_error("server_error", "it broke", nested=nested, after_events=20)
    await alice.says("Hello")
    message = await bot.says("OpenAI can't be reached")
    assert message.text.startswith("word")


async def test_a_failed_response_that_used_nothing_is_asked_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.response_fails("server_error", "it broke", after_events=1)
    model.answers(lambda request: "Here.")
    await alice.says("Hello")
    await bot.says("Here.")
    assert [line["status"] for line in await ledger.lines()] == ["complete"]


async def test_a_failed_response_that_used_something_is_booked_and_told(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.response_fails("server_error", "it broke", with_usage=True)
    await alice.says("Hello")
    await bot.says("OpenAI can't be reached")
    (line,) = await ledger.lines()
    assert line["status"] == "failed"
    assert line["response_id"] == model.bill[0].response_id
    assert line["input_tokens"] == model.bill[0].usage.input_tokens


@pytest.mark.parametrize("how", ["cuts", "ends_early", "stalls"])
async def test_a_broken_stream_keeps_what_was_said_and_books_an_estimate(
    how: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says(LONG)
    getattr(model, how)(after_events=50)
    await alice.says("Hello")
    message = await bot.says("broke off in the middle")
    assert message.text.startswith("word")
    (line,) = await ledger.lines()
    assert line["status"] == "estimated"
    assert line["response_id"] == model.bill[0].response_id
    assert line["input_tokens"] == model.bill[0].usage.input_tokens


async def test_a_broken_stream_whose_answer_openai_has_kept_is_fetched_whole(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.keeps_interrupted = True
    model.says("All of it, to the end.")
    model.cuts(after_events=6)
    await alice.says("Hello")
    await bot.says("All of it, to the end.")
    (line,) = await ledger.lines()
    assert line["status"] == "complete"


async def test_a_lost_thread_is_rebuilt_from_what_was_kept_here(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("Nice to meet you, Alice.")
    await alice.says("My name is Alice")
    await bot.says("Nice to meet you")
    model.forgets()
    model.says("Alice.")
    await alice.says("What is my name?")
    message = await bot.says("Alice.")
    assert "OpenAI had forgotten our conversation" in message.text
    body = model.requests[-1].body
    assert "previous_response_id" not in body
    assert [item["content"] for item in body["input"] if item["role"] != "developer"] == [
        "My name is Alice",
        "Nice to meet you, Alice.",
        "What is my name?",
    ]
    assert len(await ledger.lines()) == 2
    model.says("Yes.")
    await alice.says("Do you know me now?")
    message = await bot.says("Yes.")
    assert "forgotten" not in message.text


async def test_a_thread_that_was_rebuilt_for_nothing_is_not_asked_for_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.says("Nice to meet you, Alice.")
    await alice.says("My name is Alice")
    await bot.says("Nice to meet you")
    model.forgets()
    model.says_nothing()
    await alice.says("What is my name?")
    await bot.says("OpenAI had forgotten our conversation")
    model.says("Alice.")
    await alice.says("Well?")
    message = await bot.says("Alice.")
    assert "forgotten" not in message.text, "that was said already"
    assert [seen.outcome for seen in model.requests] == ["answered", "refused", "answered", "answered"]
    body = model.requests[-1].body
    assert "previous_response_id" not in body
    assert [item["content"] for item in body["input"] if item["role"] != "developer"] == [
        "My name is Alice",
        "Nice to meet you, Alice.",
        "What is my name?",
        "Well?",
    ]
    model.says("You are welcome.")
    await alice.says("Thank you")
    await bot.says("You are welcome.")
    assert model.requests[-1].body["previous_response_id"]
    assert len(await ledger.lines()) == 4


async def test_a_thread_that_was_rebuilt_for_an_answer_that_was_stopped_is_not_asked_for_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("My name is Alice")
    await bot.next_message()
    model.forgets()
    model.takes(seconds=60)
    await alice.says("What is my name?")
    await anyio.sleep(10)
    await alice.says("/stop")
    await bot.says("Stopped")
    model.says("Alice.")
    await alice.says("Well?")
    await bot.says("Alice.")
    asked = [seen for seen in model.requests if seen.operation == "create"]
    assert [seen.outcome for seen in asked] == ["answered", "refused", "interrupted", "answered"]
    told = [item["content"] for item in model.requests[-1].body["input"] if item["role"] == "user"]
    assert told == ["My name is Alice", "What is my name?", "Well?"]


async def test_a_thread_that_no_longer_fits_is_rebuilt_shorter(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("Hello")
    await bot.next_message()
    model.fails(400, code="context_length_exceeded")
    model.says("Here.")
    await alice.says("Go on")
    await bot.says("Here.")


async def test_a_question_that_openai_refuses_gets_a_sentence(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.fails(400, code="invalid_prompt", message="flagged")
    await alice.says("Something bad")
    await bot.says("OpenAI refuses to answer this")


async def test_a_model_without_a_price_is_booked_without_one_and_the_admin_is_told(
    alice: Someone, admin: Someone, telegram: LocalTelegram, clock: Clock, tmp_path: Path
) -> None:
    model = LocalOpenAI(now=clock, models=["gpt-9-unheard-of"])
    bot = BotUnderTest(
        telegram,
        model,
        clock,
        tmp_path / "other.db",
        admins=[admin.id],
        members=[alice.id],
        openai_model="gpt-9-unheard-of",
    )
    model.says("Here.")
    async with bot:
        await admin.says("/start")
        await bot.says("Hello, Ada!")
        await alice.says("Hello")
        await bot.says("Here.", to=alice)
        await bot.says("Nobody knows what the model gpt-9-unheard-of", to=admin)
        (line,) = await Ledger(bot).lines()
        assert line["cost_nanousd"] is None
        assert line["output_tokens"] > 0


async def test_the_next_message_is_answered_whatever_happened_before(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.fails(400, code="something_new")
    await alice.says("Hello")
    await bot.says("does not accept this request")
    model.says("Fine.")
    await alice.says("And now?")
    await bot.says("Fine.")
    told = [item["content"] for item in model.requests[-1].body["input"] if item["role"] == "user"]
    assert told == ["Hello", "And now?"]
