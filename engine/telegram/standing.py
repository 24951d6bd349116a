"""Messages that stand for work under way: they are edited now and then. Not durable; the end comes by the outbox.

As with all previews, what comes too early and what Telegram turns away is dropped: the next edit says more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio
from loguru import logger

from engine.core.conversation import Place, place
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
"""Chats of which is known when they may have the next edit."""


class Standing:
    """What such messages have in common. `peer` says how a chat is addressed, `monotonic` is the event loop's time in
    seconds."""

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

    async def _message_of(self, where: Place, ref: str) -> int | None:
        """The message sent as `ref`; None while it is not known yet."""
        return await self._database.read(partial(outbox.message_of, conversation=where.key, ref=ref))

    @contextmanager
    def _droppable(self, chat_id: int, most_s: float, flood_s: float) -> Iterator[None]:
        """An edit that may take `most_s`, and is dropped where Telegram does not take it. A flood wait of unknown
        length is one of `flood_s`."""
        with anyio.move_on_after(most_s):
            try:
                yield
            except FloodWaitError as flood:
                self._pacing.preview_flooded(flood.retry_after_s or flood_s)
                self._keep_away(chat_id, flood.retry_after_s or flood_s)
            except GpttgError as error:
                logger.debug("an edit in chat {} was dropped: {}", chat_id, error)

    def _early_s(self, chat_id: int) -> float:
        """How long it is until this chat may have the next edit."""
        return max(0.0, self._not_before.get(chat_id, 0.0) - self._monotonic())

    def _keep_away(self, chat_id: int, for_s: float) -> None:
        now = self._monotonic()
        if len(self._not_before) >= CHATS_REMEMBERED:
            self._not_before = {chat: due for chat, due in self._not_before.items() if due > now}
        self._not_before[chat_id] = now + for_s


class StandingTexts(Standing):
    """Shows in words how far work has come."""

    async def show(self, conversation: str, ref: str, content: Styled, buttons: calls.Buttons = ()) -> None:
        """The message sent as `ref` says this now, unless it is too early or the message is not known yet."""
        where = place(conversation)
        if not ref or self._early_s(where.chat_id) or self._pacing.after_preview():
            return
        self._keep_away(where.chat_id, EDIT_GAP_S)
        with self._droppable(where.chat_id, EDIT_MOST_S, EDIT_GAP_S):
            if (message_id := await self._message_of(where, ref)) is not None:
                peer = await self._peer(where.chat_id)
                await self._client.invoke(calls.edit_message(where, peer, message_id, content, buttons))
