"""What `engine.runtime` asks of us: decoding, the snapshot before each event, the reaction, the apology."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from actors.alerts import alerts
from actors.context import Context, Figures, Role
from actors.conversation import CHART
from actors.events import STORED, StatsRequested
from actors.interpret import interpret
from actors.memory import Conversation
from actors.phrases import language_of, phrases
from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.effects import Post, Send
from engine.core.events import Event, FromPerson
from engine.store import ledger
from engine.store.database import Database


@dataclass(frozen=True, slots=True)
class House:
    """What the settings say about people: who may come in, who runs it, and where its days begin."""

    admins: frozenset[int]
    members: frozenset[int]
    zone: ZoneInfo

    def role(self, person_id: int) -> Role:
        """What this person may do."""
        if person_id in self.admins:
            return Role.ADMIN
        return Role.MEMBER if person_id in self.members else Role.STRANGER


class ConversationBehaviour:
    """The behaviour of every conversation (`engine.runtime.behaviour.Behaviour`)."""

    memory_type = Conversation
    event_types: Any = STORED

    def __init__(self, database: Database, house: House, clock: Clock) -> None:
        self._database = database
        self._house = house
        self._clock = clock

    def new(self, conversation: str) -> Conversation:
        """See Behaviour."""
        return Conversation(key=conversation)

    async def look(self, memory: Conversation, event: Event, event_id: int) -> Context:
        """See Behaviour."""
        person = event.person if isinstance(event, FromPerson) else None
        role = self._house.role(person.id) if person else self._role_here(memory)
        language = language_of(person.language if person else memory.language)
        now = self._clock()
        figures = None
        if person and isinstance(interpret(event, role), StatsRequested):
            figures = await self._database.read(_figures(person.id, now.astimezone(self._house.zone)))
        return Context(now=now, event_id=event_id, role=role, phrases=phrases(language), figures=figures)

    def react(self, memory: Conversation, event: Event, context: Context) -> Outcome[Conversation]:
        """See Behaviour."""
        outcome = CHART.fire(memory, interpret(event, context.role), context)
        if isinstance(event, FromPerson) and context.role is not Role.STRANGER and not outcome.postponed:
            return _speaking(outcome, event.person.language)
        return outcome

    def apologise(self, memory: Conversation, event: Event | None, context: Context) -> Outcome[Conversation]:
        """See Behaviour."""
        name = "an unreadable row" if event is None else type(event).__name__
        told = () if event is None else (Send(content=context.phrases.styled("quarantined")),)
        cards = tuple(
            Post(conversation=to, key=key, event=alert)
            for key, to, alert in alerts(self._house.admins, "quarantined", f"{name} {context.event_id}", context.now)
        )
        return Outcome(memory, (*told, *cards))

    def _role_here(self, memory: Conversation) -> Role:
        return self._house.role(memory.question.person.id) if memory.question else Role.MEMBER


def _speaking(outcome: Outcome[Conversation], language: str) -> Outcome[Conversation]:
    """Results of jobs come without a person: they are told in the language of whoever spoke last."""
    if outcome.conversation.language == language:
        return outcome
    return Outcome(outcome.conversation.but(language=language), outcome.effects, outcome.postponed)


def _figures(person_id: int, local_now: datetime) -> Callable[[Any], Figures]:
    today = local_now.replace(hour=0, minute=0, second=0, microsecond=0)
    spending = partial(ledger.spending, person_id=person_id)
    return lambda db: Figures(
        today=spending(db, since=today), month=spending(db, since=today.replace(day=1)), all_time=spending(db)
    )
