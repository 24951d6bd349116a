"""Marks of budgets that spending has just passed become events for the admins' desk, each of them once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from engine.core.clock import from_micros
from engine.core.conversation import DESK
from engine.core.events import BudgetPassed
from engine.store.budgets import Passed
from engine.store.inbox import Arrival


def arrivals(passed: Iterable[Passed], now: datetime) -> list[Arrival]:
    """An event for each mark; scope, period, the period's beginning and percent are its key."""
    return [_arrival(mark, now) for mark in passed]


def _arrival(mark: Passed, now: datetime) -> Arrival:
    room, start, percent = mark.room, mark.start, mark.percent
    event = BudgetPassed(
        at=now,
        scope=room.scope,
        period=room.period,
        start=from_micros(start),
        percent=percent,
        spent_nanousd=room.spent_nanousd,
        limit_nanousd=room.limit_nanousd,
    )
    return Arrival(f"budget:{room.scope}:{room.period}:{start}:{room.limit_nanousd}:{percent}", DESK, event)
