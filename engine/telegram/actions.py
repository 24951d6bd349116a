"""What the bot is seen to be doing above a chat, as long as it does it: "typing…", "sending a photo…".

Best effort, like the previews: nothing waits for it, and nothing depends on it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from loguru import logger

from engine.core.conversation import Place
from engine.core.errors import FloodWaitError, GpttgError, UndeliverableError
from engine.telegram import calls

SHOWN_AGAIN_S = 5.0
"""Telegram shows an action for about six seconds."""


class ChatActions:
    """Shows actions. `peer` says how a chat is addressed."""

    def __init__(self, client: calls.Invoker, peer: Callable[[int], Awaitable[Any]]) -> None:
        self._client = client
        self._peer = peer

    @asynccontextmanager
    async def busy(self, where: Place, what: str, percent: Callable[[], int] = lambda: 0) -> AsyncIterator[None]:
        """Shows `what` (typing, upload_photo, upload_document or record_voice: `calls.ACTIONS`) for the length of the
        block, which it neither delays nor changes. `percent`: how much of an upload is done."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._show, where, what, percent)
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised below, as itself and not in a group of errors
                failure = error
            finally:
                tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def _show(self, where: Place, what: str, percent: Callable[[], int]) -> None:
        while True:
            wait_s = SHOWN_AGAIN_S
            try:
                await self._client.invoke(calls.action(where, await self._peer(where.chat_id), what, percent()))
            except FloodWaitError as flood:
                wait_s = max(wait_s, flood.retry_after_s or 0.0)
            except UndeliverableError:
                return
            except GpttgError as error:
                logger.debug("{} was not shown in chat {}: {}", what, where.chat_id, error)
            await anyio.sleep(wait_s)
