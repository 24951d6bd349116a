"""Telethon's sender and connection as transfers of files want them: parts of half a megabyte, many of them.

Four things differ from Telethon's own (1.45.0, pinned):

  parts are not packed   Telethon tries gzip on every request, 10 ms of the event loop for a part that is packed already
  no reconnecting        a lost connection ends its calls at once, and `Lines` makes a new one
  a larger buffer        asyncio stops reading at 128 KiB by default, four times for every part
  no checksum            the intermediate transport has none: every packet is hashed by MTProto itself
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import anyio
from telethon import errors, functions
from telethon.extensions.messagepacker import MessagePacker
from telethon.network import ConnectionTcpIntermediate, MTProtoSender
from telethon.network.mtprotostate import MTProtoState

from engine.core.errors import OutageError, RefusedError
from engine.telegram.errors import BROKEN, translated

READ_AHEAD_BYTES = 1024 * 1024
"""What asyncio buffers of a connection before it stops reading is twice this."""
CONNECT_TRIES = 2
CONNECT_TIMEOUT_S = 10.0
"""How long one attempt to connect may take."""
CALL_TIMEOUT_S = 60.0
"""How long one call may take, a reconnect in between included."""
_PART_HEADS = tuple(
    b"".join(kind.CONSTRUCTOR_ID.to_bytes(4, "little") for kind in (functions.InvokeWithoutUpdatesRequest, part))
    for part in (functions.upload.SaveFilePartRequest, functions.upload.SaveBigFilePartRequest)
)
"""What the bytes of an uploaded part begin with."""


async def answer_of(sender: Any, request: Any) -> Any:
    """What a request over one of Telethon's senders brings. Raises what engine.telegram.errors translates to."""
    try:
        answer = sender.send(request)
        try:
            with anyio.fail_after(CALL_TIMEOUT_S):
                await asyncio.wait([answer])
        finally:
            answer.cancel()
        if answer.cancelled():
            # Telethon cancels what waits when it gives up a connection. Awaited, that would look like a
            # cancellation of whoever asked, and end the whole task group without a word.
            raise OutageError(code="DISCONNECTED", may_have_run=True)
        return answer.result()
    except struct.error as error:  # a number that has no place in it
        raise RefusedError(code="REQUEST_INVALID") from error
    except (errors.RPCError, *BROKEN) as error:
        raise translated(error) from error


async def introduce(sender: Any, connection: Any, introduction: Any) -> None:
    """Connects a sender and says who we are, which is the first request of every connection; closed if that fails."""
    try:
        await sender.connect(connection)
        await answer_of(sender, introduction)
    except BaseException:
        with anyio.CancelScope(shield=True):
            await sender.disconnect()
        raise


class _FileState(MTProtoState):  # type: ignore[misc]
    def write_data_as_message(self, buffer: Any, data: bytes, content_related: bool, *, after_id: Any = None) -> int:
        if after_id is not None or not data.startswith(_PART_HEADS):
            return int(super().write_data_as_message(buffer, data, content_related, after_id=after_id))
        message_id = self._get_new_msg_id()
        sequence = self._get_seq_no(content_related)
        head = message_id.to_bytes(8, "little") + sequence.to_bytes(4, "little") + len(data).to_bytes(4, "little")
        buffer.write(head)
        buffer.write(data)
        return int(message_id)


class FileSender(MTProtoSender):  # type: ignore[misc]
    """A connection for files. `auth_key` None: a new one is agreed on."""

    def __init__(self, auth_key: Any, *, loggers: Any) -> None:
        super().__init__(
            auth_key, loggers=loggers, retries=CONNECT_TRIES, auto_reconnect=False, connect_timeout=CONNECT_TIMEOUT_S
        )
        self._state = _FileState(self.auth_key, loggers=loggers)
        self._send_queue = MessagePacker(self._state, loggers=loggers)

    async def _disconnect(self, error: Exception | None = None) -> None:
        """Telethon forgets the calls that it has not sent yet; whoever waits for one hears of it here."""
        await super()._disconnect(error=error)
        waiting = self._send_queue._deque
        while waiting:
            waiting.popleft().future.cancel()
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()  # it has been seen: every call of this line has told it


class FileConnection(ConnectionTcpIntermediate):  # type: ignore[misc]
    """TCP with room for whole parts."""

    async def _connect(self, timeout: float | None = None, ssl: Any = None) -> None:
        if self._proxy or self._local_addr or ssl:
            await super()._connect(timeout=timeout, ssl=ssl)
            return
        async with asyncio.timeout(timeout):
            self._reader, self._writer = await asyncio.open_connection(self._ip, self._port, limit=READ_AHEAD_BYTES)
        self._codec = self.packet_codec(self)
        self._init_conn()
        await self._writer.drain()
