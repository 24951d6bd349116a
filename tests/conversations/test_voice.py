"""Sound: voice notes are written down and answered, recordings written down and kept, answers spoken."""

from __future__ import annotations

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.conversations.test_gathering import words
from tests.conversations.test_settings import settings
from tests.made import film, sound

pytestmark = pytest.mark.anyio


async def test_a_voice_note_is_written_down_and_answered(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.hears("Tell me a joke", language="en")
    model.says("A horse walks into a bar.")
    await alice.sends_voice(sound(3), 3)
    shown = await bot.says("🗣 Tell me a joke")
    assert shown.reply_to is not None
    await bot.says("A horse walks into a bar.")
    assert words(model) == "Tell me a joke"
    lines = await ledger.lines()
    assert [line["kind"] for line in lines] == ["transcription", "response"]
    assert lines[0]["model"] == "gpt-transcribe"
    assert lines[0]["cost_nanousd"] == model.bill[0].cost_nanousd


@pytest.mark.parametrize(("choice", "sees"), [("answer only", ["Yes."]), ("transcript only", ["🗣 Is it?"])])
async def test_what_becomes_of_voice_notes_can_be_chosen(
    choice: str, sees: list[str], alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await settings(alice, bot)
    await alice.presses("Voice notes")
    await alice.presses(choice)
    model.hears("Is it?")
    model.says("Yes.")
    await alice.sends_voice(sound(1), 1)
    for each in sees:
        await bot.says(each)
    await bot.says_nothing_more()


async def test_a_transcript_alone_has_buttons(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await settings(alice, bot)
    await alice.presses("Voice notes")
    await alice.presses("transcript only")
    model.hears("We meet on Monday at nine, bring the papers.")
    await alice.sends_voice(sound(1), 1)
    shown = await bot.says("We meet on Monday")
    assert [button.text for button in shown.buttons] == ["Summary", "Translate", "As a file"]
    await alice.presses("As a file")
    file = await bot.sends("document")
    assert file.media is not None
    assert file.media.whole == b"We meet on Monday at nine, bring the papers."
    model.says("Monday, nine.")
    await alice.presses("Summary")
    await bot.says("Monday, nine.")
    assert "We meet on Monday" in words(model)


async def test_the_model_hears_of_a_transcript_with_the_next_question(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await settings(alice, bot)
    await alice.presses("Voice notes")
    await alice.presses("transcript only")
    model.hears("The code is 1234.")
    await alice.sends_voice(sound(1), 1)
    await bot.says("1234")
    await alice.says("What is the code?")
    await bot.next_message()
    told = [item["content"] for item in model.requests[-1].body["input"] if item["role"] == "user"]
    assert told == ["[Transcript]\nThe code is 1234.", "What is the code?"]


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_a_recording_without_words_is_asked_about(
    kind: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    if kind == "audio":
        await alice.sends_audio(sound(4, form="mp3", codec="libmp3lame"), 4, name="talk.mp3")
    else:
        await alice.sends_video(film(2), 2, name="talk.mp4")
    offer = await bot.next_message()
    assert [button.text for button in offer.buttons] == ["Transcribe", "Summary"]
    model.hears("Ladies and gentlemen.")
    await alice.presses("Transcribe")
    shown = await bot.next_message()
    await bot.says_nothing_more()
    assert shown.text == "🗣 Ladies and gentlemen."


async def test_a_recording_with_words_is_a_question_about_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.hears("Ladies and gentlemen.")
    model.says("A speech.")
    await alice.sends_video(film(2), 2, name="talk.mp4", caption="What is this?")
    shown = await bot.next_message()
    await bot.says("A speech.")
    assert shown.text == "🗣 Ladies and gentlemen."
    assert words(model) == "What is this?\n\n[Transcript]\nLadies and gentlemen."


async def test_a_round_video_is_heard_like_a_voice_note(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.hears("Hello from here")
    await alice.sends_video_note(film(2), 2)
    await bot.says("🗣 Hello from here")
    await bot.next_message()
    assert words(model) == "Hello from here"


async def test_a_reply_to_a_voice_note_is_about_what_it_says(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await settings(alice, bot)
    await alice.presses("Voice notes")
    await alice.presses("transcript only")
    model.hears("The code is 1234.")
    note = await alice.sends_voice(sound(1), 1)
    await bot.says("1234")
    model.hears("The code is 1234.")
    await alice.says("What is the code?", reply_to=note)
    await bot.next_message()
    await bot.next_message()
    assert "The code is 1234." in words(model)


async def test_an_empty_voice_note_gets_a_sentence(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.hears("")
    await alice.sends_voice(sound(0.05), 0)
    await bot.says("I heard no words in this.")
    assert bot.state(alice) == "idle"


async def test_sound_that_is_none_gets_a_sentence(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.sends_voice(bytes(5_000), 5)
    await bot.says("damaged")
    assert bot.state(alice) == "idle"
    assert model.bill == []


async def test_a_film_without_sound_is_looked_at(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("A cat, asleep.")
    await alice.sends_video(film(1, has_sound=False), 1, name="silent.mp4", caption="What is seen?")
    line = await bot.next_message()
    await bot.says("A cat, asleep.")
    assert line.text == "🎬 There is no sound in silent.mp4: I look at some frames of it."
    asked = model.requests[-1].body["input"][-1]["content"]
    assert {"input_image", "input_text"} == {part["type"] for part in asked}
    assert "What is seen?" in str(asked)


async def test_a_film_without_sound_is_described_where_its_words_were_wanted(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_video(film(1, has_sound=False), 1, name="silent.mp4")
    await bot.says("What shall I do with it?")
    model.says("A cat, asleep.")
    await alice.presses("Transcribe")
    await bot.next_message()
    await bot.says("A cat, asleep.")
    assert "Describe this." in str(model.requests[-1].body["input"][-1]["content"])


async def test_a_round_film_without_sound_is_looked_at(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("A cat, asleep.")
    await alice.sends_video_note(film(1, has_sound=False), 1)
    await bot.says("A cat, asleep.")
    assert "input_image" in str(model.requests[-1].body["input"][-1]["content"])


async def test_what_is_said_meanwhile_waits(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.hears("first question")
    model.says("first answer", "second answer")
    await alice.sends_voice(sound(1), 1)
    await alice.says("second question")
    await bot.says("first question")
    await bot.says("first answer")
    await bot.says("second answer")


async def test_a_failed_transcription_says_so_and_is_paid_once(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.fails(500, times=20, on="transcribe")
    await alice.sends_voice(sound(1), 1)
    await bot.says("can't be reached")
    assert bot.state(alice) == "idle"


async def test_a_kill_while_listening_pays_for_no_second_transcription_that_was_heard(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.hears("the words")
    model.takes(seconds=30)
    await alice.sends_voice(sound(1), 1)
    await bot.says("🗣 the words")
    await bot.stops()
    await bot.starts()
    await bot.next_message()
    assert [line["kind"] for line in await ledger.lines()].count("transcription") == 1


# ── spoken answers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("choice", ["always", "to voice notes"])
async def test_answers_are_spoken_where_that_is_wanted(
    choice: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    await settings(alice, bot)
    await alice.presses("Spoken answers")
    await alice.presses(choice)
    model.hears("Say something")
    model.says("Something **nice**.")
    await alice.sends_voice(sound(1), 1)
    await bot.says("🗣 Say something")
    await bot.says("Something nice.")
    voice = await bot.sends("voice")
    assert voice.media is not None
    assert voice.media.whole[:4] == b"OggS"
    assert voice.media.duration_s > 0
    assert voice.media.waveform
    assert [line["kind"] for line in await ledger.lines()] == ["transcription", "response", "speech"]
    await alice.says("And in writing?")
    await bot.next_message()
    if choice == "always":
        await bot.sends("voice")
    await bot.says_nothing_more()


async def test_an_answer_that_cannot_be_spoken_stands_in_writing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await settings(alice, bot)
    await alice.presses("Spoken answers")
    await alice.presses("always")
    model.fails(500, times=20, on="speak")
    await alice.says("Hello")
    await bot.next_message()
    await bot.says("I could not speak this answer; it stands above.")


async def test_words_for_a_recording_that_waits_are_about_what_is_said_in_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.hears("We meet on Monday at nine.")
    await alice.sends_audio(sound(4, form="mp3", codec="libmp3lame"), 4, name="talk.mp3")
    await bot.says("talk.mp3")
    model.says("Monday, nine.")
    await alice.says("When is the meeting?")
    await bot.says("🗣 We meet on Monday")
    await bot.says("Monday, nine.")
    assert "We meet on Monday at nine." in words(model)
    assert "When is the meeting?" in words(model)


async def test_a_late_reply_to_the_offer_is_about_the_recording(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.hears("We meet on Monday at nine.")
    await alice.sends_audio(sound(4, form="mp3", codec="libmp3lame"), 4, name="talk.mp3")
    offer = await bot.says("talk.mp3")
    await bot.waits(hours=1)
    model.says("Monday, nine.")
    await alice.says("When is the meeting?", reply_to=offer)
    await bot.says("🗣 We meet on Monday")
    await bot.says("Monday, nine.")
    assert "We meet on Monday at nine." in words(model)


async def test_words_that_a_recording_gets_by_an_edit_are_about_what_is_said_in_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.hears("We meet on Monday at nine.")
    sent = await alice.sends_audio(sound(4, form="mp3", codec="libmp3lame"), 4, name="talk.mp3")
    await bot.says("talk.mp3")
    model.says("Monday, nine.")
    await alice.edits(sent, "When is the meeting?")
    await bot.says("🗣 We meet on Monday")
    await bot.says("Monday, nine.")
    assert "We meet on Monday at nine." in words(model)
