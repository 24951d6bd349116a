"""A failing plan, made smaller: what can be left out, while a fault of the same checker remains, is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from engine.simulation.plan import Plan

RUNS_MOST = 150
"""So many smaller plans are tried at most."""

Fails = Callable[[Plan], bool]


def smaller(plan: Plan, fails: Fails, runs_most: int = RUNS_MOST) -> Plan:
    """The smallest plan that was found for which `fails` holds, as it does for this one."""
    left = _Left(fails, runs_most)
    plan = _shortest(plan, left)
    for _ in range(2):  # what breaks first: fewer troubles make the acts' part quicker
        plan = _without(plan, "breaks", left)
        plan = _without(plan, "acts", left)
    return plan


class _Left:
    """The predicate, as long as it may be asked."""

    def __init__(self, fails: Fails, runs: int) -> None:
        self._fails = fails
        self._runs = runs

    def fails(self, plan: Plan) -> bool:
        """Whether it still fails; False when no runs are left."""
        if self._runs <= 0:
            return False
        self._runs -= 1
        return self._fails(plan)


def _shortest(plan: Plan, left: _Left) -> Plan:
    """The end is cut off, by halves of what may still be needed."""
    needed, spare = plan.acts[-1].at_s if plan.acts else 0.0, 0.0
    best = plan
    while needed - spare > 30.0:
        middle = (needed + spare) / 2
        cut = _until(plan, middle)
        if left.fails(cut):
            best, needed = cut, middle
        else:
            spare = middle
    return best


def _until(plan: Plan, end_s: float) -> Plan:
    return msgspec.structs.replace(
        plan,
        acts=tuple(act for act in plan.acts if act.at_s <= end_s),
        breaks=tuple(trouble for trouble in plan.breaks if trouble.at_s <= end_s),
    )


def _without(plan: Plan, which: Literal["acts", "breaks"], left: _Left) -> Plan:
    """Leaves out ever smaller pieces of a list (delta debugging)."""
    size = len(getattr(plan, which))
    while size:
        begin = 0
        while begin < len(whole := getattr(plan, which)):
            rest = whole[:begin] + whole[begin + size :]
            less = msgspec.structs.replace(plan, **{which: rest})
            if left.fails(less):
                plan = less
            else:
                begin += size
        size //= 2
    return plan
