"""Deleted messages: nothing of them is used, whether their files wait, have a price, or are at work already."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, media
from engine.testing.chat import BotUnderTest, Someone
from tests.conversations.test_files import asked
from tests.conversations.test_gathering import words
from tests.conversations.test_large_files import reads, uploaded
from tests.conversations.test_long_sound import asks_for_transcript, careful, heard, lecture
from tests.made import pdf, picture, talk, zipped

pytestmark = pytest.mark.anyio

__all__ = ["careful", "lecture"]

PDF = "application/pdf"


def recording(folder: Path, name: str, sentences: int) -> media.Media:
    """A part of an album: so many sentences of nine seconds, in a WAV."""
    content = talk(folder / name, [(9.0, 0.6)] * sentences).read_bytes()
    return media.audio(content, 9.6 * sentences, name=name)


# ── files that wait for words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("speaks", "sentence"),
    [
        ("en", "🗑 Its message was deleted or changed: I won't use it."),
        ("ru", "🗑 Сообщение удалено или изменено: использовать это я не буду."),
    ],
)
async def test_a_deleted_file_is_no_part_of_the_next_question(
    speaks: str, sentence: str, alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    sent = await who.sends_file(pdf(2), name="secret.pdf", mime=PDF)
    offer = await bot.says("secret.pdf")
    await who.deletes(sent)
    await reads(bot, offer, sentence)
    assert not offer.buttons
    assert bot.state(who) == "idle"
    model.says("Paris.")
    await who.says("What is the capital of France?")
    await bot.says("Paris.")
    assert words(model) == "What is the capital of France?"
    assert uploaded(model) == []


async def test_of_two_files_the_one_that_is_left_is_offered_and_used(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_file(pdf(2), name="keep.pdf", mime=PDF)
    mistake = await alice.sends_file(pdf(3), name="mistake.pdf", mime=PDF)
    offer = await bot.says("mistake.pdf")
    await reads(bot, offer, "3 pages")
    await alice.deletes(mistake)
    await reads(bot, offer, "2 pages")
    assert "mistake.pdf" not in offer.text
    assert "3 pages" not in offer.text
    await alice.says("Sum it up")
    await bot.next_message()
    assert uploaded(model) == ["keep.pdf"]


async def test_what_was_counted_in_a_deleted_file_is_not_told_afterwards(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 5.0)
    await alice.sends_file(pdf(2), name="keep.pdf", mime=PDF)
    mistake = await alice.sends_file(pdf(3), name="mistake.pdf", mime=PDF)
    offer = await bot.says("mistake.pdf")
    await alice.deletes(mistake)
    await bot.says_nothing_more()
    assert "2 pages" in offer.text
    assert "3 pages" not in offer.text


async def test_in_a_group_a_deleted_file_has_no_buttons_any_more(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    team = telegram.group("Team", [alice.person, boris.person])
    sent = await alice.sends_file(pdf(2), name="secret.pdf", mime=PDF, caption="@gpttg_bot", to=team)
    offer = await bot.says("secret.pdf", to=team)
    await alice.deletes(sent)
    await reads(bot, offer, "I won't use it")
    assert not offer.buttons
    assert model.requests == []


async def test_files_that_rest_are_dropped_with_their_messages_too(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    first, second = await alice.sends_album(
        [media.document(pdf(2), name="one.pdf", mime=PDF), media.document(pdf(3), name="two.pdf", mime=PDF)]
    )
    offer = await bot.says("one.pdf")
    await reads(bot, offer, "pages")
    await bot.waits(hours=1)
    await alice.deletes(second)
    await bot.says_nothing_more()
    assert "two.pdf" not in offer.text
    assert "💤 It stays here" in offer.text
    await alice.presses("Summary")
    await bot.next_message()
    assert uploaded(model) == ["one.pdf"]
    await alice.deletes(first)
    await reads(bot, offer, "I won't use it")


async def test_with_an_archive_go_its_list_and_what_was_opened_of_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    packed = zipped({"a.txt": b"letters", "b.txt": b"more letters"})
    sent = await alice.sends_file(packed, name="old.zip", mime="application/zip")
    offer = await bot.says("old.zip")
    await alice.presses("What is inside?")
    shown = await bot.next_message()
    await reads(bot, shown, "a.txt")
    await alice.presses("a.txt")
    opened = await bot.says("a.txt")
    await alice.deletes(sent)
    for message in (offer, shown, opened):
        await reads(bot, message, "I won't use it")
        assert not message.buttons
    await alice.says("What do they say?")
    await bot.next_message()
    assert uploaded(model) == []


async def test_a_picture_that_is_deleted_is_not_changed(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    sent = await alice.sends_photo(picture("JPEG"))
    offer = await bot.says("What shall I do with it?")
    await alice.presses("Change it")
    await bot.says("What shall I change?")
    await alice.deletes(sent)
    await reads(bot, offer, "I won't use it")
    assert bot.state(alice) == "idle"
    model.says("A hat it is.")
    await alice.says("add a hat")
    await bot.says("A hat it is.")


async def test_a_file_that_is_deleted_before_its_turn_comes_is_not_offered(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Once upon a time.")
    model.takes(seconds=60)
    await alice.says("Tell me a long story")
    await anyio.sleep(20)
    sent = await alice.sends_file(pdf(2), name="secret.pdf", mime=PDF)
    await alice.deletes(sent)
    await bot.says("Once upon a time.")
    await bot.says_nothing_more()
    assert bot.state(alice) == "idle"
    await alice.says("And then?")
    await bot.next_message()
    assert uploaded(model) == []


# ── sound that has a price ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("speaks", "sentence"),
    [
        ("en", "🗑 Its message was deleted or changed: I have not listened to it, and it has cost nothing."),
        ("ru", "🗑 Сообщение удалено или изменено: я это не слушал, и это ничего не стоило."),
    ],
)
async def test_a_deleted_sound_has_no_price_any_more(
    speaks: str,
    sentence: str,
    alice: Someone,
    boris: Someone,
    careful: BotUnderTest,
    model: LocalOpenAI,
    lecture: bytes,
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    sent = await who.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav", caption="How many speakers?")
    priced = await careful.next_message()
    await reads(careful, priced, "1:07")
    await who.deletes(sent)
    await reads(careful, priced, sentence)
    assert not priced.buttons
    assert model.bill == []


async def test_of_two_priced_sounds_the_one_that_is_left_is_offered_and_priced_alone(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, tmp_path: Path
) -> None:
    parts = [recording(tmp_path, "one.wav", 7), recording(tmp_path, "two.wav", 5)]
    _, second = await alice.sends_album(parts, caption="Sum it up")
    priced = await careful.next_message()
    await reads(careful, priced, "1:55")
    await alice.deletes(second)
    await reads(careful, priced, "I have not listened to it")
    offer = await careful.says("one.wav")
    assert "two.wav" not in offer.text
    await alice.presses("Transcribe")
    priced = await careful.next_message()
    await reads(careful, priced, "1:07")
    model.hears("Seven sentences.")
    await alice.presses("Go")
    await careful.waits(hours=1)
    assert heard(model) == 1
    assert words(model) == "Sum it up\n\n[Transcript]\nSeven sentences."


async def test_a_sound_with_a_price_and_an_offer_loses_both(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    priced = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, priced, "Shall I?")
    (sent,) = [message for message in alice.chat.messages if message.media]
    await alice.deletes(sent)
    await reads(careful, priced, "I have not listened to it")
    await careful.says_nothing_more()
    assert not any(message.buttons for message in alice.chat.messages)
    assert model.bill == []


async def test_a_sound_that_was_replied_to_is_not_heard_after_its_message_is_gone(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    sent = await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav")
    await careful.says("lecture.wav")
    await alice.presses("Transcribe")
    await reads(careful, await careful.next_message(), "Shall I?")
    await alice.presses("Cancel")
    await alice.says("How many speakers?", reply_to=sent)
    priced = await careful.next_message()
    await reads(careful, priced, "Shall I?")
    await alice.deletes(sent)
    await reads(careful, priced, "I have not listened to it")
    await careful.says_nothing_more()
    assert model.bill == []


# ── what is at work ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_sound_that_is_deleted_while_another_is_heard_is_not_written_down(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, tmp_path: Path
) -> None:
    model.takes(seconds=30, times=8, on="transcribe")
    model.hears(*["Five sentences."] * 3)
    parts = [recording(tmp_path, "one.wav", 5), recording(tmp_path, "two.wav", 4)]
    _, second = await alice.sends_album(parts, caption="Sum it up")
    await anyio.sleep(20)
    await alice.deletes(second)
    await bot.waits(hours=1)
    assert words(model) == "Sum it up\n\n[Transcript]\nFive sentences."
    assert bot.state(alice) == "idle"


async def test_what_is_agreed_to_stays_so_when_one_of_the_sounds_is_deleted(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, tmp_path: Path
) -> None:
    model.takes(seconds=30, times=8, on="transcribe")
    model.hears(*["Five sentences."] * 8)
    parts = [recording(tmp_path, f"{name}.wav", length) for name, length in (("one", 5), ("two", 4), ("three", 3))]
    _, second, _ = await alice.sends_album(parts, caption="Sum it up")
    priced = await careful.next_message()
    await reads(careful, priced, "about $")
    await alice.presses("Go", on=priced)
    await anyio.sleep(20)
    await alice.deletes(second)
    await careful.waits(hours=1)
    assert not any("about $" in message.text for message in alice.chat.messages)
    assert words(model).startswith("Sum it up\n\n[Transcript")
    assert careful.state(alice) == "idle"


async def test_words_whose_only_sound_is_deleted_are_told_so(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    model.takes(seconds=30, on="transcribe")
    sent = await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav")
    await bot.says("lecture.wav")
    await alice.says("How many speakers?")
    await bot.says("🎧 Listening")
    await alice.deletes(sent)
    await bot.waits(hours=1)
    assert alice.chat.messages[-1].text == (
        "🗑 The message with lecture.wav was deleted, so there is no answer about it. If you still need one,"
        " please send the file again."
    )
    assert asked(model) == []
    assert bot.state(alice) == "idle"


@pytest.mark.parametrize("where", ["private", "group"])
async def test_a_question_that_loses_one_of_its_files_is_asked_with_the_others(
    where: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    place = telegram.group("Team", [alice.person], bot_is_admin=True) if where == "group" else alice.chat
    model.says("Of both.", "Of one.")
    model.takes(seconds=60)
    album = [media.document(pdf(2), name="one.pdf", mime=PDF), media.document(pdf(3), name="two.pdf", mime=PDF)]
    _, second = await alice.sends_album(album, caption="@gpttg_bot Sum it up", to=place)
    await bot.is_writing("", to=place)
    await anyio.sleep(20)
    await alice.deletes(second)
    await bot.waits(hours=1)
    assert [message.text for message in place.messages if message.out] == ["Of one."]
    assert len(asked(model)[0].body["input"][-1]["content"]) == 3
    assert len(asked(model)[1].body["input"][-1]["content"]) == 2
