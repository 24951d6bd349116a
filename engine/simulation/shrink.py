"""A failing plan, made smaller: what can be left out, while a fault of the same checker remains, is left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from engine.simulation.plan import Plan

RUNS_MOST = 150
"""So many smaller plans are tried at most."""

T = TypeVar("T")
Fails = Callable[[Plan], bool]


def smaller(plan: Plan, fails: Fails, runs_most: int = RUNS_MOST) -> Plan:
    """The smallest plan that was found for which `fails` holds, as it does for this one."""
    left = _Left(fails, runs_most)
    plan = _shortest(plan, left)
    for _ in range(2):  # what breaks first: fewer troubles make the acts' part quicker
        plan = _without(plan.breaks, lambda some: msgspec.structs.replace(plan, breaks=some), left) or plan
        plan = _without(plan.acts, lambda some: msgspec.structs.replace(plan, acts=some), left) or plan
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


def _without(whole: tuple[T, ...], with_: Callable[[tuple[T, ...]], Plan], left: _Left) -> Plan | None:
    """Leaves out ever smaller pieces (delta debugging); None if nothing could be left out."""
    best: Plan | None = None
    size = len(whole)
    while size:
        begin = 0
        while begin < len(whole):
            rest = whole[:begin] + whole[begin + size :]
            plan = with_(rest)
            if left.fails(plan):
                best, whole = plan, rest
            else:
                begin += size
        size //= 2
    return best
