"""The desk: who uses the bot, one person, their role, a message to them; and the audit of it all."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.house import rows

pytestmark = pytest.mark.anyio


async def test_the_list_says_who_spends_what(
    alice: Someone, boris: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Hello.")
    await alice.says("Hi")
    await boris.says("/help")
    await admin.says("/users")
    page = await house.says("👥 4 people", to=admin)
    lines = page.text.splitlines()
    assert lines[2].startswith("Alice (@alice) · member · $0.0")
    assert "Борис (@boris) · member · $0 this month" in lines
    assert "Ada (@ada) · admin · $0 this month" in lines


async def test_the_list_has_pages(admin: Someone, house: BotUnderTest) -> None:
    for number in range(10):
        await Someone(house.telegram.person(f"Guest {number}", language="en")).says("/start")
    await admin.says("/users")
    page = await house.says("👥 12 people", to=admin)
    first = page.text
    await admin.presses("More →", on=page)
    assert page.text != first
    assert "Guest 9" in page.text
    await admin.presses("← Back", on=page)
    assert page.text == first


@pytest.mark.parametrize("search", ["ali", "ALICE", "@alice", "{id}"])
async def test_people_are_found(
    search: str, alice: Someone, boris: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await house.is_started_by(alice, boris)
    await admin.says(f"/users {search.format(id=alice.id)}")
    page = await house.says("👥 1 person", to=admin)
    assert "Alice (@alice)" in page.text


async def test_nobody_is_found(admin: Someone, house: BotUnderTest) -> None:
    await admin.says("/users nobody of that name")
    await house.says("Nobody.", to=admin)


async def test_whoever_was_forgotten_is_found_again_when_they_write_again(
    alice: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await house.is_started_by(alice)
    await alice.says("/forget")
    await house.says("Delete everything", to=alice)
    await alice.presses("🗑 Delete everything")
    await house.says("🗑 ", to=alice)
    await admin.says("/users alice")
    await house.says("Nobody.", to=admin)
    await alice.says("Hello again")
    await house.next_message(alice)
    await admin.says("/users alice")
    page = await house.says("👥 1 person", to=admin)
    assert "Alice (@alice)" in page.text


async def test_a_person_is_opened_with_their_figures(
    alice: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Hello.")
    await alice.says("Hi")
    await admin.says(f"/limits person {alice.id} month 5")
    await house.next_message(admin)
    await admin.says("/users alice")
    await house.next_message(admin)
    await admin.presses("Alice (@alice)")
    card = await house.says(f"👤 Alice (@alice), ID {alice.id}", to=admin)
    assert "Role: member" in card.text
    assert "1 paid call" in card.text
    assert "of $5.00" in card.text


async def test_a_person_is_blocked_and_unblocked(
    alice: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await house.is_started_by(alice)
    await admin.says("/users alice")
    await house.next_message(admin)
    await admin.presses("Alice (@alice)")
    card = await house.says("Role: member", to=admin)
    await admin.presses("🚫 Block", on=card)
    assert "Role: blocked" in card.text
    await alice.says("Hello?")
    await house.says_nothing_more()
    await admin.presses("Unblock", on=card)
    model.says("Here I am.")
    await alice.says("Hello?")
    await house.says("Here I am.", to=alice)


async def test_roles_are_given(boris: Someone, admin: Someone, house: BotUnderTest) -> None:
    await house.is_started_by(boris)
    await admin.says("/users Борис")
    await house.next_message(admin)
    await admin.presses("Борис (@boris)")
    card = await house.says("Role: member", to=admin)
    await admin.presses("Make guest", on=card)
    await house.says("Теперь вы: гость", to=boris)
    await admin.presses("Make admin", on=card)
    await house.says("Теперь вы: администратор", to=boris)
    await boris.says("/users")
    await house.says("человека", to=boris)
    assert "Role: admin" in card.text


async def test_admins_have_their_commands_menu_as_long_as_they_are_admins(
    boris: Someone, admin: Someone, house: BotUnderTest, telegram: LocalTelegram
) -> None:
    own = {(f"peer:{boris.id}", ""), (f"peer:{boris.id}", "ru")}
    await house.is_started_by(boris)
    await admin.says("/users Борис")
    await house.next_message(admin)
    await admin.presses("Борис (@boris)")
    card = await house.says("Role: member", to=admin)
    assert not own & set(telegram.commands)
    await admin.presses("Make admin", on=card)
    await quiet()
    assert own <= set(telegram.commands)
    await house.stops()
    await house.starts()
    await admin.presses("Make member", on=card)
    await quiet()
    assert not own & set(telegram.commands)


async def test_an_admin_of_the_settings_has_the_menu_from_their_first_message(
    admin: Someone, house: BotUnderTest, telegram: LocalTelegram
) -> None:
    newcomer = Someone(telegram.person("Ada", language="en"))
    await house.stops()
    house.settings = house.settings.model_copy(update={"admin_id": (*house.settings.admin_id, newcomer.id)})
    await house.starts()
    assert (f"peer:{newcomer.id}", "") not in telegram.commands
    await newcomer.says("/start")
    await quiet()
    assert "users" in [command.command for command in telegram.commands[f"peer:{newcomer.id}", ""]]
    await house.stops()
    house.settings = house.settings.model_copy(update={"admin_id": house.settings.admin_id[:-1]})
    await house.starts()
    await quiet()
    assert (f"peer:{newcomer.id}", "") not in telegram.commands


async def test_admins_of_the_settings_stay_admins(admin: Someone, bella: Someone, house: BotUnderTest) -> None:
    await admin.says("/users bella")
    await house.next_message(admin)
    await admin.presses("Белла (@bella)")
    card = await house.says("Role: admin", to=admin)
    assert [button.text for button in card.buttons] == ["💵 Budget"]


async def test_a_persons_budget_is_set_from_their_card(alice: Someone, admin: Someone, house: BotUnderTest) -> None:
    await house.is_started_by(alice)
    await admin.says("/users alice")
    await house.next_message(admin)
    await admin.presses("Alice (@alice)")
    await house.next_message(admin)
    await admin.presses("💵 Budget")
    page = await house.says("Alice, a month: no limit", to=admin)
    await admin.presses("$10", on=page)
    assert "Alice, a month: $0 of $10.00 (0 %)" in page.text


async def test_a_person_is_paused_and_goes_on(
    alice: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await house.is_started_by(alice)
    await admin.says("/users alice")
    await house.next_message(admin)
    await admin.presses("Alice (@alice)")
    card = await house.next_message(admin)
    await admin.presses("⏸ Pause this person", on=card)
    assert "Alice is paused" in card.text
    await alice.says("Hello?")
    await house.says("An admin has paused my answers to you for now.", to=alice)
    await admin.presses("▶️ Let them go on", on=card)
    model.says("Hello.")
    await alice.says("Hello?")
    await house.says("Hello.", to=alice)


async def test_an_admin_writes_to_a_person_by_replying_to_their_card(
    boris: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await house.is_started_by(boris)
    await admin.says("/users boris")
    await house.next_message(admin)
    await admin.presses("Борис (@boris)")
    card = await house.next_message(admin)
    await admin.says("Please use the cheaper model.", reply_to=card)
    said = await house.says("Please use the cheaper model.", to=boris)
    assert "Ada (администратор бота)" in said.text
    await house.says("On its way to Борис", to=admin)
    assert model.requests == []
    ((details,),) = await rows(house, "SELECT details FROM audit")
    assert "cheaper" not in details
    await admin.says("No more, please. " * 200, reply_to=card)
    await house.says("(администратор бота):\n\nNo more, please. No more", to=boris)


async def test_a_reply_to_another_message_of_the_desk_says_how_to_write(admin: Someone, house: BotUnderTest) -> None:
    await admin.says("/users")
    page = await house.next_message(admin)
    await admin.says("Hello all", reply_to=page)
    await house.says("reply to the message about them", to=admin)


@pytest.mark.not_recorded("Alice is known from an update that became no event")
async def test_what_an_admin_asks_in_a_group_is_answered_in_private(
    alice: Someone, admin: Someone, house: BotUnderTest
) -> None:
    friends = house.telegram.group("Friends", [alice.person, admin.person])
    await admin.says("/users@gpttg_bot", to=friends)
    await house.says("👥", to=admin)
    await house.says_nothing_more()


# ── the audit ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_audit_says_who_has_done_what(admin: Someone, bella: Someone, house: BotUnderTest) -> None:
    await admin.says("/audit")
    await house.says("Nothing yet.", to=admin)
    await bella.says("/pause")
    await house.next_message(admin)
    await admin.says("/limits bot day 5")
    await house.next_message(admin)
    await admin.says("/audit")
    page = await house.says("What admins have done", to=admin)
    lines = page.text.splitlines()[2:]
    assert lines[0] == "24 November, 09:00 · Ada: has set a limit: The whole bot ($5.00, a day)"
    assert lines[1] == "24 November, 09:00 · Белла: has paused the bot"


async def test_an_admin_reads_the_audit_on_their_own_clock_and_in_their_own_words(
    admin: Someone, bella: Someone, house: BotUnderTest
) -> None:
    await bella.says("/settings")
    menu = await house.says("Часовой пояс", to=bella)
    await bella.presses("Часовой пояс", on=menu)
    await bella.presses("Владивосток (UTC+10)", on=menu)
    await admin.says("/limits bot day off")
    await house.next_message(admin)
    await bella.says("/audit")
    page = await house.says("Действия администраторов", to=bella)
    assert "24 ноября, 19:00 · Ada: задан лимит: Весь бот (без лимита, в день)" in page.text


async def test_the_audit_has_pages(admin: Someone, house: BotUnderTest) -> None:
    for number in range(25):
        await admin.says(f"/limits bot day {number + 1}")
        await house.next_message(admin)
    await admin.says("/audit")
    page = await house.next_message(admin)
    assert page.text.count("has set a limit") == 20
    await admin.presses("More →", on=page)
    await house.says_nothing_more()
    assert page.text.count("has set a limit") == 5
