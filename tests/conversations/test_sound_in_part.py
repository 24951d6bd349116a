"""Sound of which not all can be heard: what is missing is named, with the reason; what is there is paid for once."""

from __future__ import annotations

import errno

import anyio
import pytest

from actors.drawing import Drawer
from engine.core.budget import person_scope
from engine.runtime.behaviour import Job, JobResult
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import media
from engine.store.media import Media
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.conversations.test_budgets import Limit, limits
from tests.conversations.test_long_sound import asks_for_transcript, careful, files, lecture, reads, short_pieces
from tests.conversations.test_settings import settings
from tests.made import film, sound, zeros

pytestmark = pytest.mark.anyio

__all__ = ["careful", "lecture", "limits", "short_pieces"]

LONG = "\n\n".join(f"Paragraph {number}. " + "word " * 150 for number in range(20))
"""Some four messages."""


def track(content: bytes, duration_s: float, name: str) -> media.Media:
    """A part of an album."""
    return media.audio(content, duration_s, name=name)


async def of_two(someone: Someone, bot: BotUnderTest, first: bytes, second: bytes, caption: str = "") -> None:
    """Sends two sounds together, and has them written down."""
    await someone.sends_album([track(first, 5, "one.ogg"), track(second, 5, "two.ogg")], caption=caption)
    if not caption:
        await bot.next_message()
        await someone.presses("Transcribe")


# ── why something is missing ────────────────────────────────────────────────────────────────────────────────────────


async def test_a_damaged_one_of_two_is_named_and_the_other_is_heard(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.hears("Two.")
    await of_two(alice, bot, zeros(), sound(5.0))
    await reads(bot, await bot.next_message(), "🗣 Two.")
    await bot.says("I could not read one.ogg: it is damaged")
    await bot.says_nothing_more()
    assert len(await ledger.lines()) == 1


async def test_two_damaged_ones_are_no_sound(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    whole = sound(30.0, form="mp4", codec="aac")
    await of_two(alice, bot, whole[: len(whole) // 2], zeros())
    await reads(bot, await bot.next_message(), "I can't read one.ogg: it is damaged")
    await bot.says_nothing_more()
    assert await ledger.lines() == []


async def test_what_a_budget_leaves_out_is_said_with_a_way_to_more(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, limits: Limit, lecture: bytes
) -> None:
    await limits(person_scope(alice.id), 0.003)  # a piece of 19 s costs 0.0014
    model.hears("One.", "Two.")
    shown = await asks_for_transcript(alice, bot, lecture)
    await files(bot)
    said = await bot.says("I could not hear 2 of 4 parts", to=alice)
    assert "Your budget for this month is used up" in said.text
    assert [button.text for button in said.buttons] == ["🙋 Ask for more"]
    assert shown.text.startswith("🗣 One. Two. [… 0:")


async def test_an_empty_account_is_said_with_what_was_heard(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    model.hears("One.", "Two.")
    model.takes(seconds=30, times=2, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 1 of 4 is written down")
    model.fails(429, "insufficient_quota", times=20, on="transcribe")
    await files(bot)
    said = await bot.says("of 4 parts", to=alice)
    assert "OpenAI" in said.text
    assert said.text.endswith("Send the same file again, and I only listen to what is missing.")


async def test_a_short_one_that_cannot_be_heard_stands_in_the_text_by_its_times(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.hears("Two.")
    model.fails(400, "invalid_file_format", on="transcribe")
    await of_two(alice, bot, sound(5.0), sound(6.0))
    await reads(bot, await bot.next_message(), "🗣 [… 0:00–0:05 …]\n\nTwo.")
    said = await bot.says("I could not hear 1 of 2 parts; their times stand in the text.")
    assert "I can't read one.ogg: it is damaged" in said.text
    assert "Send the same file again" not in said.text


# ── the whole of it ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_words_that_are_not_shown_whole_come_in_a_file(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.hears(LONG, "The end.")
    model.says("Paragraphs.")
    await of_two(alice, bot, sound(5.0), sound(6.0), caption="What is it about?")
    await reads(bot, await bot.next_message(), "… the whole of it is in the file.")
    sent = await bot.sends("document")
    assert sent.media is not None
    assert sent.media.whole.decode().endswith("\n\nThe end.")
    await bot.says("Paragraphs.")


async def test_a_transcript_that_is_shown_whole_names_no_file(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    half = "\n".join(["word " * 100] * 6)
    model.hears(f"{half}\n\n\n\n\n\n{half}")  # the blanks between two messages are in neither
    await alice.sends_audio(sound(5.0), 5, name="one.ogg")
    await bot.next_message()
    await alice.presses("Transcribe")
    first = await bot.next_message()
    second = await bot.next_message()
    await bot.says_nothing_more()
    assert "file" not in first.text + second.text


# ── what it costs ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_same_sound_twice_is_paid_once(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    model.hears("Once.")
    await of_two(alice, bot, sound(5.0), sound(5.0))
    await reads(bot, await bot.next_message(), "🗣 Once.\n\nOnce.")
    assert [line["kind"] for line in await ledger.lines()] == ["transcription"]


async def test_the_price_of_the_rest_is_that_of_what_is_missing(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "$0.0074")
    model.fails(400, "invalid_file_format", on="transcribe")
    await alice.presses("Go")
    await files(careful)
    await careful.says("I could not hear 1 of 4 parts")
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "🎧 This plays for 0:1")
    assert "$0.0074" not in asked.text


async def test_a_film_without_sound_is_not_asked_about(alice: Someone, careful: BotUnderTest) -> None:
    await alice.sends_video(film(60, has_sound=False), 60, name="silent.mp4", caption="?")
    line = await careful.says("🎧")
    await reads(careful, line, "There is no sound in silent.mp4: I look at some frames of it.")


async def test_a_header_that_lies_about_the_length_is_found_out_before_it_costs_anything(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_audio(_hurried(sound(60.0, form="webm")), 1, name="talk.webm", mime="audio/webm")
    await careful.next_message()
    await alice.presses("Transcribe")
    asked = await careful.next_message()
    await reads(careful, asked, "🎧 This plays for 1:00")
    assert model.bill == []
    await alice.presses("Go")
    await reads(careful, asked, "🗣")


def _hurried(webm: bytes) -> bytes:
    """Its header says that it plays for a second: Duration (0x4489), a double of milliseconds."""
    at = webm.index(b"\x44\x89\x88") + 3
    return webm[:at] + bytes.fromhex("408f400000000000") + webm[at + 8 :]


async def test_a_sound_too_short_for_words_is_free(
    alice: Someone, admin: Someone, bot: BotUnderTest, ledger: Ledger
) -> None:
    await alice.sends_voice(sound(0.05))
    await bot.says("I heard no words in this.", to=alice)
    await bot.says_nothing_more()
    assert await ledger.lines() == []


# ── when the program itself fails ───────────────────────────────────────────────────────────────────────────────────


def raises(*arguments: object) -> None:
    """A fault of ours."""
    raise LookupError


async def test_what_was_paid_before_a_crash_is_booked(
    alice: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    ledger: Ledger,
    lecture: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.transcribing.as_srt", raises)
    model.hears("One.", "Two.", "Three.", "Four.")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "Something went wrong")
    lines = await ledger.lines()
    assert sum(line["cost_nanousd"] for line in lines) == sum(call.cost_nanousd or 0 for call in model.bill) > 0
    monkeypatch.undo()
    again = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, again, "🗣 One. Two. Three. Four.")


async def test_each_picture_that_was_paid_before_a_crash_is_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.media.pictures.fit_photo", raises)
    await _draws(alice, bot)
    assert [line["kind"] for line in await ledger.lines()] == ["picture"] * len(model.bill)


async def test_an_answer_that_was_paid_before_a_crash_is_booked_as_openai_says(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.outcomes.Outcomes.of", raises)
    await alice.says("hello")
    await bot.says("Something went wrong", to=alice)
    lines = await ledger.lines()
    assert [line["cost_nanousd"] for line in lines] == [call.cost_nanousd for call in model.bill]
    assert len(lines) == 1


async def test_a_spoken_answer_that_was_paid_before_a_crash_is_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.media.sound.voice_note", raises)
    await settings(alice, bot)
    await alice.presses("Spoken answers")
    await alice.presses("always")
    await alice.says("hello")
    await bot.next_message(alice)
    await bot.says("I could not speak this answer", to=alice)
    assert sorted(line["kind"] for line in await ledger.lines()) == ["response", "speech"]
    assert len(model.bill) == 2


@pytest.mark.parametrize("what", ["picture", "transcript"])
async def test_a_full_disk_loses_no_bill(
    what: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.store.media.Media.write", is_full)
    if what == "picture":
        await _draws(alice, bot)
    else:
        await alice.sends_voice(sound(5.0))
        await bot.says("There is no room for this file", to=alice)
    await bot.says_nothing_more()
    assert [line["cost_nanousd"] for line in await ledger.lines()] == [call.cost_nanousd for call in model.bill]
    assert len(model.bill) == 1


async def _draws(someone: Someone, bot: BotUnderTest) -> None:
    """Asks for a square picture."""
    await someone.says("/img a house")
    offer = await bot.says("Which format?")
    await someone.presses(offer.buttons[0].text)
    await bot.says_nothing_more()


def is_full(*arguments: object) -> int:
    """What a disk says that is full."""
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_kill_after_a_full_disk_loses_no_bill(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, true = anyio.Event(), Drawer.run

    async def hang(drawer: Drawer, job: Job) -> JobResult:
        result = await true(drawer, job)
        came.set()
        await anyio.sleep_forever()
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Media, "write", is_full)
        patch.setattr(Drawer, "run", hang)
        await alice.says("/img a house")
        offer = await bot.says("Which format?")
        await alice.presses(offer.buttons[0].text)
        with anyio.fail_after(600):
            await came.wait()
        await bot.stops()
    await bot.starts()
    await bot.waits(hours=1)
    assert [line["status"] for line in await ledger.lines()] == ["estimated", "complete"]
    assert len(model.bill) == 2


async def test_an_earlier_call_of_an_answer_that_crashes_is_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.says("hello")
    await bot.next_message(alice)
    monkeypatch.setattr("actors.outcomes.Outcomes.of", raises)
    model.response_fails("context_length_exceeded", with_usage=True)
    await alice.says("more")
    await bot.says("Something went wrong", to=alice)
    assert [line["cost_nanousd"] for line in await ledger.lines()] == [call.cost_nanousd for call in model.bill]
    assert len(model.bill) == 3


async def test_no_piece_is_left_when_the_price_is_asked_about_after_cutting(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_audio(_hurried(sound(60.0, form="webm")), 1, name="talk.webm", mime="audio/webm")
    await careful.next_message()
    await alice.presses("Transcribe")
    await reads(careful, await careful.next_message(), "Shall I?")
    assert list((careful.settings.media_directory / "incoming").iterdir()) == []
