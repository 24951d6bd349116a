"""/settings: what people choose for themselves, and what a group's admins choose for it."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio


async def settings(someone: Someone, bot: BotUnderTest) -> Message:
    """Opens the settings."""
    await someone.says("/settings")
    return await bot.next_message(someone)


async def test_the_list_shows_every_setting_and_its_choice(alice: Someone, bot: BotUnderTest) -> None:
    message = await settings(alice, bot)
    assert message.text.splitlines() == [
        "⚙️ Settings",
        "",
        "Model: gpt-6.1-terra",
        "Web search: on",
        "Instructions: the usual ones",
        "Language: automatic",
        "Spoken answers: never",
        "Voice notes: transcript and answer",
        "Time zone: as the bot's: UTC",
    ]


async def test_the_language_can_be_changed_and_stays(alice: Someone, bot: BotUnderTest) -> None:
    message = await settings(alice, bot)
    await alice.presses("Language")
    press = await alice.presses("Русский")
    assert press.answer == "Сохранено."
    assert message.text.startswith("⚙️ Настройки")
    await bot.stops()
    await bot.starts()
    await alice.says("/help")
    await bot.says("Пишите мне")


async def test_web_search_is_on_until_it_is_turned_off(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("hello")
    await bot.next_message()
    (tool,) = model.requests[-1].body["tools"]
    assert tool == {"type": "web_search", "user_location": {"type": "approximate"}}
    await settings(alice, bot)
    await alice.presses("Web search")
    await alice.presses("off")
    await alice.says("hello again")
    await bot.next_message()
    assert "tools" not in model.requests[-1].body


async def test_ones_own_instructions_take_the_place_of_the_usual_ones(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    menu = await settings(alice, bot)
    await alice.presses("Instructions")
    await alice.presses("✍️ Write it")
    await bot.says("Write the instructions")
    assert bot.state(alice) == "awaiting_words"
    await alice.says("x" * 4_001)
    await bot.says("too long (4,001 characters of at most 4,000)")
    await alice.says("Talk like a pirate.")
    await bot.says("Saved.")
    assert "Instructions: Talk like a pirate." in menu.text, "the open menu shows what was chosen"
    await alice.says("hello")
    await bot.next_message()
    assert model.requests[-1].body["instructions"] == "Talk like a pirate."


async def test_the_time_zone_can_be_a_city(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await settings(alice, bot)
    await alice.presses("Time zone")
    await alice.presses("✍️ Write it")
    await bot.says("Write your city")
    await alice.says("Atlantis")
    await bot.says("I don't know this city")
    await alice.says("buenos aires")
    await bot.says("Saved.")
    await alice.says("hello")
    await bot.next_message()
    body = model.requests[-1].body
    assert "(America/Argentina/Buenos_Aires)" in body["input"][-2]["content"] or "Buenos_Aires" in str(
        body["input"][-2]
    )
    assert body["tools"][0]["user_location"]["timezone"].endswith("Buenos_Aires")


async def test_waiting_for_words_ends_by_itself_and_by_cancel(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await settings(alice, bot)
    await alice.presses("Instructions")
    await alice.presses("✍️ Write it")
    await bot.says("Write the instructions")
    await alice.says("/cancel")
    await bot.says("All right, nothing.")
    await alice.says("an ordinary question")
    await bot.next_message()
    assert model.requests[-1].body["input"][-1]["content"] == "an ordinary question"


async def test_in_a_group_only_its_admins_choose(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person], bot_is_admin=True, admins=[alice.person])
    await boris.says("/settings@gpttg_bot", to=friends)
    message = await bot.next_message(friends)
    assert "Голосовые" not in message.text, "a group has no voice of its own"
    await boris.presses("Контекст", to=friends)
    press = await boris.presses("Контекст", to=friends) if False else None
    assert press is None
    refused = await boris.presses("Модель", to=friends)
    assert refused.answer == "Это могут менять только администраторы группы."
    await alice.presses("Контекст", to=friends)
    await alice.presses("on", to=friends)
    await boris.says("Let's meet at nine.", to=friends)
    await bot.says_nothing_more()
    await alice.says("@gpttg_bot when do we meet?", to=friends)
    await bot.next_message(friends)
    assert "> Борис: Let's meet at nine." in model.requests[-1].body["input"][-2]["content"]


async def test_lines_of_a_group_are_no_context_unless_its_admin_wants_that(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person], bot_is_admin=True)
    await boris.says("Let's meet at nine.", to=friends)
    await alice.says("@gpttg_bot when do we meet?", to=friends)
    await bot.next_message(friends)
    assert "nine" not in str(model.requests[-1].body)


async def test_a_model_can_be_chosen_among_those_that_the_admin_allows(
    telegram: LocalTelegram, model: LocalOpenAI, clock: object, tmp_path: object, alice: Someone, admin: Someone
) -> None:
    house = BotUnderTest(
        telegram,
        model,
        clock,  # type: ignore[arg-type]
        tmp_path / "gpttg.db",  # type: ignore[operator]
        admins=[admin.id],
        members=[alice.id],
        openai_models="gpt-6.1-sol",
    )
    async with house as bot:
        message = await settings(alice, bot)
        await alice.presses("Model")
        assert [button.text for button in message.buttons] == ["✓ gpt-6.1-terra", "gpt-6.1-sol", "‹ Back"]
        await alice.presses("gpt-6.1-sol")
        assert "Model: gpt-6.1-sol" in message.text
        await alice.says("hello")
        await bot.next_message()
        assert model.requests[-1].body["model"] == "gpt-6.1-sol"


async def test_ones_instructions_can_be_read_again_whole(alice: Someone, bot: BotUnderTest) -> None:
    menu = await settings(alice, bot)
    await alice.presses("Instructions")
    assert "Now: the usual ones" in menu.text
    assert [button.text for button in menu.buttons] == ["✓ The usual", "✍️ Write it", "‹ Back"]
    await alice.presses("✍️ Write it")
    await bot.says("Write the instructions")
    told = "Be brief. " * 399 + "Be kind."
    await alice.says(told)
    await bot.says("Saved.")
    assert len(menu.text) < 1_000, "the list shows how they begin"
    await alice.presses("Instructions", on=menu)
    assert menu.text.endswith(f"Now: {told}")
    assert [button.text for button in menu.buttons] == ["The usual", "✓ ✍️ Write it", "‹ Back"]


@pytest.mark.parametrize(
    ("city", "shown"),
    [
        ("Москва", "Москва (UTC+3)"),
        ("Нью Йорк", "Нью-Йорк (UTC−5)"),
        ("казань", "Москва (UTC+3)"),
        ("Delhi", "(UTC+5:30)"),
    ],
)
async def test_the_time_zone_is_a_city_in_russian_or_english(
    city: str, shown: str, boris: Someone, bot: BotUnderTest
) -> None:
    menu = await settings(boris, bot)
    await boris.presses("Часовой пояс")
    assert "Владивосток (UTC+10)" in [button.text for button in menu.buttons]
    await boris.presses("✍️ Написать")
    await bot.says("Напишите город")
    await boris.says(city)
    await bot.says("Сохранено.")
    zone = next(line for line in menu.text.splitlines() if line.startswith("Часовой пояс: "))
    assert zone.endswith(shown)
