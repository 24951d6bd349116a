"""The desk: strangers ask to be let in, and the admins decide; nothing is spent before."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.house import rows

pytestmark = pytest.mark.anyio


async def asks(stranger: Someone, house: BotUnderTest, admin: Someone, bella: Someone) -> tuple[Message, Message]:
    """The stranger asks; the cards of both admins."""
    await stranger.says("/start")
    await house.says("whom my admins have let in", to=stranger)
    press = await stranger.presses("🙋 Ask for access")
    assert press.answer == "🙋 I have asked my admins. I will write when one of them decides."
    card = await house.says("Mallory (@mallory) asks to be let in", to=admin)
    return card, await house.says("Mallory (@mallory) просит доступ", to=bella)


async def test_a_stranger_asks_and_every_admin_gets_a_card_in_their_language(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    card, _ = await asks(stranger, house, admin, bella)
    assert f"ID {stranger.id}, wrote to me in private" in card.text
    assert [button.text for button in card.buttons] == [
        *("✅ Let in", "✅ $1 a month", "✅ $5 a month", "✅ $20 a month", "❌ Deny", "🚫 Block")
    ]
    assert model.requests == []
    assert await Ledger(house).lines() == []


async def test_who_is_let_in_is_told_and_gets_answers(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    card, second = await asks(stranger, house, admin, bella)
    await admin.presses("✅ Let in", on=card)
    await house.says("You are in", to=stranger)
    assert "Ada has let them in" in card.text
    assert card.buttons == []
    assert "✅ Доступ открыт: Ada" in second.text
    model.says("Hello, Mallory.")
    await stranger.says("Hi")
    await house.says("Hello, Mallory.", to=stranger)
    assert await rows(house, "SELECT action, object FROM audit") == [("approve", f"person:{stranger.id}")]


async def test_a_budget_comes_with_the_approval(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    card, second = await asks(stranger, house, admin, bella)
    await bella.presses("✅ $5 в месяц", on=second)
    await house.says("Your budget: $5.00 a month.", to=stranger)
    assert "Белла has let them in, with $5 a month" in card.text
    assert await rows(house, "SELECT scope, period, limit_nanousd FROM budgets") == [
        (f"person:{stranger.id}", "month", 5_000_000_000)
    ]


async def test_two_admins_decide_once(stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest) -> None:
    card, second = await asks(stranger, house, admin, bella)
    first = bella.person.presses("❌ Отказать", second)
    late = admin.person.presses("✅ Let in", card)
    await house.says("An admin has decided not to let you in", to=stranger)
    await house.says_nothing_more()
    assert first.answer == ""
    assert late.answer == "Белла has decided already."
    assert await rows(house, "SELECT role FROM roles") == []


async def test_who_is_denied_can_ask_again_after_a_day_only(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    card, _ = await asks(stranger, house, admin, bella)
    await admin.presses("❌ Deny", on=card)
    await house.says("An admin has decided", to=stranger)
    press = await stranger.presses("🙋 Ask for access")
    assert press.answer == "An admin has decided not to let you in."
    await house.waits(hours=25)
    await stranger.presses("🙋 Ask for access")
    await house.says("asks to be let in", to=admin)


async def test_asking_twice_is_said_to_be_so(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    await asks(stranger, house, admin, bella)
    press = await stranger.presses("🙋 Ask for access")
    assert press.answer == "You have asked already: the admins have not decided yet."
    await house.says_nothing_more()


async def test_who_is_blocked_hears_nothing_any_more(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    card, _ = await asks(stranger, house, admin, bella)
    await admin.presses("🚫 Block", on=card)
    assert "Ada has blocked them" in card.text
    await stranger.says("Hello?")
    await stranger.says("/start")
    await stranger.presses("🙋 Ask for access")
    await house.says_nothing_more()
    assert model.requests == []


async def test_the_role_is_looked_at_when_the_button_is_pressed(
    stranger: Someone, admin: Someone, bella: Someone, alice: Someone, house: BotUnderTest
) -> None:
    await admin.says(f"/users {alice.id}")
    await alice.says("/help")
    await house.next_message(alice)
    await admin.says("/users alice")
    await house.next_message(admin)
    await house.next_message(admin)
    await admin.presses("Alice (@alice)")
    await admin.presses("Make admin")
    await house.says("You are now: admin", to=alice)
    await stranger.says("/start")
    await stranger.presses("🙋 Ask for access")
    card = await house.says("asks to be let in", to=alice)
    await admin.presses("Make member")
    await house.says("You are now: member", to=alice)
    press = await alice.presses("✅ Let in", on=card)
    assert press.answer == "This button no longer does anything."
    assert await rows(house, "SELECT status FROM access_requests") == [("pending",)]


async def test_a_stranger_asks_in_a_group_and_is_told_there(
    stranger: Someone, admin: Someone, bella: Someone, alice: Someone, house: BotUnderTest, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, stranger.person])
    await stranger.says("@gpttg_bot hi", to=friends)
    await house.says("whom my admins have let in", to=friends)
    await stranger.presses("🙋 Ask for access", to=friends)
    card = await house.says("spoke to me in a group", to=admin)
    await admin.presses("✅ Let in", on=card)
    await house.says("You are in", to=friends)


async def test_a_request_outlives_the_process(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    card, _ = await asks(stranger, house, admin, bella)
    await house.stops()
    await house.starts()
    await admin.presses("✅ Let in", on=card)
    await house.says("You are in", to=stranger)
    assert "Ada has let them in" in card.text
