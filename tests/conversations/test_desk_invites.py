"""The desk: invites, made with buttons, counted and expiring."""

from __future__ import annotations

import re

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import Message
from engine.testing.chat import BotUnderTest, Someone
from tests.house import rows

pytestmark = [pytest.mark.anyio, pytest.mark.not_recorded("tokens come of the installation's secret")]


async def made(admin: Someone, house: BotUnderTest, *taps: str) -> str:
    """What whoever follows the link says to the bot."""
    await admin.says("/invite")
    offer = await house.says("A new invite", to=admin)
    for tap in taps:
        await admin.presses(tap, on=offer)
    await admin.presses("🔗 Make the link", on=offer)
    return link(offer)


def link(offer: Message) -> str:
    """The command in the link."""
    found = re.search(r"https://t\.me/gpttg_bot\?start=(inv_[\w-]{32})$", offer.text)
    assert found, offer.text
    assert offer.buttons == []
    return f"/start {found[1]}"


async def test_a_link_lets_one_person_in(
    stranger: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    start = await made(admin, house)
    await stranger.says(start)
    await house.says("You are in", to=stranger)
    await house.says("Mallory (@mallory) has come with the invite of Ada. It is used up.", to=admin)
    told = "🔗 Вход по приглашению: Mallory (@mallory). Кто приглашал: Ada. Больше оно не действует."
    await house.says(told, to=bella)
    model.says("Welcome.")
    await stranger.says("Hi")
    await house.says("Welcome.", to=stranger)
    assert await rows(house, "SELECT role FROM roles") == [("member",)]


async def test_its_terms_are_chosen_with_buttons(stranger: Someone, admin: Someone, house: BotUnderTest) -> None:
    start = await made(admin, house, "Role", "Uses", "Days", "Budget", "Budget")
    await stranger.says(start)
    await house.says("Your budget: $5.00 a month", to=stranger)
    await house.says("It works for 4 more", to=admin)
    assert await rows(house, "SELECT person_id, role FROM roles") == [(stranger.id, "guest")]
    assert await rows(house, "SELECT uses_left FROM invites") == [(4,)]
    assert await rows(house, "SELECT scope, limit_nanousd FROM budgets") == [(f"person:{stranger.id}", 5_000_000_000)]


async def test_the_offer_says_what_it_will_be(admin: Someone, house: BotUnderTest) -> None:
    await admin.says("/invite")
    offer = await house.says("It works once", to=admin)
    await admin.presses("Uses")
    await admin.presses("Budget")
    assert "It works for 5 people" in offer.text
    assert "for 7 days" in offer.text
    assert "with $1 a month for each" in offer.text


async def test_a_link_that_is_used_up_says_so(
    stranger: Someone, boris: Someone, admin: Someone, house: BotUnderTest, telegram: object
) -> None:
    start = await made(admin, house)
    await stranger.says(start)
    await house.says("You are in", to=stranger)
    late = Someone(house.telegram.person("Late", language="en"))
    await late.says(start)
    await house.says("used up or too old", to=late)
    assert await rows(house, "SELECT count(*) FROM roles") == [(1,)]


async def test_a_link_expires(stranger: Someone, admin: Someone, house: BotUnderTest) -> None:
    start = await made(admin, house)
    await house.waits(hours=7 * 24 + 1)
    await stranger.says(start)
    await house.says("used up or too old", to=stranger)


async def test_a_wrong_token_says_so(stranger: Someone, house: BotUnderTest) -> None:
    await stranger.says("/start inv_nonsense")
    await house.says("I don't know this invite", to=stranger)


async def test_who_is_in_already_spends_no_use(alice: Someone, admin: Someone, house: BotUnderTest) -> None:
    start = await made(admin, house)
    await alice.says(start)
    await house.says("You may use me already", to=alice)
    assert await rows(house, "SELECT uses_left FROM invites") == [(1,)]


async def test_two_people_with_the_last_use_of_a_link(stranger: Someone, admin: Someone, house: BotUnderTest) -> None:
    start = await made(admin, house)
    other = Someone(house.telegram.person("Other", language="en"))
    stranger.person.says(start)
    await other.says(start)
    said = {(await house.next_message(one)).text[:12] for one in (stranger, other)}
    assert said == {"✅ You are in", "This invite "}
    assert await rows(house, "SELECT count(*) FROM roles") == [(1,)]
