"""An actor on the engine: it says what it hears, at once or, after /slowly, in ten seconds."""

from __future__ import annotations

import sqlite3
from typing import Any

import anyio
import msgspec

from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.effects import Send, StartJob
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    Event,
    FileReceived,
    MessageEdited,
    MessagesDeleted,
    TextReceived,
    TimedOut,
    UnsupportedReceived,
)
from engine.core.styled import Styled
from engine.runtime.behaviour import Behaviours, Cast, Job, JobResult
from engine.store.database import Database

SLOWLY_S = 10.0


class Echoed(Event, frozen=True, kw_only=True):
    """A slow echo is ready."""

    text: str


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a conversation remembers: how much it has heard."""

    key: str
    state: str = "listening"
    thread: int = 1
    heard: int = 0


class Echo:
    """The behaviour of every conversation (engine.runtime.behaviour.Behaviour)."""

    memory_type = Memory
    event_types: Any = (
        TextReceived
        | FileReceived
        | CommandReceived
        | UnsupportedReceived
        | MessageEdited
        | MessagesDeleted
        | ButtonPressed
        | DraftStopped
        | TimedOut
        | Echoed
    )

    def new(self, conversation: str) -> Memory:
        """See Behaviour."""
        return Memory(conversation)

    def look(self, db: sqlite3.Connection, memory: Memory, event: Event, event_id: int) -> int:
        """See Behaviour. Jobs are named after events."""
        return event_id

    def react(self, memory: Memory, event: Event, context: int) -> Outcome[Memory]:
        """See Behaviour."""
        heard = msgspec.structs.replace(memory, heard=memory.heard + 1)
        match event:
            case TextReceived(text=text):
                return Outcome(heard, (Send(content=Styled(f"{heard.heard}. {text}")),))
            case CommandReceived(name="slowly", argument=text):
                order = msgspec.Raw(msgspec.json.encode(text))
                return Outcome(heard, (StartJob(job=f"{context}", kind="slowly", order=order),))
            case Echoed(text=text):
                return Outcome(memory, (Send(content=Styled(text)),))
            case _:
                return Outcome(memory)

    def apologise(self, memory: Memory, event: Event | None, context: int) -> Outcome[Memory]:
        """See Behaviour."""
        return Outcome(memory, (Send(content=Styled("I did not get that.")),))


class Slowly:
    """The body of jobs of kind "slowly" (engine.runtime.behaviour.JobBody)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        await anyio.sleep(SLOWLY_S)
        return JobResult(Echoed(at=self._clock(), text=job.decode_order(str)))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        return JobResult(Echoed(at=self._clock(), text="…"))


def cast(database: Database, clock: Clock) -> Cast:
    """Everybody who plays (engine.runtime.behaviour.Casting)."""
    return Cast(Behaviours(Echo()), {"slowly": Slowly(clock)})
