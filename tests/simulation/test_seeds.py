"""A minute of `gpttg simulate`, at the command line: random people in a random world, and nothing goes wrong."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.core.errors import ConfigurationError
from engine.simulation.plan import TROUBLES, plan_of, read_plan, write_plan
from engine.simulation.run import MEMORY_DIRECTORY

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

SEEDS = 5
PEOPLE = 8
HOURS = 2

_DIGEST = """
import hashlib, sys
from engine.recording.lines import encode
from engine.simulation.command import prepare
from engine.simulation.plan import plan_of
from engine.simulation.run import simulate

prepare()
outcome = simulate(plan_of(int(sys.argv[1]), 6, 1.5), keeps=True)
whole = outcome.transcript.encode() + b"".join(map(encode, outcome.recording))
print(outcome.turns, outcome.kills, outcome.troubles, outcome.virtual_s, hashlib.sha256(whole).hexdigest())
"""


def simulated(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    return subprocess.run(
        [sys.executable, "-m", "engine", "simulate", *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("first", range(0, 4 * SEEDS, SEEDS))
def test_a_sound_bot_has_no_fault(first: int, tmp_path: Path) -> None:
    done = simulated(
        f"--seed={first}", f"--seeds={SEEDS}", f"--people={PEOPLE}", f"--hours={HOURS}", f"--out={tmp_path}"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"seed {first}: " in done.stdout
    assert f"{SEEDS} seeds, " in done.stdout
    assert "no fault was found" in done.stdout
    assert not done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seed", [11, 12])
def test_a_seed_is_the_same_each_time_to_the_last_byte_of_its_recording(seed: int) -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _DIGEST, str(seed)],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert int(runs[0].split()[0]) > 100


def test_every_trouble_is_in_some_plan_of_the_first_hundred() -> None:
    planned = {trouble.what for seed in range(100) for trouble in plan_of(seed, PEOPLE, HOURS).breaks}
    assert planned == set(TROUBLES)


def test_a_written_plan_is_the_plan(tmp_path: Path) -> None:
    plan = plan_of(5, 3, 1)
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan


def test_what_is_no_plan_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('{"seed": "five"}')
    with pytest.raises(ConfigurationError, match="not the plan of a simulation"):
        read_plan(file)
    done = simulated(f"--plan={file}")
    assert done.returncode == 2
    assert "not the plan of a simulation" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_has_the_figures_and_nothing_stays_in_memory(number: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "engine", "simulate", "--seed=1", "--seeds=500", "--people=3", "--hours=0.5"]
    with subprocess.Popen(
        [*command, "--jobs=2", f"--out={tmp_path}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("seed 1: ")
        worlds = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text("utf-8").split()
        run.send_signal(number)
        told, errors = run.communicate(timeout=20)
    assert run.returncode != 0
    assert " turns a second and core" in told
    assert "Traceback" not in errors
    assert len(worlds) >= 2
    left = [path.name for path in MEMORY_DIRECTORY.glob("gpttg-simulation-*") if path.name.split("-")[2] in worlds]
    assert left == []


def test_a_calm_world_has_no_trouble() -> None:
    done = simulated("--calm", "--trouble=kill")
    assert done.returncode == 2
    assert "either --calm or --trouble" in done.stderr


def test_what_is_no_plan_is_told_and_nothing_is_said_of_faults(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}", "utf-8")
    done = simulated(f"--plan={tmp_path / 'plan.json'}")
    assert done.returncode == 2
    assert "is not the plan of a simulation" in done.stderr
    assert done.stdout == ""


def test_a_plan_without_people_is_none(tmp_path: Path) -> None:
    write_plan(replace(plan_of(5, 3, 1), people=0, acts=()), tmp_path / "plan.json")
    with pytest.raises(ConfigurationError, match="nobody"):
        read_plan(tmp_path / "plan.json")
