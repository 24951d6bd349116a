"""The moment in which an actor handles an event: one time for all that looks at the clock meanwhile, and what was
looked up outside of the database. With both, a recording can be handled again and comes out the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.core.clock import Clock


@dataclass(frozen=True)
class Moment:
    """`seen` maps what was asked of the outside to its answer: {"is_admin:-100123:42": True}. Where the moment is
    lived again, `recorded` has what was seen the first time."""

    at: datetime
    seen: dict[str, bool | int | str | None] = field(default_factory=dict)
    recorded: Mapping[str, Any] | None = None


class Unseen(Exception):  # noqa: N818 - named after the state of the world
    """A look needs to know what is not in the database. `ask` finds it out and notes it in the moment; then the
    event is looked at again."""

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.ask = ask


_now: ContextVar[Moment | None] = ContextVar("moment", default=None)


@contextmanager
def during(moment: Moment) -> Iterator[Moment]:
    """Within the block it is this moment, for this task."""
    token = _now.set(moment)
    try:
        yield moment
    finally:
        _now.reset(token)


def present() -> Moment | None:
    """The moment in which this task handles an event, if it does."""
    return _now.get()


def momentary(clock: Clock) -> Clock:
    """A clock that stands still while an event is handled."""

    def read() -> datetime:
        moment = _now.get()
        return clock() if moment is None else moment.at

    return read
