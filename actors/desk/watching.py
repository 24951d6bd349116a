"""The body of jobs of kind "watch": looks, outside the conversations' way, for what the admins must know; it only tells
what it saw, the desk decides what is new (`actors.desk.steps.watching`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from actors.alerts import alerts
from actors.desk.reporting import Archive
from actors.desk.reports.models import shutdowns
from actors.desk.reports.orders import WatchOrder
from actors.desk.results import Sight, Watched
from actors.heavy import in_thread
from actors.looking import offered
from engine.ai.price_list import ENDS_SOON_DAYS, ending
from engine.core.budget import Period
from engine.core.clock import from_micros
from engine.core.errors import GpttgError
from engine.core.money import dollars
from engine.runtime.behaviour import Job, JobResult
from engine.store import figures, spent, watching
from engine.store.database import Database

MEGABYTE = 1024**2
DISK_LEAST_BYTES = 2 * 1024 * MEGABYTE
"""A disk with less room is nearly full."""
DATABASE_LARGE_BYTES = 4 * 1024 * MEGABYTE
"""A database of this size is told, and again each time that it has doubled."""
FLOOD_LONG_S = 60.0
LOOKED_BACK_S = 3900.0
"""Flood waits of the last hour, and of a few minutes more: a look may be late."""
ENDS_AT_ONCE_DAYS = 7
"""A model's end is told a second time so long before."""


@dataclass(frozen=True)
class Eyes:
    """What the watch sees besides the database. `disk_free`: the bytes left where each directory lies, by its name;
    `longest_flood_s`: Telegram's longest wait in so many seconds."""

    disk_free: Callable[[], dict[str, int]]
    longest_flood_s: Callable[[float], float]
    alert_usd: dict[Period, tuple[float, ...]]


class Watching:
    """See the module."""

    def __init__(self, archive: Archive, database: Database, eyes: Eyes) -> None:
        self._archive = archive
        self._database = database
        self._eyes = eyes

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(WatchOrder)
        now = self._archive.clock()
        if order.what == "outage":
            return JobResult(Watched(at=now, what=order.what, is_reachable=await self._is_reachable()))
        if order.what == "recount":
            found = await self._archive.read(spent.differences)
            await self._database.write(partial(spent.correct, differences=found))
            return JobResult(Watched(at=now, what=order.what))
        sights = [*await self._archive.read(partial(self._spending, now=now)), *await in_thread(self._room, now)]
        if order.what == "daily":
            sights += [*await self._models(now), *await self._totals(now)]
        return JobResult(Watched(at=now, what=order.what, sights=tuple(sights)))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._archive.clock()
        event = Watched(at=now, what=job.decode_order(WatchOrder).what)
        return JobResult(event, posts=alerts("crash", job.id, now))

    def _spending(self, db: sqlite3.Connection, now: datetime) -> list[Sight]:
        today = now.astimezone(self._archive.house.zone).date()
        found = []
        if pace := watching.fast_hour(db, now):
            found.append(Sight(key=f"speed:{today}", kind="speed", said=_said(pace)))
        for person_id, pace in watching.jumps(db, now):
            said = {"name": figures.name_of(db, person_id), **_said(pace)}
            found.append(Sight(key=f"jump:{person_id}:{today}", kind="jump", said=said, person_id=person_id))
        return found + self._thresholds(db, now)

    def _thresholds(self, db: sqlite3.Connection, now: datetime) -> list[Sight]:
        """The highest one of each period: whoever knows that needs no word of those below."""
        found = []
        for period, (start, cost) in watching.all_spent(db, now).items():
            passed = [usd for usd in self._eyes.alert_usd[period] if cost >= usd * 1_000_000_000]
            if passed:
                key = f"usd:{period.value}:{max(passed):g}:{from_micros(start):%Y%m%d}"
                said = {"spent": dollars(cost), "limit": f"${max(passed):g}"}
                found.append(Sight(key=key, kind="usd-day" if period is Period.DAY else "usd-month", said=said))
        return found

    def _room(self, now: datetime) -> list[Sight]:
        """Disks, the database's size, floods. Blocks its thread."""
        found = [
            Sight(key=f"disk:{name}:{now:%Y%m%d}", kind="disk", said={"where": name, "free": _size(free)})
            for name, free in self._eyes.disk_free().items()
            if free < DISK_LEAST_BYTES
        ]
        size = self._archive.database_path.stat().st_size
        if size >= DATABASE_LARGE_BYTES:
            doublings = (size // DATABASE_LARGE_BYTES).bit_length()
            found.append(Sight(key=f"database:{doublings}", kind="database", said={"size": _size(size)}))
        wait_s = self._eyes.longest_flood_s(LOOKED_BACK_S)
        if wait_s > FLOOD_LONG_S:
            found.append(Sight(key=f"flood:{now:%Y%m%d%H}", kind="flood", said={"seconds": f"{wait_s:.0f}"}))
        return found

    async def _models(self, now: datetime) -> list[Sight]:
        offer = offered(self._archive.house.offer, await self._archive.preferences())
        ends: dict[str, date] = {}
        with suppress(GpttgError):  # tomorrow is early enough
            ends = shutdowns(await self._archive.responses.models())
        today = now.astimezone(self._archive.house.zone).date()
        return [
            Sight(
                key=f"ending:{model}:{day}:{_stage_days((day - today).days)}",
                kind="ending",
                said={"model": model, "date": day.isoformat()},
            )
            for day, model in ending((*offer.models, *self._archive.used), ends, today)
        ]

    async def _totals(self, now: datetime) -> list[Sight]:
        wrong = await self._archive.read(wrong_totals)
        said = {"count": str(wrong)}
        return [Sight(key=f"totals:{now:%Y%m%d}", kind="totals", said=said)] if wrong else []

    async def _is_reachable(self) -> bool:
        try:
            await self._archive.responses.models()
        except GpttgError:
            return False
        return True


def wrong_totals(db: sqlite3.Connection) -> int:
    """How many running totals are not what the ledger adds up to."""
    return len(spent.differences(db))


def _stage_days(days: int) -> int:
    return ENDS_AT_ONCE_DAYS if days <= ENDS_AT_ONCE_DAYS else ENDS_SOON_DAYS


def _said(pace: watching.Pace) -> dict[str, str]:
    return {"spent": dollars(pace.spent_nanousd), "usual": dollars(pace.usual_nanousd)}


def _size(count: int) -> str:
    return f"{count / MEGABYTE / 1024:.1f}"
