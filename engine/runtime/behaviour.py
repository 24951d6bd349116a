"""What the engine asks of the people who say what chats are about: a behaviour, and bodies for its jobs.

The engine carries events and knows nothing of their meaning; `actors/` supplies one `Behaviour` and one `JobBody` for
each kind of job, and `engine/bot.py` puts both together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import anyio
import msgspec

from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.events import Event
from engine.core.ledger import LedgerLine
from engine.store.database import Database
from engine.store.jobs import JobRow


class Memory(Protocol):
    """A conversation as an actor remembers it: a frozen msgspec struct with these two fields."""

    @property
    def state(self) -> str:
        """The chart's state."""
        ...

    @property
    def thread(self) -> int:
        """Counts the resets: which turns belong together."""
        ...


M = TypeVar("M", bound=Memory)
S = TypeVar("S")


class Behaviour(Protocol[M]):
    """What a conversation does with its events."""

    memory_type: type[M]
    """for decoding conversations"""
    event_types: Any
    """a union type: every event that can be in the inbox, for decoding"""

    def new(self, conversation: str) -> M:
        """The memory of a conversation that has never been heard of."""
        ...

    def look(self, db: sqlite3.Connection, memory: M, event: Event, event_id: int) -> Any:
        """The snapshot that guards and steps may need for this event (roles, settings, figures). It only reads, in the
        step's own transaction and in the store's thread. Raises `engine.core.moment.Unseen` where the answer is outside
        of the database."""
        ...

    def react(self, memory: M, event: Event, context: Any) -> Outcome[M]:
        """What the event changes. Pure; called right after `look`. Raising changes nothing."""
        ...

    def apologise(self, memory: M, event: Event | None, context: Any) -> Outcome[M]:
        """The event has been quarantined: tell the person and the admins. `event` is None if it can't be read."""
        ...


class Behaviours:
    """Which behaviour a conversation has: its key says it. A chat's key is a number; any other actor's begins with a
    word ("desk"), and has a behaviour of that name."""

    def __init__(self, chats: Behaviour[Any], **others: Behaviour[Any]) -> None:
        self._chats = chats
        self._others = others
        self._memories = {each: msgspec.json.Decoder(each.memory_type) for each in (chats, *others.values())}
        self._events = {each: msgspec.json.Decoder(each.event_types) for each in (chats, *others.values())}

    def of(self, conversation: str) -> Behaviour[Any]:
        """The behaviour of that conversation."""
        return self._others.get(conversation.partition(":")[0], self._chats)

    def remember(self, conversation: str, memory: str | None) -> Any:
        """A memory as it lies on disk (JSON); None is a conversation that has never been heard of."""
        behaviour = self.of(conversation)
        return behaviour.new(conversation) if memory is None else self._memories[behaviour].decode(memory)

    def read(self, conversation: str, event: str) -> Event:
        """An event as it lies in the inbox. Raises msgspec.DecodeError."""
        found: Event = self._events[self.of(conversation)].decode(event)
        return found


class Cast(NamedTuple):
    """Who plays: what conversations do with their events, and the bodies of the jobs that they start, by kind."""

    behaviours: Behaviours
    bodies: Mapping[str, JobBody]


Casting = Callable[[Database, Clock], Cast]
"""Makes a cast. The clock stands still while an event is handled, so that a recording of it can be replayed."""


class JobResult(NamedTuple):
    """How a job ended: the event for its conversation, what is to be booked, and events for others."""

    event: Event
    lines: Sequence[LedgerLine] = ()
    posts: Sequence[tuple[str, str, Event]] = ()
    """(key, conversation, event)"""


class Job:
    """A job under way, as its body sees it."""

    def __init__(self, row: JobRow) -> None:
        self.id = row.id
        self.conversation = row.conversation
        self.attempt = row.attempt
        """counts the starts of this job: more than 1 means that an earlier one was cut off"""
        self.response_id = row.response_id
        self.model = row.model
        """the response that an earlier attempt was waiting for, and the model that was answering"""
        self.result = row.result
        """JSON: what the paid calls of earlier attempts have brought"""
        self.stopping = row.stopping
        """a person wants it to end; set before or while it runs"""
        self._order = row.order
        self._scope: anyio.CancelScope | None = None

    def stoppable(self) -> anyio.CancelScope:
        """A scope that a stop cancels: put the waiting into it; behind it, `stopping` tells why it ended."""
        self._scope = anyio.CancelScope()
        if self.stopping:
            self._scope.cancel()
        return self._scope

    def stop(self) -> None:
        """Stops it; twice is once."""
        self.stopping = True
        if self._scope is not None:
            self._scope.cancel()

    def decode_order(self, shape: type[S]) -> S:
        """The order that the actor wrote."""
        return msgspec.json.decode(self._order, type=shape)


class JobBody(Protocol):
    """The work of one kind of job."""

    async def run(self, job: Job) -> JobResult:
        """Does it. May be begun again after a kill: `job.attempt` and `job.response_id` tell what was before."""
        ...

    async def crashed(self, job: Job) -> JobResult:
        """It has raised twice: the event that says so to its conversation, and what its calls have cost."""
        ...
