"""The bot as a process of its own, seen from the test that starts and kills it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

ROOT = Path(__file__).parents[2]
LINE_BYTES = 4096


class Nursery:
    """The warm process that forked bots come from (see zygote.py). Use `nursery()`."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = BufferedByteReceiveStream(process.stdout)
        self._turn = anyio.Lock()

    async def start(self, environment: Mapping[str, str], log: Path) -> int:
        """A new bot; its pid."""
        return await self._ask({"start": dict(environment), "log": str(log)})

    async def bury(self, pid: int) -> int:
        """Waits for the end of a bot that has ended or is about to; its exit code (-9 for SIGKILL)."""
        return await self._ask({"bury": pid})

    async def _ask(self, order: object) -> int:
        answer = b""
        with anyio.CancelScope(shield=True):  # an answer that nobody waits for would be taken for the next one's
            async with self._turn:
                await self._orders.send(json.dumps(order).encode() + b"\n")
                answer = await self._answers.receive_until(b"\n", LINE_BYTES)
        return int(answer)


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """A warm process; whatever still runs in it ends with the block."""
    process = await anyio.open_process(
        [sys.executable, "-m", "tests.acceptance.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None,
        cwd=ROOT,
    )
    async with process:
        try:
            yield Nursery(process)
        finally:
            with anyio.CancelScope(shield=True):
                process.kill()
                await process.wait()


class BotProcess:
    """One bot: started, killed, started again, always on the same database."""

    def __init__(self, nursery: Nursery, environment: Mapping[str, str], log: Path) -> None:
        self._nursery = nursery
        self.environment = dict(environment)
        self.log = log
        self.pid: int | None = None
        self.kills = 0

    async def starts(self) -> None:
        """Returns as soon as the process is there; it has not connected to anything yet."""
        assert self.pid is None
        self.pid = await self._nursery.start(self.environment, self.log)

    async def is_killed(self) -> None:
        """SIGKILL; returns when the process is gone. AssertionError if it had ended by itself before."""
        assert self.pid is not None
        pid, self.pid = self.pid, None
        os.kill(pid, signal.SIGKILL)
        code = await self._nursery.bury(pid)
        assert code == -signal.SIGKILL, f"the bot had ended by itself, with {code}\n{self.last_words()}"
        self.kills += 1

    def tells_what_it_waits_for(self) -> None:
        """Into its log: for a test that has waited in vain."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGUSR1)

    def last_words(self, characters: int = 20_000) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-characters:] if self.log.exists() else ""
