"""The sandbox Telegram on a loopback port, for processes of their own: transports full, abridged, intermediate."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol
from zlib import crc32

from engine.sandbox.telegram.memory import Exchange
from engine.sandbox.telegram.mtproto import Connection

PACKET_LIMIT = 1 << 22
"""Larger packets are a client that speaks something else."""


class Address(NamedTuple):
    """Where the server listens."""

    host: str
    port: int


class BadFrameError(Exception):
    """The bytes are not of this transport."""


class Framing(Protocol):
    """How packets are cut out of a stream of bytes (https://core.telegram.org/mtproto/mtproto-transports)."""

    def cut(self, received: bytearray) -> bytes | None:
        """Take the next whole packet off the front, or None. Raises `BadFrameError`."""

    def frame(self, packet: bytes) -> bytes:
        """The packet as it goes out."""


class Full:
    """Length, running number, packet, CRC32."""

    def __init__(self) -> None:
        self._sent = 0

    def cut(self, received: bytearray) -> bytes | None:
        """See `Framing`."""
        if len(received) < 12:
            return None
        (length,) = struct.unpack_from("<i", received)
        if not 12 <= length <= PACKET_LIMIT:
            raise BadFrameError(f"length {length}")
        whole = _take(received, length)
        if whole is not None and crc32(whole[:-4]) != int.from_bytes(whole[-4:], "little"):
            raise BadFrameError("checksum")
        return None if whole is None else whole[8:-4]

    def frame(self, packet: bytes) -> bytes:
        """See `Framing`."""
        framed = struct.pack("<ii", len(packet) + 12, self._sent) + packet
        self._sent += 1
        return framed + struct.pack("<I", crc32(framed))


class Abridged:
    """One byte of length in words, or 0x7f and three."""

    def cut(self, received: bytearray) -> bytes | None:
        """See `Framing`."""
        if not received or (received[0] & 0x7F == 0x7F and len(received) < 4):
            return None
        long = received[0] & 0x7F == 0x7F
        words = int.from_bytes(received[1:4], "little") if long else received[0] & 0x7F
        if words * 4 > PACKET_LIMIT:
            raise BadFrameError(f"length {words * 4}")
        head = 4 if long else 1
        whole = _take(received, head + words * 4)
        return None if whole is None else whole[head:]

    def frame(self, packet: bytes) -> bytes:
        """See `Framing`."""
        words = len(packet) // 4
        head = bytes([words]) if words < 0x7F else b"\x7f" + words.to_bytes(3, "little")
        return head + packet


class Intermediate:
    """Four bytes of length."""

    def cut(self, received: bytearray) -> bytes | None:
        """See `Framing`."""
        if len(received) < 4:
            return None
        (length,) = struct.unpack_from("<i", received)
        if not 0 < length <= PACKET_LIMIT:
            raise BadFrameError(f"length {length}")
        whole = _take(received, 4 + length)
        return None if whole is None else whole[4:]

    def frame(self, packet: bytes) -> bytes:
        """See `Framing`."""
        return struct.pack("<i", len(packet)) + packet


def _take(received: bytearray, count: int) -> bytes | None:
    if len(received) < count:
        return None
    taken = bytes(received[:count])
    del received[:count]
    return taken


def _detect(received: bytearray) -> Framing | None:
    if received[:1] == b"\xef":
        del received[:1]
        return Abridged()
    if len(received) < 4:
        return None
    if received[:4] == b"\xee\xee\xee\xee":
        del received[:4]
        return Intermediate()
    return Full()


class _Entrance(asyncio.Protocol):
    def __init__(self, exchange: Exchange, dc_id: int, opened: set[_Entrance]) -> None:
        self._exchange = exchange
        self._dc_id = dc_id
        self._opened = opened
        self._received = bytearray()
        self._framing: Framing | None = None
        self._transport: asyncio.Transport | None = None
        self._connection: Connection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._exchange.faults.refuses_connection():
            transport.abort()
            return
        self._opened.add(self)
        self._connection = self._exchange.open_connection(self._write, transport.abort, self._dc_id)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._framing is None:
            self._framing = _detect(self._received)
        try:
            while self._framing is not None and self._connection is not None:
                packet = self._framing.cut(self._received)
                if packet is None:
                    return
                self._connection.receive(packet)
        except BadFrameError:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._opened.discard(self)
        if self._connection is not None:
            self._connection.lost()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _write(self, packet: bytes) -> None:
        if self._transport is not None and self._framing is not None:
            self._transport.write(self._framing.frame(packet))


@asynccontextmanager
async def listening(
    exchange: Exchange, host: str, port: int, on_address: Callable[[Address], None], dc_id: int
) -> AsyncIterator[Address]:
    """Serve until the block ends; then every connection is closed."""
    opened: set[_Entrance] = set()
    server = await asyncio.get_running_loop().create_server(lambda: _Entrance(exchange, dc_id, opened), host, port)
    address = Address(*server.sockets[0].getsockname()[:2])
    on_address(address)
    try:
        yield address
    finally:
        server.close()
        for entrance in list(opened):
            entrance.abort()
        await server.wait_closed()
