"""The body of jobs of kind "storage": books what lies in vector stores, once a day.

OpenAI takes $0.10 for a GiB and day, the first GiB free (shared/facts/openai.md 3, quoting the pricing page). What is
there when a day (UTC) begins is charged for that day, a line for each store, to the person and the conversation that it
was made for. Each store gets of the free GiB the share that it has of all bytes (in whole bytes, rounded down), so
everybody pays the same for a byte. A day on which all of them fit into it costs nothing, and nothing is booked.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
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
from engine.core.budget import Payer, Period, Verdict
from engine.core.errors import GpttgError
from engine.core.ledger import LedgerLine, LineStatus, Usage
from engine.runtime.behaviour import Job, JobResult
from engine.runtime.janitor import Janitor
from engine.store import budgets, stored
from engine.store.access import find_role
from engine.store.database import Database

FREE_BYTES = 2**30
"""Of all stores together, each day."""
DAYS_MOST = 31
"""So many days are booked at most when the bot was away."""


class Storing:
    """See the module."""

    def __init__(
        self, archive: Archive, database: Database, stores: VectorStores, lines: Lines, janitor: Janitor
    ) -> None:
        self._janitor = janitor
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
        lines, unpaid = await self._archive.read(partial(self._booked, job=job, begun=begun, measured=measured))
        if unpaid:
            await self._database.write(partial(stored.give_up, store_ids=unpaid, now=self._archive.clock()))
            self._janitor.changed()
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
    ) -> tuple[list[LedgerLine], list[str]]:
        """The lines of all days, and the stores that can't be paid for from now on. Exact is what OpenAI says of the
        day that has just begun; the others are estimated. A store that should be there and is not, somebody else has
        deleted."""
        now = self._archive.clock()
        stores = [
            store
            for store in stored.stores_since(db, begun[0])
            if measured is None or store.id in measured or not store.was_there(now)
        ]
        made, today = [], []
        for day in begun:
            for store, usage in billable([one for one in stores if one.was_there(day)]):
                is_today = day == begun[-1] and store.was_there(now)
                made.append(self._line(db, job, store, usage, day, is_exact=is_today and measured is not None))
                if is_today and store.is_kept:
                    today.append((store.id, made[-1]))
        return made, list(_unpaid(db, made, today))

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


def _payer(line: LedgerLine) -> Payer:
    return Payer(line.person_id, line.conversation, line.role)


def _unpaid(
    db: sqlite3.Connection, booked: Sequence[LedgerLine], today: Sequence[tuple[str, LedgerLine]]
) -> Iterator[str]:
    """The stores for whose next day there will be no money once these lines are booked, if it costs what today does."""
    due = Counter[str]()
    for line in booked:
        due.update(dict.fromkeys(_payer(line).scopes, line.cost_nanousd or 0))
    for store, line in today:
        scopes, cost = _payer(line).scopes, line.cost_nanousd or 0
        rooms = budgets.rooms(db, scopes, line.at + timedelta(days=1))
        tomorrow = [
            room if room.period is Period.DAY else room._replace(held_nanousd=room.held_nanousd + due[room.scope])
            for room in rooms
        ]
        if Verdict(cost, tuple(tomorrow)).fits:
            due.update(dict.fromkeys(scopes, cost))
        else:
            yield store


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
