"""Events that could not be handled: the admins see them, try them again, drop them, take them home."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from engine.testing.chat import BotUnderTest, Someone

pytestmark = [pytest.mark.anyio, pytest.mark.from_outside]


async def break_down(bot: BotUnderTest, someone: Someone) -> None:
    """An event of somebody's that can't be read."""
    assert bot.running is not None
    await bot.running.database.write(partial(spoil, key=str(someone.id)))


def spoil(db: Any, key: str) -> None:
    """An event that no version has ever known."""
    db.execute(
        "INSERT INTO inbox (key, conversation, event, received_at) VALUES ('spoilt', ?, '{\"type\":\"Never\"}', 0)",
        (key,),
    )


def mend(db: Any) -> None:
    """A later version knows it."""
    db.execute(
        "UPDATE inbox SET event = (SELECT event FROM inbox WHERE event LIKE '%TextReceived%' LIMIT 1)"
        " WHERE key = 'spoilt'"
    )


async def quarantined(bot: BotUnderTest, alice: Someone, admin: Someone) -> None:
    """Alice has an event in quarantine, and the admins have their alert."""
    await admin.says("/start")
    await bot.next_message(admin)
    await alice.says("hello")
    await bot.next_message(alice)
    await break_down(bot, alice)
    await alice.says("hello again")
    await bot.next_message(alice)
    await bot.says("⚠️ An event could not be handled", to=admin)


async def test_an_empty_quarantine_is_said_to_be_so(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/quarantine")
    await bot.says("✅ The quarantine is empty.", to=admin)


async def test_an_event_can_be_tried_again(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await quarantined(bot, alice, admin)
    assert bot.running is not None
    await bot.running.database.write(mend)
    await admin.says("/quarantine")
    message = await bot.says("⚠️ 1 event could not be handled", to=admin)
    replay = message.buttons[0].text
    assert replay.startswith("▶️ ")
    await admin.presses(replay)
    await bot.next_message(alice)
    assert message.text == "✅ The quarantine is empty."


async def test_an_event_can_be_dropped_by_one_admin_only(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    first = await bot.says("could not be handled", to=admin)
    await admin.says("/quarantine")
    second = await bot.says("could not be handled", to=admin)
    drop = first.buttons[1].text
    await admin.presses(drop, on=first)
    assert first.text == "✅ The quarantine is empty."
    press = await admin.presses(drop, on=second)
    assert press.answer == "This event is no longer in quarantine."
    await bot.says_nothing_more()


async def test_the_events_can_be_had_as_a_file(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    await bot.says("could not be handled", to=admin)
    await admin.presses("📎 As a file")
    message = await bot.says("1 event, as it came", to=admin)
    assert message.media is not None
    told = msgspec.json.decode(message.media.whole)
    assert told["version"] == 1
    assert [(one["conversation"], one["event"]) for one in told["events"]] == [(str(alice.id), {"type": "Never"})]


async def test_an_event_with_all_that_led_to_it_can_be_had_as_a_recording(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    listed = await bot.says("could not be handled", to=admin)
    export = listed.buttons[2].text
    number = export.removeprefix("📼 Export ")
    await admin.presses(export, on=listed)
    message = await bot.says(f"📼 Event {number} and all that led to it in its conversation", to=admin)
    assert "are stand-ins of the same shape" in message.text
    assert message.media is not None
    assert message.media.name == f"incident-{number}.jsonl.zst"
    await admin.presses("📼 With the real words", on=message)
    await bot.says("It holds what people have written.", to=admin)
    await admin.presses(listed.buttons[1].text, on=listed)
    press = await admin.presses("📼 With the real words", on=message)
    assert press.answer == "This event is no longer in quarantine."
    await admin.says("/audit")
    await bot.says(f"has taken the recording of an event: Event {number}", to=admin)


async def test_what_was_done_stands_in_the_audit(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    message = await bot.says("could not be handled", to=admin)
    await admin.presses("📎 As a file")
    await bot.says("1 event, as it came", to=admin)
    await admin.presses(message.buttons[1].text, on=message)
    await admin.says("/setmodel gpt-6-luna")
    await bot.says("✅ gpt-6-luna", to=admin)
    await admin.says("/broadcast Hello!")
    await bot.says("Hello!", to=admin)
    await bot.says("This goes to", to=admin)
    await admin.presses("📣 Send to 2")
    await bot.says("Hello!", to=admin)
    await admin.says("/audit")
    audit = await bot.says("has sent a message to everybody", to=admin)
    assert "has sent a message to everybody (2 people)" in audit.text
    for done in ("has taken the quarantine as a file", "has dropped an event: Event ", "has changed the default model"):
        assert done in audit.text
