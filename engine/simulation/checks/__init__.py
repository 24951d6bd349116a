"""The checkers: what people saw, what OpenAI has billed and what lies on the disk, against what must hold.

They know Telegram, OpenAI and the tables (schema.sql), and nothing of the code that worked on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.simulation.checks import answers, delivery, money, order, rest
from engine.simulation.checks.evidence import Evidence

CHECKS: tuple[Callable[[Evidence], Iterable[str]], ...] = (
    rest.nothing_is_open,
    rest.nothing_raised,
    rest.memory_is_bounded,
    order.no_event_is_lost,
    order.none_is_handled_twice,
    order.order_is_kept,
    delivery.what_is_said_was_asked_for_once,
    delivery.messages_come_in_order,
    answers.every_question_is_answered_or_refused,
    answers.answers_come_in_order,
    answers.presses_are_answered,
    money.every_call_is_booked_once,
    money.totals_are_sums,
    money.no_budget_is_overshot,
)
"""In the order in which one wants to read their faults."""
FAULTS_MOST = 20
"""Of one checker: the others would say the same."""


def faults_in(evidence: Evidence) -> list[str]:
    """All that is wrong."""
    found: list[str] = []
    with evidence.opened():
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            faults = [f"{name}: {fault}" for fault in check(evidence)]
            found += faults[:FAULTS_MOST]
    return found


__all__ = ["CHECKS", "Evidence", "faults_in"]
