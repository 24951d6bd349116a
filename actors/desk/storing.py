"""The body of jobs of kind "storage": books what lies in vector stores, once a day.

OpenAI takes $0.10 for a GiB and day, the first GiB free (shared/facts/openai.md 3, quoting the pricing page). What is
there when a day (UTC) begins is charged for that day, a line for each store, to the person and the conversation that it
was made for. Each store gets of the free GiB the share that it has of all bytes (in whole bytes, rounded down), so
everybody pays the same for a byte. A day on which all of them fit into it costs nothing, and nothing is booked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial

from loguru import logger

from actors.alerts import alerts
from actors.booking import Lines
from actors.desk.reporting import Archive
from actors.desk.reports.orders import StorageOrder
from actors.desk.results import Watched
from actors.desk.steps.watching import STORAGE
from actors.supplies import STORAGE_MODEL
from engine.ai.retries import with_retries
from engine.ai.vector_stores import Measured, VectorStores
from engine.core.errors import GpttgError
from engine.core.ledger import LedgerLine, LineStatus, Usage
from engine.runtime.behaviour import Job, JobResult
from engine.store import stored
from engine.store.access import find_role
from engine.store.database import Database

FREE_BYTES = 2**30
"""Of all stores together, each day."""
DAYS_MOST = 31
"""So many days are booked at most when the bot was away."""


class Storing:
    """See the module."""

    def __init__(self, archive: Archive, database: Database, stores: VectorStores, lines: Lines) -> None:
        self._archive = archive
        self._database = database
        self._stores = stores
        self._lines = lines

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(StorageOrder)
        begun = _beginnings(order)
        kept = await self._archive.read(partial(stored.stores_since, at=begun[0]))
        measured = await self._measured() if kept else {}
        if measured is not None:
            await self._database.write(partial(stored.measure, sizes=measured))
        lines = await self._archive.read(partial(self._booked, job=job, begun=begun, measured=measured))
        at = self._archive.clock()
        return JobResult(Watched(at=at, what=STORAGE, day=order.until.isoformat()), lines)

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._archive.clock()
        return JobResult(Watched(at=now, what=STORAGE), posts=alerts("crash", job.id, now))

    async def _measured(self) -> Mapping[str, Measured] | None:
        """What OpenAI says; None where it can't be asked: then what is on disk must do."""
        try:
            return await with_retries(self._stores.measured)
        except GpttgError as error:
            logger.warning("vector stores can't be measured: {}", error)
            return None

    def _booked(
        self, db: sqlite3.Connection, job: Job, begun: Sequence[datetime], measured: Mapping[str, Measured] | None
    ) -> list[LedgerLine]:
        """The lines of all days. Exact is what OpenAI says of the day that has just begun; the others are estimated. A
        store that should be there and is not, somebody else has deleted."""
        now = self._archive.clock()
        stores = [
            store
            for store in stored.stores_since(db, begun[0])
            if measured is None or store.id in measured or not store.was_there(now)
        ]
        made = []
        for day in begun:
            for store, usage in billable([one for one in stores if one.was_there(day)]):
                is_exact = day == begun[-1] and measured is not None and store.was_there(now)
                made.append(self._line(db, job, store, usage, day, is_exact=is_exact))
        return made

    def _line(
        self, db: sqlite3.Connection, job: Job, store: stored.Store, usage: Usage, day: datetime, *, is_exact: bool
    ) -> LedgerLine:
        return self._lines.line(
            job,
            store.person_id,
            STORAGE,
            usage,
            LineStatus.COMPLETE if is_exact else LineStatus.ESTIMATED,
            key=f"{STORAGE}:{store.id}:{day:%Y%m%d}",
            model=STORAGE_MODEL,
            role=find_role(db, store.person_id, self._archive.house.doors).value,
            conversation=store.conversation,
        )


def billable(stores: Sequence[stored.Store]) -> Iterator[tuple[stored.Store, Usage]]:
    """What each store is charged for, of those that were there when a day began."""
    total = sum(store.bytes for store in stores)
    if total <= FREE_BYTES:
        return
    for store in stores:
        if store.bytes:
            yield store, Usage(storage_byte_days=store.bytes - store.bytes * FREE_BYTES // total)


def _beginnings(order: StorageOrder) -> list[datetime]:
    """When each of the order's days began, the first one first; at least one."""
    count = min(DAYS_MOST, max(1, (order.until - order.after).days))
    last = datetime.combine(order.until, time(), UTC)
    return [last - timedelta(days=days) for days in reversed(range(count))]
