"""The clock, as everything below the composition root is given it: a call that says what time it is, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def wall_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """A moment as the database keeps it: whole microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment that `to_micros` wrote down."""
    return _EPOCH + micros * _MICROSECOND
