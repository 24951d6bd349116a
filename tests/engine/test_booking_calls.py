"""Paid calls of one job, several under way at once: what is on disk at each moment, and what a kill leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from actors.booking import Lines, PaidCalls
from actors.counting import Counting
from actors.orders import Order
from actors.purse import Purse
from engine.ai.client import openai_client
from engine.ai.prices import Prices
from engine.ai.responses import Responses
from engine.core.errors import CutStreamError, RefusedError
from engine.core.events import Person
from engine.core.ledger import Usage
from engine.runtime.behaviour import Job
from engine.store import jobs
from engine.store.database import Database, open_database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 25, tzinfo=UTC)
A_MINUTE = Usage(audio_ms=60_000)
ROW = jobs.JobRow("7", "1", "transcribe", b"{}", 1, None, "", False)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A new database with one job."""
    async with open_database(tmp_path / "gpttg.db") as opened:
        await opened.write(partial(jobs.insert, job=ROW, now=NOW))
        yield opened


def calls_of(database: Database, job: Job) -> PaidCalls:
    prices, clock = Prices(now=lambda: NOW), lambda: NOW
    counting = Counting(database, Responses(openai_client("sk-nobody")))
    purse = Purse(database, prices, counting, clock)
    return PaidCalls(database, Lines(prices, clock), purse, job, Order(person=Person(id=42)), "transcription")


async def refused() -> None:
    """What OpenAI has turned away."""
    raise RefusedError(code="invalid_value")


async def cut() -> None:
    """What OpenAI may have done."""
    raise CutStreamError(code="cut", may_have_run=True)


async def on_disk(database: Database) -> jobs.JobRow:
    """The job as the next process would find it."""
    [row] = await database.read(jobs.unfinished)
    return row


async def test_a_call_that_ends_leaves_the_others_under_way(database: Database) -> None:
    calls = calls_of(database, Job(ROW))
    for number in (0, 2, 1):
        await calls.begin(number, "gpt-transcribe", A_MINUTE)
    await calls.brought(b"{}", 0)
    with pytest.raises(RefusedError):
        await calls.answered(2, refused())
    assert calls.under_way == (1,)
    assert (await on_disk(database)).response_id == "call:1"
    await calls.brought(b"{}", 1)
    assert (await on_disk(database)).response_id is None


async def test_after_a_kill_each_call_under_way_is_booked_as_estimated_once(database: Database) -> None:
    before = calls_of(database, Job(ROW))
    await before.begin(0, "gpt-transcribe", A_MINUTE)
    await before.begin(3, "gpt-transcribe", A_MINUTE)
    for _ in range(2):
        after = calls_of(database, Job(await on_disk(database)))
        await after.book_lost(lambda number: Usage(audio_ms=60_000 * (number + 1)))
    lines = await database.read(lambda db: db.execute("SELECT key, audio_ms, status FROM ledger").fetchall())
    assert lines == [
        ("transcription:7:0:1", 60_000, "estimated"),
        ("transcription:7:3:1", 240_000, "estimated"),
    ]


async def test_a_call_that_may_have_run_stays_under_way_and_is_booked_besides_the_lost_one(database: Database) -> None:
    before = calls_of(database, Job(ROW))
    await before.begin(0, "gpt-transcribe", A_MINUTE)
    again = calls_of(database, Job(await on_disk(database)))
    await again.book_lost(A_MINUTE)
    await again.begin(0, "gpt-transcribe", A_MINUTE)
    with pytest.raises(CutStreamError):
        await again.answered(0, cut())
    again.book_under_way(A_MINUTE)
    lost = await database.read(lambda db: db.execute("SELECT key FROM ledger").fetchall())
    assert [lost, [line.key for line in again.booked]] == [[("transcription:7:0:1",)], ["transcription:7:0:2"]]
