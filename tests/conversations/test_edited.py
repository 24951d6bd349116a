"""Edited messages whose files wait: other words are what is answered, another file takes the old one's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import Message, media
from engine.sandbox.telegram.content import Synthetic
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.conversations.test_deleted import PDF, recording
from tests.conversations.test_files import asked
from tests.conversations.test_gathering import words
from tests.conversations.test_large_files import reads, uploaded
from tests.conversations.test_long_sound import asks_for_transcript, careful, heard, lecture
from tests.made import pdf, sound, zipped

pytestmark = pytest.mark.anyio

__all__ = ["careful", "lecture"]


def right() -> media.Media:
    """The file that was meant."""
    return media.document(pdf(5), name="right.pdf", mime=PDF)


# ── files that wait for words ───────────────────────────────────────────────────────────────────────────────────────


async def test_the_file_that_takes_anothers_place_with_words_is_what_they_are_about(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF)
    offer = await bot.says("wrong.pdf")
    model.says("Five pages.")
    await alice.edits(sent, "Sum it up", made=right())
    await bot.says("Five pages.")
    assert uploaded(model) == ["right.pdf"]
    assert offer not in alice.chat.messages


async def test_the_file_that_takes_anothers_place_is_offered_in_its_place(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF)
    offer = await bot.says("wrong.pdf")
    await reads(bot, offer, "2 pages")
    await alice.edits(sent, "", made=right())
    await reads(bot, offer, "5 pages")
    assert "wrong.pdf" not in offer.text
    await alice.presses("Summary")
    await bot.next_message()
    assert uploaded(model) == ["right.pdf"]


async def test_a_file_that_is_replaced_while_it_is_gathered_is_used_as_it_is_then(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF, caption="Sum it up")
    assert bot.state(alice) == "gathering"
    await alice.edits(sent, "Sum it up", made=right())
    await bot.next_message()
    assert uploaded(model) == ["right.pdf"]


@pytest.mark.parametrize("text", ["", "Sum it up"])
async def test_a_program_in_the_place_of_a_file_is_refused_and_the_file_is_gone(
    text: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF)
    offer = await bot.says("wrong.pdf")
    await alice.edits(sent, text, made=media.document(b"MZ" * 100, name="setup.exe"))
    await bot.says("setup.exe")
    await reads(bot, offer, "I won't use it")
    assert bot.state(alice) == "idle"
    assert model.requests == []


async def test_another_archive_is_opened_in_the_place_of_the_first(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(zipped({"a.txt": b"a", "b.txt": b"b"}), name="old.zip", mime="application/zip")
    offer = await bot.says("old.zip")
    await alice.presses("What is inside?")
    shown = await bot.next_message()
    await reads(bot, shown, "a.txt")
    new = media.document(zipped({"c.txt": b"c", "d.txt": b"d"}), name="new.zip", mime="application/zip")
    await alice.edits(sent, "", made=new)
    await reads(bot, offer, "new.zip")
    await reads(bot, shown, "I won't use it")
    await alice.presses("What is inside?")
    await bot.says("c.txt")


async def test_a_question_is_asked_again_about_the_file_that_has_taken_the_place_of_its_own(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Two pages.", "Five pages.")
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF, caption="Sum it up")
    await bot.says("Two pages.")
    await alice.edits(sent, "Sum it up", made=right())
    await bot.waits(hours=0.1)
    assert uploaded(model) == ["wrong.pdf", "right.pdf"]
    assert [message.text for message in alice.chat.messages if message.out] == ["Five pages."]


# ── files that are asked about ──────────────────────────────────────────────────────────────────────────────────────


async def is_being_answered(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> Message:
    """A question about a file, whose answer is under way."""
    model.says("Two pages, each of them with a number on it, and nothing else.")
    model.takes(seconds=60)
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF, caption="Sum it up")
    await bot.is_writing("Two", to=alice)
    return sent


async def test_a_sound_in_the_place_of_a_file_that_is_asked_about_is_heard(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await is_being_answered(alice, bot, model)
    model.hears("The meeting is at nine.")
    model.says("At nine.")
    await alice.edits(sent, "Sum it up", made=media.audio(sound(3.0), 3, name="right.ogg"))
    await reads(bot, await bot.next_message(), "The meeting is at nine.")
    await bot.says("At nine.")
    await bot.says_nothing_more()
    assert words(model) == "Sum it up\n\n[Transcript]\nThe meeting is at nine."
    assert bot.state(alice) == "idle"


@pytest.mark.parametrize("text", ["Sum it up", "What is it?"])
async def test_a_program_in_the_place_of_a_file_that_is_asked_about_ends_the_answer(
    text: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await is_being_answered(alice, bot, model)
    await alice.edits(sent, text, made=media.document(b"MZ" * 100, name="setup.exe"))
    await bot.says("setup.exe")
    await bot.waits(hours=0.1)
    await bot.says_nothing_more()
    assert bot.state(alice) == "idle"
    assert len(asked(model)) == 1


async def test_an_archive_in_the_place_of_a_file_that_is_asked_about_is_offered(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await is_being_answered(alice, bot, model)
    archive = media.document(Synthetic(600 * 1024 * 1024), name="large.zip", mime="application/zip")
    await alice.edits(sent, "Sum it up", made=archive)
    offer = await bot.says("large.zip")
    assert [button.text for button in offer.buttons] == ["What is inside?"]
    await bot.waits(hours=0.1)
    await bot.says_nothing_more()
    assert len(asked(model)) == 1


# ── sound that has a price ──────────────────────────────────────────────────────────────────────────────────────────


async def test_go_answers_the_words_as_they_are_then(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    sent = await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav", caption="How many speakers?")
    priced = await careful.next_message()
    await reads(careful, priced, "Shall I?")
    await alice.edits(sent, "Translate it into French")
    await careful.says_nothing_more()
    assert "Shall I?" in priced.text
    model.hears("One.")
    await alice.presses("Go")
    await careful.waits(hours=1)
    assert words(model) == "Translate it into French\n\n[Transcript]\nOne."
    assert len(asked(model)) == 1


async def test_words_that_are_added_to_a_priced_sound_are_answered_with_it(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    priced = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, priced, "Shall I?")
    (sent,) = [message for message in alice.chat.messages if message.media]
    await alice.edits(sent, "How many speakers?")
    await careful.says_nothing_more()
    model.hears("One.")
    await alice.presses("Go")
    await careful.waits(hours=1)
    assert words(model) == "How many speakers?\n\n[Transcript]\nOne."


@pytest.mark.parametrize("is_offered", [False, True])
async def test_another_sound_is_priced_anew_in_the_same_message(
    is_offered: bool, alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes, tmp_path: Path
) -> None:
    caption = "" if is_offered else "How many speakers?"
    sent = await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav", caption=caption)
    if is_offered:
        await careful.says("lecture.wav")
        await alice.presses("Transcribe")
    priced = await careful.next_message()
    await reads(careful, priced, "1:07")
    await alice.edits(sent, "How many speakers?", made=recording(tmp_path, "other.wav", 10))
    await reads(careful, priced, "1:36")
    await careful.says_nothing_more()
    assert model.bill == []
    model.hears("Ten sentences.")
    await alice.presses("Go", on=priced)
    await careful.waits(hours=1)
    assert words(model) == "How many speakers?\n\n[Transcript]\nTen sentences."
    assert heard(model) == 1


async def test_a_document_in_the_place_of_a_priced_sound_is_offered(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    sent = await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav", caption="Sum it up")
    priced = await careful.next_message()
    await reads(careful, priced, "Shall I?")
    await alice.edits(sent, "Sum it up", made=right())
    await reads(careful, priced, "I have not listened to it")
    await careful.says("right.pdf")
    await alice.presses("Summary")
    await careful.next_message()
    assert uploaded(model) == ["right.pdf"]
    assert heard(model) == 0


# ── messages that are replied to ────────────────────────────────────────────────────────────────────────────────────


async def test_a_reply_is_about_the_words_that_a_message_has_now(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.says("Rome is in France")
    await bot.next_message()
    await alice.edits(sent, "Paris is in France")
    await alice.says("/new")
    await bot.next_message()
    await alice.says("Is that true?", reply_to=sent)
    await bot.next_message()
    assert "Paris is in France" in words(model)
    assert "Rome" not in words(model)


async def test_a_reply_is_about_the_file_that_a_message_has_now(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(pdf(2), name="wrong.pdf", mime=PDF, caption="Sum it up")
    await bot.next_message()
    await alice.edits(sent, "Sum it up", made=right())
    await quiet()
    await alice.says("/new")
    await bot.next_message()
    await alice.says("How many pages has it?", reply_to=sent)
    await bot.next_message()
    assert uploaded(model)[-1] == "right.pdf"
