"""What `engine.runtime` asks of us: decoding, the snapshot before each event, the reaction, the apology."""

from __future__ import annotations

import sqlite3
from typing import Any

from actors.alerts import alerts
from actors.context import Context
from actors.conversation import CHART
from actors.events import STORED
from actors.interpret import interpret
from actors.looking import Looker
from actors.memory import Conversation
from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.effects import Post, Send
from engine.core.events import Event, FromPerson
from engine.core.roles import Role


class ConversationBehaviour:
    """The behaviour of every conversation (`engine.runtime.behaviour.Behaviour`)."""

    memory_type = Conversation
    event_types: Any = STORED

    def __init__(self, looker: Looker, clock: Clock) -> None:
        self._looker = looker
        self._clock = clock

    def new(self, conversation: str) -> Conversation:
        """See Behaviour."""
        return Conversation(key=conversation)

    def look(self, db: sqlite3.Connection, memory: Conversation, event: Event, event_id: int) -> Context:
        """See Behaviour."""
        return self._looker.context(db, memory, event, event_id, self._clock())

    def react(self, memory: Conversation, event: Event, context: Context) -> Outcome[Conversation]:
        """See Behaviour."""
        meant = interpret(event, context.role, memory.key, is_paused=context.is_paused, pace=context.pace)
        outcome = CHART.fire(memory, meant, context)
        if isinstance(event, FromPerson) and context.role is not Role.STRANGER and not outcome.postponed:
            return _speaking(outcome, event.person.language)
        return outcome

    def apologise(self, memory: Conversation, event: Event | None, context: Context) -> Outcome[Conversation]:
        """See Behaviour."""
        person_id = event.person.id if isinstance(event, FromPerson) else 0
        name = "an unreadable row" if event is None else type(event).__name__
        told = () if event is None else (Send(content=context.phrases.styled("quarantined")),)
        cards = tuple(
            Post(conversation=to, key=key, event=alert)
            for key, to, alert in alerts("quarantined", f"{name} {context.event_id}", context.now, person_id)
        )
        return Outcome(memory, (*told, *cards))


def _speaking(outcome: Outcome[Conversation], language: str) -> Outcome[Conversation]:
    """Results of jobs come without a person: they are told in the language of whoever spoke last."""
    if outcome.conversation.language == language:
        return outcome
    return Outcome(outcome.conversation.but(language=language), outcome.effects, outcome.postponed)
