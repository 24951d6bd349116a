"""Transfers between real processes: a download that is killed with SIGKILL, and the sandbox's door for any client."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from telethon import TelegramClient
from telethon.crypto import rsa
from telethon.sessions import MemorySession

from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.telegram.lines import REQUESTS_AT_ONCE
from tests.engine.transfers import sha256_of, sha256_of_synthetic

pytestmark = [pytest.mark.anyio, pytest.mark.process]

ROOT = Path(__file__).parents[2]
PATIENCE_S = 45.0
SIZE = 200 * 1024 * 1024
PARTS = 400


@pytest.fixture
def anyio_backend() -> str:
    """Real time: these are real processes."""
    return "asyncio"


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[Process]:
    """A process of this Python; it does not outlive the block."""
    process = await anyio.open_process(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, cwd=ROOT
    )
    async with process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


async def until_some_parts_are_noted(database: Path) -> int:
    """Waits for the first batch that the map says is there; how many parts that are."""
    while True:
        await anyio.sleep(0.02)
        if not await anyio.Path(database).exists():
            continue
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
            try:
                row = db.execute("SELECT parts FROM cached_files").fetchone()
            except sqlite3.OperationalError:  # not made yet
                row = None
        db.close()
        if row is not None and (count := int.from_bytes(row[0], "little").bit_count()):
            return count


async def test_a_killed_download_goes_on_from_the_parts_that_are_there(tmp_path: Path) -> None:
    telegram = LocalTelegram()
    alice = telegram.person("Alice")
    alice.says("/start")
    sent = alice.sends(media.document(Synthetic(SIZE), name="large.bin"))
    telegram.faults.slow("getFile", 0.1)
    key = tmp_path / "server.pem"
    telegram.write_public_key(key)
    async with telegram.listen() as address:
        order: dict[str, Any] = {"port": address.port, "key": str(key), "token": telegram.bot.token, "ours": True}
        order |= {"chat_id": alice.id, "message_id": sent.id, "connections": 4, "folder": str(tmp_path), "upload": ""}
        command = ("-m", "bench.transfer_subject", json.dumps(order))
        with anyio.fail_after(PATIENCE_S):
            async with running(*command) as process:
                noted = await until_some_parts_are_noted(tmp_path / "bench.db")
                process.kill()
                assert await process.wait() == -signal.SIGKILL
            before = len(telegram.reads)
            assert noted < PARTS
            telegram.faults.clear()
            async with running(*command) as process:
                assert await process.wait() == 0
    assert sha256_of(tmp_path / "large.bin") == sha256_of_synthetic(SIZE)
    on_the_wire = REQUESTS_AT_ONCE  # at the kill: Telegram may take them after it
    assert len(telegram.reads) - before <= PARTS - noted + on_the_wire
    with sqlite3.connect(tmp_path / "bench.db") as db:
        assert db.execute("SELECT sha256 FROM cached_files").fetchall() == [(sha256_of_synthetic(SIZE),)]
    db.close()


async def test_any_client_may_log_in_at_the_sandboxs_door() -> None:
    with anyio.fail_after(PATIENCE_S):
        async with running("-m", "engine", "sandbox", "--listen") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            said = BufferedByteReceiveStream(process.stdout)
            told = [(await line(said))[12:] for _ in range(5)]
            host, _, port = told[0].rpartition(":")
            rsa.add_key(await anyio.Path(told[2]).read_text("ascii"), old=False)
            session = MemorySession()
            session.set_dc(int(told[1]), host, int(port))
            client = TelegramClient(session, 1, "any")
            await client.start(bot_token=told[3])
            try:
                alice = int(told[4])
                await client.send_message(alice, "Hello from Telethon")
                assert await line(said) == "bot: Hello from Telethon"
                await process.stdin.send(b":file 3\n")
                message = await newest_file(client, alice)
                assert len(await client.download_media(message, bytes)) == 3_000_000
            finally:
                await client.disconnect()
            process.send_signal(signal.SIGTERM)  # SIGINT is ignored where these tests run in the background
            assert await process.wait() == 0


@pytest.mark.parametrize("where", ["0.0.0.0:4430", "example.org:1", "127.0.0.1", "127.0.0.1:70000"])
async def test_the_door_opens_on_this_machine_only(where: str) -> None:
    with anyio.fail_after(PATIENCE_S):
        done = await anyio.run_process(
            [sys.executable, "-m", "engine", "sandbox", "--listen", where], cwd=ROOT, check=False
        )
    assert done.returncode == 2
    assert where in done.stderr.decode()


async def line(said: BufferedByteReceiveStream) -> str:
    """The next line."""
    return (await said.receive_until(b"\n", 4096)).decode()


async def newest_file(client: Any, chat_id: int) -> Any:
    """The message with a file, as soon as there is one."""
    while True:
        for message in await client.get_messages(chat_id, ids=list(range(1, 10))):
            if message is not None and message.document is not None:
                return message
        await anyio.sleep(0.02)
