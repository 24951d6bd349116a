"""A state chart as one table of rows, run by a synchronous `transitions.Machine`.

    Row(source, event, guard, step, destination)          EVERY as source: in each state; SAME: stays where it is;
                                                          a tuple as source: the same row for each of these states

For one event in one state the rows are tried from top to bottom; the first whose guard says yes is taken: its step
runs and the conversation is in the destination. Rules that are checked when a chart is built, at import:

  * every state answers every event (the last row for a pair has no guard: nothing can fall through);
  * no row stands behind an unguarded one for the same pair: it could never be taken.

`Chart.fire` is pure and synchronous: no I/O, no await, no clock. It takes a conversation, an event and a context and
returns the new conversation, the effects, and whether the event is postponed. A step that raises changes nothing.
Why steps run in transitions' `before`, and why models are not registered: shared/facts/transitions.md 5 and 8,
docs/why.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from transitions import Machine, Transition

from engine.core.effects import Effect
from engine.core.events import Event


class HasState(Protocol):
    """What the chart needs to know of a conversation: a frozen value with a state in it."""

    @property
    def state(self) -> str:
        """The state's name, one of the chart's."""
        ...


EVERY = "*"
"""As a row's source: the row holds in every state whose own rows leave the event open, behind them."""
SAME = "="
"""As a row's destination: the state does not change."""

C = TypeVar("C", bound=HasState)
X = TypeVar("X")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[C]):
    """What a step makes of an event: the conversation as it is now, and what is to be done."""

    conversation: C
    effects: tuple[Effect, ...] = ()
    postponed: bool = False
    """Erlang's word: the event is put back and looked at again after the next change of state"""


@dataclass(frozen=True, slots=True)
class Row(Generic[C, X]):
    """One line of the table."""

    source: str | tuple[str, ...]
    event: type[Event]
    guard: Callable[[C, Any, X], bool] | None
    step: Callable[[C, Any, X], Outcome[C]]
    destination: str


class ChartError(Exception):
    """The table is wrong; the sentence says which pair of state and event, or which state."""


class _Firing(Generic[C, X]):
    """The model that transitions works on while one event is handled: never shared, never registered."""

    __slots__ = ("context", "conversation", "event", "outcome", "state")

    def __init__(self, conversation: C, event: Event, context: X) -> None:
        self.state = conversation.state
        self.conversation = conversation
        self.event = event
        self.context = context
        self.outcome: Outcome[C] | None = None


class Chart(Generic[C, X]):
    """A table of rows and the machine built from it.

    `with_state` gives a conversation in another state (conversations are frozen).
    Raises `ChartError` when the table breaks one of the rules above.
    """

    def __init__(
        self,
        states: Iterable[str],
        rows: Iterable[Row[C, X]],
        *,
        with_state: Callable[[C, str], C],
    ) -> None:
        self.states = tuple(states)
        self.table = tuple(
            replace(row, source=source)
            for row in rows
            for source in ((row.source,) if isinstance(row.source, str) else row.source)
        )
        """as written, a row for each of its sources"""
        self.rows = tuple(self._spelled_out())
        """as run: EVERY and SAME replaced"""
        self.events = tuple(dict.fromkeys(row.event for row in self.rows))
        self._with_state = with_state
        self._check()
        self._machine = self._build()

    def fire(self, conversation: C, event: Event, context: X) -> Outcome[C]:
        """The outcome of `event` in this conversation.

        Raises what a step or guard raises, and `KeyError` for an event that the chart does not know.
        """
        firing = _Firing(conversation, event, context)
        self._machine.events[type(event).__name__].trigger(firing, firing)
        if firing.outcome is None:  # unreachable: every pair has an unguarded last row
            raise ChartError(f"{type(event).__name__} fell through in {conversation.state}")
        moved = self._with_state(firing.outcome.conversation, firing.state)
        return Outcome(moved, firing.outcome.effects, firing.outcome.postponed)

    def _spelled_out(self) -> Iterator[Row[C, X]]:
        own = [row for row in self.table if row.source != EVERY]
        closed = {(str(row.source), row.event) for row in own if row.guard is None}
        shared = [
            replace(row, source=state)
            for row in self.table
            if row.source == EVERY
            for state in self.states
            if (state, row.event) not in closed
        ]
        for row in (*own, *shared):
            yield replace(row, destination=str(row.source)) if row.destination == SAME else row

    def _build(self) -> Machine:
        machine = _Machine(
            model=None, states=list(self.states), initial=self.states[0], auto_transitions=False, queued=False
        )
        for row in self.rows:
            machine.add_transition(
                row.event.__name__,
                str(row.source),
                row.destination,
                conditions=[_asking(row.guard)] if row.guard else None,
                before=[_taking(row.step)],
            )
        return machine

    def _check(self) -> None:
        closed: set[tuple[str, type[Event]]] = set()
        for row in self.rows:
            pair = (source := str(row.source), row.event)
            for state in (source, row.destination):
                if state not in self.states:
                    raise ChartError(f"{state} is no state of this chart")
            if pair in closed:
                raise ChartError(f"a row for {row.event.__name__} in {source} can never be taken")
            if row.guard is None:
                closed.add(pair)
        for state in self.states:
            for event in self.events:
                if (state, event) not in closed:
                    raise ChartError(f"{state} does not answer {event.__name__} in every case")


class _Transition(Transition):
    """As transitions takes one, without what no chart has (callbacks of states and machines, names to be looked up)
    and without its log of every callback, which is made up even where nobody reads it."""

    def __init__(self, *places: Any, **callbacks: Any) -> None:
        super().__init__(*places, **callbacks)
        self._asked: list[Any] = [condition.func for condition in self.conditions]
        self._taken: list[Any] = list(self.before)

    def execute(self, event_data: Any) -> bool:
        """See Transition."""
        (firing,) = event_data.args
        for ask in self._asked:
            if not ask(firing):
                return False
        for take in self._taken:
            take(firing)
        firing.state = self.dest
        return True


class _Machine(Machine):
    transition_cls = _Transition


def _asking(guard: Callable[[C, Any, X], bool]) -> Callable[[_Firing[C, X]], bool]:
    def ask(firing: _Firing[C, X]) -> bool:
        return guard(firing.conversation, firing.event, firing.context)

    return ask


def _taking(step: Callable[[C, Any, X], Outcome[C]]) -> Callable[[_Firing[C, X]], None]:
    def take(firing: _Firing[C, X]) -> None:
        firing.outcome = step(firing.conversation, firing.event, firing.context)

    return take
