"""How the bot is: /status."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import NamedTuple

from babel.dates import format_timedelta

from actors.desk.reports.orders import titled
from actors.desk.steps.reports import REPORT
from actors.phrases import Phrases
from actors.sizes import size_shown
from engine.core.clock import from_micros
from engine.core.styled import Styled
from engine.store.health import Health, Queue

ERROR_SHOWN = 80
"""The most characters of an error."""


class Running(NamedTuple):
    """What the process knows of itself."""

    version: str
    started_at: datetime
    flooded_chats: int
    """chats in which Telegram wants no messages at the moment"""
    longest_flood_s: float
    disk_free_bytes: int


def status_text(health: Health, running: Running, words: Phrases, now: datetime, zone: tzinfo) -> Styled:
    """All of it, a line each; the job that writes this is not among what waits."""
    health = _without_this_job(health)
    up = format_timedelta(now - running.started_at, locale=words.language, threshold=1.2)
    lines = [
        words.text("status-uptime", version=running.version, time=up),
        words.text(
            "status-size",
            size=size_shown(health.size_bytes, words),
            free=size_shown(running.disk_free_bytes, words),
            lines=health.ledger_lines,
        ),
        words.text("status-people", people=health.people),
        "",
        *(_queue(queue, words, now) for queue in health.queues),
    ]
    if health.jobs:
        lines.append(words.text("status-jobs", list=_jobs(health, words)))
    lines += [_floods(running, words), "", words.text("status-troubles", held=health.quarantined, failed=health.failed)]
    lines += [
        f"{from_micros(trouble.at).astimezone(zone):%d.%m %H:%M} {trouble.what}: {trouble.error[:ERROR_SHOWN]}"
        for trouble in health.errors
    ]
    return titled(words.text("status-title"), lines)


def _without_this_job(health: Health) -> Health:
    jobs = tuple((kind, count - (kind == REPORT)) for kind, count in health.jobs)
    queues = tuple(
        queue._replace(waiting=queue.waiting - (queue.name == "jobs" and queue.waiting > 0)) for queue in health.queues
    )
    return health._replace(jobs=tuple((kind, count) for kind, count in jobs if count), queues=queues)


def _jobs(health: Health, words: Phrases) -> str:
    return ", ".join(f"{words.text(f'job-{kind}')} – {count}" for kind, count in health.jobs)


def _queue(queue: Queue, words: Phrases, now: datetime) -> str:
    if not queue.waiting or queue.oldest_at is None:
        return words.text(f"queue-{queue.name}", waiting=queue.waiting)
    age_s = (now - from_micros(queue.oldest_at)).total_seconds()
    line = words.text(f"queue-{queue.name}", waiting=queue.waiting)
    if queue.name == "timers":  # those are not late: they lie in the future
        return line
    return f"{line} · {words.text('status-oldest', seconds=round(max(0.0, age_s)))}"


def _floods(running: Running, words: Phrases) -> str:
    if not running.flooded_chats:
        return words.text("status-no-floods")
    return words.text("status-floods", chats=running.flooded_chats, seconds=round(running.longest_flood_s))
