"""The fixtures of tests: a jumping clock, a sandbox world, and people who talk to the bot in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.clock import Clock
from engine.runtime.behaviour import Casting
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.sandbox.time import JumpingLoop, jumping_clock
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from engine.testing.replaying import Replay, replay


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """All tests run on a loop whose clock jumps."""
    return "asyncio", {"loop_factory": JumpingLoop}


@pytest.fixture
async def clock() -> Clock:
    """The time in the world: 24 November 2026, 9:00 UTC at first."""
    return jumping_clock(asyncio.get_running_loop())


@pytest.fixture
async def telegram(clock: Clock) -> LocalTelegram:
    """The Telegram of this test."""
    return LocalTelegram(now=clock)


@pytest.fixture
async def model(clock: Clock) -> LocalOpenAI:
    """The OpenAI of this test; it answers at once, unless told otherwise."""
    return LocalOpenAI(now=clock)


@pytest.fixture
async def alice(telegram: LocalTelegram) -> Someone:
    """A member who reads English."""
    return Someone(telegram.person("Alice", language="en", username="alice"))


@pytest.fixture
async def boris(telegram: LocalTelegram) -> Someone:
    """A member who reads Russian."""
    return Someone(telegram.person("Борис", language="ru", username="boris"))


@pytest.fixture
async def admin(telegram: LocalTelegram) -> Someone:
    """The admin, who has started the bot, as admins do."""
    return Someone(telegram.person("Ada", language="en", username="ada"))


@pytest.fixture
async def bella(telegram: LocalTelegram) -> Someone:
    """A second admin, who reads Russian. An admin only in `house`."""
    return Someone(telegram.person("Белла", language="ru", username="bella"))


@pytest.fixture
async def stranger(telegram: LocalTelegram) -> Someone:
    """Somebody whom nobody has let in."""
    return Someone(telegram.person("Mallory", language="en", username="mallory"))


@pytest.fixture
def cast() -> Casting | None:
    """Whose actors are tested: override it to test your own."""
    return None


@pytest.fixture
async def bot(
    telegram: LocalTelegram,
    model: LocalOpenAI,
    clock: Clock,
    tmp_path: Path,
    alice: Someone,
    boris: Someone,
    admin: Someone,
    cast: Casting | None,
) -> AsyncIterator[BotUnderTest]:
    """The bot, running."""
    house = BotUnderTest(
        telegram, model, clock, tmp_path / "gpttg.db", admins=[admin.id], members=[alice.id, boris.id], cast=cast
    )
    async with house:
        yield house
    assert telegram.unknown_requests == []


@pytest.fixture
async def house(
    telegram: LocalTelegram,
    model: LocalOpenAI,
    clock: Clock,
    tmp_path: Path,
    alice: Someone,
    boris: Someone,
    admin: Someone,
    bella: Someone,
) -> AsyncIterator[BotUnderTest]:
    """The bot with two admins, who have both started it."""
    admins, members = [admin.id, bella.id], [alice.id, boris.id]
    async with BotUnderTest(telegram, model, clock, tmp_path / "gpttg.db", admins=admins, members=members) as house:
        await house.is_started_by(admin, bella)
        yield house
    assert telegram.unknown_requests == []


@pytest.fixture
async def ledger(bot: BotUnderTest) -> Ledger:
    """The ledger of this test's bot."""
    return Ledger(bot)


@pytest.fixture
async def replayed(request: pytest.FixtureRequest, cast: Casting | None) -> AsyncIterator[Replay]:
    """The recording that the test's marker names, replayed: `@pytest.mark.recording("file")`, beside the test."""
    marker = request.node.get_closest_marker("recording")
    if marker is None or not marker.args:
        raise pytest.UsageError("a test of a recording names it: @pytest.mark.recording('file.jsonl')")
    async with replay(request.path.parent / marker.args[0], cast=cast) as done:
        yield done
