"""What guards and steps may know besides the conversation and the event: a snapshot, made before each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from actors.phrases import Phrases
from engine.store.ledger import Spending


class Role(StrEnum):
    """What a person may do."""

    ADMIN = "admin"
    MEMBER = "member"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Figures:
    """What /stats shows: one list for each span, by model."""

    today: Sequence[Spending]
    month: Sequence[Spending]
    all_time: Sequence[Spending]


@dataclass(frozen=True, slots=True)
class Context:
    """The snapshot. `event_id` is unique for ever: jobs are named after it."""

    now: datetime
    event_id: int
    role: Role
    phrases: Phrases
    """the sentences, in the language of whoever this event concerns"""
    figures: Figures | None = None
    """only for StatsRequested"""
