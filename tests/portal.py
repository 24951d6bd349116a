"""What may answer where Telegram should: a captive portal, a proxy, a line that is cut."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

NOT_MTPROTO = {
    "a web page": b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nConnection: close\r\n\r\n",
    "nothing": b"",
    "a cut head": b"\x28\x00\x00",
    "a cut packet": struct.pack("<ii", 40, 0) + b"\x00" * 9,
    "a wrong checksum": struct.pack("<ii", 40, 0) + b"\x00" * 32,
    "a short packet": struct.pack("<ii", 4, 0),
    "an error number": struct.pack("<iiI", 16, 0, 0xFFFFFE53),
}
"""What comes before the line is closed."""


@asynccontextmanager
async def portal(answer: bytes) -> AsyncIterator[tuple[tuple[str, int], list[bytes]]]:
    """Takes connections, says the same to each, and closes it. Its address, and what has been said to it."""
    heard: list[bytes] = []

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1000))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answered, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield (host, port), heard
