"""The bot as a process of its own: started, looked at from outside (CPU, memory), ended."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process

PATIENCE_S = 120.0
"""The longest that anything here is waited for."""
LOOK_S = 0.05
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Family:
    """A process and those that it has forked, seen through /proc and their CPU clocks. What a child shares with others
    counts once."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def cpu_s(self) -> float:
        """CPU of all their threads so far: clock_getcpuclockid(3), in nanoseconds."""
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self._pids())

    @property
    def rss_mb(self) -> float:
        """Resident memory now, in MB of 10^6 bytes."""
        return self._memory_mb("VmRSS")

    @property
    def peak_mb(self) -> float:
        """The most resident memory since the start."""
        return self._memory_mb("VmHWM")

    def forget_peak(self) -> None:
        """The peak begins anew."""
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")

    def _pids(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text("ascii")
        return [self.pid, *map(int, children.split())]

    def _memory_mb(self, name: str) -> float:
        own, *children = self._pids()
        kib = _kib(own, "status", name)
        for child in children:
            shared = _kib(child, "smaps_rollup", "Shared_Clean") + _kib(child, "smaps_rollup", "Shared_Dirty")
            kib += _kib(child, "status", name) - shared
        return kib * 1024 / 1e6


class BotProcess(Family):
    """A running bot and its carrier."""

    def __init__(self, process: Process, folder: Path) -> None:
        super().__init__(process.pid)
        self._process = process
        self.database = folder / "bench.db"
        self.log = folder / "bench.log"
        self._profile = folder / "profile.json"

    @property
    def other_threads_cpu_s(self) -> float:
        """CPU of all of the bot's own threads but the first: SQLite's two (writer, reader)."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sum(_ticks(task / "stat") for task in tasks.iterdir() if task.name != str(self.pid)) / TICKS_PER_S

    def begin_profile(self) -> None:
        """From now on it takes samples (see bench.sampling)."""
        os.kill(self.pid, signal.SIGUSR1)

    async def end_profile(self) -> dict[str, Any]:
        """The samples."""
        os.kill(self.pid, signal.SIGUSR2)
        await until(self._profile.exists)
        found: dict[str, Any] = json.loads(self._profile.read_text("utf-8"))
        return found

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None


async def until(happened: Callable[[], bool]) -> None:
    """Looks again and again, often enough for a figure and rarely enough not to change it. Raises TimeoutError."""
    with anyio.fail_after(PATIENCE_S):
        while not happened():  # noqa: ASYNC110 - another process has no event to wait for
            await anyio.sleep(LOOK_S)


def _kib(pid: int, file: str, name: str) -> int:
    for line in Path(f"/proc/{pid}/{file}").read_text("ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise LookupError(name)


def _ticks(stat: Path) -> int:
    user, system = stat.read_text("ascii").rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


@asynccontextmanager
async def bot_process(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[BotProcess]:
    """A bot with these settings (environment variables), on a database in `folder`."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "DATABASE_PATH": str(folder / "bench.db"),
        "BENCH_PROFILE": str(folder / "profile.json"),
        **settings,
    }
    with (folder / "bench.log").open("ab") as log:
        process = await anyio.open_process(
            [sys.executable, "-m", "bench.subject"], env=environment, stdin=None, stdout=log, stderr=log, cwd=folder
        )
        try:
            yield BotProcess(process, folder)
        finally:
            process.terminate()
            with anyio.CancelScope(shield=True), anyio.move_on_after(10):
                await process.wait()
            if process.returncode is None:
                process.kill()
