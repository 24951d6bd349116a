"""The turns table: the local transcript, from which a thread that OpenAI has lost is rebuilt."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any, NamedTuple

from engine.core.clock import to_micros
from engine.core.effects import RecordTurn

TURNS_REBUILT = 30
"""The most turns that a rebuilt thread begins with."""


class Turn(NamedTuple):
    """One question and what was answered."""

    question: str
    answer: str


class Asked(NamedTuple):
    """A turn as its actor needs it to ask again, or to go on from it. `source` is JSON (see RecordTurn)."""

    job: str
    thread: int
    response_id: str | None
    parent_response_id: str | None
    source: str
    messages: int
    answer: str


_ASKED = "SELECT job, thread, response_id, parent_response_id, source, messages, answer FROM turns"


def record(db: sqlite3.Connection, conversation: str, thread: int, turn: RecordTurn, now: datetime) -> None:
    """Adds a turn. `thread` counts the conversation's resets: an old thread's turns are never sent again."""
    db.execute(
        "INSERT INTO turns (conversation, job, question, answer, response_id, parent_response_id, question_message_id,"
        " source, messages, thread, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation,
            turn.job,
            turn.question,
            turn.answer,
            turn.response_id,
            turn.parent_response_id,
            turn.question_message_id,
            bytes(turn.source).decode(),
            turn.messages,
            thread,
            to_micros(now),
        ),
    )


def path(db: sqlite3.Connection, conversation: str, thread: int, response_id: str | None) -> list[Turn]:
    """The last turns that lead to a response, oldest first: its own branch of the thread, and what was stopped or
    failed on the way. Without a response, or where it is not known here: the last turns of the whole thread."""
    found = db.execute(
        "WITH RECURSIVE branch (response_id, parent, depth) AS ("
        " SELECT response_id, parent_response_id, 1 FROM turns"
        "  WHERE response_id = :tip AND conversation = :conversation AND thread = :thread"
        " UNION ALL"
        " SELECT turns.response_id, turns.parent_response_id, depth + 1 FROM branch"
        "  JOIN turns ON turns.response_id = branch.parent AND turns.conversation = :conversation"
        "  WHERE depth < :most)"
        " SELECT question, answer FROM turns WHERE conversation = :conversation AND thread = :thread"
        " AND (NOT EXISTS (SELECT 1 FROM branch) OR response_id IN (SELECT response_id FROM branch)"
        "  OR response_id IS NULL AND (parent_response_id IS NULL"
        "   OR parent_response_id IN (SELECT response_id FROM branch)))"
        " ORDER BY id DESC LIMIT :most",
        {"tip": response_id, "conversation": conversation, "thread": thread, "most": TURNS_REBUILT},
    ).fetchall()
    return [Turn(*row) for row in reversed(found)]


def by_job(db: sqlite3.Connection, conversation: str, job: str) -> Asked | None:
    """The turn that a job answered."""
    row = db.execute(f"{_ASKED} WHERE job = ? AND conversation = ? ORDER BY id DESC LIMIT 1", (job, conversation))
    return _asked(row.fetchone())


def by_question(db: sqlite3.Connection, conversation: str, message_id: int) -> Asked | None:
    """The turn whose question stood in this message; the latest, if it was asked again."""
    row = db.execute(
        f"{_ASKED} WHERE conversation = ? AND question_message_id = ? ORDER BY id DESC LIMIT 1",
        (conversation, message_id),
    )
    return _asked(row.fetchone())


def last(db: sqlite3.Connection, conversation: str, thread: int) -> Asked | None:
    """The last turn of a thread."""
    row = db.execute(f"{_ASKED} WHERE conversation = ? AND thread = ? ORDER BY id DESC LIMIT 1", (conversation, thread))
    return _asked(row.fetchone())


def _asked(row: tuple[Any, ...] | None) -> Asked | None:
    return None if row is None else Asked(*row)


class Told(NamedTuple):
    """A turn as its conversation's people may read it. `at` in microseconds since 1970."""

    at: int
    thread: int
    question: str
    answer: str


def all_turns(db: sqlite3.Connection, conversation: str) -> list[Told]:
    """Every turn of a conversation, oldest first."""
    rows = db.execute(
        "SELECT at, thread, question, answer FROM turns WHERE conversation = ? ORDER BY id", (conversation,)
    )
    return [Told(*row) for row in rows]
