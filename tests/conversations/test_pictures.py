"""Pictures made to order: words, a format, a picture that grows; changing one; the file in full quality."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.made import picture

pytestmark = pytest.mark.anyio


def drawn(model: LocalOpenAI) -> list[str]:
    """What was asked of the images API."""
    return [request.operation for request in model.requests if request.operation in ("picture", "edit_picture")]


async def test_a_picture_is_drawn_in_the_format_that_was_chosen(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.takes(seconds=9, on="picture")
    await alice.says("/img a cosmic cat in a spacesuit")
    offer = await bot.says("Which format?")
    labels = [button.text for button in offer.buttons]
    assert [label.split(" · ")[0] for label in labels] == ["◻️ Square", "▭ Landscape", "▯ Portrait"]
    assert all("≈ $0.0" in label for label in labels)
    await alice.presses(labels[1])
    await bot.becomes(offer, "photo", "🎨 a cosmic cat in a spacesuit")
    assert len(offer.pictures) == 3, "two partial pictures and the whole one"
    (request,) = [request for request in model.requests if request.operation == "picture"]
    assert request.body["size"] == "1536x1024"
    (line,) = await ledger.lines()
    assert (line["kind"], line["model"]) == ("picture", "gpt-image-2.6-sunburst")
    assert line["cost_nanousd"] == model.bill[0].cost_nanousd


async def test_the_words_can_come_later(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("🎨 Picture")
    await bot.says("What shall I draw?")
    assert bot.state(alice) == "awaiting_words"
    await alice.says("a red house")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await bot.becomes(offer, "photo", "🎨 a red house")


async def test_a_double_tap_makes_one_picture(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("/img a boat")
    offer = await bot.says("Which format?")
    button = offer.buttons[0].text
    alice.person.presses(button, offer)
    press = await alice.presses(button, on=offer)
    await bot.becomes(offer, "photo", "🎨 a boat")
    await bot.says_nothing_more()
    assert drawn(model) == ["picture"]
    assert press.answer == "This picture is drawn already, or the choice is too old. /img draws another one."


async def test_the_picture_comes_as_a_file_in_full_quality(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("/img a boat")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await bot.becomes(offer, "photo", "🎨 a boat")
    await alice.presses("📎 As a file, full quality")
    file = await bot.sends("document")
    assert file.media is not None
    assert file.media.whole[:8] == b"\x89PNG\r\n\x1a\n"
    await bot.stops()
    await bot.starts()
    await alice.presses("📎 As a file, full quality", on=offer)
    await bot.sends("document")
    assert drawn(model) == ["picture"]


async def test_a_reply_to_a_picture_changes_it(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("/img a boat")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await bot.becomes(offer, "photo", "🎨 a boat")
    await alice.says("make it red", reply_to=offer)
    changed = await bot.next_message()
    await bot.becomes(changed, "photo", "🎨 make it red")
    assert drawn(model) == ["picture", "edit_picture"]
    assert model.requests[-1].body["prompt"] == "make it red"


async def test_a_photo_with_edit_in_its_caption_is_changed(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_photo(picture("JPEG", width=600, height=400), caption="edit: add a hat")
    shown = await bot.next_message()
    await bot.becomes(shown, "photo", "🎨 add a hat")
    (request,) = [request for request in model.requests if request.operation == "edit_picture"]
    assert request.body["prompt"] == "add a hat"
    assert request.body["size"] == "1536x1024"


async def test_the_button_under_a_photo_changes_it(boris: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await boris.sends_photo(picture("JPEG"))
    await bot.says("🖼")
    await boris.presses("Изменить")
    await bot.next_message()
    await boris.says("добавь шляпу")
    shown = await bot.next_message()
    await bot.becomes(shown, "photo", "🎨 добавь шляпу")
    assert drawn(model) == ["edit_picture"]


async def test_a_broken_picture_is_said_to_be_broken(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.sends_photo(b"broken" * 50, caption="edit: add a hat")
    shown = await bot.next_message()
    await bot.says_nothing_more()
    assert "damaged" in shown.text
    assert drawn(model) == []


async def test_a_refused_picture_says_so_and_costs_nothing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.fails(400, code="moderation_blocked", message="flagged", on="picture")
    await alice.says("/img something bad")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await bot.says_nothing_more()
    assert "OpenAI refuses" in offer.text
    assert await ledger.lines() == []


async def test_a_stopped_picture_is_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.takes(seconds=60, on="picture")
    await alice.says("/img a very slow boat")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await alice.presses("⏹ Stop", on=offer)
    await bot.says_nothing_more()
    assert offer.text.startswith("⏹ Stopped")
    (line,) = await ledger.lines()
    assert (line["kind"], line["status"]) == ("picture", "estimated")


async def test_another_member_cannot_choose_the_format(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    friends = telegram.group("Friends", [alice.person, boris.person])
    await alice.says("/img@gpttg_bot a boat", to=friends)
    offer = await bot.says("Which format?", to=friends)
    press = await boris.presses(offer.buttons[0].text, to=friends, on=offer)
    assert press.answer == "Эта кнопка для того, кто спрашивал."
    assert drawn(model) == []


async def test_a_kill_while_drawing_makes_one_picture_and_books_what_may_have_been_paid(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.takes(seconds=60, times=2, on="picture")
    await alice.says("/img a boat")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await bot.stops()
    await bot.starts()
    await bot.becomes(offer, "photo", "🎨 a boat")
    statuses = [line["status"] for line in await ledger.lines()]
    assert statuses == ["estimated", "complete"]


async def test_the_model_hears_of_the_picture_with_the_next_question(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.says("/img a boat")
    offer = await bot.says("Which format?")
    await alice.presses(offer.buttons[0].text)
    await bot.becomes(offer, "photo", "🎨 a boat")
    await alice.says("What did you draw?")
    await bot.next_message()
    told = [item["content"] for item in model.requests[-1].body["input"] if item["role"] != "developer"]
    assert told == [
        "[A picture was ordered:] a boat",
        "[The picture was drawn and shown.]",
        "What did you draw?",
    ]
