"""A carrier in a process of its own: gigabytes pass there, and words do not wait for them.

    ProcessCarrier ─► a line of JSON for each order ─► _Far ─► LocalCarrier ─► Telegram, disk
      (the bot)    ◄─ a line for each that is done ◄─      (the carrier process)

It is forked before anything else runs, so that both share the memory of what has been imported: 27 MB instead of 50. It
has a lower priority (NICENESS), and ends when the bot does, however that ends. Should it end first, the bot's process
carries what comes after; nothing is lost but time.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import socket
from asyncio import Future, StreamReader, StreamWriter, get_running_loop, open_unix_connection
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import anyio
from loguru import logger
from telethon.extensions import BinaryReader

from engine.core.errors import (
    CredentialsRefusedError,
    FloodWaitError,
    GpttgError,
    OutageError,
    RefusedError,
    UndeliverableError,
    UnreadableFileError,
)
from engine.telegram.carrier import Carrier, FileLine, LineOrder, LocalCarrier, Piece

NICENESS = 10
"""How far the carrier's CPU steps back behind the bot's."""
ENDS_WITHIN_S = 5.0
"""After so long without its bot it is killed."""
JSON_BYTES = 64 * 1024
"""The longest line of JSON, by far."""
ENDED = "CARRIER_ENDED"
"""The code of the outage that those hear of who wait when the process ends."""
NAME = "gpttg-carrier"

_ERRORS = {
    kind.__name__: kind
    for kind in (
        CredentialsRefusedError,
        FloodWaitError,
        OutageError,
        RefusedError,
        UndeliverableError,
        UnreadableFileError,
    )
}


@contextmanager
def carrier_process() -> Iterator[Carrier]:
    """A carrier, for the length of the block. To be entered before there are threads, connections or an event loop.

    Where a process can't be forked (Windows), it carries in this one.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        yield LocalCarrier()
        return
    near, far = socket.socketpair()
    gc.collect()
    gc.freeze()  # or the next collection would copy what both share
    process = multiprocessing.get_context("fork").Process(target=_live, args=(near, far), name=NAME, daemon=True)
    process.start()
    far.close()
    try:
        yield ProcessCarrier(near)
    finally:
        near.close()
        process.join(ENDS_WITHIN_S)
        process.kill()
        process.join()


class ProcessCarrier:
    """The near end. See Carrier."""

    def __init__(self, near: socket.socket) -> None:
        self._near = near
        self._writer: StreamWriter | None = None
        self._numbers = count(1)
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._instead = LocalCarrier()
        self._connected = anyio.Event()
        self.is_there = True
        """whether the process is"""

    async def run(self) -> None:
        """Brings the answers to who waits for them, for as long as the process lives."""
        try:
            async with _streams(self._near) as (reader, self._writer):
                self._connected.set()
                try:
                    async for answer in _lines_of(reader):
                        waiting = self._waiting.get(answer["number"])
                        if waiting is not None and not waiting.done():
                            waiting.set_result(answer)
                finally:
                    self.is_there = False  # before the stream is closed: nothing more is sent
            logger.error("the process that carries files has ended: this one carries them until the next start")
        finally:
            self.is_there = False
            self._connected.set()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_result(_told(OutageError(code=ENDED, may_have_run=True)) | {"is_connected": False})

    async def open(self, order: LineOrder) -> FileLine:
        """See Carrier."""
        await self._connected.wait()
        if not self.is_there:
            return await self._instead.open(order)
        opened = await self.ask(
            "open",
            host=order.host,
            port=order.port,
            dc_id=order.dc_id,
            auth_key=None if order.auth_key is None else _text(order.auth_key),
            request=_text(bytes(order.introduction)),
        )
        if "error" in opened:
            raise _raised(opened)
        return _ProcessLine(self, opened["line"], b64decode(opened["auth_key"]))

    async def sha256(self, path: Path, growth: str, upto: int) -> bytes:
        """See Carrier."""
        if self.is_there:
            with suppress(OutageError):
                hashed = await self.ask("sha256", path=str(path), growth=growth, upto=upto)
                if "error" in hashed:
                    raise _raised(hashed)
                return b64decode(hashed["sha256"])
        return await self._instead.sha256(path, growth, upto)

    async def ask(self, what: str, **order: Any) -> dict[str, Any]:
        """What the process answers, be it an error. Raises OutageError where it is not there."""
        number = next(self._numbers)
        waiting: Future[dict[str, Any]] = get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            await self._send(number=number, what=what, **order)
            return await waiting
        except OutageError:
            raise
        except BaseException:
            with anyio.CancelScope(shield=True), suppress(OutageError):
                await self._send(number=number, what="stop")
            raise
        finally:
            del self._waiting[number]

    async def _send(self, **order: Any) -> None:
        if not self.is_there or self._writer is None:
            raise OutageError(code=ENDED)
        try:
            self._writer.write(_line(order))
            await self._writer.drain()
        except OSError as error:
            raise OutageError(code=ENDED) from error


class _ProcessLine:
    """A line of the process. See FileLine."""

    def __init__(self, carrier: ProcessCarrier, number: int, auth_key: bytes) -> None:
        self._carrier = carrier
        self._number = number
        self._is_connected = True
        self.auth_key = auth_key

    def is_connected(self) -> bool:
        return self._is_connected and self._carrier.is_there

    async def fetch(self, request: Any, piece: Piece) -> int:
        return int((await self._ask("fetch", request, piece))["length"])

    async def store(self, request: Any, piece: Piece) -> None:
        await self._ask("store", request, piece)

    async def disconnect(self) -> None:
        self._is_connected = False
        with suppress(OutageError):
            await self._carrier.ask("close", line=self._number)

    async def _ask(self, what: str, request: Any, piece: Piece) -> dict[str, Any]:
        where = {"path": str(piece.path), "offset": piece.offset, "length": piece.length}
        answer = await self._carrier.ask(what, line=self._number, request=_text(bytes(request)), **where)
        if "error" in answer:
            self._is_connected = self._is_connected and answer["is_connected"]
            raise _raised(answer)
        return answer


class _Far:
    """What the process does: every order in a task of its own."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._carrier = LocalCarrier()
        self._numbers = count(1)
        self._lines: dict[int, FileLine] = {}
        self._under_way: dict[int, anyio.CancelScope] = {}

    async def serve(self) -> None:
        """Until the bot is not there any more."""
        async with anyio.create_task_group() as tasks:
            async for order in _lines_of(self._reader):
                number = order["number"]
                if order["what"] != "stop":
                    self._under_way[number] = anyio.CancelScope()
                    tasks.start_soon(self._do, order, self._under_way[number])
                elif number in self._under_way:
                    self._under_way[number].cancel()
            tasks.cancel_scope.cancel()

    async def _do(self, order: dict[str, Any], scope: anyio.CancelScope) -> None:
        answer: dict[str, Any] = {}
        with scope:
            try:
                answer = await self._done(order)
            except Exception as error:  # noqa: BLE001 - one order does not end the transfers of all others
                line = self._lines.get(order.get("line", 0))
                answer = {**_told(error), "is_connected": line is not None and line.is_connected()}
        del self._under_way[order["number"]]
        if self._writer.is_closing():
            return
        with suppress(OSError):  # the bot is gone, as `serve` is about to see
            self._writer.write(_line({"number": order["number"], **answer}))
            await self._writer.drain()

    async def _done(self, order: dict[str, Any]) -> dict[str, Any]:
        what = order["what"]
        if what == "open":
            return await self._open(order)
        if what == "sha256":
            digest = await self._carrier.sha256(Path(order["path"]), order["growth"], order["upto"])
            return {"sha256": _text(digest)}
        if what == "close":
            if (line := self._lines.pop(order["line"], None)) is not None:
                await line.disconnect()
            return {}
        if (line := self._lines.get(order["line"])) is None:
            raise OutageError(code="DISCONNECTED")
        request = BinaryReader(b64decode(order["request"])).tgread_object()
        piece = Piece(Path(order["path"]), order["offset"], order["length"])
        if what == "fetch":
            return {"length": await line.fetch(request, piece)}
        await line.store(request, piece)
        return {}

    async def _open(self, order: dict[str, Any]) -> dict[str, Any]:
        auth_key = None if order["auth_key"] is None else b64decode(order["auth_key"])
        introduction = BinaryReader(b64decode(order["request"])).tgread_object()
        line = await self._carrier.open(LineOrder(order["host"], order["port"], order["dc_id"], auth_key, introduction))
        number = next(self._numbers)
        self._lines[number] = line
        return {"line": number, "auth_key": _text(line.auth_key)}


def _live(near: socket.socket, far: socket.socket) -> None:
    """The life of the carrier process."""
    near.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its bot, which may have things to finish
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    anyio.run(_serve, far)


async def _serve(far: socket.socket) -> None:
    async with _streams(far) as (reader, writer):
        await _Far(reader, writer).serve()


@asynccontextmanager
async def _streams(end: socket.socket) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """asyncio's own, which cost the loop less for a line than anyio's; a gigabyte is 2,000 in each direction."""
    end.setblocking(False)
    reader, writer = await open_unix_connection(sock=end, limit=JSON_BYTES)
    try:
        yield reader, writer
    finally:
        writer.close()


def _line(order: dict[str, Any]) -> bytes:
    return json.dumps(order).encode() + b"\n"


async def _lines_of(reader: StreamReader) -> AsyncIterator[dict[str, Any]]:
    """What the other end says, until it is gone."""
    with suppress(OSError):
        while (line := await reader.readline()).endswith(b"\n"):
            yield json.loads(line)


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _told(error: Exception) -> dict[str, Any]:
    if isinstance(error, OSError):
        return {"error": OSError.__name__, "errno": error.errno or 0}
    if not isinstance(error, GpttgError):
        error = OutageError(code=type(error).__name__, may_have_run=True)
    wait = {"retry_after_s": error.retry_after_s} if isinstance(error, FloodWaitError) else {}
    more = {"may_have_run": error.may_have_run, **wait} if isinstance(error, OutageError | FloodWaitError) else {}
    return {"error": type(error).__name__, "details": {"code": getattr(error, "code", ""), **more}}


def _raised(answer: dict[str, Any]) -> GpttgError | OSError:
    """The error that an answer tells of."""
    if answer["error"] == OSError.__name__:
        return OSError(answer["errno"], os.strerror(answer["errno"]))
    return _ERRORS[answer["error"]](**answer["details"])
