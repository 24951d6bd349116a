"""The echo, tested with what gpttg brings: fixtures, a sandbox with a jumping clock, a recording."""

from __future__ import annotations

from pathlib import Path

import echo
import pytest

from engine.core.clock import Clock
from engine.testing import BotUnderTest, Casting, Replay, Someone, replay, sandbox, vocabulary_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def cast() -> Casting:
    """The actors under test."""
    return echo.cast


async def test_it_says_what_it_hears(alice: Someone, boris: Someone, bot: BotUnderTest) -> None:
    await alice.says("Hello")
    await bot.says("1. Hello")
    await boris.says("Привет")
    await bot.says("1. Привет")
    await alice.says("Again")
    await bot.says("2. Again")


async def test_a_slow_echo_takes_ten_seconds(alice: Someone, bot: BotUnderTest, clock: Clock) -> None:
    began = clock()
    await alice.says("/slowly Hello")
    await bot.says("Hello")
    assert 10 <= (clock() - began).total_seconds() < 11


async def test_a_slow_echo_survives_a_kill(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("/slowly Hello")
    await bot.stops()
    await bot.starts()
    await bot.says("Hello")


async def test_what_happened_can_be_kept_and_replayed(alice: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    await alice.says("Hello")
    await bot.says("1. Hello")
    await alice.says("/slowly Hello")
    await bot.says("Hello")
    bot.keeps_recording(tmp_path / "today.jsonl.zst")
    async with replay(tmp_path / "today.jsonl.zst", cast=echo.cast) as replayed:
        assert replayed.is_as_recorded, str(replayed)


async def test_it_can_be_replayed_without_a_word_of_it(alice: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    await alice.says("/slowly Abracadabra")
    await bot.says("Abracadabra")
    await alice.says("Hocus pocus")
    await bot.says("2. Hocus pocus")
    bot.keeps_recording(tmp_path / "today.jsonl", redact=vocabulary_of("echo"))
    assert "Hocus" not in (tmp_path / "today.jsonl").read_text()
    async with replay(tmp_path / "today.jsonl", cast=echo.cast) as replayed:
        assert replayed.is_as_recorded, str(replayed)


@pytest.mark.recording("echo.jsonl")
async def test_a_recording_of_long_ago_comes_out_the_same(replayed: Replay) -> None:
    assert replayed.is_as_recorded, str(replayed)


async def test_without_fixtures() -> None:
    async with sandbox(cast=echo.cast) as house:
        await house.alice.says("Hello")
        await house.bot.says("1. Hello")
