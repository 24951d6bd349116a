"""What was heard is known again: in its own conversation, for its own file, and not without end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from engine.store import forget, transcripts
from engine.store.database import schema
from engine.store.transcripts import TRANSCRIPTS_MOST, Sound

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LECTURE = Sound("1", "ab", 0, "gpt-transcribe")


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(schema())
        yield made


def test_only_the_same_file_in_the_same_conversation_is_known(db: sqlite3.Connection) -> None:
    transcripts.keep(db, LECTURE, "words", NOW)
    assert transcripts.find(db, LECTURE) == "words"
    for other in (
        LECTURE._replace(conversation="2"),
        LECTURE._replace(sha256="cd"),
        LECTURE._replace(until_ms=600_000),
        LECTURE._replace(model="whisper-1"),
    ):
        assert transcripts.find(db, other) is None


def test_the_oldest_are_let_go(db: sqlite3.Connection) -> None:
    for number in range(TRANSCRIPTS_MOST + 1):
        at = NOW + timedelta(seconds=number)
        transcripts.keep(db, LECTURE._replace(sha256=str(number)), "words", at)
    assert transcripts.find(db, LECTURE._replace(sha256="0")) is None
    assert transcripts.find(db, LECTURE._replace(sha256="1")) == "words"


def test_what_is_forgotten_is_gone_in_this_conversation_only(db: sqlite3.Connection) -> None:
    other = LECTURE._replace(conversation="2")
    for sound in (LECTURE, other):
        transcripts.keep(db, sound, "words", NOW)
    forget.clear(db, "1", 1, (), ())
    assert transcripts.find(db, LECTURE) is None
    assert transcripts.find(db, other) == "words"
