"""A whole bot in a sandbox, without pytest: for scripts, notebooks and other test frameworks."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.runtime.behaviour import Casting
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.sandbox.time import jumping_clock
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger


@dataclass(frozen=True)
class Sandbox:
    """A bot, the two worlds around it, a member who talks to it, its admin, and its ledger."""

    bot: BotUnderTest
    telegram: LocalTelegram
    model: LocalOpenAI
    alice: Someone
    people: list[Someone]
    """the members, Alice first"""
    admin: Someone
    ledger: Ledger


@asynccontextmanager
async def sandbox(*, cast: Casting | None = None, people: int = 1, **settings: Any) -> AsyncIterator[Sandbox]:
    """A running bot with the actors of `cast` (by default gpttg's own) on a database of its own, and as many members.
    `settings` are further ones, by field name. On engine.sandbox.time.JumpingLoop hours take milliseconds."""
    clock = jumping_clock(asyncio.get_running_loop())
    telegram, model = LocalTelegram(now=clock), LocalOpenAI(now=clock)
    alice = Someone(telegram.person("Alice", language="en", username="alice"))
    everybody = [alice, *(Someone(telegram.person(f"Person {number}")) for number in range(2, people + 1))]
    admin = Someone(telegram.person("Ada", language="en", username="ada"))
    with tempfile.TemporaryDirectory(prefix="gpttg-sandbox-") as folder:
        house = BotUnderTest(
            telegram,
            model,
            clock,
            Path(folder) / "gpttg.db",
            cast=cast,
            admins=[admin.id],
            members=[one.id for one in everybody],
            **settings,
        )
        async with house:
            yield Sandbox(house, telegram, model, alice, everybody, admin, Ledger(house))
