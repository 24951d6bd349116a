"""Sound that was paid for, and can't be brought from Telegram a second time: what was heard of it is not lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta

import anyio
import pytest

from actors.transcribing import Transcribing
from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.faults import Faults
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.conversations.test_long_sound import asks_for_transcript, files, heard, lecture, reads, short_pieces
from tests.made import sound

pytestmark = pytest.mark.anyio

__all__ = ["lecture", "short_pieces"]

Refusing = Callable[[Faults], None]


def outage(faults: Faults) -> None:
    """Telegram can't give any file."""
    faults.server_error(times=None, request="getFile")


def refusal(faults: Faults) -> None:
    """Telegram does not want to give any file."""
    faults.refuse("LOCATION_INVALID", request="getFile", times=None)


def is_long_ago(bot: BotUnderTest, clock: Clock) -> None:
    """The machine was off for longer than files on their way are kept."""
    then = (clock() - timedelta(hours=25)).timestamp()
    for path in (bot.settings.media_directory / "incoming").iterdir():
        os.utime(path, (then, then))


@pytest.mark.parametrize(("trouble", "told"), [(outage, "at the moment"), (refusal, "no longer gives me")])
async def test_pieces_that_were_heard_before_are_delivered_and_kept(
    trouble: Refusing,
    told: str,
    alice: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    telegram: LocalTelegram,
    clock: Clock,
    lecture: bytes,
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    model.takes(seconds=30, times=4, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 3 of 4 is written down")
    await bot.stops()
    is_long_ago(bot, clock)
    trouble(telegram.faults)
    await bot.starts()
    await files(bot)
    assert shown.text.startswith("🗣 One. Two. Three. [… ")
    said = await bot.says("I could not hear 1 of 4 parts", to=alice)
    assert told in said.text
    telegram.faults.clear()
    model.hears("Four.")
    paid = heard(model)
    again = await asks_for_transcript(alice, bot, lecture)
    await files(bot)
    assert again.text == "🗣 One. Two. Three. Four."
    assert heard(model) == paid + 1


async def test_what_was_heard_whole_needs_its_file_no_more(
    alice: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    telegram: LocalTelegram,
    ledger: Ledger,
    lecture: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    with monkeypatch.context() as patch:
        patch.setattr(Transcribing, "_document", _hangs)
        shown = await asks_for_transcript(alice, bot, lecture)
        await anyio.sleep(60)
        await bot.stops()
    outage(telegram.faults)
    await bot.starts()
    await files(bot)
    assert shown.text == "🗣 One. Two. Three. Four."
    assert heard(model) == 4


async def test_pieces_that_are_still_here_are_heard_without_the_file(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram, lecture: bytes
) -> None:
    model.hears("One.", "Two.", "Three.", "Four.")
    model.takes(seconds=30, times=4, on="transcribe")
    shown = await asks_for_transcript(alice, bot, lecture)
    await reads(bot, shown, "part 2 of 4 is written down")
    await bot.stops()
    outage(telegram.faults)
    await bot.starts()
    await files(bot)
    assert shown.text.startswith("🗣 One. Two.")
    assert "[…" not in shown.text
    assert list((bot.settings.media_directory / "incoming").iterdir()) == []


async def test_of_two_sounds_the_other_one_is_heard(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram, lecture: bytes
) -> None:
    model.hears("One.", "Two.", "Short.", "Short.")  # one may be lost with the kill
    model.takes(seconds=30, times=5, on="transcribe")
    both: Sequence[media.Media] = [
        media.audio(lecture, 67, name="lecture.wav", mime="audio/x-wav"),
        media.audio(sound(5.0), 5, name="short.ogg"),
    ]
    await alice.sends_album(both)
    await bot.next_message()
    await alice.presses("Transcribe")
    shown = await bot.next_message()
    await reads(bot, shown, "part 2 of 5 is written down")
    await bot.stops()
    for path in (bot.settings.media_directory / "incoming").iterdir():
        if path.suffix == ".wav" or path.stem.partition("-")[2].startswith("0-"):
            path.unlink()
    outage(telegram.faults)
    await bot.starts()
    await bot.waits(hours=1)
    said = "\n".join(message.text for message in alice.chat.messages)
    assert "One. Two. [… " in said
    assert "Short." in said
    assert "I could not hear 2 of 5 parts" in said


async def _hangs(*_: object) -> None:
    await anyio.sleep_forever()
