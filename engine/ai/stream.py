"""The parser of an answer's event stream: bytes in, the few events that matter out. Sans-I/O.

The SDK builds a pydantic object out of a union of 59 classes for each event (200 µs); most events are
`response.output_text.delta`, of which one field is needed (shared/facts/openai.md 8).
"""

from __future__ import annotations

import msgspec

from engine.core.errors import CutStreamError
from engine.core.ledger import Usage

EVENT_BYTES = 64 * 1024 * 1024
"""The most that one event may have (a picture comes as base64 in one)."""


class Created(msgspec.Struct, frozen=True):
    """OpenAI has taken the request: from here it costs."""

    response_id: str
    model: str


class TextDelta(msgspec.Struct, frozen=True):
    """The next piece of the answer."""

    text: str


class RefusalDelta(msgspec.Struct, frozen=True):
    """The next piece of a refusal."""

    text: str


class ToolProgress(msgspec.Struct, frozen=True):
    """A tool of OpenAI's is at work: kind "web_search_call", "compaction", ...; stage "searching", "completed", ..."""

    kind: str
    stage: str


class FinishedResponse(msgspec.Struct, frozen=True):
    """A response that will not change any more, or a look at one that may."""

    id: str
    model: str
    status: str
    """completed, incomplete, failed, cancelled; queued, in_progress for one that still runs"""
    text: str
    refusal: str = ""
    service_tier: str = ""
    usage: Usage = Usage()
    incomplete_reason: str = ""
    error_code: str = ""


class Finished(msgspec.Struct, frozen=True):
    """The terminal event."""

    response: FinishedResponse


class StreamError(msgspec.Struct, frozen=True):
    """OpenAI broke off with an error event."""

    code: str


StreamEvent = Created | TextDelta | RefusalDelta | ToolProgress | Finished | StreamError


class _Kind(msgspec.Struct):
    type: str = ""


class _Delta(msgspec.Struct):
    delta: str = ""


class _InputDetails(msgspec.Struct):
    cached_tokens: int = 0
    cache_write_tokens: int | None = 0


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int = 0


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _WebSearch(msgspec.Struct):
    num_requests: int = 0


class _ToolUsage(msgspec.Struct):
    web_search: _WebSearch | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str = ""
    refusal: str = ""


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Part] | None = None


class _Reason(msgspec.Struct):
    reason: str | None = None


class _Error(msgspec.Struct):
    code: str | None = None
    type: str | None = None


class _Response(msgspec.Struct):
    id: str
    model: str = ""
    status: str | None = None
    output: list[_Item] = []
    usage: _Usage | None = None
    tool_usage: _ToolUsage | None = None
    service_tier: str | None = None
    incomplete_details: _Reason | None = None
    error: _Error | None = None


class _Enveloped(msgspec.Struct):
    response: _Response


class _ErrorEvent(msgspec.Struct):
    code: str | None = None
    error: _Error | None = None


_kinds = msgspec.json.Decoder(_Kind)
_deltas = msgspec.json.Decoder(_Delta)
_enveloped = msgspec.json.Decoder(_Enveloped)
_errors = msgspec.json.Decoder(_ErrorEvent)
_responses = msgspec.json.Decoder(_Response)

_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_TEXT_DELTA = b'"type":"response.output_text.delta"'


class StreamParser:
    """Feed it the bytes as they come; it keeps what is not whole yet."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        """The events that are complete now. Raises CutStreamError for what is no event stream."""
        text = self._kept + chunk
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        *blocks, self._kept = text.split(b"\n\n")
        if len(self._kept) > EVENT_BYTES:
            raise CutStreamError(code="event too large", may_have_run=True)
        return [event for block in blocks if (event := _event(block)) is not None]


def _event(block: bytes) -> StreamEvent | None:
    data = b"\n".join(line[5:].lstrip(b" ") for line in block.split(b"\n") if line.startswith(b"data:"))
    if not data or data == b"[DONE]":
        return None
    try:
        if _TEXT_DELTA in data[:80]:
            return TextDelta(_deltas.decode(data).delta)
        return _other(_kinds.decode(data).type, data)
    except msgspec.DecodeError as error:
        raise CutStreamError(code="malformed event", may_have_run=True) from error


def _other(kind: str, data: bytes) -> StreamEvent | None:
    if kind == "response.output_text.delta":
        return TextDelta(_deltas.decode(data).delta)
    if kind == "response.refusal.delta":
        return RefusalDelta(_deltas.decode(data).delta)
    if kind in ("response.created", "response.queued"):
        response = _enveloped.decode(data).response
        return Created(response.id, response.model)
    if kind in _TERMINAL:
        return Finished(_finished(_enveloped.decode(data).response))
    if kind == "error":
        wrong = _errors.decode(data)
        nested = wrong.error or _Error()
        return StreamError(wrong.code or nested.code or nested.type or "")
    name, _, stage = kind.removeprefix("response.").partition(".")
    if name.endswith("_call") or name == "compaction":
        return ToolProgress(name, stage)
    return None


def read_response(body: bytes) -> FinishedResponse:
    """A response as GET gives it. Raises CutStreamError for what is none."""
    try:
        return _finished(_responses.decode(body))
    except msgspec.DecodeError as error:
        raise CutStreamError(code="malformed response", may_have_run=True) from error


def _finished(response: _Response) -> FinishedResponse:
    parts = [part for item in response.output if item.type == "message" for part in item.content or ()]
    return FinishedResponse(
        id=response.id,
        model=response.model,
        status=response.status or "",
        text="".join(part.text for part in parts if part.type == "output_text"),
        refusal="".join(part.refusal for part in parts if part.type == "refusal"),
        service_tier=response.service_tier or "",
        usage=_usage(response),
        incomplete_reason=(response.incomplete_details and response.incomplete_details.reason) or "",
        error_code=(response.error and response.error.code) or "",
    )


def _usage(response: _Response) -> Usage:
    used = response.usage or _Usage()
    given = used.input_tokens_details or _InputDetails()
    made = used.output_tokens_details or _OutputDetails()
    searched = response.tool_usage.web_search if response.tool_usage else None
    return Usage(
        input_tokens=used.input_tokens,
        cached_tokens=given.cached_tokens,
        cache_write_tokens=given.cache_write_tokens or 0,
        output_tokens=used.output_tokens,
        reasoning_tokens=made.reasoning_tokens,
        web_searches=searched.num_requests if searched else 0,
        file_searches=sum(item.type == "file_search_call" for item in response.output),
    )
