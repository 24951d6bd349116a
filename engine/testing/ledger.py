"""The ledger as a test reads it."""

from __future__ import annotations

from typing import Any

from engine.testing.chat import BotUnderTest


class Ledger:
    """The bot's ledger, read from its database."""

    def __init__(self, bot: BotUnderTest) -> None:
        self._bot = bot

    async def lines(self) -> list[dict[str, Any]]:
        """All lines, oldest first."""
        assert self._bot.running is not None

        def read(db: Any) -> list[dict[str, Any]]:
            cursor = db.execute("SELECT * FROM ledger ORDER BY id")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return await self._bot.running.database.read(read)
