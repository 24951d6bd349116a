"""Budgets in conversations: money is set aside before each paid call, and who has none left is told what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from engine.core.budget import BOT, Period, chat_scope, person_scope
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone, quiet
from engine.testing.ledger import Ledger
from tests.house import rows
from tests.made import sound

pytestmark = pytest.mark.anyio

Limit = Callable[..., Awaitable[None]]


@pytest.fixture
async def limits(bot: BotUnderTest, admin: Someone) -> Limit:
    """An admin sets a limit."""

    async def set_limit(scope: str, usd: float, period: Period = Period.MONTH) -> None:
        await admin.says(f"/limits {scope.replace(':', ' ')} {period} {usd:.9f}")
        await bot.says("Set.", to=admin)

    return set_limit


async def test_without_limits_nothing_is_counted_and_answers_have_no_bound(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("hello")
    await bot.next_message()
    assert [request.operation for request in model.requests] == ["create"]
    assert "max_output_tokens" not in model.requests[0].body


async def test_a_limit_holds_for_the_job_that_runs_when_it_is_set(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, limits: Limit
) -> None:
    model.fails(429, retry_after_s=60)
    await alice.says("hello")
    await quiet()
    await limits(person_scope(alice.id), 0.0001)
    await bot.says("Your budget for this month is used up", to=alice)
    assert await ledger.lines() == []
    assert await rows(bot, "SELECT count(*) FROM holds") == [(0,)]


async def test_a_call_that_began_without_limits_counts_when_one_is_set(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram, ledger: Ledger, limits: Limit
) -> None:
    friends = telegram.group("Friends", [alice.person])
    model.takes(seconds=300)
    await alice.says("hello")
    await quiet()
    await limits(person_scope(alice.id), 0.05)
    await alice.says("@gpttg_bot and here?", to=friends)
    await bot.is_writing("Your budget for this month is used up", to=friends)
    await bot.next_message(alice)
    assert len(await ledger.lines()) == 1
    assert await rows(bot, "SELECT count(*) FROM holds") == [(0,)]


async def test_a_roles_limit_is_told_by_the_roles_name(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, limits: Limit
) -> None:
    await limits("role:member", 0.0)
    await limits("role:admin", 0.0)
    await alice.says("hello")
    await bot.says("What I may spend on members this month is used up. Please ask for more, or wait.", to=alice)
    await boris.says("привет")
    await bot.says("То, что мне можно тратить на участников в этом месяце, израсходовано.", to=boris)
    await admin.says("hello")
    await bot.says("What I may spend on admins this month is used up.", to=admin)


async def test_an_answer_is_as_long_as_its_budget_allows(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, limits: Limit
) -> None:
    await limits(person_scope(alice.id), 0.05)
    await alice.says("hello")
    await bot.next_message(alice)
    count, create = model.requests
    assert (count.operation, create.operation) == ("count", "create")
    assert 256 <= create.body["max_output_tokens"] < 16_384
    assert await rows(bot, "SELECT count(*) FROM holds") == [(0,)]


@pytest.mark.parametrize(("usd", "calls"), [(10, 8), (2, 4), (0.05, 1), (0.015, None)])
async def test_tools_are_called_as_often_as_the_budget_allows(
    usd: float, calls: int | None, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, limits: Limit
) -> None:
    await limits(person_scope(alice.id), usd)
    model.takes(seconds=60)
    await alice.says("hello")
    await quiet()
    ((held,),) = await rows(bot, "SELECT amount_nanousd FROM holds")
    answer = await bot.next_message(alice)
    body = model.requests[-1].body
    assert body.get("max_tool_calls") == calls
    assert ("The budget left nothing for tools" in answer.text) == (calls is None)
    assert bool(body.get("tools")) == (calls is not None)
    searched = (calls or 0) * (10_000_000 + 8_000 * 1_000 * ((calls or 0) + 1) // 2)
    assert searched < held <= usd * 10**9


@pytest.mark.parametrize(("usd", "is_asked"), [(0.0013, False), (0.0015, True)])
async def test_nobody_pays_for_an_answer_that_would_break_off_at_once(
    usd: float, is_asked: bool, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, limits: Limit
) -> None:
    await limits(person_scope(alice.id), usd)
    await alice.says("hello")
    answer = await bot.next_message(alice)
    asked = [request.body["max_output_tokens"] for request in model.requests if request.operation == "create"]
    assert [tokens >= 256 for tokens in asked] == [True] * is_asked
    assert ("or what is left is too little" in answer.text) == (not is_asked), answer.text


async def test_the_second_try_may_use_what_the_first_one_held(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, limits: Limit
) -> None:
    await limits(person_scope(alice.id), 0.05)
    model.fails(429, retry_after_s=1)
    await alice.says("hello")
    await bot.next_message(alice)
    first, second = (request.body["max_output_tokens"] for request in model.requests if request.operation == "create")
    assert first == second


async def test_who_has_nothing_left_is_told_and_can_ask_for_more(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, limits: Limit
) -> None:
    await limits(person_scope(alice.id), 0.0001)
    await alice.says("hello")
    refusal = await bot.says("Your budget for this month is used up", to=alice)
    assert [button.text for button in refusal.buttons] == ["🙋 Ask for more", "🔁 Again"]
    assert "create" not in [request.operation for request in model.requests]
    assert await ledger.lines() == []
    await alice.presses("🙋 Ask for more")
    card = await bot.says("Alice", to=admin)
    assert [button.text for button in card.buttons][:2] == ["+$1", "+$5"]
    await admin.presses("+$1", on=card)
    await bot.says("higher now", to=alice)
    model.says("Hello at last.")
    await alice.presses("🔁 Again", on=refusal)
    await bot.says("Hello at last.", to=alice)


async def test_parallel_questions_cannot_overshoot(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram, ledger: Ledger, limits: Limit
) -> None:
    await limits(person_scope(alice.id), 0.12)
    model.takes(seconds=30, times=40)
    model.answers(lambda seen: "word " * 2_000)
    rooms = [telegram.group(f"Room {number}", [alice.person]) for number in range(12)]
    for room in rooms:
        alice.person.says("@gpttg_bot tell me all", to=room)
    await bot.waits(hours=0.5)
    spent = sum(line["cost_nanousd"] for line in await ledger.lines())
    assert 0 < spent <= 120_000_000
    assert spent == sum(call.cost_nanousd or 0 for call in model.bill)
    assert await rows(bot, "SELECT count(*) FROM holds") == [(0,)]


async def test_a_group_has_a_cap_of_its_own(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram, limits: Limit
) -> None:
    friends = telegram.group("Friends", [alice.person])
    await limits(chat_scope(friends.id), 0.0001, Period.DAY)
    await alice.says("@gpttg_bot hello", to=friends)
    await bot.is_writing("This group's budget for today", to=friends)
    await alice.says("and here?")
    await bot.says("You asked", to=alice)


@pytest.mark.parametrize("way", ["button", "/retry"])
async def test_whoever_asks_anothers_question_again_pays_for_it(
    way: str, alice: Someone, boris: Someone, bot: BotUnderTest, telegram: LocalTelegram, ledger: Ledger, limits: Limit
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person])
    await alice.says("@gpttg_bot hello", to=friends)
    answer = await bot.next_message(friends)
    await limits(person_scope(alice.id), 0.0001)
    await (boris.presses("🔁 Again", on=answer) if way == "button" else boris.says("/retry", to=friends))
    await bot.is_writing("", to=friends)
    assert [line["person_id"] for line in await ledger.lines()] == [alice.id, boris.id]


async def test_whoever_has_nothing_left_cannot_ask_anothers_question_again(
    alice: Someone, boris: Someone, bot: BotUnderTest, telegram: LocalTelegram, ledger: Ledger, limits: Limit
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person])
    await alice.says("@gpttg_bot hello", to=friends)
    answer = await bot.next_message(friends)
    await limits(person_scope(boris.id), 0.0001)
    await boris.presses("🔁 Again", on=answer)
    await bot.is_writing("Ваш бюджет на этот месяц израсходован", to=friends)
    assert [line["person_id"] for line in await ledger.lines()] == [alice.id]


@pytest.mark.parametrize("what", ["voice", "picture"])
async def test_sound_and_pictures_are_held_too(
    what: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, limits: Limit
) -> None:
    await limits(BOT, 0.00001)
    if what == "voice":
        await alice.sends_voice(sound(3), 60)
        await bot.says("What I may spend this month is used up.", to=alice)
    else:
        await alice.says("/img a boat")
        offer = await bot.says("Which format?", to=alice)
        await alice.presses(offer.buttons[0].text)
        await bot.says_nothing_more()
        assert "What I may spend this month is used up." in offer.text
    assert model.bill == []
    assert await ledger.lines() == []


async def test_a_kill_leaves_no_hold_behind(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, limits: Limit
) -> None:
    await limits(person_scope(alice.id), 1)
    model.takes(seconds=60)
    await alice.says("hello")
    assert await rows(bot, "SELECT count(*) FROM holds") == [(1,)]
    await bot.stops()
    await bot.starts()
    await bot.next_message(alice)
    assert await rows(bot, "SELECT count(*) FROM holds") == [(0,)]
