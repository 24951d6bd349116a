"""The checkers can see: each of these bugs, put into a copy of the bot, is found within so many turns.

A mutant is a patch (`mutants/*.patch`): a sentence, the checker that must catch it, the turns within which it must be
caught, the troubles of the world in which it is looked for ("any" is the usual mixture), and the diff.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
MUTANTS = sorted((Path(__file__).parent / "mutants").glob("*.patch"))

_SEARCH = """
import sys
from engine.simulation.command import prepare
from engine.simulation.plan import plan_of
from engine.simulation.run import simulate

prepare()
most, turns = int(sys.argv[1]), 0
kinds = None if sys.argv[2] == "any" else [] if sys.argv[2] == "calm" else sys.argv[2].split(", ")
for seed in range(1_000_000):
    outcome = simulate(plan_of(seed, 8, 1, kinds))
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
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "schema.sql", folder)
        subprocess.run(["git", "apply", "-C1", str(self.patch)], cwd=folder, check=True)


@pytest.mark.parametrize("patch", MUTANTS, ids=[patch.stem for patch in MUTANTS])
def test_it_is_caught(patch: Path, tmp_path: Path) -> None:
    mutant = Mutant.read(patch)
    mutant.put_into(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", _SEARCH, str(mutant.within_turns), mutant.world],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    turns, *faults = done.stdout.splitlines()
    print(f"{patch.stem}: after {turns} turns", *faults, sep="\n    ")
    assert int(turns) <= mutant.within_turns
    assert mutant.caught_by in {fault.partition(":")[0] for fault in faults}, faults


def test_there_are_at_least_twelve() -> None:
    assert len(MUTANTS) >= 12
