"""Steps for the digests: a timer for each, which sets itself again."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from actors.desk.context import DeskContext
from actors.desk.memory import Desk
from actors.desk.reports.orders import DigestOrder
from engine.core.chart import Outcome
from engine.core.effects import SetTimer, StartJob
from engine.core.events import TimedOut

DIGEST = "digest"
"""The kind of job, and the beginning of the timers' names."""
SPANS = {"daily": "yesterday", "weekly": "last_week"}
"""What each digest is about."""
MONDAY = 0


def is_digest_due(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """Whether one of the digests' timers has run out."""
    return event.timer.startswith(f"{DIGEST}:")


def order_digest(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """One job makes it for all admins; a digest that was slept through is made once, with the figures of today."""
    which = event.timer.removeprefix(f"{DIGEST}:")
    readers = tuple((admin.key, admin.words.language) for admin in context.admins)
    order = DigestOrder(span=SPANS[which], now=context.now, readers=readers)
    hour = event.at.astimezone(context.zone).hour
    due = next_digest(which, hour, context.now, context.zone)
    job = StartJob(job=context.card, kind=DIGEST, order=msgspec.Raw(msgspec.json.encode(order)))
    return Outcome(d, (job, SetTimer(timer=event.timer, due=due)))


def digest_timer(which: str) -> str:
    """The timer of a digest."""
    return f"{DIGEST}:{which}"


def next_digest(which: str, hour: int, now: datetime, zone: ZoneInfo) -> datetime:
    """The next time after `now` that it is that hour in the house; for the weekly one on a Monday."""
    due = now.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
    while due <= now or (which == "weekly" and due.weekday() != MONDAY):
        due += timedelta(days=1)
    return due
