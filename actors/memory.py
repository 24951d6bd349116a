"""What a conversation remembers between two events, and the states it can be in."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.orders import Exchange
from engine.core.events import Person

IDLE = "idle"
AWAITING_CAPTION = "awaiting_caption"
TRANSCRIBING = "transcribing"
GENERATING = "generating"

QUESTION_LIMIT = 200_000
"""The most characters of one question (Telegram's own limit is 4,096 a message; files come later)."""
UNHEARD_LIMIT = 6
"""The most exchanges that are told to the model again because its thread does not have them."""


class Question(msgspec.Struct, frozen=True):
    """What the running job answers."""

    text: str
    message_id: int
    person: Person


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a conversation remembers. `thread` counts its resets, `response_id` is where its thread stands at
    OpenAI, `unheard` is what was said since and is not in there (stopped and failed answers)."""

    key: str
    state: str = IDLE
    thread: int = 1
    response_id: str | None = None
    unheard: tuple[Exchange, ...] = ()
    job: str = ""
    question: Question | None = None
    language: str = ""

    def but(self, **changes: Any) -> Conversation:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)
