"""Commands and the words on the keyboard: answered in every state, in the person's language, by role."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio

MENU = ["stop", "reset", "retry", "img", "settings", "stats", "export", "forget", "help"]


async def test_start_greets_by_name_and_brings_the_keyboard(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("/start")
    message = await bot.says("Hello, Alice!")
    assert message.reply_keyboard == [
        ["🆕 New conversation", "⏹ Stop"],
        ["🎨 Picture", "⚙️ Settings"],
        ["📊 Statistics", "❓ Help"],
    ]


async def test_russian_speakers_are_answered_in_russian(boris: Someone, bot: BotUnderTest) -> None:
    await boris.says("/start")
    message = await bot.says("Здравствуйте, Борис!")
    assert message.reply_keyboard[0] == ["🆕 Новый разговор", "⏹ Стоп"]
    await boris.taps("❓ Помощь")
    await bot.says("Пишите мне как человеку")


async def test_the_admin_is_told_that_they_are_one(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/start")
    await bot.says("You are an admin of this bot")


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("/help", "Write to me"),
        ("/start", "Hello"),
        ("/stats", "What your answers have cost"),
        ("/nonsense", "I don't know"),
    ],
)
async def test_commands_are_answered_while_the_model_is_at_work(
    command: str, answer: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Done.")
    model.takes(seconds=60)
    await alice.says("Work")
    await alice.says(command)
    await bot.says(answer)
    assert bot.state(alice) == "generating"
    await bot.says("Done.")


async def test_a_command_that_names_this_bot_is_for_this_bot(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person])
    await alice.says("/help@gpttg_bot", to=friends)
    await bot.says("Write to me", to=friends)
    await alice.says("/help@other_bot", to=friends)
    await bot.says_nothing_more()


async def test_a_word_on_the_keyboard_is_its_command(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("/start")
    await bot.says("Hello")
    await alice.taps("🆕 New conversation")
    await bot.says("A new conversation")


async def test_statistics_show_what_was_spent_by_model(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await boris.says("Привет")
    await bot.next_message(boris)
    await alice.says("/stats")
    message = await bot.says("What your answers have cost", to=alice)
    assert message.text.count("nothing yet") == 3, "another person's spending is not hers"
    for _ in range(2):
        await alice.says("Hello")
        await bot.next_message(alice)
    await alice.says("/stats")
    message = await bot.says("gpt-6.1-terra", to=alice)
    assert "2 calls" in message.text
    assert message.text.count("$0.00") == 3


async def test_statistics_use_the_right_plural_in_russian(boris: Someone, bot: BotUnderTest) -> None:
    for expected in ("1 обращение,", "2 обращения,", "3 обращения,", "4 обращения,", "5 обращений,"):
        await boris.says("Привет")
        await bot.next_message()
        await boris.says("/stats")
        await bot.says(expected)


async def test_telegrams_menus_are_set_for_people_and_admins_in_both_languages(
    bot: BotUnderTest, telegram: LocalTelegram, admin: Someone
) -> None:
    english = telegram.commands["default", ""]
    russian = telegram.commands["default", "ru"]
    assert [command.command for command in english] == MENU
    assert [command.command for command in russian] == MENU
    assert russian[0].description == "Остановить ответ"
    await admin.says("/start")
    await bot.stops()
    await bot.starts()
    assert (f"peer:{admin.id}", "") in telegram.commands


async def test_every_press_of_an_old_button_is_answered(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    await alice.says("/start")
    message = await bot.says("Hello")
    from engine.sandbox.telegram import Button  # noqa: PLC0415

    press = telegram.world.press(alice.person, message, Button("Old", b"something of last year"))
    await alice.says("/help")
    assert press.answer == "This button no longer does anything."
