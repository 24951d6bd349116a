"""The sender: outbox rows become calls, in order per chat, each delivered once; a chat's trouble is its own.

A row is sent with the random_id that stands in it. After a crash, or when an answer was lost, the same call is made
again, and Telegram gives back the message that the first one made. One task per chat, only while it has rows.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

import anyio
from anyio.abc import TaskGroup
from loguru import logger
from telethon import types

from engine.core.clock import Clock
from engine.core.conversation import Place, place
from engine.core.effects import AnswerPress, Edit, Send
from engine.core.errors import (
    CredentialsRefusedError,
    FloodWaitError,
    OutageError,
    RefusedError,
    UndeliverableError,
)
from engine.core.styled import Styled
from engine.store import outbox, telegram
from engine.store.database import Database
from engine.telegram import calls
from engine.telegram.errors import ALREADY_DONE
from engine.telegram.pacing import Pacing

RETRY_FIRST_S = 1.0
RETRY_MOST_S = 60.0
"""Waits between attempts while Telegram is out: doubled each time up to the most."""
OUTAGE_TRIES = 1_500
"""Attempts for one row, at a minute each about a day; then it is given up as failed."""
PRESS_LIFETIME_S = 15.0
"""After this a button press can't be answered any more."""
PEERS_REMEMBERED = 10_000
"""Chats whose address need not be looked up again; an access hash is for ever."""


class Invoker(Protocol):
    """What can make a call: the client."""

    async def invoke(self, request: Any) -> Any:
        """The answer. Raises our errors."""
        ...


class Sender:
    """Delivers the outbox."""

    def __init__(
        self,
        database: Database,
        client: Invoker,
        pacing: Pacing,
        clock: Clock,
        tasks: TaskGroup,
    ) -> None:
        self._database = database
        self._client = client
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
            message_id = await self._until_taken(row, where, peer)
        except (UndeliverableError, RefusedError, CredentialsRefusedError, OutageError) as error:
            logger.warning("message {} to chat {} was not delivered: {}", row.id, where.chat_id, error)
            mark = partial(outbox.mark_failed, row_id=row.id, error=str(error), now=self._clock())
            await self._database.write(mark)
        else:
            await self._database.write(
                partial(outbox.mark_sent, row_id=row.id, message_id=message_id, now=self._clock())
            )

    async def _until_taken(self, row: outbox.OutboxRow, where: Place, peer: Any) -> int | None:
        wait_s = RETRY_FIRST_S
        for _ in range(OUTAGE_TRIES):
            try:
                return await self._once(row, where, peer)
            except FloodWaitError as flood:
                self._pacing.flooded(where.chat_id, flood.retry_after_s or RETRY_FIRST_S)
                await anyio.sleep(flood.retry_after_s or RETRY_FIRST_S)
            except OutageError as outage:
                logger.info("chat {}: {}; again in {} s", where.chat_id, outage, wait_s)
                await anyio.sleep(wait_s)
                wait_s = min(wait_s * 2, RETRY_MOST_S)
        raise OutageError(code="gave up")

    async def _once(self, row: outbox.OutboxRow, where: Place, peer: Any) -> int | None:
        match row.effect:
            case AnswerPress() as press:
                await self._answer(press, row)
                return None
            case Edit() as edit:
                return await self._edit(edit, row, where, peer)
            case Send() as message:
                return await self._send(message, row, where, peer)

    async def _answer(self, press: AnswerPress, row: outbox.OutboxRow) -> None:
        if self._clock().timestamp() - row.created_at / 1e6 < PRESS_LIFETIME_S:
            await self._client.invoke(calls.answer_press(press))

    async def _edit(self, edit: Edit, row: outbox.OutboxRow, where: Place, peer: Any) -> int | None:
        message_id = await self._database.read(partial(outbox.message_of, conversation=row.conversation, ref=edit.ref))
        if message_id is None:
            return await self._send(calls.as_send(edit), row, where, peer)
        await self._pace(where)
        try:
            await self._client.invoke(calls.edit_message(where, peer, message_id, edit.content, edit.buttons))
        except RefusedError as refused:
            if refused.code in ALREADY_DONE:
                return message_id
            if refused.code in ("MESSAGE_ID_INVALID", "MESSAGE_EDIT_TIME_EXPIRED", "MESSAGE_AUTHOR_REQUIRED"):
                return await self._send(calls.as_send(edit), row, where, peer)
            if not edit.content.marks:
                raise
            plain = Styled(edit.content.text)
            await self._client.invoke(calls.edit_message(where, peer, message_id, plain, edit.buttons))
        return message_id

    async def _send(self, message: Send, row: outbox.OutboxRow, where: Place, peer: Any) -> int | None:
        await self._pace(where)
        request = calls.send_message(where, peer, message, row.random_id)
        try:
            return _message_id(await self._client.invoke(request), row.random_id)
        except UndeliverableError:
            raise
        except RefusedError as refused:
            if refused.code.startswith("REPLY_MESSAGE_ID_INVALID") or refused.code == "MESSAGE_ID_INVALID":
                request.reply_to = None  # the question is gone; its answer is not
            elif message.content.marks:
                request.entities = None  # better plain than lost
            else:
                raise
            return _message_id(await self._client.invoke(request), row.random_id)
        except OutageError as outage:
            if outage.code in ALREADY_DONE:
                return None
            raise

    async def _pace(self, where: Place) -> None:
        if wait_s := self._pacing.before_message(where.chat_id):
            await anyio.sleep(wait_s)


def _message_id(result: Any, random_id: int) -> int | None:
    """Which message a send became."""
    if isinstance(result, types.UpdateShortSentMessage):
        return int(result.id)
    for update in getattr(result, "updates", ()):
        if isinstance(update, types.UpdateMessageID) and update.random_id == random_id:
            return int(update.id)
    return None
