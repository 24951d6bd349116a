"""A sandbox Telegram with a real TelegramClient in front of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest
from telethon import TelegramClient, errors, events
from telethon.sessions import MemorySession

from engine.sandbox.telegram import LocalTelegram

logging.getLogger("telethon").setLevel(logging.CRITICAL)

PATIENCE_S = 8.0


class World:
    """A sandbox whose clock can be turned, and a client whose events are listed."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.telegram = LocalTelegram(now=lambda: self.time)
        self.heard: list[str] = []
        self.raw: list[Any] = []
        self.bell = asyncio.Event()
        self.client: Any = None
        self.session: Any = None

    def new_client(self, session: Any = None, **options: Any) -> Any:
        if session is None:
            session = MemorySession()
            session.set_dc(2, "127.0.0.1", 443)
            session.auth_key = self.telegram.issue_key()
        options = {"connection": self.telegram.connection, "retry_delay": 0, "raise_last_call_error": True, **options}
        client = TelegramClient(session, 1, "sandbox", **options)
        client.parse_mode = None
        client.flood_sleep_threshold = 0
        client.add_event_handler(self._new, events.NewMessage())
        client.add_event_handler(self._edited, events.MessageEdited())
        client.add_event_handler(self._deleted, events.MessageDeleted())
        client.add_event_handler(self._any, events.Raw())
        self.session, self.client = session, client
        return client

    async def start(self, **options: Any) -> Any:
        client = self.new_client(**options)
        await client.start(bot_token="1000:sandbox")
        return client

    def _note(self, what: str) -> None:
        self.heard.append(what)
        self.bell.set()

    async def _new(self, event: Any) -> None:
        self._note(f"{'own' if event.out else 'new'} {event.raw_text}")

    async def _edited(self, event: Any) -> None:
        self._note(f"edited {event.raw_text}")

    async def _deleted(self, event: Any) -> None:
        self._note(f"deleted {event.deleted_ids}")

    async def _any(self, update: Any) -> None:
        self.raw.append(update)
        self.bell.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        with anyio.fail_after(PATIENCE_S):
            while not is_so():
                self.bell.clear()
                with anyio.move_on_after(0.05):
                    await self.bell.wait()

    async def hears(self, *expected: str) -> None:
        await self.until(lambda: len(self.heard) >= len(expected))
        await self.settle()
        assert self.heard == list(expected), self.telegram.transcript()

    async def hears_raw(self, kind: type[Any]) -> Any:
        await self.until(lambda: any(isinstance(update, kind) for update in self.raw))
        return next(update for update in self.raw if isinstance(update, kind))

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


async def refused(client: Any, request: Any, message: str) -> None:
    """Telegram says no to a request, with this error."""
    with pytest.raises(errors.RPCError) as caught:
        await client(request)
    said = f"{caught.value} {type(caught.value).__name__}"
    assert message.replace("_", "").lower() in said.replace("_", "").lower()
