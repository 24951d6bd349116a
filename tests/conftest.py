"""The fixtures of all tests: a jumping clock, a sandbox world, and people who talk to the bot in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.sandbox.time import JumpingLoop, StillLoop, jumping_clock
from tests.chat import BotUnderTest, Ledger, Someone
from tests.corpus import BY_TEST


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make recordings` asks for this."""
    parser.addoption(
        "--make-recordings", action="store_true", help="write tests/recordings/ anew (see tests/corpus.py)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Making recordings takes the tests of the corpus only."""
    if config.getoption("--make-recordings"):
        items[:] = [item for item in items if item.nodeid.rpartition("/")[2] in BY_TEST]


@pytest.fixture
def anyio_backend(pytestconfig: pytest.Config) -> tuple[str, dict[str, Any]]:
    """All tests run on a loop whose clock jumps. Recordings are made on one that counts no real time."""
    loop = StillLoop if pytestconfig.getoption("--make-recordings") else JumpingLoop
    return "asyncio", {"loop_factory": loop}


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
async def stranger(telegram: LocalTelegram) -> Someone:
    """Somebody whom nobody has let in."""
    return Someone(telegram.person("Mallory", language="en", username="mallory"))


@pytest.fixture
async def bot(
    telegram: LocalTelegram,
    model: LocalOpenAI,
    clock: Clock,
    tmp_path: Path,
    alice: Someone,
    boris: Someone,
    admin: Someone,
) -> AsyncIterator[BotUnderTest]:
    """The bot, running."""
    house = BotUnderTest(telegram, model, clock, tmp_path / "gpttg.db", admins=[admin.id], members=[alice.id, boris.id])
    async with house:
        yield house
    assert telegram.unknown_requests == []


@pytest.fixture
async def ledger(bot: BotUnderTest) -> Ledger:
    """The ledger of this test's bot."""
    return Ledger(bot)
