"""Carries pieces of files between Telegram's connections and the disk, and hashes what has come.

    Lines ─► Carrier.open ─► FileLine ─► fetch: Telegram ─► disk
                                         store: disk ─► Telegram

Nobody else sees the bytes. To decrypt half a megabyte costs milliseconds, so the real bot's carrier is a process of its
own (carrier_process.py); there and in the sandbox, whose Telegram is in this process, a LocalCarrier does the work.
"""

from __future__ import annotations

import logging
import os
import sys
from asyncio import get_running_loop
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import anyio
import anyio.to_thread
from telethon import errors, functions
from telethon.crypto import AuthKey

from engine.core.errors import OutageError, UnreadableFileError
from engine.telegram.errors import BROKEN, translated
from engine.telegram.hashing import Hashes
from engine.telegram.references import bytes_of
from engine.telegram.senders import CALL_TIMEOUT_S, FileConnection, FileSender, answer_of, introduce


class Piece(NamedTuple):
    """Bytes of a file on this machine's disk."""

    path: Path
    offset: int
    length: int


class LineOrder(NamedTuple):
    """A connection that is wanted."""

    host: str
    port: int
    dc_id: int
    auth_key: bytes | None
    """None: a new one is agreed on"""
    introduction: Any
    """the first request: it says who we are, and logs in where the key is new"""


class FileLine(Protocol):
    """A connection to a data centre that carries only files."""

    auth_key: bytes

    def is_connected(self) -> bool:
        """Whether it is still open."""
        ...

    async def fetch(self, request: Any, piece: Piece) -> int:
        """Asks for a part (upload.getFile) and writes it, if it is as long as the piece; how many bytes came.

        Raises what engine.telegram.errors translates to, and OSError. A line that did not answer in time is closed.
        """
        ...

    async def store(self, request: Any, piece: Piece) -> None:
        """Reads a piece and sends it (upload.saveBigFilePart, as yet without its bytes).

        Raises as `fetch` does, and UnreadableFileError (gone; corrupt: the file has become shorter).
        """
        ...

    async def disconnect(self) -> None:
        """Closes it."""
        ...


class Carrier(Protocol):
    """Opens lines."""

    async def run(self) -> None:
        """To be run by whoever owns the lines; it is cancelled when there are none any more."""
        ...

    async def open(self, order: LineOrder) -> FileLine:
        """A line. Raises what engine.telegram.errors translates to."""
        ...

    async def sha256(self, path: Path, growth: str, upto: int) -> bytes:
        """Of as much of a file as has come (see Hashes.sha256)."""
        ...


class LocalCarrier:
    """Carries in this process."""

    def __init__(self, connection: type = FileConnection) -> None:
        self._connection = connection
        self._hashes = Hashes()

    async def run(self) -> None:
        """Nothing is to be done meanwhile."""

    async def sha256(self, path: Path, growth: str, upto: int) -> bytes:
        """See Carrier."""
        return await self._hashes.sha256(path, growth, upto)

    async def open(self, order: LineOrder) -> FileLine:
        """See Carrier."""
        sender = FileSender(None if order.auth_key is None else AuthKey(order.auth_key), loggers=_LOGGERS)
        connection = self._connection(
            order.host, order.port, order.dc_id, loggers=_LOGGERS, proxy=None, local_addr=None
        )
        try:
            with anyio.fail_after(CALL_TIMEOUT_S):
                await introduce(sender, connection, order.introduction)
        except (errors.RPCError, *BROKEN, ValueError) as error:
            raise translated(error) from error
        return _LocalLine(sender)


class _LocalLine:
    def __init__(self, sender: FileSender) -> None:
        self._sender = sender
        self.auth_key: bytes = sender.auth_key.key

    def is_connected(self) -> bool:
        return bool(self._sender.is_connected())

    async def fetch(self, request: Any, piece: Piece) -> int:
        part = bytes_of(await self._ask(request))
        if len(part) == piece.length:
            await anyio.to_thread.run_sync(_write, piece, part)
        return len(part)

    async def store(self, request: Any, piece: Piece) -> None:
        try:
            request.bytes = await anyio.to_thread.run_sync(_read, piece)
        except OSError as error:
            raise UnreadableFileError(code="gone") from error
        if len(request.bytes) != piece.length:
            raise UnreadableFileError(code="corrupt")
        # Telethon packs it in this turn of the loop, and keeps what it packed until the answer: once is enough
        get_running_loop().call_soon(setattr, request, "bytes", b"")
        await self._ask(request)

    async def disconnect(self) -> None:
        await self._sender.disconnect()

    async def _ask(self, request: Any) -> Any:
        try:
            return await answer_of(self._sender, functions.InvokeWithoutUpdatesRequest(request))
        except OutageError as outage:
            if outage.code == TimeoutError.__name__:
                await self.disconnect()
            raise


class _Loggers(dict[str, logging.Logger]):
    """As Telethon wants them: by the names of its modules."""

    def __missing__(self, name: str) -> logging.Logger:
        return logging.getLogger(name)


_LOGGERS = _Loggers()


def _write(piece: Piece, part: bytes) -> None:
    file = os.open(piece.path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        rest, offset = memoryview(part), piece.offset
        while rest:
            count = os.pwrite(file, rest, offset)
            rest, offset = rest[count:], offset + count
        # begins to bring it to the disk: with much at once at `fdatasync`, the commits of the database wait for it
        if sys.platform == "linux":
            os.posix_fadvise(file, piece.offset, piece.length, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


def _read(piece: Piece) -> bytes:
    with piece.path.open("rb") as file:
        file.seek(piece.offset)
        return file.read(piece.length)
