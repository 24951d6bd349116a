"""What tests of the desk read out of the bot's database."""

from __future__ import annotations

from functools import partial
from typing import Any

from engine.core.ledger import LedgerLine
from engine.core.money import nanousd
from engine.store import ledger
from engine.store.inbox import Arrival
from engine.testing.chat import BotUnderTest, Someone, quiet


async def rows(bot: BotUnderTest, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    assert bot.running is not None
    return await bot.running.database.read(lambda db: db.execute(query).fetchall())


async def arrives(bot: BotUnderTest, *arrivals: Arrival) -> None:
    """Events come in, from inside the house."""
    assert bot.running is not None
    await bot.running.engine.accept(arrivals)
    await quiet()


async def has_spent(bot: BotUnderTest, someone: Someone, usd: float) -> None:
    """Somebody has spent that much already, and nobody was told."""
    assert bot.running is not None
    now = bot.clock()
    key = f"past:{someone.id}:{usd}:{now.timestamp()}"
    line = LedgerLine(
        key=key,
        at=now,
        person_id=someone.id,
        conversation=str(someone.id),
        job=key,
        model="gpt-6.1-terra",
        cost_nanousd=nanousd(usd),
    )
    await bot.running.database.write(partial(ledger.book, line=line))
