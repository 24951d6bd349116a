"""Groups and topics: answers only when addressed; the thread belongs to the chat and topic, never to the person."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["basic", "supergroup"])
async def test_in_a_group_the_answer_replaces_the_message_that_stood_for_it(
    kind: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person], kind=kind)
    model.says("Rome.")
    question = await alice.says("@gpttg_bot capital of Italy?", to=friends)
    message = await bot.says("", to=friends)
    await bot.is_writing("Rome.", to=friends)
    assert message.reply_to is question
    assert [button.text for button in message.buttons] == ["🔁 Again"]
    assert friends.typing is None
    await bot.says_nothing_more()
    assert model.requests[0].body["input"][-1]["content"] == "Alice: capital of Italy?"


async def test_what_is_not_meant_for_the_bot_is_not_answered(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person], bot_is_admin=True)
    await alice.says("Boris, are you there?", to=friends)
    await bot.says_nothing_more()
    assert model.requests == []


async def test_a_reply_to_the_bot_is_meant_for_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person])
    await alice.says("@gpttg_bot hello", to=friends)
    answer = await bot.says("", to=friends)
    model.says("Sure.")
    await alice.says("tell me more", reply_to=answer)
    await bot.is_writing("Sure.", to=friends)


async def test_members_of_a_group_share_its_thread_and_private_chats_do_not(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person])
    await alice.says("a secret", to=None)
    await bot.next_message(alice)
    await alice.says("@gpttg_bot one", to=friends)
    await boris.says("@gpttg_bot two", to=friends)
    await bot.is_writing("", to=friends)
    private, first, second = model.requests
    assert "previous_response_id" not in first.body
    assert second.body["previous_response_id"] == first.response_id != private.response_id


async def test_each_topic_has_its_own_thread_and_is_answered_in_its_place(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    forum = telegram.group("Forum", [alice.person], forum=True)
    news, music = forum.topic("News"), forum.topic("Music")
    model.answers(lambda request: f"about {request.text.split()[-1]}")
    await alice.says("@gpttg_bot ships", to=news)
    await alice.says("@gpttg_bot music", to=music)
    for topic, expected in ((news, "about ships"), (music, "about music")):
        message = await bot.next_message(topic)
        assert message.text == expected
        assert message.topic is topic
    assert all("previous_response_id" not in request.body for request in model.requests)


async def test_the_stop_button_works_in_a_topic(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    forum = telegram.group("Forum", [alice.person], forum=True)
    news = forum.topic("News")
    model.says("word " * 200)
    model.takes(seconds=60)
    await alice.says("@gpttg_bot go", to=news)
    await bot.is_writing("word", to=forum)
    await alice.presses("⏹ Stop", to=news)
    await bot.is_writing("⏹ Stopped", to=forum)


async def test_hello_in_a_group_says_how_the_bot_is_spoken_to_there(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person])
    await alice.says("/start@gpttg_bot", to=friends)
    hello = await bot.says("Mention me, or reply to a message of mine.", to=friends)
    assert "Just write to me" not in hello.text


async def test_what_a_picture_shall_show_is_told_in_a_group_by_a_reply(
    alice: Someone, boris: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person])
    command = await boris.says("/img@gpttg_bot", to=friends)
    asked = await bot.says("Что нарисовать? Ответьте на это сообщение описанием.", to=friends)
    assert asked.reply_to is command
    assert asked.reply_markup.selective, "the app of the one who has asked begins a reply, and nobody else's"
    await boris.says("кот в шляпе", reply_to=asked)
    await bot.says("В каком формате?", to=friends)


async def test_instructions_are_written_in_a_group_by_a_reply(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person], admins=[alice.person])
    await alice.says("/settings@gpttg_bot", to=friends)
    await bot.says("Instructions", to=friends)
    await alice.presses("Instructions", to=friends)
    await alice.presses("✍️ Write it", to=friends)
    asked = await bot.says("Reply to this message with your instructions.", to=friends)
    await alice.says("x" * 4_001, reply_to=asked)
    again = await bot.says("in reply to this message", to=friends)
    await alice.says("Talk like a pirate.", reply_to=again)
    await bot.says("Saved.", to=friends)


async def test_a_mention_that_says_nothing_is_no_question(
    boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [boris.person])
    await boris.says("@gpttg_bot", to=friends)
    listening = await bot.says("Я слушаю. Напишите вопрос после упоминания", to=friends)
    assert model.requests == []
    model.says("Рим.")
    await boris.says("Столица Италии?", reply_to=listening)
    await bot.is_writing("Рим.", to=friends)


async def test_a_mention_that_replies_to_somebody_asks_about_what_they_have_said(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person], bot_is_admin=True)
    said = await alice.says("The moon is made of cheese.", to=friends)
    model.says("It is not.")
    await boris.says("@gpttg_bot", reply_to=said)
    await bot.is_writing("It is not.", to=friends)
    assert "made of cheese" in str(model.requests[-1].body["input"])
