"""The order of what happened to the bot: numbered events (pts), and the part that a client has missed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.sandbox.telegram.chats import Supergroup
    from engine.sandbox.telegram.messages import Message


class EventKind(Enum):
    """What happened to a message."""

    SENT = "sent"
    EDITED = "edited"
    DELETED = "deleted"


@dataclass(slots=True, eq=False)
class Event:
    """Something with a pts. `channel` is None for the account's own sequence (private chats, basic groups)."""

    kind: EventKind
    messages: tuple[Message, ...]
    date: datetime
    channel: Supergroup | None = None
    random_id: int | None = None
    pts: int = 0
    pts_count: int = 1


class PtsHistory:
    """One sequence of events: the account has one, every supergroup has its own."""

    def __init__(self) -> None:
        self.pts = 1
        self._ends: list[int] = []
        self._events: list[Event] = []

    def append(self, event: Event) -> Event:
        """Number the event and keep it."""
        self.pts += event.pts_count
        event.pts = self.pts
        self._ends.append(self.pts)
        self._events.append(event)
        return event

    def after(self, pts: int, limit: int) -> tuple[list[Event], bool]:
        """Up to `limit` events that a client at `pts` lacks, oldest first; and whether that is all of them."""
        first = bisect_right(self._ends, pts)
        events = self._events[first : first + limit]
        return events, first + len(events) == len(self._events)


class QtsHistory:
    """The account's second sequence: reactions, blocking, membership. Updates are kept as TL objects."""

    def __init__(self) -> None:
        self.qts = 0
        self._updates: list[Any] = []

    def next(self) -> int:
        """The number for the update that is about to be kept."""
        self.qts += 1
        return self.qts

    def keep(self, update: Any) -> None:
        """Remember the update which carries the number just given out."""
        self._updates.append(update)

    def after(self, qts: int) -> list[Any]:
        """The updates that a client at `qts` lacks."""
        return self._updates[max(qts, 0) :]
