"""An OpenAI of canned answers: what the wire does with whatever may come over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
from openai import AsyncOpenAI

from engine.ai.client import openai_client

Answer = httpx2.Response | Exception


class Canned:
    """Gives the answers in their turn, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        """For httpx2.MockTransport."""
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def paths(self) -> list[str]:
        """Method and path of each request."""
        return [f"{request.method} {request.url.raw_path.decode().removeprefix('/v1')}" for request in self.asked]

    @property
    def body(self) -> Any:
        """The JSON of the last request."""
        return msgspec.json.decode(self.asked[-1].content)

    @property
    def form(self) -> list[tuple[str, bytes]]:
        """The fields of the last request's form: head (name, file name, type) and content."""
        kind, _, boundary = self.asked[-1].headers["content-type"].partition("; boundary=")
        assert kind == "multipart/form-data"
        parts = self.asked[-1].content.split(b"--" + boundary.encode())[1:-1]
        split = [part.removeprefix(b"\r\n").removesuffix(b"\r\n").split(b"\r\n\r\n", 1) for part in parts]
        return [(head.decode(), content) for head, content in split]

    @property
    def fields(self) -> dict[str, str]:
        """The form's fields that are no files."""
        return {head.split('"')[1]: content.decode() for head, content in self.form if "filename" not in head}


@asynccontextmanager
async def asking(canned: Canned) -> AsyncIterator[AsyncOpenAI]:
    """A client whose OpenAI this is."""
    async with openai_client("sk-sandbox", transport=httpx2.MockTransport(canned.answer)) as client:
        yield client


def told(answer: Any, status: int = 200) -> httpx2.Response:
    """JSON."""
    return httpx2.Response(status, content=msgspec.json.encode(answer), headers={"content-type": "application/json"})


def refused(status: int, code: str | None = None) -> httpx2.Response:
    """An error in OpenAI's own words."""
    return told({"error": {"message": "no", "type": "invalid_request_error", "code": code, "param": None}}, status)


class Broken(httpx2.AsyncByteStream):
    """A body that breaks off after these pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
        raise httpx2.ReadError("reset")


def event(**fields: Any) -> bytes:
    """One server-sent event."""
    return b"event: %b\ndata: %b\n\n" % (str(fields["type"]).encode(), msgspec.json.encode(fields))


def streamed(*events: bytes, breaks: bool = False) -> httpx2.Response:
    """An event stream; `breaks`: the connection is reset at its end."""
    headers = {"content-type": "text/event-stream"}
    if breaks:
        return httpx2.Response(200, headers=headers, stream=Broken(*events))
    return httpx2.Response(200, headers=headers, content=b"".join(events))


PAID_FAILURES: list[tuple[Callable[[], Answer], bool]] = [
    (lambda: httpx2.ConnectError("no route"), False),
    (lambda: httpx2.ReadTimeout("silence"), True),
    (lambda: httpx2.RemoteProtocolError("hung up"), True),
    (lambda: httpx2.Response(502, text="<html>Bad gateway</html>"), True),
    (lambda: refused(500, "server_error"), False),
    (lambda: refused(429, "rate_limit_exceeded"), False),
    (lambda: httpx2.Response(200, content=b'{"text": 1', headers={"content-type": "application/json"}), True),
]
"""What can go wrong with one paid request, and whether it may have been billed nevertheless."""
