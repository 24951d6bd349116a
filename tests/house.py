"""What tests of the desk read out of the bot's database."""

from __future__ import annotations

from typing import Any

from engine.store.inbox import Arrival
from tests.chat import BotUnderTest, quiet


async def rows(bot: BotUnderTest, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    assert bot.running is not None
    return await bot.running.database.read(lambda db: db.execute(query).fetchall())


async def arrives(bot: BotUnderTest, *arrivals: Arrival) -> None:
    """Events come in, from inside the house."""
    assert bot.running is not None
    await bot.running.engine.accept(arrivals)
    await quiet()
