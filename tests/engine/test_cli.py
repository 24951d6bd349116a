"""The commands: what they say and how they end. Real processes, over real sockets of this machine."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import pytest
from anyio.abc import Process
from typer.testing import CliRunner

from engine.cli import app
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.settings import Settings
from tests.portal import NOT_MTPROTO, portal

pytestmark = [pytest.mark.anyio, pytest.mark.process]

PATIENCE_S = 30.0


@pytest.fixture
def anyio_backend() -> str:
    """Real time: these are real processes."""
    return "asyncio"


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process, with these settings and no others."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name not in ours} | settings


async def ended(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of a command."""
    with anyio.fail_after(PATIENCE_S):
        process = await anyio.run_process(
            [sys.executable, "-m", "engine", *arguments], check=False, cwd=cwd, env=env or environment()
        )
    return process.returncode, process.stdout.decode(), process.stderr.decode()


class Server:
    """A Telegram and an OpenAI behind real sockets, and the settings that lead a process there."""

    def __init__(self, telegram: LocalTelegram, settings: Mapping[str, str], folder: Path) -> None:
        self.telegram = telegram
        self.settings = dict(settings)
        self.folder = folder

    async def start(self) -> Process:
        """`gpttg run`, as soon as it is listening."""
        process = await anyio.open_process(
            [sys.executable, "-m", "engine", "run"],
            cwd=self.folder,
            env=environment(**self.settings),
            stdout=subprocess.DEVNULL,
        )
        assert process.stderr is not None
        said = ""
        with anyio.fail_after(PATIENCE_S):
            while "is listening" not in said:
                said += (await process.stderr.receive()).decode()
        return process


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """See Server."""
    telegram, model = LocalTelegram(), LocalOpenAI()
    async with AsyncExitStack() as stack:
        host, port = await stack.enter_async_context(telegram.listen())
        base_url = await stack.enter_async_context(model.listen())
        telegram.write_public_key(tmp_path / "server.pem")
        settings = {
            "BOT_TOKEN": telegram.bot.token,
            "OPENAI_API_KEY": SANDBOX_KEY,
            "ADMIN_ID": "42",
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
            "OPENAI_BASE_URL": base_url,
            "TELEGRAM_SERVER": f"{host}:{port}",
            "TELEGRAM_SERVER_KEY": "server.pem",
        }
        yield Server(telegram, settings, tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_bot_without_a_complaint(number: signal.Signals, server: Server) -> None:
    process = await server.start()
    process.send_signal(number)
    with anyio.fail_after(PATIENCE_S):
        assert await process.wait() == 0
        assert process.stderr is not None
        left = b"".join([chunk async for chunk in process.stderr])
    await process.aclose()
    assert b"Traceback" not in left, left.decode()


async def test_a_signal_ends_the_bot_also_while_a_large_file_comes(server: Server) -> None:
    alice = server.telegram.person("Alice")
    server.settings["ALLOWED_USER_IDS"] = str(alice.id)
    process = await server.start()
    server.telegram.faults.slow("getFile", 0.3)
    alice.says("/start")
    alice.sends(media.document(Synthetic(400_000_000), name="data.csv"), "What is this?")
    with anyio.fail_after(PATIENCE_S):
        while len(server.telegram.reads) < 30:  # noqa: ASYNC110 - another process reads
            await anyio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert process.stderr is not None
        left = b"".join([chunk async for chunk in process.stderr])
    await process.aclose()
    assert b"Traceback" not in left, left.decode()


async def test_a_wrong_token_is_told_in_one_sentence(server: Server) -> None:
    server.settings["BOT_TOKEN"] = "1000:of-another-bot"
    code, _, said = await ended("run", cwd=server.folder, env=environment(**server.settings))
    assert code == 2
    assert "Telegram refuses BOT_TOKEN: talk to @BotFather" in said
    assert "Traceback" not in said
    assert "of-another-bot" not in said


async def test_a_portal_in_telegrams_place_is_waited_out(server: Server) -> None:
    async with portal(NOT_MTPROTO["a web page"]) as ((host, port), heard):
        server.settings["TELEGRAM_SERVER"] = f"{host}:{port}"
        process = await anyio.open_process(
            [sys.executable, "-m", "engine", "run"],
            cwd=server.folder,
            env=environment(**server.settings),
            stdout=subprocess.DEVNULL,
        )
        assert process.stderr is not None
        with anyio.fail_after(PATIENCE_S):
            while len(heard) < 2:  # noqa: ASYNC110 - another process asks again
                await anyio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
            said = b"".join([chunk async for chunk in process.stderr]).decode()
        await process.aclose()
    assert "Telegram lets nobody log in (NOT_TELEGRAM): again in 5.0 s" in said
    assert "Traceback" not in said, said


async def test_the_doctor_finds_a_running_server_healthy(server: Server) -> None:
    code, said, log = await ended("doctor", cwd=server.folder, env=environment(**server.settings))
    assert code == 0, said + log
    assert said.count("✓") == 5


async def test_without_settings_run_and_doctor_say_what_is_missing(tmp_path: Path) -> None:
    code, _, said = await ended("run", cwd=tmp_path)
    assert code == 2
    missing = ["BOT_TOKEN", "OPENAI_API_KEY", "ADMIN_ID", "TELEGRAM_API_ID", "TELEGRAM_API_HASH"]
    assert [line.split()[1] for line in said.splitlines() if "is missing" in line] == missing
    code, said, _ = await ended("doctor", cwd=tmp_path)
    assert code == 1
    assert said.count("✗ settings: ") == 5


async def test_a_database_of_a_newer_version_is_told_in_one_sentence(server: Server) -> None:
    with sqlite3.connect(server.folder / "gpttg.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    code, _, said = await ended("run", cwd=server.folder, env=environment(**server.settings))
    assert code == 2
    assert "was written by a newer version of GPTTG" in said
    assert "Traceback" not in said


def test_help_tells_of_every_command_and_imports_nothing_heavy() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(command in result.output for command in ("run", "sandbox", "doctor"))
    heavy = "import sys, engine.cli; print({'telethon', 'openai', 'pydantic', 'actors'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", heavy], check=True, capture_output=True, text=True).stdout == "set()\n"


@pytest.mark.parametrize("command", ["run", "sandbox", "doctor"])
def test_every_command_has_a_help_of_its_own(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output) > 200


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.output.startswith("gpttg 0.")
