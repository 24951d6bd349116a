"""What the conversation orders from its jobs: written into the job's row, read by the job's body."""

from __future__ import annotations

from datetime import datetime

import msgspec

from engine.core.events import Person


class Exchange(msgspec.Struct, frozen=True, array_like=True):
    """A question and what was answered, as far as it got."""

    question: str
    answer: str


class AnswerOrder(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A question for the model. `unheard`: what the thread at OpenAI does not know yet."""

    question: str
    person: Person
    previous_response_id: str | None
    unheard: tuple[Exchange, ...] = ()
    thread: int = 1
    asked_at: datetime
