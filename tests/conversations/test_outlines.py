"""A long recording's transcript begins with a summary and titles for its parts: paid once, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.conversations.test_long_sound import reads
from tests.made import talk

pytestmark = pytest.mark.anyio

OUTLINE = json.dumps({"summary": "Two [people](https://evil.example) count.", "titles": ["To *four*", "And  on\n"]})


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a minute is long, and has two sections."""
    monkeypatch.setattr("engine.media.pieces.PIECE_MOST_S", 40)
    monkeypatch.setattr("actors.hearing.PIECES_AT_ONCE", 1)
    monkeypatch.setattr("actors.transcribing.LONG_SOUND_S", 40)
    monkeypatch.setattr("engine.media.stitching.SECTION_MS", 30_000)


@pytest.fixture
def lecture(tmp_path: Path) -> bytes:
    """A recording of 67 seconds: two pieces."""
    return talk(tmp_path / "lecture.wav", [(9.0, 0.6)] * 7).read_bytes()


async def transcribed(someone: Someone, bot: BotUnderTest, content: bytes) -> str:
    """The transcript in Markdown."""
    await someone.sends_audio(content, 67, name="lecture.wav", mime="audio/x-wav")
    await bot.next_message()
    await someone.presses("Transcribe")
    await bot.next_message()
    return await headed(bot)


async def headed(bot: BotUnderTest) -> str:
    """The third of the files."""
    sent = [await bot.sends("document") for _ in range(3)]
    media = sent[-1].media
    assert media is not None
    assert media.name == "transcript.md"
    return media.whole.decode()


def shown_as(line: Token) -> str:
    """What a reader sees of it."""
    return "".join(child.content for child in line.children or ())


async def test_it_begins_with_a_summary_and_links_to_its_chapters(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.hears("One. Two. Three. Four.", "Five. Six.")
    model.says(OUTLINE)
    text = await transcribed(alice, bot, lecture)
    assert text.startswith(
        "Two \\[people\\](https\\://evil.example) count.\n\n"
        "- [0:00](#000) To \\*four\\*\n- [0:50](#050) And on\n\n"
        "## 0:00\n\n**To \\*four\\***\n\nOne. "
    )
    assert "## 0:50\n\n**And on**\n\nSix." in text
    asked = model.requests[-1].body
    assert asked["store"] is False
    assert "Write in English" in asked["instructions"]
    assert asked["input"][0]["content"] == "[1]\nOne. Two. Three. Four. Five.\n\n[2]\nSix."
    lines = await ledger.lines()
    assert sum(line["cost_nanousd"] for line in lines) == sum(call.cost_nanousd or 0 for call in model.bill)
    assert lines[-1]["response_id"] == model.bill[-1].response_id


async def test_what_comes_back_is_words_and_never_markup(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    summary = "# One\n---\n\n    code\n1. two\n+ three\n===\nwww.evil.example &lt;b&gt; <b>four</b> | &amp;"
    titles = ["1. First", "- Second\n==="]
    model.hears("- One. Two. Three. Four.", "2) Five. Six.")
    model.says(json.dumps({"summary": summary, "titles": titles}))
    text = await transcribed(alice, bot, lecture)
    shown = MarkdownIt("commonmark").parse(text)
    assert [token.type for token in shown if token.type in ("fence", "code_block", "hr", "html_block")] == []
    lines = [shown_as(token) for token in shown if token.type == "inline"]
    assert lines == [
        " ".join(summary.split()),
        "0:00 1. First",
        "0:54 - Second ===",
        *("0:00", "1. First", "- One. Two. Three. Four. 2) Five."),
        *("0:54", "- Second ===", "Six."),
    ]
    assert [token.tag for token in shown if token.nesting == 1] == ["p", "ul", *["li", "p"] * 2, *["h2", "p", "p"] * 2]


async def test_in_russian_for_who_speaks_russian(
    boris: Someone, bot: BotUnderTest, model: LocalOpenAI, lecture: bytes
) -> None:
    await boris.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav")
    await bot.next_message()
    await boris.presses("Расшифровать")
    await bot.next_message()
    await headed(bot)
    assert "Write in Russian" in model.requests[-1].body["instructions"]


@pytest.mark.parametrize("trouble", ["refused", "malformed", "incomplete", "failed", "cut", "late"])
async def test_without_one_the_transcript_comes_all_the_same(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes, trouble: str
) -> None:
    model.hears("One. Two. Three. Four.", "Five. Six.")
    model.says("{" if trouble == "malformed" else OUTLINE)
    match trouble:
        case "refused":
            model.fails(400)
        case "incomplete":
            model.incomplete()
        case "failed":
            model.response_fails()
        case "cut":
            model.cuts()
        case "late":
            model.takes(seconds=300)
    text = await transcribed(alice, bot, lecture)
    assert text.startswith("- [0:00](#000) One. Two. Three. Four. Five.\n- [0:50](#050) Six.\n\n## 0:00")
    billed = [call for call in model.bill if call.operation == "response"]
    booked = [line for line in await ledger.lines() if line["kind"] == "response"]
    assert len(booked) == len(billed) == (trouble != "refused")
    assert [line["status"] for line in booked] == ["estimated" if trouble in ("cut", "late") else "complete"] * len(
        billed
    )


async def test_a_kill_while_it_is_written_pays_for_nothing_that_was_heard_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.hears("One. Two. Three. Four.", "Five. Six.")
    model.says(OUTLINE)
    model.takes(seconds=30, times=2, on="transcribe")
    model.takes(seconds=100)
    await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav")
    await bot.next_message()
    await alice.presses("Transcribe")
    shown = await bot.next_message()
    await reads(bot, shown, "All of it is written down. I am writing the summary…")
    await bot.stops()
    await bot.starts()
    assert "## 0:50" in await headed(bot)
    lines = [(line["kind"], line["status"]) for line in await ledger.lines()]
    assert lines.count(("transcription", "complete")) == 2
    assert lines.count(("response", "estimated")) + lines.count(("transcription", "estimated")) == 1
    assert lines.count(("response", "complete")) == 1


async def test_stop_means_stop_and_what_was_heard_is_kept(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    model.hears("One. Two. Three. Four.", "Five. Six.")
    model.takes(seconds=30, times=2, on="transcribe")
    model.takes(seconds=100)
    await alice.sends_audio(lecture, 67, name="lecture.wav", mime="audio/x-wav")
    await bot.next_message()
    await alice.presses("Transcribe")
    shown = await bot.next_message()
    await reads(bot, shown, "I am writing the summary…")
    await alice.presses("⏹ Stop")
    await bot.says_nothing_more()
    assert shown.text.startswith("⏹ Stopped")
    assert "## 0:50" in await transcribed(alice, bot, lecture)
    lines = [(line["kind"], line["status"]) for line in await ledger.lines()]
    assert lines == [*[("transcription", "complete")] * 2, ("response", "estimated"), ("response", "complete")]


async def test_who_can_pay_for_the_words_alone_gets_the_words(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, lecture: bytes
) -> None:
    await admin.says(f"/limits person {alice.id} month 0.010000000")
    await bot.says("Set.", to=admin)
    model.hears("One. Two. Three. Four.", "Five. Six.")
    text = await transcribed(alice, bot, lecture)
    assert text.startswith("- [0:00](#000) One. Two. Three. Four. Five.\n- [0:50](#050) Six.\n\n## 0:00")
    assert [line["kind"] for line in await ledger.lines()] == ["transcription"] * 2
