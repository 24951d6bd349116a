"""The feed: positions need not be on disk at once, but never wait for long; what became of a message does not wait."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest
from telethon import types

from engine.core.clock import Clock
from engine.store.database import Database, open_database
from engine.store.telegram import Position, positions
from engine.telegram.client import Batch
from engine.telegram.feed import IDLE_POSITION_S, Feed

pytestmark = pytest.mark.anyio


@dataclass
class Fed:
    """A feed that runs, and when it has committed positions."""

    feed: Feed
    database: Database
    committed_s: list[float] = field(default_factory=list)

    async def trickles(self, seconds: float, every_s: float) -> int:
        """Positions that cover no event; how many there were."""
        number = 0
        until = anyio.current_time() + seconds
        while anyio.current_time() < until:
            number += 1
            await self.feed.take(Batch([], [], [], [Position(0, number)]))
            await anyio.sleep(every_s)
        return number

    async def pts(self) -> int:
        """The account's position on disk."""
        (account,) = await self.database.read(positions)
        return account.pts


@pytest.fixture
async def fed(tmp_path: Path, clock: Clock) -> AsyncIterator[Fed]:
    async with open_database(tmp_path / "t.db", durable=False) as database, anyio.create_task_group() as tasks:
        committed_s: list[float] = []

        async def accept(unit: Callable[[sqlite3.Connection], Iterable[str]], _: object) -> None:
            await database.write(unit)

        feed = Feed(accept, lambda _: committed_s.append(anyio.current_time()), clock)
        feed.logged_in("gpttg_bot", None)
        tasks.start_soon(feed.run)
        yield Fed(feed, database, committed_s)
        tasks.cancel_scope.cancel()


async def test_positions_without_events_share_a_commit(fed: Fed) -> None:
    began_s = anyio.current_time()
    number = await fed.trickles(IDLE_POSITION_S / 2, every_s=0.1)
    await anyio.sleep(IDLE_POSITION_S)
    assert [at_s - began_s for at_s in fed.committed_s] == [pytest.approx(IDLE_POSITION_S, abs=0.01)]
    assert await fed.pts() == number


async def test_which_message_a_call_became_is_on_disk_at_once(fed: Fed) -> None:
    """After a kill nobody else may know it."""
    began_s = anyio.current_time()
    await fed.feed.take(Batch([types.UpdateMessageID(id=7, random_id=1)], [], [], [Position(0, 1)]))
    await anyio.sleep(IDLE_POSITION_S / 10)
    assert len(fed.committed_s) == 1
    assert fed.committed_s[0] - began_s < IDLE_POSITION_S / 10


async def test_a_trickle_does_not_keep_a_position_from_the_disk(fed: Fed) -> None:
    number = await fed.trickles(10 * IDLE_POSITION_S, every_s=IDLE_POSITION_S / 4)
    await anyio.sleep(IDLE_POSITION_S)
    gaps_s = [later - before for before, later in zip(fed.committed_s, fed.committed_s[1:], strict=False)]
    assert max(gaps_s) <= IDLE_POSITION_S * 1.3
    assert len(fed.committed_s) < number / 3
    assert await fed.pts() == number
