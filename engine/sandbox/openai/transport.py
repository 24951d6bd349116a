"""The door in this process: an httpx2 transport, under which the SDK's own parsing, retries and errors run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import anyio
import httpx2

from engine.sandbox.openai.wire import Answer, ByteStream, ConnectionCut, Request

T = TypeVar("T")
Handle = Callable[[Request], Awaitable[Answer]]


class LocalTransport(httpx2.AsyncBaseTransport):
    """Answers requests with `handle`; the client's read timeout holds for headers and for every chunk."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.url.path, dict(request.url.params), headers, body)
        read_timeout_s: float | None = request.extensions.get("timeout", {}).get("read")
        answer = await _read(self._handle(asked), read_timeout_s, request)
        if isinstance(answer.body, bytes):
            return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)
        stream = _Body(answer.body, read_timeout_s, request)
        return httpx2.Response(answer.status, headers=answer.headers, stream=stream)


class _Body(httpx2.AsyncByteStream):
    """The streamed body, chunk by chunk; closing it is the client's disconnect."""

    def __init__(self, chunks: ByteStream, read_timeout_s: float | None, request: httpx2.Request) -> None:
        self._chunks = chunks
        self._read_timeout_s = read_timeout_s
        self._request = request

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return await _read(self._chunks.__anext__(), self._read_timeout_s, self._request)

    async def aclose(self) -> None:
        await self._chunks.aclose()


async def _read(answer: Awaitable[T], timeout_s: float | None, request: httpx2.Request) -> T:
    """Wait as a client waits for bytes: not longer than its read timeout."""
    try:
        if timeout_s is None:
            return await answer
        with anyio.fail_after(timeout_s):
            return await answer
    except TimeoutError as error:
        raise httpx2.ReadTimeout("The read timed out.", request=request) from error
    except ConnectionCut as error:
        message = "Server disconnected without sending a complete response."
        raise httpx2.RemoteProtocolError(message, request=request) from error
