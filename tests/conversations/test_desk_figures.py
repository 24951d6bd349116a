"""The admins' figures: /stat and its picture, the digests, the ledger as a file, how the bot is."""

from __future__ import annotations

import pytest

from tests.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio


async def test_stat_shows_what_everybody_has_spent(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await alice.says("hello")
    await bot.next_message(alice)
    await boris.says("hello")
    await bot.next_message(boris)
    await admin.says("/stat")
    message = await bot.sends("photo", to=admin)
    assert "📈 Today, 24 November 2026" in message.text
    assert "2 calls · 2 people" in message.text
    assert [button.text for button in message.buttons] == ["7 days", "Month", "🌙 Dark"]
    await admin.presses("Month")
    await bot.becomes(message, "photo", "📈 This month, 1 – 24 November 2026")
