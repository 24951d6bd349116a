"""Shrinking: only what a fault needs is left of a plan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.simulation.plan import Plan, plan_of
from engine.simulation.shrink import RUNS_MOST, smaller

PLAN = msgspec.structs.replace(plan_of(1, 10, 5), breaks=plan_of(13, 10, 5).breaks or plan_of(14, 10, 5).breaks)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, len(PLAN.acts) - 1), min_size=1, max_size=3), st.integers(0, len(PLAN.breaks) - 1))
def test_what_is_needed_is_all_that_is_left(acts: set[int], trouble: int) -> None:
    needed = {PLAN.acts[number] for number in acts}

    def fails(plan: Plan) -> bool:
        return needed <= set(plan.acts) and PLAN.breaks[trouble] in plan.breaks

    least = smaller(PLAN, fails, runs_most=10_000)
    assert set(least.acts) == needed
    assert least.breaks == (PLAN.breaks[trouble],)


def test_it_ends_after_so_many_runs_with_something_that_fails() -> None:
    runs = 0

    def fails(plan: Plan) -> bool:
        nonlocal runs
        runs += 1
        return len(plan.acts) > 100

    least = smaller(PLAN, fails)
    assert runs <= RUNS_MOST
    assert 100 < len(least.acts) < len(PLAN.acts)


def test_a_plan_that_needs_nothing_becomes_empty() -> None:
    least = smaller(PLAN, lambda _: True)
    assert least.acts == ()
    assert least.breaks == ()


_KEPT = """
import sys
from pathlib import Path
import actors.steps.questions
from engine.simulation.command import keep, prepare
from engine.simulation.plan import plan_of

prepare()
actors.steps.questions.route = None  # raises for whoever sends a picture
print(*keep(plan_of(3, 4, 0.5, []), [sys.argv[1]], Path(sys.argv[2]), shrinks=False), sep="\\n")
"""


def test_what_the_smaller_plan_shows_is_looked_for_in_its_replay(tmp_path: Path) -> None:
    longer = "answers come in order: in the longer plan"
    done = subprocess.run(
        [sys.executable, "-c", _KEPT, longer, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "  nothing is open: " in done.stdout
    assert f"fails, too: gpttg replay --check {tmp_path}" in done.stdout
