"""The door over TCP: a plain ASGI application, and uvicorn to serve it in this event loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import anyio
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.sandbox.openai.wire import Answer, ConnectionCut, Request

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
TRANSPORT = "gpttg.transport"
"""The ASGI extension under which the application finds its connection."""

Handle = Callable[[Request], Awaitable[Answer]]


class Application:
    """An ASGI application for `handle`: streams chunk by chunk, and stops when the client disconnects."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._open: set[anyio.CancelScope] = set()

    def hang_up(self) -> None:
        """Drop every open connection where it is."""
        for scope in list(self._open):
            scope.cancel()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        request = await _request(scope, receive)
        async with anyio.create_task_group() as tasks:
            self._open.add(tasks.cancel_scope)
            try:
                tasks.start_soon(_watch, receive, tasks.cancel_scope)
                await self._reply(request, send)
            except ConnectionCut:
                scope["extensions"][TRANSPORT].abort()
            finally:
                self._open.discard(tasks.cancel_scope)
                tasks.cancel_scope.cancel()

    async def _reply(self, request: Request, send: Send) -> None:
        answer = await self._handle(request)
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        if isinstance(answer.body, bytes):
            headers.append((b"content-length", str(len(answer.body)).encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        try:
            async for chunk in answer.body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            await answer.body.aclose()
        await send({"type": "http.response.body", "body": b""})


async def _request(scope: Message, receive: Receive) -> Request:
    chunks, has_more = list[bytes](), True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        has_more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode()))
    return Request(scope["method"], scope["path"], query, headers, b"".join(chunks))


async def _watch(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel the answer when the client goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


class _Protocol(HttpToolsProtocol):
    """uvicorn's own, which also lets the application drop the connection: ASGI has no word for that."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = anyio.Event()
        self.ended = anyio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()


async def _serve(server: _Server, listener: socket.socket) -> None:
    """To its own end, whatever happens around it: cancelled, uvicorn would leave the listener in the loop's selector,
    and whichever socket gets its number next would never be heard."""
    try:
        with anyio.CancelScope(shield=True):
            await server.serve([listener])
    finally:
        server.ended.set()


@contextlib.asynccontextmanager
async def listen(handle: Handle, host: str, port: int) -> AsyncIterator[str]:
    """Serve until the block ends, then hang up on whoever is still there; gives the base URL."""
    application = Application(handle)
    config = uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    listener = socket.create_server((host, port), backlog=2048)
    # asyncio sets this only on sockets that were made with TCP's number; without it small writes wait 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_serve, server, listener)
            await server.ready.wait()
            try:
                yield f"http://{host}:{listener.getsockname()[1]}/v1"
            finally:
                application.hang_up()
                server.should_exit = True
                with anyio.CancelScope(shield=True):
                    await server.ended.wait()
    finally:
        listener.close()
