"""`python -m bench`: all figures, or some of them (`python -m bench talk streams`)."""

from __future__ import annotations

import os
import platform
from enum import StrEnum
from typing import Annotated

import anyio
import typer

from bench import beside, hours, report, transfer
from bench.memory import known_chats
from bench.replaying import in_a_process_of_its_own
from bench.start import imports
from bench.streams import many_streams
from bench.talking import a_crowd, one_at_a_time
from engine.settings import MTPROTO_FILE_MB

MESSAGES = 300
PROFILED_MESSAGES = 1000
CHATS, EACH, MODEL_S = 200, 5, 0.2
STREAMS = (200, 1000)
KNOWN = 100_000


class Part(StrEnum):
    """What can be measured by itself."""

    TALK = "talk"
    WHERE = "where"
    STREAMS = "streams"
    MEMORY = "memory"
    START = "start"
    TRANSFER = "transfer"
    BESIDE = "beside"
    HOURS = "hours"
    REPLAY = "replay"


def main(
    parts: Annotated[list[Part] | None, typer.Argument(help="Which figures; all if none is named.")] = None,
    repeat: Annotated[int, typer.Option(help="Runs of each; the tables show medians (least–most).", min=1)] = 3,
    file_mib: Annotated[int, typer.Option(help="beside: the size of the files; 100 for a quick look.", min=8)] = 1024,
) -> None:
    """Measure the bot: CPU, latency, throughput, memory. Takes some ten minutes."""
    anyio.run(_measure, parts or list(Part), repeat, file_mib << 20)


async def _measure(parts: list[Part], repeat: int, file_size: int) -> None:
    _say_where()
    if Part.TALK in parts:
        alone = [await one_at_a_time(MESSAGES) for _ in range(repeat)]
        crowd = [await a_crowd(CHATS, EACH, MODEL_S) for _ in range(repeat)]
        report.talks(alone, crowd)
        report.others(alone, crowd)
    if Part.WHERE in parts:
        profiled = await one_at_a_time(PROFILED_MESSAGES, profiled=True)
        report.where("Where a message's CPU goes: one at a time", profiled)
        profiled = await a_crowd(CHATS, EACH, MODEL_S, profiled=True)
        report.where(f"Where a message's CPU goes: {CHATS} chats x {EACH}", profiled)
    if Part.STREAMS in parts:
        report.streams([[await many_streams(chats) for _ in range(repeat)] for chats in STREAMS])
    if Part.MEMORY in parts:
        report.memory([await known_chats(KNOWN) for _ in range(repeat)])
    if Part.START in parts:
        report.start([imports() for _ in range(repeat)])
    if Part.TRANSFER in parts:
        pairs = [
            (await transfer.moved(t, is_ours=True), await transfer.moved(t, is_ours=False)) for t in transfer.TRIALS
        ]
        report.table("Large files over MTProto, beside Telethon's own", transfer.HEAD, transfer.rows(pairs))
    if Part.BESIDE in parts:
        await _beside(file_size, repeat)
    if Part.HOURS in parts:
        report.table("Two hours of speech", hours.HEAD, hours.rows(await hours.two_hours()))
    if Part.REPLAY in parts:
        report.say(await in_a_process_of_its_own())
    report.say(f"load average at the end: {os.getloadavg()[0]:.1f}")


async def _beside(size: int, repeat: int) -> None:
    runs = [await beside.answers_beside_downloads(size) for _ in range(repeat)]
    report.table("Answers beside large files", beside.HEAD, beside.rows(runs))
    twice = min(2 * size, MTPROTO_FILE_MB << 20)
    down_mb, up_mb = await beside.memory_of_download(twice), await beside.memory_of_upload(twice)
    rows = [["download, the whole bot", f"{down_mb:.1f}"], ["upload to Telegram, the client", f"{up_mb:.1f}"]]
    report.table(f"Peak over idle, {twice >> 20} MiB (target: 64)", ("", "MB"), rows)


def _say_where() -> None:
    load = os.getloadavg()[0]
    report.say(f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load:.1f} before the start.")
    report.say("CPU and memory are those of the bot's process alone; the stand-ins run in another one.\n")


if __name__ == "__main__":
    typer.run(main)
