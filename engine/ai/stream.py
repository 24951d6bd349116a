"""The parser of an answer's event stream: bytes in, the few events that matter out. Sans-I/O.

The SDK builds a pydantic object out of a union of 59 classes for each event (200 µs); most events are
`response.output_text.delta`, of which one field is needed (2 µs here).
"""

from __future__ import annotations

import msgspec

from engine.ai.finished import FinishedResponse, RawResponse, finished
from engine.ai.sse import EventBlocks
from engine.core.errors import CutStreamError

__all__ = [
    "Created",
    "Finished",
    "FinishedResponse",
    "RefusalDelta",
    "StreamError",
    "StreamEvent",
    "StreamParser",
    "TextDelta",
    "ToolProgress",
]


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


class Finished(msgspec.Struct, frozen=True):
    """The terminal event."""

    response: FinishedResponse


class StreamError(msgspec.Struct, frozen=True):
    """OpenAI broke off with an error event."""

    code: str


StreamEvent = Created | TextDelta | RefusalDelta | ToolProgress | Finished | StreamError


class _Head(msgspec.Struct):
    type: str = ""
    sequence_number: int | None = None


class _Delta(msgspec.Struct):
    delta: str = ""
    sequence_number: int | None = None


class _Envelope(msgspec.Struct):
    response: RawResponse


class _Fault(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class _ErrorEvent(msgspec.Struct):
    code: str | int | None = None
    error: _Fault | None = None


_heads = msgspec.json.Decoder(_Head)
_deltas = msgspec.json.Decoder(_Delta)
_envelopes = msgspec.json.Decoder(_Envelope)
_errors = msgspec.json.Decoder(_ErrorEvent)

_TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_TEXT_DELTA = b'"type":"response.output_text.delta"'


class StreamParser:
    """Feed it the bytes as they come; it keeps what is not whole yet."""

    def __init__(self) -> None:
        self._blocks = EventBlocks()
        self.sequence_number = -1
        """That of the last event, known or not: where a background response can be resumed."""

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        """The events that are complete now. Raises CutStreamError for what is no event stream."""
        return [event for data in self._blocks.feed(chunk) if (event := self._event(data)) is not None]

    def end(self) -> list[StreamEvent]:
        """The events that the stream's end has made complete."""
        return self.feed(b"\n\n")

    def _event(self, data: bytes) -> StreamEvent | None:
        try:
            return self._text_delta(data) if _TEXT_DELTA in data[:80] else self._other(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CutStreamError(code="malformed event", may_have_run=True) from error

    def _text_delta(self, data: bytes) -> TextDelta:
        delta = _deltas.decode(data)
        if delta.sequence_number is not None:
            self.sequence_number = delta.sequence_number
        return TextDelta(delta.delta)

    def _other(self, data: bytes) -> StreamEvent | None:
        head = _heads.decode(data)
        if head.sequence_number is not None:
            self.sequence_number = head.sequence_number
        return _event_of(head.type, data)


def _event_of(kind: str, data: bytes) -> StreamEvent | None:
    if kind == "response.output_text.delta":
        return TextDelta(_deltas.decode(data).delta)
    if kind == "response.refusal.delta":
        return RefusalDelta(_deltas.decode(data).delta)
    if kind == "response.created":
        response = _envelopes.decode(data).response
        return Created(response.id, response.model or "")
    if kind in _TERMINAL:
        return Finished(finished(_envelopes.decode(data).response))
    if kind == "error":
        event = _errors.decode(data)
        nested = event.error or _Fault()
        return StreamError(str(event.code or nested.code or nested.type or ""))
    name, _, stage = kind.removeprefix("response.").partition(".")
    if name.endswith("_call") or name == "compaction":
        return ToolProgress(name, stage)
    return None
