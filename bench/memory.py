"""What known but idle conversations cost: a hundred thousand of them in the database, and the bot's memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import anyio
import msgspec

from actors.memory import IDLE, Conversation
from bench.process import BotProcess
from bench.talking import warm_up
from bench.world import SETTLE_S, World, a_world
from engine.core.clock import to_micros
from engine.sandbox.openai import INSTANT

FIRST_ID = 8_000_000_000


@dataclass
class Known:
    """Resident memory of a running bot that has answered a few messages."""

    chats: int
    empty_mb: float
    full_mb: float
    database_mb: float

    @property
    def more_mb(self) -> float:
        """What the chats cost."""
        return self.full_mb - self.empty_mb


async def known_chats(chats: int) -> Known:
    """The same bot on the same database, before and after so many conversations were put into it."""
    async with a_world(20, INSTANT) as world:
        async with world.bot() as bot:  # makes the database and the login; what it costs is not counted
            await warm_up(world)
            database = bot.database
        async with world.bot() as bot:
            empty_mb = await _settled_mb(world, bot)
        _fill(database, chats, to_micros(world.telegram.world.now()))
        async with world.bot() as bot:
            full_mb = await _settled_mb(world, bot)
        return Known(chats, empty_mb, full_mb, database.stat().st_size / 1e6)


async def _settled_mb(world: World, bot: BotProcess) -> float:
    await warm_up(world)
    await anyio.sleep(SETTLE_S)
    return bot.rss_mb


def _fill(database: Path, chats: int, now: int) -> None:
    """Conversations that have each had one turn: every table has the rows that this leaves."""
    with sqlite3.connect(database) as db:
        db.executemany("INSERT INTO people VALUES (?, ?, ?, 'en', ?)", _people(chats, now))
        db.executemany("INSERT INTO telegram_peers VALUES (?, ?)", ((FIRST_ID + n, n * 7919) for n in range(chats)))
        db.executemany("INSERT INTO conversations VALUES (?, ?, ?, ?)", _conversations(chats, now))
        db.executemany(
            "INSERT INTO turns (conversation, job, question, answer, response_id, question_message_id, thread, at)"
            " VALUES (?, ?, 'How does caching work?', 'It keeps what was expensive to make.', ?, 1, 1, ?)",
            ((f"{FIRST_ID + n}", f"job{n}", f"resp_{n:048x}", now) for n in range(chats)),
        )
    db.close()


def _people(chats: int, now: int) -> Iterator[tuple[object, ...]]:
    return ((FIRST_ID + n, f"Person {n}", f"person{n}", now) for n in range(chats))


def _conversations(chats: int, now: int) -> Iterator[tuple[object, ...]]:
    for n in range(chats):
        memory = Conversation(key=f"{FIRST_ID + n}", response_id=f"resp_{n:048x}", language="en")
        yield memory.key, IDLE, msgspec.json.encode(memory).decode(), now
