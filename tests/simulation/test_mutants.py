"""The checkers can see: each of these bugs, put into a copy of the bot, is found within so many turns.

A mutant is a patch (`mutants/*.patch`): a sentence, the checker that must catch it, the turns within which it must be
caught, the world in which it is looked for, and the diff. Of a world these words are known: "any" is the usual mixture,
"limits" the same where many have a limit together, "budgets" where everybody has one, "priced" where everybody is asked
before a sound is heard, "calm" without troubles, a trouble's name one where there is only that, and "more dice" one in
which that is done ten times as often.
"""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.simulation.plan import read_plan

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

RAISED, QUARANTINED = "nothing raised", "nothing is quarantined"
ROOT = Path(__file__).parents[2]
MUTANTS = sorted((Path(__file__).parent / "mutants").glob("*.patch"))

_SEARCH = """
import sys
from engine.simulation.checks.again import NOT_AGAIN
from engine.simulation.command import prepare
from engine.simulation.plan import ACTS, TROUBLES, plan_of
from engine.simulation.run import simulate

prepare()
most, world, replays = int(sys.argv[1]), sys.argv[2].split(", "), sys.argv[3] == NOT_AGAIN
for word in world:
    if word.startswith("more "):
        ACTS[word.removeprefix("more ")] *= 10
kinds = [word for word in world if word in TROUBLES]
known = {"any", "calm", "limits", "budgets", "priced", *kinds}
if unknown := [word for word in world if word not in known and not word.startswith("more ")]:
    sys.exit(f"there is no such world: {unknown}")
turns = 0
for seed in range(1_000_000):
    plan = plan_of(seed, 8, 1, kinds if kinds or "calm" in world else None)
    has = {"limits": plan.limits, "budgets": plan.budget_nanousd, "priced": plan.asks_price}
    if not all(has.get(word, True) for word in world):
        continue
    outcome = simulate(plan, replays=replays)
    turns += outcome.turns
    if outcome.faults or turns > most:
        break
print(turns)
print("\\n".join(outcome.faults))
"""


@dataclass(frozen=True)
class Mutant:
    """A patch, read."""

    patch: Path
    caught_by: str
    within_turns: int
    world: str

    @classmethod
    def read(cls, patch: Path) -> Mutant:
        """Its head."""
        _, caught, within, world, *_ = patch.read_text("utf-8").splitlines()
        turns = int(within.removeprefix("Within: ").split()[0])
        return cls(patch, caught.removeprefix("Caught by: "), turns, world.removeprefix("World: "))

    def put_into(self, folder: Path) -> None:
        """Makes a copy of the bot that has it."""
        for name in ("engine", "actors"):
            shutil.copytree(ROOT / name, folder / name)
        shutil.copy(ROOT / "schema.sql", folder)
        subprocess.run(["git", "apply", "-C1", str(self.patch)], cwd=folder, check=True)


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """What no patch touches is compiled once, not for every copy."""
    for name in ("engine", "actors"):
        compileall.compile_dir(ROOT / name, quiet=1)


@pytest.mark.parametrize("patch", MUTANTS, ids=[patch.stem for patch in MUTANTS])
def test_it_is_caught(patch: Path, tmp_path: Path) -> None:
    mutant = Mutant.read(patch)
    mutant.put_into(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _SEARCH, str(mutant.within_turns), mutant.world, mutant.caught_by],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    turns, *faults = done.stdout.splitlines()
    print(f"{patch.stem}: after {turns} turns", *faults, sep="\n    ")
    assert int(turns) <= mutant.within_turns
    names = {name for fault in faults for name in fault.split(": ")[:2]}
    assert mutant.caught_by in names, faults
    assert RAISED not in names or mutant.caught_by == QUARANTINED, f"it breaks the bot, which is another bug: {faults}"


def gpttg(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line of the bot in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "engine", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_failing_seed_shrinks_to_a_plan_and_a_recording_that_fail(tmp_path: Path) -> None:
    broken, out = tmp_path / "broken", tmp_path / "out"
    Mutant.read(Path(__file__).parent / "mutants" / "lose-a-result.patch").put_into(broken)
    found = gpttg(broken, "simulate", "--seed=1", "--people=4", "--hours=0.5", f"--out={out}")
    plan, recording = out / "simulation-1.plan.json", out / "simulation-1.jsonl.zst"
    assert found.returncode == 1, found.stdout + found.stderr
    assert "acts and 0 troubles are enough for it" in found.stdout
    assert f"again: gpttg simulate --plan {plan}" in found.stdout
    assert f"fails, too: gpttg replay --check {recording}" in found.stdout
    assert len(read_plan(plan).acts) < 20  # of 45
    assert gpttg(broken, "simulate", f"--plan={plan}", "--no-shrink", f"--out={tmp_path / 'again'}").returncode == 1
    shown = gpttg(broken, "replay", "--check", str(recording))
    assert shown.returncode == 1
    assert "nothing is open: conversations that wait for a job" in shown.stdout
    mended = gpttg(ROOT, "simulate", f"--plan={plan}")
    assert mended.returncode == 0, mended.stdout


def test_there_are_at_least_twelve() -> None:
    assert len(MUTANTS) >= 12
