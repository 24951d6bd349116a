"""Answers beside large files: how long people wait for words while gigabytes come for others."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

import anyio

from bench.process import BotProcess, until
from bench.talking import ask_and_wait, warm_up
from bench.transfer import Trial, file_server, moved
from bench.world import World, a_world
from engine.sandbox.openai import INSTANT
from engine.sandbox.telegram import Person, media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.telegram.files import OTHER_DC_ID
from engine.sandbox.telegram.tcp import Address

FILES = 3
TALKERS = 40
QUESTION_EVERY_S = 0.05
IDLE_QUESTIONS = 400
MB = 1_000_000
LOOK_S = 0.005
DOWNLOAD_S = 600.0
BUTTON = "What is inside?"


@dataclass
class Beside:
    """Milliseconds to the first visible text, without and with downloads."""

    size: int
    idle_ms: list[float] = field(default_factory=list)
    busy_ms: list[float] = field(default_factory=list)
    idle_late_ms: list[float] = field(default_factory=list)
    busy_late_ms: list[float] = field(default_factory=list)
    """how late the stand-ins' own loop was: what of a wait was theirs"""
    download_s: float = 0.0
    cores: float = 0.0

    @property
    def ratio(self) -> float:
        """The p99 with downloads, in p99s without."""
        return p99(self.busy_ms) / p99(self.idle_ms)

    @property
    def mb_per_s(self) -> float:
        """Of all downloads together, in MB of 10^6 bytes."""
        return FILES * self.size / MB / self.download_s


def p99(waits: list[float]) -> float:
    """So long waits one in a hundred, or longer."""
    return sorted(waits)[int(len(waits) * 0.99)]


async def answers_beside_downloads(size: int) -> Beside:
    """The same questions, first with nothing else going on, then while FILES files of `size` bytes come from another
    data centre, which is a process of its own."""
    found = Beside(size)
    async with _sent(size, FILES) as (world, bot):
        talkers, senders = world.people[FILES:], world.people[:FILES]
        await warm_up(world, talkers)
        async with _looking(found.idle_late_ms):
            for number in range(IDLE_QUESTIONS):
                found.idle_ms.append(await _asked(world, talkers, number))
        began, cpu_s = time.perf_counter(), bot.cpu_s
        for sender in senders:
            sender.presses(BUTTON)
        number = IDLE_QUESTIONS
        async with _looking(found.busy_late_ms):
            while not all(map(_is_told, senders)):
                found.busy_ms.append(await _asked(world, talkers, number))
                number += 1
        found.download_s = time.perf_counter() - began
        found.cores = (bot.cpu_s - cpu_s) / found.download_s
    return found


async def memory_of_download(size: int) -> float:
    """MB of 10^6 bytes by which the whole bot's peak is above the idle bot while one file comes."""
    async with _sent(size, 1) as (world, bot):
        await warm_up(world, world.people[1:])
        idle_mb = bot.rss_mb
        bot.forget_peak()
        world.people[0].presses(BUTTON)
        with anyio.fail_after(DOWNLOAD_S):
            while not _is_told(world.people[0]):
                await world.telegram.changed.wait(since=world.telegram.changed.version)
        return bot.peak_mb - idle_mb


async def memory_of_upload(size: int) -> float:
    """The same of an upload to Telegram, over the bot's client, lines and database alone, logged in."""
    return (await moved(Trial("memory", size, is_upload=True), is_ours=True)).over_idle_mb


@asynccontextmanager
async def _sent(size: int, count: int) -> AsyncIterator[tuple[World, BotProcess]]:
    """A bot to which so many people have each sent a file, and which has asked each what to do with it."""
    async with (
        a_world(TALKERS + count, INSTANT) as world,
        file_server(size, 0.0, world.folder, OTHER_DC_ID, count) as told,
    ):
        world.telegram.addresses[OTHER_DC_ID] = Address("127.0.0.1", told["port"])
        async with world.bot() as bot:
            senders = world.people[:count]
            for sender in senders:
                file = media.document(Synthetic(size), name="large.zip", mime="application/zip")
                file.dc_id = OTHER_DC_ID
                sender.sends(file)
            await until(lambda: all(map(_is_asked, senders)))
            yield world, bot


@asynccontextmanager
async def _looking(late_ms: list[float]) -> AsyncIterator[None]:
    async def look() -> None:
        while True:
            began = time.perf_counter()
            await anyio.sleep(LOOK_S)
            late_ms.append((time.perf_counter() - began - LOOK_S) * 1000)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look)
        yield
        tasks.cancel_scope.cancel()


async def _asked(world: World, talkers: list[Person], number: int) -> float:
    began = time.perf_counter()
    waited_ms = await ask_and_wait(world, talkers[number % len(talkers)], number)
    await anyio.sleep(max(0.0, QUESTION_EVERY_S - (time.perf_counter() - began)))
    return waited_ms


def _is_asked(sender: Person) -> bool:
    """The bot has asked what to do with the file."""
    return any(button.text == BUTTON for message in sender.chat.messages for button in message.buttons)


def _is_told(sender: Person) -> bool:
    """The file has come: noise is no archive, and the bot says so."""
    return any("can't open" in message.text for message in sender.chat.messages if message.out)


def rows(runs: Sequence[Beside]) -> list[list[str]]:
    """For a table."""
    return [
        [
            f"{FILES} x {run.size >> 20} MiB",
            *(f"{figure:.1f}" for figure in (median(run.idle_ms), p99(run.idle_ms))),
            *(f"{figure:.1f}" for figure in (median(run.busy_ms), p99(run.busy_ms))),
            f"{run.ratio:.1f} (2)",
            f"{run.mb_per_s:.0f}",
            f"{run.cores:.2f}",
            f"{p99(run.busy_late_ms):.1f}",
        ]
        for run in runs
    ]


HEAD = ("", "idle p50, ms", "p99", "beside p50, ms", "p99", "ratio (target)", "MB/s", "cores", "stand-in late, p99")
