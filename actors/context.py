"""What guards and steps may know besides the conversation and the event: a snapshot, made before each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from actors.memory import Question
from actors.pace import Pace
from actors.phrases import Phrases
from actors.preferences import ConversationPreferences, HousePreferences, PersonPreferences
from engine.core.budget import Room
from engine.core.events import FileReceived, TextReceived
from engine.core.roles import Role
from engine.store.ledger import Spending
from engine.store.outbox import SentMessage


@dataclass(frozen=True, slots=True)
class Figures:
    """What /stats shows: one list for each span, by model."""

    today: Sequence[Spending]
    month: Sequence[Spending]
    all_time: Sequence[Spending]


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of this conversation: what was asked and where it stands in the thread."""

    job: str
    thread: int
    response_id: str | None
    question: Question | None
    messages: int
    answer: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The message that this one replies to: a turn's answer, another message of ours, or one of a person's."""

    turn: Turn | None = None
    ours: SentMessage | None = None
    theirs: TextReceived | FileReceived | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What this installation offers: the same in every context."""

    models: tuple[str, ...] = ()
    """those that people may choose among; the first is the default"""
    file_bytes: int = 2_000 * 1024 * 1024
    """the most that is taken"""
    admin_file_bytes: int = 2_000 * 1024 * 1024
    """the same from admins"""
    picture_prices: dict[str, int | None] = field(default_factory=dict)
    """nano-dollars by size"""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Context:
    """The snapshot. `event_id` is unique for ever: jobs are named after it."""

    now: datetime
    event_id: int
    role: Role
    phrases: Phrases
    """the sentences, in the language of whoever this event concerns"""
    person: PersonPreferences = field(default_factory=PersonPreferences)
    """of whoever this event is from; else of whoever is answered"""
    conversation: ConversationPreferences = field(default_factory=ConversationPreferences)
    offer: Offer = field(default_factory=Offer)
    rooms: tuple[Room, ...] = ()
    """every limit that holds for this person here, and what is used of it"""
    figures: Figures | None = None
    """only for StatsRequested"""
    replied: Replied | None = None
    """only for messages that reply to one"""
    turn: Turn | None = None
    """only for edits, /retry and buttons under an answer"""
    house: HousePreferences = field(default_factory=HousePreferences)
    """what the admins have chosen for everybody"""
    cheaper_model: str = ""
    """answers instead of the chosen one where a budget that pays here is nearly used up; "" where none is"""
    is_paused: bool = False
    """whether an admin wants this person to get no answers now"""
    pace: Pace = Pace.FREE
    """whether this person asks too fast"""
    can_ask_access: bool = True
    """whether strangers may ask to be let in"""
    governs: bool = True
    """whether this person may change the conversation's settings: in a group, its admins only"""

    @property
    def file_bytes(self) -> int:
        """The largest file that is taken from this person."""
        return self.offer.admin_file_bytes if self.role is Role.ADMIN else self.offer.file_bytes
