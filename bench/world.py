"""The world around the bot, in this process: LocalTelegram and LocalOpenAI on loopback ports, people, and their bot."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio

from bench.process import PATIENCE_S, BotProcess, bot_process
from engine.sandbox.openai import LocalOpenAI, Pace
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.sandbox.telegram import LocalTelegram, Person

SETTLE_S = 1.5
"""After the last answer: what is still on its way (confirmations, positions) belongs to the messages."""
ANSWER = (
    " **Caching** keeps what was *expensive* to make close to where it is needed. Three questions decide:\n\n"
    "1. how long a value stays true,\n2. what it costs to make again,\n3. who must never see an old one.\n\n"
    "Begin with `functools.cache` and measure before you add more."
)
"""Behind the marker that says which question it answers: 270 characters of Markdown, about 40 deltas."""


@dataclass
class World:
    """Both stand-ins, the people, and the bot that they talk to."""

    telegram: LocalTelegram
    model: LocalOpenAI
    people: list[Person]
    folder: Path
    base_url: str

    def settings(self) -> dict[str, str]:
        """The bot's environment."""
        key = self.folder / "server.pem"
        self.telegram.write_public_key(key)
        host, port = self.telegram.address
        return {
            "BOT_TOKEN": self.telegram.bot.token,
            "OPENAI_API_KEY": SANDBOX_KEY,
            "OPENAI_BASE_URL": self.base_url,
            "ADMIN_ID": "1",
            "ALLOWED_USER_IDS": ",".join(str(person.id) for person in self.people),
            "RATE_PER_MINUTE": "0",
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
            "TELEGRAM_SERVER": f"{host}:{port}",
            "TELEGRAM_SERVER_KEY": str(key),
        }

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[BotProcess]:
        """The bot, logged in and quiet."""
        self.telegram.commands.clear()
        async with bot_process(self.folder, self.settings()) as process:
            with anyio.fail_after(PATIENCE_S):
                while ("users", "ru") not in self.telegram.commands and len(self.telegram.commands) < 2:
                    if not process.is_alive:
                        raise RuntimeError(f"the bot has ended:\n{process.log.read_text('utf-8')[-2000:]}")
                    await anyio.sleep(0.05)
            await anyio.sleep(1.0)
            yield process


@asynccontextmanager
async def a_world(
    people: int, pace: Pace, listen: AbstractAsyncContextManager[str] | None = None
) -> AsyncIterator[World]:
    """A world with so many people, whose model answers at this pace. `listen` puts another server in its place."""
    telegram, model = LocalTelegram(), LocalOpenAI(speed=pace)
    model.answers(marked_answer)
    crowd = [telegram.person(f"Person {number}") for number in range(people)]
    with TemporaryDirectory(prefix="gpttg-bench-") as folder:
        async with telegram.listen(), listen or model.listen() as base_url:
            yield World(telegram, model, crowd, Path(folder), base_url)


def marked_answer(seen: SeenRequest) -> str:
    """Answers "#7 ..." with "#7: ...", so that each answer can be told from the others."""
    return seen.text.partition(" ")[0] + ":" + ANSWER


def question(number: int) -> str:
    """What a person asks."""
    return f"#{number} How does caching work, and when should I not use it?"


def answers_of(person: Person) -> list[str]:
    """The markers of the answers that this person got, in the order of the chat."""
    return [message.text.partition(":")[0] for message in person.chat.messages if message.out]


def ledger_rows(database: Path) -> list[dict[str, Any]]:
    """The bot's ledger."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM ledger ORDER BY id")]


def seconds_since(moment: datetime, later: datetime) -> float:
    """From one to the other."""
    return (later - moment).total_seconds()


def utc_now() -> datetime:
    """The wall clock, as the worlds use it."""
    return datetime.now(UTC)


def machine_ms() -> float:
    """CPU that a fixed piece of Python takes here and now: whoever else uses the machine makes it grow."""
    began = time.process_time()
    assert sum(number * number % 7 for number in range(200_000)) > 0
    return (time.process_time() - began) * 1000


@dataclass
class Stopwatch:
    """Wall clock, the bot's CPU and this process's CPU, from the moment it is made."""

    process: BotProcess

    def __post_init__(self) -> None:
        self._began = (time.perf_counter(), self.process.cpu_s, time.process_time(), self.process.other_threads_cpu_s)

    @property
    def wall_s(self) -> float:
        """Seconds by the wall clock."""
        return time.perf_counter() - self._began[0]

    @property
    def cpu_s(self) -> float:
        """The bot's CPU."""
        return self.process.cpu_s - self._began[1]

    @property
    def stand_in_cpu_s(self) -> float:
        """This process's: what the stand-ins cost on the other core."""
        return time.process_time() - self._began[2]

    @property
    def sqlite_cpu_s(self) -> float:
        """Of the bot's: SQLite's threads."""
        return self.process.other_threads_cpu_s - self._began[3]
