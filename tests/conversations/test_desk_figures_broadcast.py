"""A message to everybody: shown first, sent to nobody twice and to nobody who is blocked, and it can be cancelled."""

from __future__ import annotations

from functools import partial

import pytest

from engine.core.roles import Role
from engine.sandbox.telegram import LocalTelegram
from engine.store import access
from engine.testing.chat import BotUnderTest, Someone

pytestmark = [pytest.mark.anyio, pytest.mark.from_outside]

NEWS = "Tomorrow I get a new engine."


@pytest.fixture
async def crowd(telegram: LocalTelegram) -> list[Someone]:
    """Seventy people, and more than one step's worth."""
    return [Someone(telegram.person(f"Guest {number}", language="en")) for number in range(70)]


async def let_in(bot: BotUnderTest, someone: Someone, role: Role) -> None:
    """An admin has decided."""
    assert bot.running is not None
    now = bot.clock()
    give = partial(access.give_role, person_id=someone.id, role=role, by=1, now=now)
    await bot.running.database.write(give)


async def meet(bot: BotUnderTest, people: list[Someone]) -> None:
    """They have all written to the bot once."""
    for someone in people:
        await let_in(bot, someone, Role.MEMBER)
        await someone.says("/start")
        await bot.next_message(someone)


def news(someone: Someone) -> int:
    """How often they have got it."""
    return sum(message.text == NEWS for message in someone.chat.messages if message.out)


async def test_it_is_shown_counted_sent_and_reported(
    crowd: list[Someone], admin: Someone, stranger: Someone, bot: BotUnderTest
) -> None:
    await meet(bot, crowd)
    await let_in(bot, crowd[0], Role.BLOCKED)
    crowd[1].person.blocks_bot()
    await stranger.says("hello")
    await bot.next_message(stranger)
    await admin.says("/start")
    await bot.next_message(admin)
    await admin.says(f"/broadcast {NEWS}")
    await bot.says(NEWS, to=admin)
    card = await bot.says("⬆️ This goes to 70 people.", to=admin)
    assert [news(someone) for someone in crowd] == [0] * 70
    await admin.presses("📣 Send to 70")
    assert card.text.startswith("📣 Sending: ")
    await bot.waits(hours=0.1)
    assert card.text == "✅ Sent: 69. Not delivered: 1. Still on their way: 0."
    assert [news(someone) for someone in crowd] == [0, 0] + [1] * 68
    assert news(stranger) == 0


async def test_a_message_that_is_replied_to_is_sent_as_it_looks(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await alice.says("/start")
    await bot.next_message(alice)
    words = await admin.says("hello")
    await bot.next_message(admin)
    await admin.says("/broadcast", reply_to=words)
    await bot.says("hello", to=admin)
    await bot.says("This goes to 2 people", to=admin)
    await admin.presses("📣 Send to 2")
    await bot.says("hello", to=alice)


async def test_a_kill_in_the_middle_sends_nobody_a_second_one(
    crowd: list[Someone], admin: Someone, bot: BotUnderTest
) -> None:
    await meet(bot, crowd)
    await admin.says(f"/broadcast {NEWS}")
    await bot.says(NEWS, to=admin)
    card = await bot.says("This goes to 71 people", to=admin)
    await admin.presses("📣 Send to 71")
    for _ in range(6):
        await bot.waits(hours=1.1 / 3600)
        await bot.stops()
        await bot.starts()
    await bot.waits(hours=0.1)
    assert [news(someone) for someone in crowd] == [1] * 70
    assert card.text == "✅ Sent: 71. Not delivered: 0. Still on their way: 0."


async def test_cancelled_in_the_middle_it_goes_to_nobody_else(
    crowd: list[Someone], admin: Someone, bot: BotUnderTest
) -> None:
    await meet(bot, crowd)
    await admin.says(f"/broadcast {NEWS}")
    await bot.says(NEWS, to=admin)
    card = await bot.says("This goes to 71 people", to=admin)
    await admin.presses("📣 Send to 71")
    await bot.waits(hours=1.5 / 3600)
    await admin.presses("✖️ Cancel")
    have_it = sum(news(someone) for someone in crowd)
    assert 0 < have_it < 70
    await bot.waits(hours=0.1)
    assert sum(news(someone) for someone in crowd) == have_it
    assert card.text.startswith("✖️ Cancelled. It went to ")


async def test_cancelled_before_it_begins_it_goes_to_nobody(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await alice.says("/start")
    await bot.next_message(alice)
    await admin.says(f"/broadcast {NEWS}")
    await bot.next_message(admin)
    card = await bot.next_message(admin)
    await admin.presses("✖️ Cancel")
    assert card.text == "✖️ Cancelled. It went to 0 of 2."
    await bot.says_nothing_more()
    assert news(alice) == 0


async def test_without_words_it_says_how(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/broadcast")
    await bot.says("Write /broadcast and the message behind it", to=admin)
