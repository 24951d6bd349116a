"""Telegram in trouble: flood waits, lost answers, lost and repeated updates, cut connections."""

from __future__ import annotations

import anyio
import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.telegram.client import CONNECT_S
from engine.testing.chat import BotUnderTest, Someone, quiet

pytestmark = pytest.mark.anyio


async def test_a_flood_wait_is_honoured_exactly_and_holds_up_no_other_chat(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.answers(lambda request: "Here.")
    telegram.faults.flood_wait(40, request="sendMessage", chat=alice.id)
    began = anyio.current_time()
    await alice.says("Hello")
    await boris.says("Привет")
    await bot.says("Here.", to=boris)
    assert anyio.current_time() - began < 5
    await bot.says("Here.", to=alice)
    assert 40 <= anyio.current_time() - began < 45


async def test_an_answer_that_telegram_executed_but_never_confirmed_is_not_sent_twice(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("Once.")
    telegram.faults.lose_answer("sendMessage")
    await alice.says("Hello")
    await bot.says("Once.")
    await bot.says_nothing_more()


async def test_a_repeated_random_id_counts_as_delivered(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("Once.")
    telegram.faults.lose_answer("sendMessage")
    telegram.faults.random_id_duplicate()
    await alice.says("Hello")
    await bot.says("Once.")
    model.says("Twice.")
    await alice.says("Again")
    await bot.says("Twice.")


async def test_server_errors_are_tried_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("Here.")
    telegram.faults.server_error(times=3, request="sendMessage")
    await alice.says("Hello")
    await bot.says("Here.")
    await bot.says_nothing_more()


async def test_lost_repeated_and_swapped_updates_are_each_handled_once_and_in_order(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.answers(lambda request: f"to {request.text.split()[-1]}")
    telegram.faults.lose_updates(1)
    await alice.says("message 1")
    telegram.faults.duplicate_updates(1)
    await alice.says("message 2")
    telegram.faults.swap_updates()
    alice.person.says("message 3")
    alice.person.says("message 4")
    for number in range(1, 5):
        await bot.says(f"to {number}")
    await bot.says_nothing_more()


async def test_what_came_while_the_connection_was_down_is_asked_for(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("Still here.")
    telegram.faults.refuse_connections(seconds=600)
    telegram.faults.drop_connections()
    await alice.says("Are you there?")
    began = anyio.current_time()
    await bot.says("Still here.")
    assert anyio.current_time() - began > 590


async def test_a_person_who_blocked_the_bot_does_not_disturb_others(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("For Alice")
    model.takes(seconds=20)
    await alice.says("Hello")
    alice.person.blocks_bot()
    await anyio.sleep(60)
    await quiet()
    model.says("Для Бориса")
    await boris.says("Привет")
    await bot.says("Для Бориса")


async def test_formatting_that_telegram_refuses_arrives_plain(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("**Bold** words")
    telegram.faults.refuse("ENTITY_BOUNDS_INVALID", request="sendMessage")
    await alice.says("Hello")
    message = await bot.says("Bold words")
    assert message.entities == []


async def test_previews_that_telegram_refuses_do_not_harm_the_answer(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.says("The whole answer, in the end.")
    model.takes(seconds=60)
    telegram.faults.flood_wait(300, request="setTyping", times=50)
    await alice.says("Hello")
    began = anyio.current_time()
    await bot.says("The whole answer, in the end.")
    assert anyio.current_time() - began < 70


async def test_internal_issues_of_telegram_while_a_connection_is_made_only_cost_time(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.answers(lambda request: f"to {request.text}")
    telegram.faults.server_error(times=3)
    telegram.faults.drop_connections()
    await bot.waits(hours=0.1)
    await alice.says("one")
    await bot.says("to one")
    await bot.stops()
    telegram.faults.server_error(times=3)
    await alice.says("two")
    await bot.starts()
    await bot.says("to two")
    await bot.says_nothing_more()


async def test_a_telegram_that_takes_a_connection_and_keeps_silent_is_left_for_a_new_one(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.answers(lambda request: f"to {request.text}")
    await bot.stops()
    telegram.faults.slow("getConfig", 86_400.0, times=1)
    await alice.says("one")
    began = anyio.current_time()
    await bot.starts()
    await bot.says("to one")
    assert CONNECT_S <= anyio.current_time() - began < 2 * CONNECT_S
