"""Which models answer, as the admins decide: /models, /setmodel, /pricing."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio


def labels(rows: list[str]) -> dict[str, str]:
    """Each model's two buttons."""
    return dict(zip(rows[::2], rows[1::2], strict=True))


async def test_the_list_has_the_models_that_can_answer_and_when_they_end(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/models")
    message = await bot.says("🧠 Models", to=admin)
    assert "By default: gpt-6.1-terra\n" in message.text
    assert "· gpt-5.1 — ends 1 April 2027\n" in message.text
    buttons = labels([button.text for button in message.buttons])
    assert buttons["✓ gpt-6.1-terra"] == "★"
    assert buttons["gpt-6.2-sol"] == "☆"
    assert not [name for name in buttons if "image" in name or "transcribe" in name or "2026" in name]


async def test_a_model_that_is_allowed_can_be_chosen_and_one_that_is_not_answers_no_more(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await admin.says("/models")
    message = await bot.says("May be chosen: gpt-6.1-terra\n", to=admin)
    await admin.presses("gpt-6.2-sol")
    assert "May be chosen: gpt-6.1-terra, gpt-6.2-sol\n" in message.text
    await alice.says("/settings")
    await bot.next_message(alice)
    await alice.presses("Model")
    await alice.presses("gpt-6.2-sol")
    await alice.says("hello")
    await bot.next_message(alice)
    assert model.requests[-1].body["model"] == "gpt-6.2-sol"
    await admin.presses("✓ gpt-6.2-sol")
    await alice.says("hello again")
    await bot.next_message(alice)
    assert model.requests[-1].body["model"] == "gpt-6.1-terra"


async def test_setmodel_changes_who_answers_and_stays_after_a_restart(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await admin.says("/setmodel gpt-6-luna")
    await bot.says("✅ gpt-6-luna answers from now on", to=admin)
    await bot.stops()
    await bot.starts()
    await alice.says("hello")
    await bot.next_message(alice)
    assert model.requests[-1].body["model"] == "gpt-6-luna"


async def test_the_star_makes_a_model_the_default(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/models")
    message = await bot.says("🧠 Models", to=admin)
    first = message.buttons[0].text
    await admin.presses("☆")
    await bot.says(f"✅ {first} answers from now on", to=admin)
    assert f"By default: {first}\n" in message.text
    assert "May be chosen: " in message.text


async def test_a_model_that_openai_does_not_have_is_refused(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await admin.says("/setmodel gpt-99")
    await bot.says("OpenAI has no model gpt-99", to=admin)
    await admin.says("/setmodel")
    await bot.says("Write it as /setmodel", to=admin)
    await alice.says("hello")
    await bot.next_message(alice)
    assert model.requests[-1].body["model"] == "gpt-6.1-terra"


async def test_the_default_can_not_be_forbidden(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/models")
    await bot.next_message(admin)
    press = await admin.presses("✓ gpt-6.1-terra")
    assert press.answer is not None
    assert "The default can always be chosen" in press.answer


async def test_when_openai_is_away_the_admin_is_told(admin: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.fails(on="models", status=401, times=9)
    await admin.says("/models")
    await bot.says("OpenAI does not accept this bot's key", to=admin)


async def test_pricing_says_what_is_known_and_who_says_so(admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/setmodel gpt-5")
    await bot.says("⚠️ It ends on 11 December 2026.", to=admin)
    await admin.says("/pricing")
    message = await bot.says("💵 Prices", to=admin)
    assert "gpt-5 (answers)\n" in message.text
    assert "gpt-image-2.6-sunburst (pictures)\n" in message.text
    assert "vector-storage (storage of documents)\n    $0.1 a GiB and day, the first GiB free\n" in message.text
    assert "container-1g (code)\n    $0.0015 a minute\n" in message.text
    assert "$5 in, $1.25 cached, $30 picture out for 1M tokens\n    prices.toml" in message.text
    assert ", 23 November 2026\n" in message.text
    assert "gpt-audio-1.5 (speech)\n    $2.5 in, $10 out, $64 sound out for 1M tokens\n    genai-prices" in message.text
    assert "—" not in message.text
    assert "2026-" not in message.text
    assert "genai-prices" in message.text
    assert "⚠️ gpt-5 ends on 11 December 2026" in message.text


async def test_others_do_not_know_these_commands(alice: Someone, bot: BotUnderTest) -> None:
    for command in (
        "/models",
        "/setmodel gpt-5",
        "/pricing",
        "/stat",
        "/status",
        "/ledger",
        "/quarantine",
        "/broadcast x",
    ):
        await alice.says(command)
        await bot.says("I don't know this command", to=alice)
