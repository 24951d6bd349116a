"""The jobs table: slow work that must survive the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from engine.core.clock import to_micros
from engine.core.conversation import DESK
from engine.core.ledger import LedgerLine
from engine.store import budgets, inbox, marks


class JobRow(NamedTuple):
    """A job that is not done. `order` is JSON, of the shape that its kind's body knows."""

    id: str
    conversation: str
    kind: str
    order: bytes
    attempt: int
    response_id: str | None
    model: str
    stopping: bool
    result: str = ""
    """JSON: what the paid calls of earlier attempts have brought"""


def insert(db: sqlite3.Connection, job: JobRow, now: datetime) -> None:
    """A new job."""
    db.execute(
        "INSERT INTO jobs (id, conversation, kind, job_order, started_at) VALUES (?, ?, ?, ?, ?)",
        (job.id, job.conversation, job.kind, job.order.decode(), to_micros(now)),
    )


def mark_stopping(db: sqlite3.Connection, job_id: str) -> None:
    """A person stopped it; after a restart it is not begun anew but brought to its end."""
    db.execute("UPDATE jobs SET status = 'stopping' WHERE id = ? AND status = 'running'", (job_id,))


def mark_all_stopping(db: sqlite3.Connection, conversation: str) -> list[str]:
    """The same for every job of a conversation that is not done; which those are."""
    stopping = "UPDATE jobs SET status = 'stopping' WHERE conversation = ? AND status <> 'done' RETURNING id"
    return [job for (job,) in db.execute(stopping, (conversation,)).fetchall()]


def mark_stopping_for(db: sqlite3.Connection, person_id: int) -> list[str]:
    """The same for every job that is done for a person; which those are."""
    stopping = (
        "UPDATE jobs SET status = 'stopping' WHERE status = 'running' AND job_order ->> '$.person.id' = ? RETURNING id"
    )
    return [job for (job,) in db.execute(stopping, (person_id,)).fetchall()]


def note_response(db: sqlite3.Connection, job_id: str, response_id: str | None, model: str) -> None:
    """OpenAI has named the response that this job is waiting for."""
    db.execute("UPDATE jobs SET response_id = ?, model = ? WHERE id = ?", (response_id, model, job_id))


def note_result(db: sqlite3.Connection, job_id: str, result: str, response_id: str | None = None) -> None:
    """A paid call has brought something: no other attempt makes it again. `response_id` names calls of the same job
    that are still under way."""
    db.execute("UPDATE jobs SET result = ?, response_id = ? WHERE id = ?", (result, response_id, job_id))


def unfinished(db: sqlite3.Connection) -> list[JobRow]:
    """The process has started: the jobs of the one before, each for its next attempt (which counts from
    `begin_attempt` on)."""
    rows = db.execute(
        "SELECT id, conversation, kind, job_order, attempt + 1, response_id, model, status = 'stopping', result"
        " FROM jobs WHERE status <> 'done' ORDER BY started_at, id"
    )
    return [
        JobRow(id_, key, kind, order.encode(), attempt, response_id, model, bool(stopping), result)
        for id_, key, kind, order, attempt, response_id, model, stopping, result in rows
    ]


def begin_attempt(db: sqlite3.Connection, job_id: str, attempt: int, lines: Iterable[LedgerLine]) -> None:
    """From now on this attempt may cost something: the ones before are given up, `lines` are what they have cost, and
    nothing is held for them any more."""
    given_up = tuple(lines)
    settled = budgets.end_job(db, job_id, given_up, before_attempt=attempt)
    if settled.passed:  # the desk reads it at the latest when the job that goes on ends (see `finish`)
        inbox.accept(db, marks.arrivals(settled.passed, given_up[-1].at), given_up[-1].at)
    db.execute("UPDATE jobs SET attempt = ?, response_id = NULL WHERE id = ?", (attempt, job_id))


def next_attempt(db: sqlite3.Connection, job_id: str) -> int:
    """The job is begun once more without a restart; the number of this attempt."""
    db.execute("UPDATE jobs SET attempt = attempt + 1 WHERE id = ?", (job_id,))
    (attempt,) = db.execute("SELECT attempt FROM jobs WHERE id = ?", (job_id,)).fetchone()
    return int(attempt)


def finish(
    db: sqlite3.Connection,
    job_id: str,
    arrivals: Iterable[inbox.Arrival],
    lines: Iterable[LedgerLine],
    now: datetime,
) -> list[str]:
    """The end of a job, in one transaction: its ledger lines, its holds' end, its result events, and 'done'. Who is to
    be woken. Finishing a job that is done already changes nothing."""
    ended = db.execute(
        "UPDATE jobs SET status = 'done', ended_at = ? WHERE id = ? AND status <> 'done'", (to_micros(now), job_id)
    ).rowcount
    if not ended:
        return []
    settled = budgets.end_job(db, job_id, tuple(lines))
    woken = inbox.accept(db, [*arrivals, *marks.arrivals(settled.passed, now)], now)
    return woken if DESK in woken or not inbox.is_waiting(db, DESK) else [*woken, DESK]
