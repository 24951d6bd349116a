"""Steps of the watch: its timer, what it saw, an outage and its end. An alert's key lies in the inbox for ever, so the
same sight, seen again in an hour, is told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec

from actors.desk.context import DeskContext
from actors.desk.events import DESK
from actors.desk.memory import Desk
from actors.desk.reports.orders import StorageOrder, WatchOrder
from actors.desk.results import Sight, Watched
from actors.desk.steps.alerts import show_alert
from engine.core.chart import Outcome
from engine.core.effects import Effect, Post, SetTimer, StartJob
from engine.core.events import AlertRaised, TimedOut

WATCH = "watch"
"""The kind of job, and the timer."""
OUTAGE = "outage"
"""The kind of alert, and the timer until OpenAI is tried again."""
STORAGE = "storage"
"""The kind of job that books what lies in vector stores."""
OUTAGE_TRIED_EVERY = timedelta(minutes=5)
SIGHTS_MOST = 50
"""The most that one look brings to the admins."""


def next_watch(now: datetime) -> datetime:
    """The next full hour."""
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def is_watch_due(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """An hour is over."""
    return event.timer == WATCH


def order_watch(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """Looks; the first time in a day, also at what takes longer. As a day (UTC) begins, what is stored is booked."""
    today = context.now.astimezone(context.zone).date().isoformat()
    what = "hourly" if d.checked_on == today else "daily"
    timer = SetTimer(timer=WATCH, due=next_watch(context.now))
    day = context.now.astimezone(UTC).date()
    stored_on = d.stored_on or day.isoformat()
    storing = () if stored_on >= day.isoformat() else (_storing(context, date.fromisoformat(stored_on), day),)
    return Outcome(d.but(checked_on=today, stored_on=stored_on), (_job(context, what), *storing, timer))


def is_stored(d: Desk, event: Watched, context: DeskContext) -> bool:
    """What lies in vector stores is booked."""
    return event.what == STORAGE and bool(event.day)


def note_stored(d: Desk, event: Watched, context: DeskContext) -> Outcome[Desk]:
    """The next hours need not do it again."""
    return Outcome(d.but(stored_on=max(d.stored_on, event.day)))


def is_outage_look(d: Desk, event: Watched, context: DeskContext) -> bool:
    """It was only about whether OpenAI can be reached."""
    return event.what == OUTAGE


def is_over(d: Desk, event: Watched, context: DeskContext) -> bool:
    """OpenAI can be reached again."""
    return event.what == OUTAGE and event.is_reachable and d.out_since is not None


def raise_sights(d: Desk, event: Watched, context: DeskContext) -> Outcome[Desk]:
    """An alert for each thing seen, whose key makes it one; wrong totals are also put right."""
    told: tuple[Effect, ...] = tuple(_raised(sight, context) for sight in event.sights[:SIGHTS_MOST])
    if any(sight.kind == "totals" for sight in event.sights):
        told += (_job(context, "recount"),)
    return Outcome(d, told)


# ── outages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_outage_known(d: Desk, event: AlertRaised, context: DeskContext) -> bool:
    """The admins know that OpenAI is away, and will hear when it is back."""
    return event.kind == OUTAGE and d.out_since is not None


def is_outage(d: Desk, event: AlertRaised, context: DeskContext) -> bool:
    """OpenAI can't be reached."""
    return event.kind == OUTAGE


def show_outage(d: Desk, event: AlertRaised, context: DeskContext) -> Outcome[Desk]:
    """Tells every admin, and looks from time to time whether it is over."""
    shown = show_alert(d.but(out_since=event.at), event, context)
    return Outcome(shown.conversation, (*shown.effects, _later(context)))


def is_outage_to_try(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """Time to look whether OpenAI is back."""
    return event.timer == OUTAGE


def try_openai(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """The list of models costs nothing."""
    return Outcome(d, (_job(context, OUTAGE),))


def wait_on(d: Desk, event: Watched, context: DeskContext) -> Outcome[Desk]:
    """Not yet."""
    return Outcome(d, (_later(context),) if d.out_since is not None else ())


def tell_over(d: Desk, event: Watched, context: DeskContext) -> Outcome[Desk]:
    """It is over: that is told, too."""
    lasted = event.at - (d.out_since or event.at)
    said = {"minutes": str(max(1, round(lasted.total_seconds() / 60)))}
    sight = Sight(key=f"outage-over:{context.card}", kind="outage-over", said=said)
    return Outcome(d.but(out_since=None), (_raised(sight, context),))


def _later(context: DeskContext) -> SetTimer:
    return SetTimer(timer=OUTAGE, due=context.now + OUTAGE_TRIED_EVERY)


def _raised(sight: Sight, context: DeskContext) -> Post:
    alert = AlertRaised(
        at=context.now, kind=sight.kind, detail=sight.key, person_id=sight.person_id, figures=sight.said
    )
    return Post(conversation=DESK, key=f"alert:{sight.key}", event=alert)


def _storing(context: DeskContext, after: date, until: date) -> StartJob:
    order = StorageOrder(after=after, until=until)
    return StartJob(job=f"{context.card}:{STORAGE}", kind=STORAGE, order=msgspec.Raw(msgspec.json.encode(order)))


def _job(context: DeskContext, what: str) -> StartJob:
    order = WatchOrder(what=what)
    return StartJob(job=context.card, kind=WATCH, order=msgspec.Raw(msgspec.json.encode(order)))
