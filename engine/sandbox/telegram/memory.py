"""A client's connection that is only a queue: no socket, no thread, so it also runs where the clock jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from engine.sandbox.telegram.faults import Faults
from engine.sandbox.telegram.mtproto import Connection


class Exchange(Protocol):
    """The server that connections lead to."""

    faults: Faults

    def open_connection(self, write: Callable[[bytes], None], close: Callable[[], None], dc_id: int) -> Connection:
        """The server's end of a new connection to one of its data centres."""


class MemoryConnection:
    """What `TelegramClient(connection=...)` wants, without the network. Use a class made by `leading_to`."""

    exchange: ClassVar[Exchange]

    def __init__(
        self, ip: str, port: int, dc_id: int, *, loggers: Any, proxy: Any = None, local_addr: Any = None
    ) -> None:
        del loggers, proxy, local_addr
        self._name = f"{ip}:{port}/Memory (dc {dc_id})"
        self._dc_id = dc_id
        self._connected = False
        self._incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._server: Connection | None = None

    async def connect(self, timeout: float | None = None, ssl: Any = None) -> None:
        """Connect at once. Raises ConnectionRefusedError while the sandbox is told to refuse."""
        del timeout, ssl
        await asyncio.sleep(0)
        if self.exchange.faults.refuses_connection():
            raise ConnectionRefusedError("the sandbox Telegram refuses connections")
        incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        server: Connection | None = None

        def hang_up() -> None:
            if self._server is server:
                self._connected = False
            incoming.put_nowait(None)

        server = self.exchange.open_connection(incoming.put_nowait, hang_up, self._dc_id)
        self._incoming, self._server = incoming, server
        self._connected = True

    async def disconnect(self) -> None:
        """Hang up."""
        self._connected = False
        if self._server is not None:
            server, self._server = self._server, None
            server.lost()
            self._incoming.put_nowait(None)

    async def send(self, data: bytes) -> None:
        """Hand a packet to the server; whatever it answers at once is there to `recv` afterwards."""
        if not self._connected or self._server is None:
            raise ConnectionError("not connected")
        self._server.receive(bytes(data))

    async def recv(self) -> bytes:
        """The next packet from the server. Raises ConnectionError when there can't be one."""
        packet = await self._incoming.get()
        if packet is None:
            self._incoming.put_nowait(None)
            raise ConnectionError("the sandbox Telegram closed the connection")
        return packet

    def __str__(self) -> str:
        return self._name


def leading_to(exchange: Exchange) -> type[MemoryConnection]:
    """A connection class for one sandbox."""
    return type("SandboxConnection", (MemoryConnection,), {"exchange": exchange})
