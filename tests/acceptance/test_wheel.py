"""An actor outside of this tree works with an installed wheel: built, put into a new environment, tested there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

pytestmark = [pytest.mark.process, pytest.mark.timeout(300)]

UV = Path(sys.executable).with_name("uv")


def done(*command: str | Path, cwd: Path, env: dict[str, str]) -> str:
    """What a command says; it must succeed."""
    ended = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=280, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_an_actor_of_ones_own_is_tested_with_the_installed_wheel(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done(UV, "build", "--wheel", "--out-dir", tmp_path / "dist", cwd=ROOT, env=env)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    done(UV, "venv", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path, env=env)
    python = tmp_path / "venv/bin/python"
    done(
        UV,
        "export",
        "--locked",
        "--no-dev",
        "--no-emit-project",
        "--quiet",
        "-o",
        tmp_path / "locked.txt",
        cwd=ROOT,
        env=env,
    )
    done(UV, "pip", "install", "--python", python, "-r", tmp_path / "locked.txt", cwd=tmp_path, env=env)
    done(UV, "pip", "install", "--python", python, f"{wheel}[testing]", cwd=tmp_path, env=env)
    actor = shutil.copytree(ROOT / "examples/echo_actor", tmp_path / "actor")
    told = done(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".", cwd=actor, env=env)
    assert "7 passed" in told
    where = done(python, "-c", "import engine; print(engine.__file__)", cwd=actor, env=env)
    assert str(tmp_path) in where
