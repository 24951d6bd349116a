"""Large files: ours beside Telethon's own, in one run, against an MTProto server on loopback in another process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

MB = 1_000_000
ROOT = Path(__file__).parents[1]
LINE_BYTES = 4096
CONNECTIONS = 4


@dataclass(frozen=True)
class Trial:
    """What is moved, and how far away it is."""

    name: str
    size: int
    latency_s: float = 0.0
    is_upload: bool = False
    target: float = 1.5
    """how many times Telethon's speed"""


TRIALS = (
    Trial("1 GB down", 1 << 30),
    Trial("256 MB down, 50 ms away", 256 << 20, 0.05, target=10),
    Trial("512 MB up", 512 << 20, is_upload=True),
    Trial("128 MB up, 50 ms away", 128 << 20, 0.05, is_upload=True, target=10),
)


@dataclass(frozen=True)
class Moved:
    """What one transfer cost the client's process."""

    trial: Trial
    is_ours: bool
    seconds: float
    cpu_s: float
    over_idle_mb: float
    stall_p99_ms: float
    busy_p99_ms: float
    """of the same waits, what the loop itself worked: other work on the machine does not count"""

    @property
    def mb_per_s(self) -> float:
        """In MB of 10^6 bytes."""
        return self.trial.size / MB / self.seconds


async def moved(trial: Trial, *, is_ours: bool) -> Moved:
    """One transfer, with a server and a client of its own."""
    with TemporaryDirectory(prefix="gpttg-bench-") as folder:
        source = Path(folder, "source.bin")
        if trial.is_upload:
            await anyio.to_thread.run_sync(_make, source, trial.size)
        size = 1 if trial.is_upload else trial.size
        async with file_server(size, trial.latency_s, Path(folder)) as told:
            order = told | {"ours": is_ours, "folder": folder, "connections": CONNECTIONS}
            order["upload"] = str(source) if trial.is_upload else ""
            done = await anyio.run_process(
                [sys.executable, "-m", "bench.transfer_subject", json.dumps(order)], cwd=ROOT, stderr=None
            )
        return Moved(trial, is_ours, **json.loads(done.stdout))


def rows(pairs: list[tuple[Moved, Moved]]) -> list[list[str]]:
    """For a table: HEAD, and ours beside Telethon's."""
    found = []
    for ours, theirs in pairs:
        for one in (ours, theirs):
            ratio = f"{one.mb_per_s / theirs.mb_per_s:.1f}" + (f" ({one.trial.target:g})" if one.is_ours else "")
            figures = (one.mb_per_s, one.cpu_s, one.over_idle_mb, one.stall_p99_ms, one.busy_p99_ms)
            who = "ours" if one.is_ours else "Telethon"
            shown = [f"{figure:.1f}" for figure in figures]
            found.append([f"{one.trial.name}: {who}", shown[0], ratio, *shown[1:]])
    return found


HEAD = ("", "MB/s", "ratio (target)", "CPU s", "MB over idle", "another task waits, p99 ms", "of it our CPU")


@asynccontextmanager
async def file_server(size: int, latency_s: float, folder: Path, *more: int) -> AsyncIterator[dict[str, Any]]:
    """bench.file_server as a process of its own; what it tells."""
    arguments = [str(argument) for argument in (size, latency_s, folder, *more)]
    command = [sys.executable, "-m", "bench.file_server", *arguments]
    process = await anyio.open_process(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, cwd=ROOT)
    async with process:
        assert process.stdout is not None
        line = await BufferedByteReceiveStream(process.stdout).receive_until(b"\n", LINE_BYTES)
        try:
            yield json.loads(line)
        finally:
            process.kill()


def _make(path: Path, size: int) -> None:
    with path.open("wb") as file, Path("/dev/urandom").open("rb") as noise:
        block = noise.read(1 << 20)
        for number in range(size >> 20):
            file.write(number.to_bytes(8, "big") + block[8:])


async def _main() -> None:
    """`python -m bench.transfer`: this part alone."""
    chosen = [trial for trial in TRIALS if not sys.argv[1:] or any(word in trial.name for word in sys.argv[1:])]
    print(" | ".join(HEAD))
    for trial in chosen:
        pair = (await moved(trial, is_ours=True), await moved(trial, is_ours=False))
        for row in rows([pair]):
            print(" | ".join(row))


if __name__ == "__main__":
    anyio.run(_main)
