"""Recordings of somebody else's actors, replayed in the shell and in their tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli import app
from tests.architecture.source import ROOT

ECHO = ROOT / "examples" / "echo_actor"


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The directory of somebody else's actors."""
    monkeypatch.chdir(ECHO)
    yield
    sys.modules.pop("echo", None)
    if str(ECHO) in sys.path:
        sys.path.remove(str(ECHO))


@pytest.mark.usefixtures("echo")
def test_the_command_replays_actors_of_ones_own() -> None:
    result = CliRunner().invoke(app, ["replay", "--cast", "echo:cast", "echo.jsonl", "--strict", "--check"])
    assert result.exit_code == 0, result.output
    assert "as recorded: 3 events" in result.output
    assert "in order: nothing is left open, doubled or out of order" in result.output


@pytest.mark.usefixtures("echo")
def test_the_command_says_that_the_actors_are_others() -> None:
    result = CliRunner().invoke(app, ["replay", "echo.jsonl"])
    assert result.exit_code == 2
    assert "event 3 is of a type that these actors don't know: Echoed (others' actors: --cast)" in result.output


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("cast", ["echo", "echo:nobody", "nobody:cast", ":cast", "echo:__doc__"])
def test_what_is_no_cast_is_told(cast: str) -> None:
    result = CliRunner().invoke(app, ["replay", "--cast", cast, "echo.jsonl"])
    assert result.exit_code == 2
    assert f"--cast {cast} is no" in result.output
    assert ("write MODULE:NAME" in result.output) == (cast in ("echo", ":cast"))


def test_a_test_of_a_recording_names_it(tmp_path: Path) -> None:
    test = "import pytest\n\n@pytest.mark.anyio\n@pytest.mark.recording()\nasync def test_it(replayed): ...\n"
    (tmp_path / "test_it.py").write_text(test, "utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "a test of a recording names it" in done.stdout
    assert "IndexError" not in done.stdout
