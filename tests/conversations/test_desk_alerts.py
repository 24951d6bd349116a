"""The desk: what the admins must know, each once, in their language; muted for a day; held in quiet hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.alerts import alerts
from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.store.inbox import Arrival
from engine.testing.chat import BotUnderTest, Someone
from tests.house import arrives, rows

pytestmark = pytest.mark.anyio


@pytest.fixture
async def quiet_house(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, alice: Someone, admin: Someone
) -> AsyncIterator[BotUnderTest]:
    """A house that is quiet from 8 to 12: the clock says 9."""
    house = BotUnderTest(
        telegram, model, clock, tmp_path / "gpttg.db", admins=[admin.id], members=[alice.id], quiet_hours="8-12"
    )
    async with house:
        await house.is_started_by(admin)
        yield house


def alert(kind: str, detail: str, clock: Clock, person_id: int = 0) -> list[Arrival]:
    """An alert on its way to the desk."""
    return [Arrival(key, to, event) for key, to, event in alerts(kind, detail, clock(), person_id)]


async def test_every_admin_is_told_once_in_their_language(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    for _ in range(2):
        model.fails(status=429, code="insufficient_quota", times=1)
        await alice.says("Hello?")
        await house.next_message(alice)
    await house.says("OpenAI: the quota is used up", to=admin)
    await house.says("OpenAI: ", to=bella)
    await house.says_nothing_more()


async def test_an_alert_has_details(admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock) -> None:
    await arrives(house, *alert("unknown-price", "gpt-9", clock))
    card = await house.says("Nobody knows what the model gpt-9 costs", to=admin)
    assert [button.text for button in card.buttons] == ["Details", "🔕 Mute for a day", "⏸ Pause the bot"]
    await admin.presses("Details", on=card)
    details = await house.says("Its calls are in the ledger with their tokens", to=admin)
    assert "24 November, 09:00. Once within a day." in details.text


async def test_a_kind_of_alert_is_muted_for_a_day(
    admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await arrives(house, *alert("unknown-price", "gpt-9", clock))
    card, other = await house.next_message(admin), await house.next_message(bella)
    await admin.presses("🔕 Mute for a day", on=card)
    assert "Ada has muted this until 25 November, 09:00" in card.text
    assert "Ada: не сообщать об этом до 25 ноября, 09:00" in other.text
    assert [button.text for button in card.buttons] == ["Details", "⏸ Pause the bot"]
    await house.waits(hours=2)
    await arrives(house, *alert("unknown-price", "gpt-9", clock))
    await house.says_nothing_more()
    await house.waits(hours=23)
    await arrives(house, *alert("unknown-price", "gpt-9", clock))
    await house.says("gpt-9", to=admin)
    await house.says("gpt-9", to=bella)


async def test_the_bot_is_paused_from_an_alert(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await arrives(house, *alert("outage", "no connection", clock))
    card = await house.next_message(admin)
    await admin.presses("⏸ Pause the bot", on=card)
    await house.says("Ada has paused the bot", to=admin)
    await alice.says("Hello?")
    await house.says("an admin has paused me", to=alice)


async def test_a_person_is_paused_from_an_alert_about_them(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await house.is_started_by(alice)
    await arrives(house, *alert("quarantined", "TextReceived 7", clock, alice.id))
    card = await house.says("put into quarantine", to=admin)
    press = await admin.presses("⏸ Pause this person", on=card)
    assert press.answer == "⏸ Alice is paused: no answers."
    await alice.says("Hello?")
    await house.says("An admin has paused my answers to you for now.", to=alice)
    await admin.says("Sorry, we are looking into it.", reply_to=card)
    await house.says("Sorry, we are looking into it.", to=alice)


async def test_in_quiet_hours_what_can_wait_waits(admin: Someone, quiet_house: BotUnderTest, clock: Clock) -> None:
    await arrives(quiet_house, *alert("unknown-price", "gpt-9", clock), *alert("crash", "77", clock))
    await quiet_house.says_nothing_more()
    await quiet_house.stops()
    await quiet_house.starts()
    await quiet_house.waits(hours=3)
    await quiet_house.says("gpt-9", to=admin)
    await quiet_house.says("A job failed twice: 77", to=admin)
    assert f"{clock():%H:%M}" == "12:02"
    await quiet_house.says_nothing_more()


async def test_in_quiet_hours_what_is_urgent_is_told(admin: Someone, quiet_house: BotUnderTest, clock: Clock) -> None:
    await arrives(quiet_house, *alert("quota", "", clock))
    await quiet_house.says("the quota is used up", to=admin)


async def test_the_buttons_of_an_old_alert_say_that_they_are_gone(
    admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await arrives(house, *alert("crash", "the first", clock))
    card = await house.next_message(admin)
    for number in range(100):
        await arrives(house, *alert("crash", f"{number}", clock))
    await house.waits(hours=1)
    for button in ("Details", "🔕 Mute for a day"):
        press = await admin.presses(button, on=card)
        assert press.answer == "This button no longer does anything."


async def test_what_the_desk_can_not_handle_is_told_and_the_desk_goes_on(
    admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await arrives(house, *alert("no-such-kind", "", clock))
    told = await house.says("could not be handled and was put into quarantine: AlertRaised", to=admin)
    assert told.text.endswith("desk. The log has more.")
    await admin.says("/audit")
    await house.says("Nothing yet.", to=admin)
    assert await rows(house, "SELECT status FROM inbox WHERE conversation = 'desk' ORDER BY id") == [
        ("quarantined",),
        ("done",),
    ]
