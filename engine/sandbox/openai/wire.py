"""What passes through either door of the local OpenAI: a request, an answer, an API error, a cut connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

JSON = dict[str, Any]
"""A decoded JSON object."""

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode

JSON_TYPE = "application/json"
SSE_TYPE = "text/event-stream; charset=utf-8"


class ConnectionCut(Exception):  # noqa: N818  the state of the world, not our mistake
    """The connection is gone in the middle of an answer; each door shows it in its own way."""


class ApiError(Exception):
    """An answer outside 2xx, in OpenAI's own shape."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        type: str = "invalid_request_error",  # noqa: A002  as in the error body
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.type = type
        self.param = param
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return encode({"error": error})


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as a door received it; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class ByteStream(Protocol):
    """The body of a streamed answer: one chunk per event; `aclose` tells that the client has gone.

    `aclose` awaits nothing, so that it works in a task that is being cancelled.
    """

    def __aiter__(self) -> ByteStream: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; a body that is not bytes is to be sent chunk by chunk."""

    status: int
    headers: Mapping[str, str]
    body: bytes | ByteStream


def json_answer(value: Any, status: int = 200) -> Answer:
    """An answer that is one JSON document."""
    return Answer(status, {"content-type": JSON_TYPE}, encode(value))
