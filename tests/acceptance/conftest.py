"""What the tests with real processes share: the real loop and the real clock, and a warm process to fork bots from."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.acceptance.bot_process import Nursery, nursery


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """There are processes outside: no time can jump."""
    return "asyncio"


@pytest.fixture(scope="module")
async def bots() -> AsyncIterator[Nursery]:
    """Where forked bots come from."""
    async with nursery() as warm:
        yield warm
