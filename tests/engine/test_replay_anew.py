"""`gpttg replay --model`: the answers of a recording, asked anew of the sandbox, or of OpenAI within a budget."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import anyio.to_thread
import msgspec
import pytest
from typer.testing import CliRunner, Result

from engine.cli import app
from engine.recording.files import read_lines, write_lines
from engine.recording.lines import AnyLine, Event, Header
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.settings import Settings
from tests.replaying import RECORDINGS

THREAD = RECORDINGS / "thread.jsonl"


@pytest.fixture
def anyio_backend() -> str:
    """Real time: the command runs in a thread, and the model listens on a socket."""
    return "asyncio"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings is seen."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def replay(*arguments: str | Path) -> Result:
    """The command, ended."""
    result = CliRunner().invoke(app, ["replay", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def env_file(folder: Path, base_url: str = "", key: str = SANDBOX_KEY) -> Path:
    """An .env that says no more than how OpenAI is reached."""
    file = folder / "openai.env"
    file.write_text(f"OPENAI_API_KEY={key}\nOPENAI_BASE_URL={base_url}\n")
    return file


async def live(model: LocalOpenAI, folder: Path, *arguments: str | Path) -> Result:
    """The command with `--model live`; OpenAI is the local one, over HTTP."""
    async with model.listen() as base_url:
        told = (*arguments, "--model", "live", "--env-file", env_file(folder, base_url))
        return await anyio.to_thread.run_sync(partial(replay, *told))


def otherwise(folder: Path, **header: object) -> Path:
    """The recording of a thread with other words in its answers, and other things in its header."""

    def changed(line: AnyLine) -> AnyLine:
        if isinstance(line, Header):
            return msgspec.structs.replace(line, **header)
        if isinstance(line, Event) and line.event is not None and line.event["type"] == "AnswerReady":
            return msgspec.structs.replace(line, event=line.event | {"text": "As it was then."})
        return line

    file = folder / "then.jsonl"
    write_lines(file, map(changed, read_lines(THREAD)))
    return file


def test_recorded_answers_are_the_default(tmp_path: Path) -> None:
    result = replay(otherwise(tmp_path))
    assert result.output.count("As it was then.") == 4  # two answers, each told as an event and as a message
    assert "asked anew" not in result.output


def test_the_sandbox_answers_anew(tmp_path: Path) -> None:
    result = replay(otherwise(tmp_path), "--model", "sandbox")
    assert result.exit_code == 0
    assert "As it was then." not in result.output
    assert "‹ Send You said: ⏎  ⏎ • My name is Alice" in result.output  # the thread goes on in the sandbox
    assert "asked anew: 2; no money" in result.output


@pytest.mark.anyio
async def test_openai_answers_live(tmp_path: Path) -> None:
    model = LocalOpenAI()
    model.says("Nice to meet you")
    model.says("Alice")
    result = await live(model, tmp_path, otherwise(tmp_path))
    assert result.exit_code == 0, result.output
    assert "As it was then." not in result.output
    assert "‹ Send Nice to meet you" in result.output
    assert "‹ Send Alice" in result.output
    assert len(model.bill) == 2
    assert re.search(r"asked anew: 2; \$0\.00\d+ of \$0\.10", result.output)
    assert SANDBOX_KEY not in result.output


@pytest.mark.anyio
async def test_a_budget_ends_the_replay_before_it_is_overspent(tmp_path: Path) -> None:
    model = LocalOpenAI()
    result = await live(model, tmp_path, THREAD, "--budget", "0.0001")
    assert result.exit_code == 1
    assert "the next answer might cost more than the $0.00010 that are left" in result.output
    assert "asked anew: 0; $0 of $0.00010" in result.output
    assert not model.bill


@pytest.mark.anyio
async def test_a_model_without_a_price_is_not_asked_live(tmp_path: Path) -> None:
    model = LocalOpenAI()
    settings = next(line for line in read_lines(THREAD) if isinstance(line, Header)).settings
    file = otherwise(tmp_path, settings=settings | {"openai_model": "who-knows"})
    result = await live(model, tmp_path, file)
    assert result.exit_code == 1
    assert "nobody knows what who-knows costs" in result.output
    assert not model.bill


@pytest.mark.anyio
async def test_live_answers_have_a_length_that_the_budget_can_pay(tmp_path: Path) -> None:
    model = LocalOpenAI()
    result = await live(model, tmp_path, THREAD, "--budget", "0.05")
    assert result.exit_code == 0, result.output
    asked = [request.body for request in model.requests if request.path.endswith("/responses")]
    assert [body["max_tool_calls"] for body in asked] == [1, 1]
    assert all(1_000 <= body["max_output_tokens"] < 16_384 for body in asked)


def test_without_a_key_nothing_is_asked_live(tmp_path: Path) -> None:
    result = replay(THREAD, "--model", "live", "--env-file", env_file(tmp_path, key=""))
    assert result.exit_code == 2
    assert "OPENAI_API_KEY is missing" in result.output
    assert "TELEGRAM" not in result.output


@pytest.mark.parametrize("model", ["sandbox", "live"])
def test_new_answers_are_not_compared_with_the_recorded_ones(model: str) -> None:
    result = replay(THREAD, "--strict", "--model", model)
    assert result.exit_code == 2
    assert "--strict compares with the recording" in result.output


@pytest.mark.parametrize("name", ["voice", "stop", "retry", "answer-as-file", "settings"])
def test_other_recordings_can_be_asked_anew(name: str) -> None:
    result = replay(RECORDINGS / f"{name}.jsonl", "--model", "sandbox")
    assert result.exit_code == 0, result.output
    assert "no money" in result.output


def test_what_was_stopped_ends_as_recorded() -> None:
    result = replay(RECORDINGS / "stop.jsonl", "--model", "sandbox")
    assert "1 ended as recorded (stopped, or about files)" in result.output
