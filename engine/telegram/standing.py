"""Messages that stand for work under way: their text is edited now and then. Not durable; the end comes by the outbox.

As with all previews, what comes too early and what Telegram turns away is dropped: the next line says more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
from loguru import logger

from engine.core.conversation import place
from engine.core.errors import FloodWaitError, GpttgError
from engine.core.styled import Styled
from engine.store import outbox
from engine.store.database import Database
from engine.telegram import calls
from engine.telegram.pacing import Pacing

EDIT_GAP_S = 3.0
"""The least time between two lines in a chat: people read progress, they don't watch it."""
EDIT_MOST_S = 5.0
"""How long one edit may take: the work waits for it."""
CHATS_REMEMBERED = 1_000


class StandingTexts:
    """Shows how far work has come. `peer` says how a chat is addressed, `monotonic` is the loop's time in seconds."""

    def __init__(
        self,
        database: Database,
        client: calls.Invoker,
        pacing: Pacing,
        peer: Callable[[int], Awaitable[Any]],
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._client = client
        self._pacing = pacing
        self._peer = peer
        self._monotonic = monotonic
        self._not_before: dict[int, float] = {}

    async def show(self, conversation: str, ref: str, content: Styled, buttons: calls.Buttons = ()) -> None:
        """The message sent as `ref` says this now, unless it is too early or the message is not known yet."""
        where, now = place(conversation), self._monotonic()
        if not ref or now < self._not_before.get(where.chat_id, 0.0) or self._pacing.after_preview():
            return
        self._keep_away(where.chat_id, EDIT_GAP_S)
        with anyio.move_on_after(EDIT_MOST_S):
            try:
                found = partial(outbox.message_of, conversation=where.key, ref=ref)
                if (message_id := await self._database.read(found)) is not None:
                    peer = await self._peer(where.chat_id)
                    await self._client.invoke(calls.edit_message(where, peer, message_id, content, buttons))
            except FloodWaitError as flood:
                self._pacing.preview_flooded(flood.retry_after_s or EDIT_GAP_S)
                self._keep_away(where.chat_id, flood.retry_after_s or EDIT_GAP_S)
            except GpttgError as error:
                logger.debug("a line of progress in chat {} was dropped: {}", where.chat_id, error)

    def _keep_away(self, chat_id: int, for_s: float) -> None:
        now = self._monotonic()
        if len(self._not_before) >= CHATS_REMEMBERED:
            self._not_before = {chat: due for chat, due in self._not_before.items() if due > now}
        self._not_before[chat_id] = now + for_s
