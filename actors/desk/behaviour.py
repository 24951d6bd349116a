"""What `engine.runtime` asks of the desk: decoding, the snapshot before each event, the reaction, the apology."""

from __future__ import annotations

import sqlite3
from typing import Any

from actors.desk.chart import CHART
from actors.desk.context import DeskContext
from actors.desk.events import DESK, STORED, Asking
from actors.desk.looking import DeskLooker
from actors.desk.meanings import meaning
from actors.desk.memory import Desk
from actors.desk.saying import card_ref, tell_admins
from engine.core.chart import Outcome
from engine.core.clock import Clock
from engine.core.effects import Send
from engine.core.events import Event


class DeskBehaviour:
    """The behaviour of the desk (`engine.runtime.behaviour.Behaviour`)."""

    memory_type = Desk
    event_types: Any = STORED

    def __init__(self, looker: DeskLooker, clock: Clock) -> None:
        self._looker = looker
        self._clock = clock

    def new(self, conversation: str) -> Desk:
        """See Behaviour."""
        return Desk(key=conversation)

    def look(self, db: sqlite3.Connection, memory: Desk, event: Event, event_id: int) -> DeskContext:
        """See Behaviour."""
        return self._looker.context(db, memory, event, event_id, self._clock())

    def react(self, memory: Desk, event: Event, context: DeskContext) -> Outcome[Desk]:
        """See Behaviour."""
        return CHART.fire(memory, meaning(event, context.role), context)

    def apologise(self, memory: Desk, event: Event | None, context: DeskContext) -> Outcome[Desk]:
        """See Behaviour. The admins are told here and now: another alert might fail in the same way."""
        name = "an unreadable row" if event is None else type(event).__name__
        detail = f"{name} {context.event_id}, {DESK}"
        told = tell_admins(
            context,
            card_ref("quarantined", context.card),
            lambda words: words.text("alert-quarantined", detail=detail),
        )
        if isinstance(event, Asking):
            told = (Send(content=context.asker.words.styled("quarantined"), to=event.conversation), *told)
        return Outcome(memory, told)
