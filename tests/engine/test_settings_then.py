"""The settings in a recording: those that were in force, whoever exports it, and whatever they are by then."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from typer.testing import CliRunner

from actors.vocabulary import vocabulary
from engine.cli import app
from engine.core.clock import Clock, from_micros
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.files import read_lines
from engine.recording.lines import AnyLine, Header, encode
from engine.recording.redact import Redaction
from engine.replay.cast import own_actors
from engine.replay.check import faults
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.house import rows
from tests.replaying import replays_as_recorded, replays_redacted

pytestmark = pytest.mark.anyio


async def lines_of(bot: BotUnderTest, **selection: Any) -> list[AnyLine]:
    """What is recorded of a running bot."""
    path, now = bot.settings.database_path, bot.clock()
    return await anyio.to_thread.run_sync(lambda: list(export(path, Selection(**selection), now)))


def rates(lines: list[AnyLine]) -> list[int]:
    """RATE_PER_MINUTE in each header."""
    return [line.settings["rate_per_minute"] for line in lines if isinstance(line, Header)]


async def answered(someone: Someone, text: str, bot: BotUnderTest) -> None:
    """Says something, and waits for what comes of it."""
    await someone.says(text)
    await bot.next_message(someone)
    await quiet()


async def starts_again(bot: BotUnderTest, **settings: Any) -> None:
    """Stops, and starts with other settings."""
    await bot.stops()
    bot.settings = bot.settings.model_copy(update=settings)
    await bot.starts()


async def hurried(someone: Someone, bot: BotUnderTest) -> None:
    """Says three things within a minute."""
    await anyio.sleep(120)
    for text in ("One", "Two", "Three"):
        await answered(someone, text, bot)


async def test_each_part_has_the_settings_that_were_in_force(alice: Someone, boris: Someone, bot: BotUnderTest) -> None:
    await hurried(alice, bot)
    before = bot.settings.rate_per_minute
    await starts_again(bot)
    await hurried(alice, bot)
    ((fast,),) = await rows(bot, "SELECT max(at) FROM steps")
    await starts_again(bot, rate_per_minute=2)
    await hurried(alice, bot)
    ((slow,),) = await rows(bot, f"SELECT min(at) FROM steps WHERE at > {fast}")
    await starts_again(bot, rate_per_minute=7)
    await answered(boris, "Привет", bot)
    for settings, selection in (
        ([before, 2, 7], {}),
        ([before, 2], {"chat": alice.id}),
        ([7], {"chat": boris.id}),
        ([2, 7], {"since": from_micros(slow)}),
        ([before], {"event": 1}),
    ):
        lines = await lines_of(bot, **selection)
        assert rates(lines) == settings
        await replays_as_recorded(lines)
    redacted = list(Redaction(bytes(32), vocabulary()).redacted(await lines_of(bot)))
    await replays_as_recorded(redacted)
    assert str(alice.id).encode() not in b"".join(map(encode, redacted))


async def test_an_export_takes_no_settings_of_whoever_exports(
    alice: Someone, bot: BotUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answered(alice, "Hello", bot)
    for name, value in {
        "BOT_TOKEN": "1:abc",
        "OPENAI_API_KEY": "sk-secret",
        "ADMIN_ID": "7",
        "RATE_PER_MINUTE": "59",
        "SYSTEM_PROMPT": "Told long after",
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
        "DATABASE_PATH": str(bot.settings.database_path),
    }.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "out.jsonl"
    arguments = ["record", "export", str(file), "--env-file", os.devnull]
    result = await anyio.to_thread.run_sync(lambda: CliRunner().invoke(app, arguments))
    assert result.exit_code == 0, result.output
    header = next(iter(read_lines(file)))
    assert isinstance(header, Header)
    assert header.settings["rate_per_minute"] == bot.settings.rate_per_minute
    assert header.settings["admin_id"] == list(bot.settings.admin_id)
    text = encode(header).decode()
    for secret in ("Told long after", bot.settings.bot_token.get_secret_value(), bot.settings.telegram_api_hash):
        assert str(secret) not in text


@pytest.fixture
async def far_away(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, alice: Someone, admin: Someone
) -> AsyncIterator[BotUnderTest]:
    """A bot whose days begin at 15:00 UTC."""
    who: dict[str, Any] = {"admins": [admin.id], "members": [alice.id], "timezone": "Asia/Tokyo"}
    async with BotUnderTest(telegram, model, clock, tmp_path / "gpttg.db", **who) as bot:
        yield bot


async def test_days_begin_where_they_began(alice: Someone, admin: Someone, far_away: BotUnderTest) -> None:
    await answered(admin, f"/limits person {alice.id} day 5", far_away)
    for _ in range(3):
        await answered(alice, "Another day?", far_away)
        await answered(admin, "/limits", far_away)
        await far_away.waits(hours=3.5)
    for (at,) in await rows(far_away, "SELECT at FROM steps"):
        await replays_as_recorded(await lines_of(far_away, since=from_micros(at)))


async def test_another_zone_counts_all_totals_anew(alice: Someone, admin: Someone, house: BotUnderTest) -> None:
    await answered(admin, f"/limits person {alice.id} day 5", house)
    await answered(admin, "/limits bot month 50", house)
    for zone in ("Asia/Tokyo", "America/Los_Angeles"):
        for _ in range(2):
            await answered(alice, "Another day?", house)
            await house.waits(hours=3.5)
        await starts_again(house, timezone=zone)
        for someone, text in ((admin, "/limits"), (admin, "/users"), (alice, "/stats")):
            await answered(someone, text, house)
    await replays_redacted(await lines_of(house))
    for at, chat in await rows(house, "SELECT at, conversation FROM steps WHERE conversation <> 'desk'"):
        for selection in ({}, {"chat": int(chat)}):
            lines = await lines_of(house, since=from_micros(at), **selection)
            await replays_as_recorded(lines)
            async with replaying(Script(lines), own_actors) as replayed:
                assert await faults(replayed) == [], (at, selection)
