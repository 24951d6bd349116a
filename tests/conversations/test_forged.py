"""What no client of Telegram's sends, but anybody could: buttons that we never made."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import Button, LocalTelegram
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.house import rows
from tests.made import picture, sound

pytestmark = pytest.mark.anyio


async def forges(someone: Someone, bot: BotUnderTest, data: bytes) -> None:
    """Taps on a button that is under none of the bot's messages."""
    said = next(one for one in reversed(someone.chat.messages) if one.out)
    someone.person.world.press(someone.person, said, Button("?", data))
    await quiet()
    await bot.waits(hours=0.01)


@pytest.mark.parametrize(
    "data",
    [
        b"99999999999|set:1:system_prompt:write",
        b"|set:" + b"x" * 45 + b":model",
        b"|set:" + b"x" * 55,
        b"|forget:" + b"x" * 50 + b":no",
        "٣|set:١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨:model".encode(),
        b"|do:zzz:1",
        b"|retry:" + b"9" * 50,
        b"|continue:x",
        b"|draw:x:y",
        b"|hear:x:yes",
        b"|original:x",
        b"|\xff\xfe",
        b"",
    ],
)
async def test_a_forged_tap_ends_nothing(data: bytes, alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await bot.is_started_by(alice)
    await forges(alice, bot, data)
    assert await rows(bot, "SELECT id FROM outbox WHERE status <> 'sent'") == []
    assert await rows(bot, "SELECT id FROM inbox WHERE status = 'quarantined'") == []
    model.says("Here I am.")
    await alice.says("Are you there?")
    await bot.says("Here I am.", to=alice)
    assert len(model.requests) == 1


async def test_an_action_that_there_is_not_is_a_button_that_does_nothing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_photo(picture("JPEG"))
    offer = await bot.next_message()
    (held,) = {button.data.rpartition(b":")[2] for button in offer.buttons if button.data is not None}
    await forges(alice, bot, b"|do:zzz:" + held)
    assert await rows(bot, "SELECT id FROM inbox WHERE status = 'quarantined'") == []
    assert model.requests == []


async def test_a_command_that_somebody_else_has_written_is_not_obeyed(
    admin: Someone, stranger: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await house.is_started_by(admin)
    await admin.says("/limits bot month 5")
    await house.says("Set.", to=admin)
    model.says("That is a command.")
    await admin.forwards("/limits bot month off", of=stranger.person)
    await house.says("That is a command.", to=admin)
    assert await rows(house, "SELECT limit_nanousd FROM budgets") == [(5_000_000_000,)]


async def test_who_is_blocked_while_they_are_answered_gets_nothing_more(
    alice: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    await house.is_started_by(alice, admin)
    model.says("Once upon a time " * 200)
    model.takes(seconds=90)
    await alice.says("Tell me a long story")
    await house.is_writing("Once upon a time", to=alice)
    await blocks(admin, house)
    await house.waits(hours=0.1)
    assert model.bill[0].status == "interrupted"
    assert house.state(alice) == "idle"


@pytest.mark.parametrize("what", ["heard", "gathered"])
async def test_what_would_go_on_by_itself_ends_with_the_access(
    what: str, alice: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await house.is_started_by(alice, admin)
    if what == "heard":
        model.takes(seconds=500, on="transcribe")
        await alice.sends_voice(sound(2), 2)
    else:
        alice.person.forwards("What does it mean?", of="Somebody")
        alice.person.says("Tell me")
    await blocks(admin, house)
    said = len(alice.chat.messages)
    await house.waits(hours=0.5)
    assert [request for request in model.requests if request.operation == "create"] == []
    assert [message.text for message in alice.chat.messages[said:] if "⏹" not in message.text] == []
    assert house.state(alice) == "idle"


async def blocks(admin: Someone, house: BotUnderTest) -> None:
    """The admin blocks Alice."""
    await admin.says("/users alice")
    await house.says("👥 1 person", to=admin)
    await admin.presses("Alice (@alice)")
    card = await house.says("Role: member", to=admin)
    await admin.presses("🚫 Block", on=card)
    await quiet()
