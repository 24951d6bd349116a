"""The actors: one conversation's events in order, each handled in one transaction; a task only while there are any.

The life of an event, in one hop to the store's thread: load → look → react → commit_step. Then others are woken.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, NamedTuple, Protocol

import msgspec
from anyio.abc import TaskGroup

from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.events import Event
from engine.core.moment import Moment, Unseen, during
from engine.crew import Crew
from engine.runtime.behaviour import Behaviours, Memory
from engine.store import conversations, inbox
from engine.store.database import Database, Writing, all_or_nothing
from engine.store.jobs import JobRow
from engine.supervisor import TRIES, GaveUp, guarded, guarding

QUESTIONS_MOST = 4
"""What a look may ask of the outside for one event."""
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


class _Known(NamedTuple):
    """What is in a conversation's actor between two events."""

    memory: Any
    open_events: list[inbox.OpenEvent]


class _Handled(NamedTuple):
    known: _Known
    committed: conversations.Committed | None


class _Asked(NamedTuple):
    """An event that can't be handled before somebody outside has answered."""

    known: _Known
    moment: Moment
    question: Unseen
    times: int
    failure: GaveUp | None = None


_Turn = _Handled | _Asked | None


class Actors:
    """All conversations that have something to do, each with the behaviour that its key names. `moment` says when an
    event (an inbox id) is handled; None: not before its conversation is woken again."""

    def __init__(
        self,
        database: Database,
        behaviours: Behaviours,
        concerned: Concerned,
        clock: Clock,
        tasks: TaskGroup,
        observe: Callable[[str, Any], None] | None = None,
        moment: Callable[[int], Moment | None] | None = None,
    ) -> None:
        self._database = database
        self._moment: Callable[[int], Moment | None] = moment or (lambda _: Moment(clock()))
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
        """There is a new event in this conversation's inbox, or will be with the store's next commit. Cheap, and never
        too often."""
        if conversation in self._busy:
            self._again.add(conversation)
        elif len(self._busy) < ACTORS_AT_ONCE:
            self._busy.add(conversation)
            self._crew.start_soon(self._live, conversation, self._begin(conversation))
        elif conversation not in self._waiting:
            self._waiting.add(conversation)
            self._ready.append(conversation)

    def wake_all(self, conversations: Iterable[str]) -> None:
        """Several at once."""
        for conversation in conversations:
            self.wake(conversation)

    async def accept(
        self, unit: Callable[[sqlite3.Connection], Iterable[str]], conversations: Collection[str] = ()
    ) -> None:
        """Runs a unit that gives events to conversations, and wakes all that it returns. Those that are known
        beforehand handle their events in the same commit."""
        writing = self._database.begin_write(unit)
        self.wake_all(conversations)
        self.wake_all(woken for woken in await writing.done() if woken not in conversations)

    @property
    def busy(self) -> int:
        """Conversations at work or waiting for a place."""
        return len(self._busy) + len(self._ready)

    async def _live(self, conversation: str, begun: Writing[_Turn]) -> None:
        try:
            while True:
                known = await self._handled(conversation, begun)
                if known is None and conversation not in self._again:
                    return
                begun = self._begin(conversation, known)
        finally:
            self._busy.discard(conversation)
            if self._ready:
                self._waiting.discard(following := self._ready.popleft())
                self.wake(following)

    def _begin(self, conversation: str, known: _Known | None = None, asked: _Asked | None = None) -> Writing[_Turn]:
        """Gives the store what becomes of the next event."""
        self._again.discard(conversation)
        return self._database.begin_write(partial(self._next, conversation=conversation, known=known, asked=asked))

    async def _handled(self, conversation: str, begun: Writing[_Turn]) -> _Known | None:
        """One event, to its end; what is known where more are open."""
        while isinstance(turn := await begun.done(), _Asked):
            begun = self._begin(conversation, turn.known, await _answered(conversation, turn))
        if turn is None:
            return None
        if turn.committed is not None:
            self._tell(turn.committed)
            if self._observe is not None:
                self._observe(conversation, turn.known.memory)
        return turn.known if turn.known.open_events else None

    def _next(self, db: sqlite3.Connection, conversation: str, known: _Known | None, asked: _Asked | None) -> _Turn:
        """All that becomes of the next event, if there is one. A step, or one more try that is counted, or a question
        that somebody outside has to answer first."""
        known = known or self._load(db, conversation)
        if not known.open_events:
            return None
        memory, opened = known.memory, known.open_events[0]
        moment = self._moment(opened.id) if asked is None else asked.moment
        if moment is None:
            return None
        what = f"event {opened.id} of conversation {conversation}"
        with during(moment):
            try:
                if asked is not None and asked.failure is not None:
                    raise asked.failure
                with guarding(what):
                    outcome = self._react(db, conversation, memory, opened)
                with guarding(what, sqlite3.OperationalError), all_or_nothing(db):  # a full disk is not this event's
                    return _commit(db, conversation, memory, opened, outcome, moment)
            except Unseen as unseen:
                return _Asked(known, moment, unseen, times=1 if asked is None else asked.times + 1)
            except GaveUp as failure:
                if opened.tries + 1 < TRIES:
                    inbox.count_try(db, opened.id, failure.reason)
                    return _Handled(_Known(memory, inbox.open_events(db, conversation)), None)
                return self._give_up(db, conversation, memory, opened, moment)

    def _load(self, db: sqlite3.Connection, conversation: str) -> _Known:
        loaded = conversations.load(db, conversation)
        if not loaded.open_events:
            return _Known(None, [])
        return _Known(self._behaviours.remember(conversation, loaded.memory), loaded.open_events)

    def _react(
        self, db: sqlite3.Connection, conversation: str, memory: Memory, opened: inbox.OpenEvent
    ) -> Outcome[Memory]:
        behaviour = self._behaviours.of(conversation)
        event = self._behaviours.read(conversation, opened.event)
        return behaviour.react(memory, event, behaviour.look(db, memory, event, opened.id))

    def _give_up(
        self, db: sqlite3.Connection, conversation: str, memory: Memory, opened: inbox.OpenEvent, moment: Moment
    ) -> _Handled:
        """The event goes into quarantine, with an apology if there can be one."""
        outcome = self._apologise(db, conversation, memory, opened)
        try:
            with guarding("the apology", sqlite3.OperationalError), all_or_nothing(db):
                return _commit(db, conversation, memory, opened, outcome, moment, quarantined=True)
        except GaveUp:
            return _commit(db, conversation, memory, opened, Outcome(memory), moment, quarantined=True)

    def _apologise(
        self, db: sqlite3.Connection, conversation: str, memory: Memory, opened: inbox.OpenEvent
    ) -> Outcome[Memory]:
        behaviour = self._behaviours.of(conversation)
        event: Event | None
        try:
            event = self._behaviours.read(conversation, opened.event)
        except msgspec.DecodeError:
            event = None
        try:
            with guarding("the apology"):
                context = behaviour.look(db, memory, event or Event(at=self._clock()), opened.id)
                return behaviour.apologise(memory, event, context)
        except (GaveUp, Unseen):
            return Outcome(memory)

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


async def _answered(conversation: str, asked: _Asked) -> _Asked:
    """The same, once somebody outside has answered."""
    if asked.times > QUESTIONS_MOST:
        return asked._replace(failure=GaveUp("too many questions"))
    with during(asked.moment):
        try:
            await guarded(
                f"a question for event {asked.known.open_events[0].id} of conversation {conversation}",
                asked.question.ask,
            )
        except GaveUp as failure:
            return asked._replace(failure=failure)
    return asked


def _commit(
    db: sqlite3.Connection,
    conversation: str,
    before: Memory,
    opened: inbox.OpenEvent,
    outcome: Outcome[Memory],
    moment: Moment,
    *,
    quarantined: bool = False,
) -> _Handled:
    after = outcome.conversation
    step = conversations.Step(
        event_id=opened.id,
        conversation=conversation,
        state=after.state,
        memory=conversations.encode(after),
        state_changed=after.state != before.state,
        postponed=outcome.postponed,
        queue=opened.queue,
        effects=outcome.effects,
        thread=after.thread,
        quarantined=quarantined,
        seen=conversations.encode(moment.seen) if moment.seen else "",
    )
    committed = conversations.commit_step(db, step, moment.at)
    return _Handled(_Known(after, committed.open_events), committed)
