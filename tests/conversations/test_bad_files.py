"""Files that are not what they say, and files that go away: each gets a clear sentence, and nothing is paid for."""

from __future__ import annotations

import random
from pathlib import Path

import anyio
import pytest

from engine.core.clock import Clock
from engine.media import ffmpeg
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message, media
from engine.sandbox.telegram.content import Synthetic
from engine.testing.chat import PATIENCE_S, BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.made import bomb, film, hole, pdf, sound, tag

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


async def reads(bot: BotUnderTest, message: Message, expected: str) -> None:
    """Waits until a message of the bot says so."""
    with anyio.move_on_after(PATIENCE_S):
        while expected not in message.text:
            await bot.telegram.changed.wait(since=bot.telegram.changed.version)
    assert expected in message.text


async def goes_on(who: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger) -> None:
    """Nothing was asked, nothing is booked, no file is left; the next question is answered as ever."""
    await bot.says_nothing_more()
    assert model.requests == []
    assert await ledger.lines() == []
    assert list((bot.settings.media_directory / "incoming").iterdir()) == []
    model.says("Forty-two.")
    await who.says("And what is six times seven?")
    await bot.says("Forty-two.")
    assert {(line["kind"], line["status"]) for line in await ledger.lines()} == {("response", "complete")}
    assert bot.state(who) == "idle"


async def test_two_gigabytes_of_zeros_are_no_sound(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger, tmp_path: Path
) -> None:
    zeros = hole(tmp_path / "zeros.mp3", 2_000 * MIB)
    await alice.sends(media.audio(zeros, 3_600, name="zeros.mp3"), "What is said?")
    line = await bot.says("🎧")
    await reads(bot, line, "I can't read zeros.mp3: it is damaged, or not what its name says.")
    await goes_on(alice, bot, model, ledger)


@pytest.mark.parametrize("kept", [0.5, 0.95])
@pytest.mark.parametrize(
    ("speaks", "sentence"),
    [("en", "I can't read talk.mp4: it is damaged"), ("ru", "Не получается прочитать talk.mp4: файл повреждён")],
)
async def test_a_truncated_film_is_said_to_be_damaged(
    speaks: str,
    sentence: str,
    kept: float,
    alice: Someone,
    boris: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    ledger: Ledger,
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    whole = film(20)
    await who.sends_video(whole[: round(len(whole) * kept)], 20, name="talk.mp4", caption="?")
    line = await bot.says("🎧")
    await reads(bot, line, sentence)
    await goes_on(who, bot, model, ledger)


@pytest.mark.parametrize(
    ("speaks", "button", "sentence"),
    [
        ("en", "What is inside?", "bomb.zip would become absurdly large when unpacked: I leave it shut."),
        ("ru", "Что внутри?", "bomb.zip: при распаковке он станет чудовищно большим, поэтому я его не открываю."),
    ],
)
async def test_a_zip_bomb_stays_shut(
    speaks: str,
    button: str,
    sentence: str,
    alice: Someone,
    boris: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    ledger: Ledger,
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    await who.sends_file(bomb(), name="bomb.zip", mime="application/zip")
    await bot.says("bomb.zip")
    await who.presses(button)
    await reads(bot, await bot.next_message(), sentence)
    await goes_on(who, bot, model, ledger)


@pytest.mark.parametrize(
    ("speaks", "sentence"),
    [
        ("en", "🗑 The message with data.bin was deleted, so there is no answer about it."),
        ("ru", "🗑 Сообщение с файлом data.bin удалено, поэтому ответа о нём не будет."),
    ],
)
async def test_a_large_file_that_its_sender_deletes_while_it_comes_is_said_to_be_gone(
    speaks: str,
    sentence: str,
    alice: Someone,
    boris: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    telegram: LocalTelegram,
    ledger: Ledger,
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    telegram.faults.slow("upload.getFile", 4.0)
    sent = await who.sends(media.document(Synthetic(40 * MIB), name="data.bin"))
    await bot.says("data.bin")
    await who.says("What is this?")
    line = await bot.says("📥")
    telegram.faults.expire_file_references()
    await who.deletes(sent)
    await bot.says(sentence)
    assert line not in who.chat.messages
    await goes_on(who, bot, model, ledger)


@pytest.mark.parametrize(("speaks", "sentence"), [("en", "⏹ Stopped."), ("ru", "⏹ Остановлено.")])
async def test_a_question_that_is_deleted_while_its_file_comes_is_stopped(
    speaks: str,
    sentence: str,
    alice: Someone,
    boris: Someone,
    bot: BotUnderTest,
    model: LocalOpenAI,
    telegram: LocalTelegram,
    ledger: Ledger,
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    telegram.faults.slow("upload.getFile", 4.0)
    sent = await who.sends(media.document(Synthetic(40 * MIB), name="data.bin"), "What is this?")
    line = await bot.says("📥")
    await who.deletes(sent)
    await reads(bot, line, sentence)
    await goes_on(who, bot, model, ledger)


@pytest.mark.parametrize(
    ("speaks", "sentence"),
    [
        ("en", "The file has 6 MB; I take at most 5 MB. Please send a smaller one, or a part of it."),
        ("ru", "В файле 6 МБ, а я принимаю не больше 5 МБ. Пришлите файл поменьше или его часть."),
    ],
)
async def test_a_file_that_is_too_large_is_refused_before_anything_of_it_is_downloaded(
    speaks: str,
    sentence: str,
    alice: Someone,
    boris: Someone,
    admin: Someone,
    telegram: LocalTelegram,
    model: LocalOpenAI,
    clock: Clock,
    tmp_path: Path,
) -> None:
    who = {"en": alice, "ru": boris}[speaks]
    house = BotUnderTest(
        *(telegram, model, clock, tmp_path / "limits.db"), admins=[admin.id], members=[who.id], max_file_mb=5
    )
    async with house:
        await who.sends(media.document(Synthetic(6 * MIB), name="data.bin"), "What is this?")
        await house.says(sentence)
        assert telegram.count("getFile") == 0
        await goes_on(who, house, model, Ledger(house))


async def test_a_file_that_telegram_refuses_is_not_blamed_on_openai(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    telegram.faults.refuse("LOCATION_INVALID", request="getFile", times=None)
    await alice.sends_file(pdf(2), name="a.pdf", mime="application/pdf", caption="Sum it up")
    await bot.says("Telegram no longer gives me a.pdf", to=alice)
    await bot.says_nothing_more()
    assert model.requests == []


async def test_a_song_is_heard_however_many_pictures_it_has(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "HEAD_BYTES_MOST", MIB)
    monkeypatch.setattr(ffmpeg, "FRAMELESS_BYTES_MOST", MIB)
    model.hears("La la la.")
    model.says("A song.")
    song = tag(random.Random(1).randbytes(3 * MIB)) + sound(3.0, form="mp3", codec="libmp3lame")
    await alice.sends_audio(song, 3, name="song.mp3", caption="What is it?")
    await reads(bot, await bot.next_message(), "La la la.")
    await bot.says("A song.")
