"""The conversations table, and the one transaction in which an actor's step becomes true."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from engine.core.clock import to_micros
from engine.core.decrees import Decree
from engine.core.effects import (
    AnswerPress,
    ClearTimer,
    Delete,
    DropPostponed,
    Edit,
    Effect,
    EndThread,
    Post,
    Prefer,
    RecordTurn,
    Send,
    SetTimer,
    StartJob,
    StopJob,
    StopJobs,
)
from engine.store import changes, decrees, inbox, jobs, outbox, preferences, remote, steps, timers, turns


class Memory(NamedTuple):
    """A conversation as it lies on disk; `memory` is JSON, or None for one that is new."""

    memory: str | None
    open_events: list[inbox.OpenEvent]


class Step(NamedTuple):
    """What an actor made of one event."""

    event_id: int
    conversation: str
    state: str
    memory: str
    state_changed: bool
    postponed: bool
    queue: str
    """the event's"""
    effects: Sequence[Effect]
    thread: int
    quarantined: bool = False
    seen: str = ""
    """JSON: what was looked up outside of the database (`engine.core.moment`)"""


class Committed(NamedTuple):
    """What is to be done now that the step is on disk."""

    open_events: list[inbox.OpenEvent]
    woken: list[str]
    jobs_started: list[jobs.JobRow]
    jobs_stopped: list[str]
    chats: set[int]
    """those that have something to send"""
    has_timers: bool
    has_deletions: bool


def load(db: sqlite3.Connection, key: str) -> Memory:
    """A conversation and its next events."""
    row = db.execute("SELECT memory FROM conversations WHERE key = ?", (key,)).fetchone()
    return Memory(None if row is None else row[0], inbox.open_events(db, key))


def commit_step(db: sqlite3.Connection, step: Step, now: datetime) -> Committed:
    """State, outbox rows, job rows, timers, transcript, and the inbox row's end: all of it or nothing."""
    number = steps.record(db, _recorded(step), now)
    db.execute(
        "INSERT INTO conversations (key, state, memory, updated_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET state = excluded.state, memory = excluded.memory,"
        " updated_at = excluded.updated_at",
        (step.conversation, step.state, step.memory, to_micros(now)),
    )
    if any(isinstance(effect, DropPostponed) for effect in step.effects):
        inbox.drop_postponed(db, step.conversation)
    _close_event(db, step)
    outgoing = [effect for effect in step.effects if isinstance(effect, Send | Edit | Delete | AnswerPress)]
    chats = outbox.enqueue(db, step.conversation, outgoing, cause=f"{step.event_id}", now=now)
    started, stopped, woken, has_timers, has_deletions = [], [], [], False, False
    for effect in step.effects:
        match effect:
            case StartJob(job=job, kind=kind, order=order):
                row = jobs.JobRow(job, step.conversation, kind, bytes(order), 1, None, "", False)
                jobs.insert(db, row, now)
                started.append(row)
            case StopJob() | StopJobs():
                stopped += _stopped(db, step.conversation, effect)
            case SetTimer(timer=timer, due=due):
                timers.set_timer(db, step.conversation, timer, due)
                has_timers = True
            case ClearTimer(timer=timer):
                timers.clear_timer(db, step.conversation, timer)
            case Post(conversation=conversation, key=key, event=event):
                arrival = inbox.Arrival(key, conversation, event, cause=f"event:{step.event_id}")
                woken += inbox.accept(db, [arrival], now)
            case EndThread(thread=thread):
                has_deletions = bool(remote.end_thread(db, step.conversation, thread, now)) or has_deletions
            case Prefer() | Decree():
                decided = _decided(db, effect, number, now)
                woken += decided.woken
                stopped += decided.jobs_stopped
            case RecordTurn():
                turns.record(db, step.conversation, step.thread, effect, now)
            case _:
                pass
    return Committed(
        open_events=inbox.open_events(db, step.conversation),
        woken=woken,
        jobs_started=started,
        jobs_stopped=stopped,
        chats=chats,
        has_timers=has_timers,
        has_deletions=has_deletions,
    )


def _stopped(db: sqlite3.Connection, conversation: str, effect: StopJob | StopJobs) -> list[str]:
    if isinstance(effect, StopJobs):
        return jobs.mark_all_stopping(db, conversation)
    jobs.mark_stopping(db, effect.job)
    return [effect.job]


def _decided(db: sqlite3.Connection, effect: Prefer | Decree, step: int, now: datetime) -> decrees.Applied:
    """What people have chosen, and admins decided."""
    decided = decrees.Applied()
    if isinstance(effect, Prefer):
        preferences.choose(db, effect.scope, bytes(effect.value).decode())
    else:
        decided = decrees.apply(db, effect, now)
    changes.made_by(db, step)
    return decided


def _recorded(step: Step) -> steps.Recorded:
    outcome = "quarantined" if step.quarantined else "postponed" if step.postponed else "done"
    return steps.Recorded(
        step.event_id, step.conversation, step.state, outcome, step.memory, steps.hashed(step.effects), step.seen
    )


def _close_event(db: sqlite3.Connection, step: Step) -> None:
    if step.quarantined:
        inbox.quarantine(db, step.event_id)
    elif step.postponed:
        inbox.postpone(db, step.event_id)
    else:
        inbox.mark_done(db, step.event_id)
    if step.state_changed:
        inbox.put_back_postponed(db, step.conversation)
    elif step.queue and not step.postponed:
        inbox.put_back_next(db, step.conversation, step.queue)


def encode(memory: object) -> str:
    """A conversation's memory as JSON."""
    return msgspec.json.encode(memory).decode()
