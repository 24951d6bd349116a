"""A long recording through the whole bot: cut, encoded, sent, heard piece by piece, and not a word lost or doubled."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from engine.sandbox.lecture import Lecture, noise, sentences
from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio

SAID = """caching keeps what was expensive to make close where needed three questions decide how long a value stays
true costs again who must never see an old one begin with measure before you add more memory network latency"""


@pytest.fixture(params=[False, True], ids=["with pauses", "without a pause"])
def is_breathless(request: pytest.FixtureRequest) -> bool:
    """Whether nobody takes breath."""
    return bool(request.param)


@pytest.fixture
def lecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_breathless: bool) -> Lecture:
    """Two minutes, five pieces, on the disk."""
    monkeypatch.setattr("engine.media.pieces.PIECE_MOST_S", 25)
    made = Lecture.spoken(sentences(SAID.split(), 120, lambda _: is_breathless), noise)
    made.write(tmp_path / "lecture.wav")
    return made


async def test_no_word_at_a_border_is_lost_or_doubled(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, tmp_path: Path, lecture: Lecture, *, is_breathless: bool
) -> None:
    model.listens(lecture.heard_in)
    content = await anyio.Path(tmp_path / "lecture.wav").read_bytes()
    await alice.sends_audio(content, lecture.duration_s, name="lecture.wav", mime="audio/x-wav")
    await bot.next_message()
    await alice.presses("Transcribe")
    shown = await bot.next_message()
    await bot.says_nothing_more()
    pieces = [call.usage.audio_ms for call in model.bill]
    assert len(pieces) >= 5
    assert (sum(pieces) > lecture.duration_s * 1000 + 3_000) is is_breathless  # pieces overlap
    said = [word.strip(".").casefold() for word in shown.text.removeprefix("🗣 ").split()]
    assert said == [word.text for word in lecture.words]
