"""The actors: one conversation's events in order, each handled in one transaction; a task only while there are any.

The life of an event here:  read (conversation, open events) → look → react → commit_step → whom it concerns is woken.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

import msgspec
from anyio.abc import TaskGroup

from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.events import Event
from engine.core.moment import Moment, during
from engine.crew import Crew
from engine.runtime.behaviour import Behaviour, Behaviours, Memory
from engine.runtime.supervisor import TRIES, GaveUp, guarded
from engine.store import conversations, inbox
from engine.store.database import Database
from engine.store.jobs import JobRow

ACTORS_AT_ONCE = 256
"""Conversations that handle events at the same moment; the others wait their turn. Handling is short: the waiting
is for SQLite only."""


class Concerned(Protocol):
    """Who is told what a step has brought about."""

    def job_started(self, row: JobRow) -> None:
        """A job is on disk and may begin."""
        ...

    def job_stopped(self, job: str) -> None:
        """A job is to end."""
        ...

    def outbox_filled(self, chat_id: int) -> None:
        """There is something to send."""
        ...

    def timers_changed(self) -> None:
        """The next timer may be another one."""
        ...

    def thread_ended(self) -> None:
        """Something at OpenAI is to be deleted."""
        ...


class Actors:
    """All conversations that have something to do, each with the behaviour that its key names."""

    def __init__(
        self,
        database: Database,
        behaviours: Behaviours,
        concerned: Concerned,
        clock: Clock,
        tasks: TaskGroup,
        observe: Callable[[str, Any], None] | None = None,
        moment: Callable[[int], Moment] | None = None,
    ) -> None:
        self._database = database
        self._moment = moment or (lambda _: Moment(clock()))
        self._behaviours = behaviours
        self._concerned = concerned
        self._clock = clock
        self._crew = Crew(tasks)
        self._observe = observe
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._ready: deque[str] = deque()
        self._waiting: set[str] = set()

    def wake(self, conversation: str) -> None:
        """There is a new event in this conversation's inbox. Cheap, and never too often."""
        if conversation in self._busy:
            self._again.add(conversation)
        elif len(self._busy) < ACTORS_AT_ONCE:
            self._busy.add(conversation)
            self._crew.start_soon(self._live, conversation)
        elif conversation not in self._waiting:
            self._waiting.add(conversation)
            self._ready.append(conversation)

    def wake_all(self, conversations: Iterable[str]) -> None:
        """Several at once."""
        for conversation in conversations:
            self.wake(conversation)

    @property
    def busy(self) -> int:
        """Conversations at work or waiting for a place."""
        return len(self._busy) + len(self._ready)

    async def _live(self, conversation: str) -> None:
        try:
            while True:
                self._again.discard(conversation)
                loaded = await self._database.read(partial(conversations.load, key=conversation))
                memory = self._behaviours.remember(conversation, loaded.memory)
                events = loaded.open_events
                while events:
                    memory, events = await self._handle(conversation, memory, events[0])
                if conversation not in self._again:
                    return
        finally:
            self._busy.discard(conversation)
            if self._ready:
                self._waiting.discard(following := self._ready.popleft())
                self.wake(following)

    async def _handle(
        self, conversation: str, memory: Memory, opened: inbox.OpenEvent
    ) -> tuple[Memory, list[inbox.OpenEvent]]:
        moment = self._moment(opened.id)
        try:
            with during(moment):
                outcome = await guarded(
                    f"event {opened.id} of conversation {conversation}",
                    partial(self._react, conversation, memory, opened),
                )
        except GaveUp as failure:
            if opened.tries + 1 < TRIES:
                await self._database.write(partial(inbox.count_try, event_id=opened.id, error=failure.reason))
                return memory, await self._database.read(partial(inbox.open_events, conversation=conversation))
            with during(moment):
                outcome = await self._apologise(conversation, memory, opened)
            return await self._commit(conversation, memory, opened, outcome, moment, quarantined=True)
        return await self._commit(conversation, memory, opened, outcome, moment)

    async def _react(self, conversation: str, memory: Memory, opened: inbox.OpenEvent) -> Outcome[Memory]:
        behaviour = self._behaviours.of(conversation)
        event = self._behaviours.read(conversation, opened.event)
        context = await behaviour.look(memory, event, opened.id)
        return behaviour.react(memory, event, context)

    async def _apologise(self, conversation: str, memory: Memory, opened: inbox.OpenEvent) -> Outcome[Memory]:
        behaviour = self._behaviours.of(conversation)
        event: Event | None
        try:
            event = self._behaviours.read(conversation, opened.event)
        except msgspec.DecodeError:
            event = None
        try:
            context = await behaviour.look(memory, event or Event(at=self._clock()), opened.id)
            return await guarded("the apology", partial(_say_sorry, behaviour, memory, event, context))
        except GaveUp:
            return Outcome(memory)

    async def _commit(
        self,
        conversation: str,
        before: Memory,
        opened: inbox.OpenEvent,
        outcome: Outcome[Memory],
        moment: Moment,
        *,
        quarantined: bool = False,
    ) -> tuple[Memory, list[inbox.OpenEvent]]:
        after = outcome.conversation
        step = conversations.Step(
            event_id=opened.id,
            conversation=conversation,
            state=after.state,
            memory=conversations.encode(after),
            state_changed=after.state != before.state,
            postponed=outcome.postponed,
            effects=outcome.effects,
            thread=after.thread,
            quarantined=quarantined,
            seen=conversations.encode(moment.seen) if moment.seen else "",
        )
        committed = await self._database.write(partial(conversations.commit_step, step=step, now=moment.at))
        self._tell(committed)
        if self._observe is not None:
            self._observe(conversation, after)
        return after, committed.open_events

    def _tell(self, committed: conversations.Committed) -> None:
        for row in committed.jobs_started:
            self._concerned.job_started(row)
        for job in committed.jobs_stopped:
            self._concerned.job_stopped(job)
        for chat_id in committed.chats:
            self._concerned.outbox_filled(chat_id)
        if committed.has_timers:
            self._concerned.timers_changed()
        if committed.has_deletions:
            self._concerned.thread_ended()
        self.wake_all(committed.woken)


async def _say_sorry(
    behaviour: Behaviour[Any], memory: Memory, event: Event | None, context: object
) -> Outcome[Memory]:
    return behaviour.apologise(memory, event, context)
