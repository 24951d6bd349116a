"""The sender: outbox rows become calls, in order per chat, each delivered once; a chat's trouble is its own.

A row is sent with the random_id that stands in it. After a crash, or when an answer was lost, the same call is made
again, and Telegram gives back the message that the first one made. One task per chat, only while it has rows.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup
from loguru import logger

from engine.core.clock import Clock
from engine.core.conversation import Place, place
from engine.core.errors import (
    CredentialsRefusedError,
    FloodWaitError,
    OutageError,
    RefusedError,
    UndeliverableError,
)
from engine.store import outbox, telegram
from engine.store.database import Database
from engine.supervisor import GaveUp, guarded
from engine.telegram import calls
from engine.telegram.actions import ChatActions
from engine.telegram.delivery import Delivery, Wire
from engine.telegram.lines import Lines
from engine.telegram.pacing import Pacing

RETRY_FIRST_S = 1.0
RETRY_MOST_S = 60.0
"""Waits between attempts while Telegram is out: doubled each time up to the most."""
OUTAGE_TRIES = 1_500
"""Attempts for one row, at a minute each about a day; then it is given up as failed."""
UPLOADS_AT_ONCE = 8
"""Files that are uploaded at the same moment; each has a few parts in memory."""
PEERS_REMEMBERED = 10_000
"""Chats whose address need not be looked up again; an access hash is for ever."""
_TOLD = (UndeliverableError, RefusedError, CredentialsRefusedError, OutageError)
"""Why a message can't be delivered. Whatever else an attempt raises is its own fault, and concerns no other one."""


class Sender:
    """Delivers the outbox. The files that it sends are in `media_root`."""

    def __init__(
        self,
        database: Database,
        client: calls.Invoker,
        pacing: Pacing,
        clock: Clock,
        tasks: TaskGroup,
        media_root: Path,
        lines: Lines | None = None,
    ) -> None:
        self._database = database
        self.actions = ChatActions(client, self.peer)
        uploads = anyio.Semaphore(UPLOADS_AT_ONCE)
        self._wire = Wire(database, client, pacing, clock, media_root, self.actions, uploads, lines)
        self._pacing = pacing
        self._clock = clock
        self._tasks = tasks
        self._busy: set[int] = set()
        self._again: set[int] = set()
        self._peers: dict[int, Any] = {}

    async def start(self) -> None:
        """Takes up what the last process left."""
        for chat_id in await self._database.read(outbox.waiting_chats):
            self.wake(chat_id)

    def wake(self, chat_id: int) -> None:
        """There is something to send in this chat."""
        if chat_id in self._busy:
            self._again.add(chat_id)
        else:
            self._busy.add(chat_id)
            self._tasks.start_soon(self._deliver_chat, chat_id)

    @property
    def busy(self) -> int:
        """Chats with something on its way."""
        return len(self._busy)

    async def _deliver_chat(self, chat_id: int) -> None:
        try:
            peer = await self.peer(chat_id)
            while True:
                self._again.discard(chat_id)
                rows = await self._database.read(partial(outbox.pending, chat_id=chat_id))
                for row in rows:
                    await self._deliver(row, peer)
                if len(rows) < outbox.ROWS_READ and chat_id not in self._again:
                    return
        finally:
            self._busy.discard(chat_id)

    async def peer(self, chat_id: int) -> Any:
        """How a chat is addressed."""
        if (peer := self._peers.get(chat_id)) is not None:
            return peer
        access_hash = await self._database.read(partial(telegram.access_hash, peer_id=chat_id))
        peer = calls.input_peer(chat_id, access_hash or 0)
        if access_hash is not None:
            if len(self._peers) >= PEERS_REMEMBERED:
                self._peers.clear()
            self._peers[chat_id] = peer
        return peer

    async def _deliver(self, row: outbox.OutboxRow, peer: Any) -> None:
        where = place(row.conversation)
        try:
            attempts = partial(self._until_taken, row, where, peer)
            message_id = await guarded(f"the delivery of message {row.id}", attempts, *_TOLD, sqlite3.Error)
        except (*_TOLD, GaveUp) as error:
            logger.warning("message {} to chat {} was not delivered: {}", row.id, where.chat_id, error)
            mark = partial(outbox.mark_failed, row_id=row.id, error=str(error), now=self._clock())
            await self._database.write(mark)
        else:
            await self._database.write(
                partial(outbox.mark_sent, row_id=row.id, message_id=message_id, now=self._clock())
            )

    async def _until_taken(self, row: outbox.OutboxRow, where: Place, peer: Any) -> int | None:
        delivery = Delivery(self._wire, row, where, peer)
        wait_s = RETRY_FIRST_S
        for _ in range(OUTAGE_TRIES):
            try:
                return await delivery.attempt()
            except FloodWaitError as flood:
                self._pacing.flooded(where.chat_id, flood.retry_after_s or RETRY_FIRST_S)
                await anyio.sleep(flood.retry_after_s or RETRY_FIRST_S)
            except OutageError as outage:
                logger.info("chat {}: {}; again in {} s", where.chat_id, outage, wait_s)
                await anyio.sleep(wait_s)
                wait_s = min(wait_s * 2, RETRY_MOST_S)
        raise OutageError(code="gave up")
