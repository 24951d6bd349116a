"""The turns table: the local transcript, from which a thread that OpenAI has lost is rebuilt."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from engine.core.clock import to_micros
from engine.core.effects import RecordTurn

TURNS_REBUILT = 30
"""The most turns that a rebuilt thread begins with."""


class Turn(NamedTuple):
    """One question and what was answered."""

    question: str
    answer: str


def record(db: sqlite3.Connection, conversation: str, thread: int, turn: RecordTurn, now: datetime) -> None:
    """Adds a turn. `thread` counts the conversation's resets: an old thread's turns are never sent again."""
    db.execute(
        "INSERT INTO turns (conversation, job, question, answer, response_id, question_message_id, thread, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation,
            turn.job,
            turn.question,
            turn.answer,
            turn.response_id,
            turn.question_message_id,
            thread,
            to_micros(now),
        ),
    )


def last_turns(db: sqlite3.Connection, conversation: str, thread: int) -> list[Turn]:
    """The last turns of a thread, oldest first."""
    rows = db.execute(
        "SELECT question, answer FROM turns WHERE conversation = ? AND thread = ? ORDER BY id DESC LIMIT ?",
        (conversation, thread, TURNS_REBUILT),
    ).fetchall()
    return [Turn(*row) for row in reversed(rows)]
