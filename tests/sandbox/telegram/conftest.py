"""Each test here has a sandbox Telegram of its own, which must have known all that it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.sandbox.telegram import LocalTelegram, Person
from tests.sandbox.telegram.world import World


@pytest.fixture
def anyio_backend() -> str:
    """Real time: Telethon's own loops run."""
    return "asyncio"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A sandbox whose clock can be turned."""
    world = World()
    yield world
    if world.client is not None:
        await world.client.disconnect()
    assert world.telegram.unknown_requests == []
    assert world.telegram.broken_answers == []


@pytest.fixture
def telegram(world: World) -> LocalTelegram:
    """The world's."""
    return world.telegram


@pytest.fixture
def alice(telegram: LocalTelegram) -> Person:
    """Somebody who reads Russian."""
    return telegram.person("Alice", language="ru", username="alice")


@pytest.fixture
def bob(telegram: LocalTelegram) -> Person:
    """Somebody of whom nothing is known."""
    return telegram.person("Bob")


@pytest.fixture
async def client(world: World) -> Any:
    """A client that has logged in as the bot."""
    return await world.start()
