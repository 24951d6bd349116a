"""Long sound: cut into pieces that are heard side by side, asked about where it is dear, paid for once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message, media
from engine.testing.chat import PATIENCE_S, BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.made import talk

pytestmark = pytest.mark.anyio

PIECE_S = 20
WHOLE = [(9.0, 0.6)] * 7
"""67 seconds: four pieces."""


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a minute is long."""
    monkeypatch.setattr("engine.media.pieces.PIECE_MOST_S", PIECE_S)
    monkeypatch.setattr("actors.transcribing.LONG_SOUND_S", 2 * PIECE_S)
    monkeypatch.setattr("actors.hearing.PIECES_AT_ONCE", 1)


@pytest.fixture
def lecture(tmp_path: Path) -> bytes:
    """A recording of 67 seconds."""
    return talk(tmp_path / "lecture.wav", WHOLE).read_bytes()


@pytest.fixture
async def careful(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, alice: Someone, boris: Someone
) -> AsyncIterator[BotUnderTest]:
    """A bot that asks before it spends a tenth of a cent."""
    house = BotUnderTest(
        telegram, model, clock, tmp_path / "careful.db", admins=[alice.id], members=[boris.id], ask_above_usd=0.001
    )
    async with house:
        yield house


async def asks_for_transcript(someone: Someone, bot: BotUnderTest, content: bytes) -> Message:
    """Sends a recording, and presses Transcribe; the message that stands for it."""
    await someone.sends_audio(content, 67, name="lecture.wav", mime="audio/x-wav")
    await bot.next_message()
    await someone.presses("Transcribe")
    return await bot.next_message()


async def files(bot: BotUnderTest) -> list[Message]:
    """The transcript as text, as subtitles, and with headings."""
    return [await bot.sends("document") for _ in range(3)]


def heard(model: LocalOpenAI) -> int:
    """How many pieces were paid for."""
    return [call.model for call in model.bill].count("gpt-transcribe")


async def reads(bot: BotUnderTest, message: Message, expected: str) -> None:
    """Waits until a message of the bot says so."""
    with anyio.move_on_after(PATIENCE_S):
        while expected not in message.text:
            await bot.telegram.changed.wait(since=bot.telegram.changed.version)
    assert expected in message.text


async def test_a_long_recording_becomes_one_transcript_and_three_files(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.hears("One. Two.", "Three.", "Four.", "Five.")
    shown = await asks_for_transcript(alice, bot, lecture)
    sent = await files(bot)
    assert shown.text == "🗣 One. Two. Three. Four. Five."
    assert [button.text for button in shown.buttons] == ["Summary", "Translate", "As a file"]
    names = [file.media.name for file in sent if file.media]
    assert names == ["transcript.txt", "transcript.srt", "transcript.md"]
    text, subtitles, headed = (file.media.whole.decode() for file in sent if file.media)
    assert text == "One. Two. Three. Four. Five."
    assert subtitles.startswith("1\n00:00:00,000 --> 00:00:")
    assert subtitles.count("-->") == 5
    assert headed == "sandbox\n\n## 0:00\n\n**sandbox**\n\nOne. Two. Three. Four. Five.\n\n"
    lines = await ledger.lines()
    assert [line["kind"] for line in lines] == ["transcription"] * 4 + ["response"]
    assert sum(line["cost_nanousd"] for line in lines) == sum(call.cost_nanousd or 0 for call in model.bill)


async def test_pieces_are_heard_side_by_side(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.hearing.PIECES_AT_ONCE", 4)
    model.takes(seconds=60, times=4, on="transcribe")
    began = clock()
    await asks_for_transcript(alice, bot, lecture)
    await bot.sends("document")
    assert 60 <= (clock() - began).total_seconds() < 120


async def test_the_standing_message_says_how_far_it_has_come(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    model.takes(seconds=30, times=4, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 1 of 4 is written down")
    await reads(bot, shown, "part 3 of 4 is written down")
    await bot.sends("document")


async def test_the_same_file_costs_nothing_twice_in_the_same_conversation(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    await asks_for_transcript(alice, bot, lecture)
    await files(bot)
    paid = len(model.bill)
    again = await asks_for_transcript(alice, bot, lecture)
    *_, headed = await files(bot)
    assert again.text == "🗣 One. Two. Three. Four."
    assert len(model.bill) == paid == 5
    assert headed.media is not None
    assert headed.media.whole.startswith(b"sandbox")


async def test_another_conversation_pays_for_itself(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    await asks_for_transcript(alice, bot, lecture)
    await bot.waits(hours=1)
    await boris.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav", caption="О чём это?")
    await bot.waits(hours=1)
    assert heard(model) == 8


async def test_what_is_forgotten_is_heard_anew(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    await asks_for_transcript(alice, bot, lecture)
    await bot.waits(hours=1)
    await alice.says("/forget")
    await bot.waits(hours=1)
    await alice.presses("🗑 Delete everything")
    await bot.waits(hours=1)
    await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav", caption="What is this about?")
    await bot.waits(hours=1)
    assert heard(model) == 8


async def test_a_piece_that_fails_is_asked_for_again_alone(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    model.fails(500, times=2, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await bot.sends("document")
    assert shown.text == "🗣 One. Two. Three. Four."
    assert heard(model) == 4


async def test_what_can_be_heard_is_kept_when_a_piece_cannot(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    model.hears("Two.", "Three.", "Four.")
    model.fails(500, times=6, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await files(bot)
    await bot.says("I could not hear 1 of 4 parts")
    assert shown.text.startswith("🗣 [… 0:00–")
    assert shown.text.endswith("…] Two. Three. Four.")
    model.hears("One.")
    again = await asks_for_transcript(alice, bot, lecture)
    await bot.sends("document")
    assert again.text == "🗣 One. Two. Three. Four."
    assert heard(model) == 4


async def test_a_killed_job_goes_on_with_the_pieces_that_are_missing(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    model.takes(seconds=30, times=4, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 2 of 4 is written down")
    await anyio.sleep(1)  # the third part is on its way
    await bot.stops()
    await bot.starts()
    await bot.sends("document")
    assert shown.text.startswith("🗣 One. Two.")
    statuses = [line["status"] for line in await ledger.lines() if line["kind"] == "transcription"]
    assert statuses.count("complete") == 4
    assert statuses.count("estimated") == 1


async def test_stop_means_stop_and_what_was_heard_is_paid_once(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    model.takes(seconds=30, times=4, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 2 of 4 is written down")
    await alice.presses("⏹ Stop")
    await bot.says_nothing_more()
    assert shown.text.startswith("⏹ Stopped")
    statuses = [line["status"] for line in await ledger.lines()]
    assert statuses == ["complete", "complete", "estimated"]
    model.hears("Drei.", "Vier.")
    again = await asks_for_transcript(alice, bot, lecture)
    await files(bot)
    assert again.text.startswith("🗣 One. Two.")
    assert [line["kind"] for line in await ledger.lines()] == ["transcription"] * 5 + ["response"]


async def test_what_openai_has_turned_away_costs_nothing_when_it_is_stopped_before_the_next_try(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.fails(429, retry_after_s=50, times=20, on="transcribe")
    await asks_for_transcript(alice, bot, lecture)
    await anyio.sleep(20)
    await alice.presses("⏹ Stop")
    await bot.waits(hours=1)
    assert model.bill == []
    assert await ledger.lines() == []


async def test_a_kill_while_several_are_under_way_pays_for_none_twice(
    alice: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    ledger: Ledger,
    lecture: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.hearing.PIECES_AT_ONCE", 3)
    model.takes(seconds=30, on="transcribe")
    model.takes(seconds=90, times=2, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 1 of 4 is written down")
    await bot.stops()
    await bot.starts()
    await files(bot)
    statuses = [line["status"] for line in await ledger.lines() if line["kind"] == "transcription"]
    assert statuses.count("complete") == 4
    assert statuses.count("estimated") in (2, 3)


# ── what it would cost ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_dear_sound_is_asked_about_before_it_costs_anything(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    asked = await asks_for_transcript(alice, careful, lecture)
    await careful.says_nothing_more()
    assert asked.text == "🎧 This plays for 1:07 and would cost about $0.0074 to write down. Shall I?"
    assert [button.text for button in asked.buttons] == ["Go", "Cancel"]
    assert careful.state(alice) == "idle"
    assert model.bill == []
    model.hears("One.", "Two.", "Three.", "Four.")
    await alice.presses("Go")
    await careful.sends("document")
    assert asked.text == "🗣 One. Two. Three. Four."


async def test_cancel_costs_nothing(alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes) -> None:
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "Shall I?")
    await alice.presses("Cancel")
    await careful.says_nothing_more()
    assert asked.text == "All right: I have not listened to it, and it has cost nothing."
    assert model.bill == []


@pytest.mark.parametrize(("answer", "said"), [(0, "Shall I?"), (-1, "I have not listened to it")])
async def test_while_it_is_paused_nothing_is_agreed_to_but_cancel_works(
    answer: int, said: str, alice: Someone, boris: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    boris.person.language = "en"
    await boris.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav")
    await careful.next_message(boris)
    await boris.presses("Transcribe")
    asked = await careful.next_message(boris)
    await reads(careful, asked, "Shall I?")
    await alice.says("/pause")
    await careful.says("has paused the bot", to=alice)
    await boris.presses(asked.buttons[answer].text)
    await careful.says_nothing_more()
    assert said in asked.text
    assert model.bill == []


async def test_only_the_first_minutes_of_a_long_one(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.steps.consent.BEGINNING_S", 15.0)
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "Shall I?")
    model.hears("The beginning.")
    await alice.presses("First 10 minutes")
    await careful.says_nothing_more()
    assert asked.text == "🗣 The beginning."
    assert len(model.bill) == 1


async def test_what_was_heard_of_the_beginning_is_not_paid_again_with_the_whole(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.steps.consent.BEGINNING_S", 40.0)
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "Shall I?")
    await alice.presses("First 10 minutes")
    await files(careful)
    beginning = [call.usage.audio_ms for call in model.bill if call.operation == "transcription"]
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "Shall I?")
    await alice.presses("Go", on=asked)
    await careful.waits(hours=1)
    whole = [call.usage.audio_ms for call in model.bill if call.operation == "transcription"][len(beginning) :]
    assert len(beginning) > 1
    assert sum(whole) <= 67_000 - beginning[0] + 3_000  # the pieces overlap a little


@pytest.mark.parametrize("beginning_s", [10.0, 30.0])
async def test_the_whole_is_cut_behind_the_beginning_that_was_heard(
    beginning_s: float,
    alice: Someone,
    careful: BotUnderTest,
    model: LocalOpenAI,
    lecture: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.steps.consent.BEGINNING_S", beginning_s)
    monkeypatch.setattr("actors.transcribing.LONG_SOUND_S", 1_000.0)
    model.hears("One two three.")
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "This plays for 1:07")
    await alice.presses("First 10 minutes")
    await careful.waits(hours=1)
    beginning = _paid_ms(model)
    assert beginning_s * 1000 <= sum(beginning) <= beginning_s * 1000 + 4_000
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, f"This plays for 0:{67 - round(beginning_s)}")
    await alice.presses("Go", on=asked)
    await careful.waits(hours=1)
    whole = _paid_ms(model)[len(beginning) :]
    assert 67_000 - sum(beginning) <= sum(whole) <= 67_200 - beginning_s * 1000 + 3_000 * len(whole)
    assert asked.text.startswith("🗣 One two three.")
    asked = await asks_for_transcript(alice, careful, lecture)
    await careful.waits(hours=1)
    assert len(_paid_ms(model)) == len(beginning) + len(whole)


async def test_pieces_of_the_rest_that_could_not_be_heard_are_heard_when_it_comes_again(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.steps.consent.BEGINNING_S", 10.0)
    monkeypatch.setattr("actors.transcribing.LONG_SOUND_S", 1_000.0)
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "Shall I?")
    await alice.presses("First 10 minutes")
    await careful.waits(hours=1)
    model.fails(400, "invalid_file_format", on="transcribe")
    for button in ("Go", None):
        asked = await asks_for_transcript(alice, careful, lecture)
        await careful.waits(hours=1)
        if button is not None:
            await alice.presses(button, on=asked)
            await careful.waits(hours=1)
    assert sum(_paid_ms(model)) <= 67_200 + 3_000 * len(_paid_ms(model))


def _paid_ms(model: LocalOpenAI) -> list[int]:
    return [call.usage.audio_ms for call in model.bill if call.operation == "transcription"]


async def test_of_several_sounds_there_is_no_beginning(
    alice: Someone, careful: BotUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.steps.consent.BEGINNING_S", 20.0)
    talks = [talk(tmp_path / f"{name}.wav", [(7.0 + name, 0.6)] * 2).read_bytes() for name in range(3)]
    await alice.sends_album([media.audio(each, 15, name=f"{number}.wav") for number, each in enumerate(talks)])
    await careful.next_message()
    await alice.presses("Transcribe")
    asked = await careful.next_message()
    await reads(careful, asked, "Shall I?")
    assert len(asked.buttons) == 2


async def test_a_question_meanwhile_is_answered_and_the_buttons_work_on(
    alice: Someone, careful: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    asked = await asks_for_transcript(alice, careful, lecture)
    await reads(careful, asked, "Shall I?")
    model.says("Four.")
    await alice.says("Two and two?")
    await careful.says("Four.")
    await alice.presses("Go", on=asked)
    await careful.sends("document")
    assert asked.text.startswith("🗣")
