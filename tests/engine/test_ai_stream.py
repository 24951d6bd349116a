"""The parser of an answer's event stream: whatever the wire does to the bytes, the events are the same."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ai import sse
from engine.ai.finished import FinishedResponse, read_response
from engine.ai.stream import (
    Created,
    Finished,
    RefusalDelta,
    StreamError,
    StreamEvent,
    StreamParser,
    TextDelta,
    ToolProgress,
)
from engine.core.errors import CutStreamError
from engine.core.ledger import Usage

RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "model": "gpt-6.1-terra-2026-09-30",
    "status": "completed",
    "service_tier": "default",
    "output": [
        {"type": "reasoning", "summary": [], "content": "opaque"},
        {"type": "file_search_call", "queries": ["x"]},
        {"type": "message", "content": [{"type": "output_text", "text": "Grüße, мир"}]},
        {"type": "message", "content": [{"type": "refusal", "refusal": "Not that."}]},
    ],
    "usage": {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": None},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 8},
        "total_tokens": 120,
    },
    "tool_usage": {"web_search": {"num_requests": 3}},
}

FINISHED = FinishedResponse(
    id="resp_1",
    model="gpt-6.1-terra-2026-09-30",
    status="completed",
    text="Grüße, мир",
    refusal="Not that.",
    service_tier="default",
    usage=Usage(100, 60, 0, 20, 8, web_searches=3, file_searches=1),
)


def frame(kind: str, **fields: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), msgspec.json.encode({"type": kind, **fields}))


ANSWER = b"".join(
    [
        frame("response.created", response={"id": "resp_1", "model": "gpt-6.1-terra"}, sequence_number=0),
        frame("response.in_progress", response={"id": "resp_1"}, sequence_number=1),
        b": a comment\n\n",
        frame("response.web_search_call.searching", item_id="ws_1", sequence_number=2),
        frame("response.novelty.announced", novelty={"delta": None}, sequence_number=3),
        frame("response.compaction.compacting", sequence_number=4),
        frame("response.output_text.delta", delta="Grüße, ", sequence_number=5),
        frame("response.output_text.delta", delta="мир 👋\n\n", sequence_number=6),
        frame("response.refusal.delta", delta="Not that.", sequence_number=7),
        frame("response.completed", response=RESPONSE, sequence_number=8),
    ]
)

EVENTS: list[StreamEvent] = [
    Created("resp_1", "gpt-6.1-terra"),
    ToolProgress("web_search_call", "searching"),
    ToolProgress("compaction", "compacting"),
    TextDelta("Grüße, "),
    TextDelta("мир 👋\n\n"),
    RefusalDelta("Not that."),
    Finished(FINISHED),
]


def parsed(*chunks: bytes) -> list[StreamEvent]:
    parser = StreamParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.end()


def test_an_answer_is_read_from_its_creation_to_its_end() -> None:
    assert parsed(ANSWER) == EVENTS


@given(cuts=st.lists(st.integers(0, len(ANSWER)), max_size=12), has_crlf=st.booleans())
def test_wherever_the_wire_cuts_the_bytes_the_events_are_the_same(cuts: list[int], has_crlf: bool) -> None:
    raw = ANSWER.replace(b"\n", b"\r\n") if has_crlf else ANSWER
    edges = [0, *sorted(cuts), len(raw)]
    assert parsed(*(raw[a:b] for a, b in pairwise(edges))) == EVENTS


def test_byte_by_byte_is_the_same_too() -> None:
    assert parsed(*(ANSWER[at : at + 1] for at in range(len(ANSWER)))) == EVENTS


def test_data_in_several_lines_is_one_event_and_the_order_of_its_keys_is_free() -> None:
    block = b'data: {"delta": "Hi",\ndata:  "sequence_number": 3,\ndata:"type": "response.output_text.delta"}\n\n'
    assert parsed(block) == [TextDelta("Hi")]


def test_the_last_event_needs_no_empty_line_after_it() -> None:
    assert parsed(ANSWER.rstrip(b"\n")) == EVENTS


def test_the_sequence_number_is_that_of_the_last_event_known_or_not() -> None:
    parser = StreamParser()
    assert parser.sequence_number == -1
    parser.feed(frame("response.output_text.delta", delta="Hi", sequence_number=5))
    assert parser.sequence_number == 5
    parser.feed(frame("response.novelty.announced", sequence_number=6))
    assert parser.sequence_number == 6


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"code": "server_error", "message": "…"}, "server_error"),
        ({"error": {"code": "rate_limit_exceeded", "type": "requests"}}, "rate_limit_exceeded"),
        ({"error": {"code": None, "type": "server_error"}}, "server_error"),
        ({"code": 500}, "500"),
        ({"code": None, "message": "…"}, ""),
    ],
)
def test_an_error_event_is_understood_flat_and_nested(fields: dict[str, Any], code: str) -> None:
    assert parsed(frame("error", **fields)) == [StreamError(code)]


def test_a_response_with_nothing_but_its_id_is_still_a_response() -> None:
    nothing = dict.fromkeys([name for name in RESPONSE if name != "id"]) | {"usage": {"input_tokens_details": {}}}
    assert parsed(frame("response.failed", response={"id": "resp_1"} | nothing)) == [
        Finished(FinishedResponse("resp_1", "", "", ""))
    ]


def test_an_incomplete_and_a_failed_response_say_why() -> None:
    incomplete = RESPONSE | {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    failed = RESPONSE | {"status": "failed", "error": {"code": "server_error", "message": "…"}}
    first, second = parsed(frame("response.incomplete", response=incomplete), frame("response.failed", response=failed))
    assert isinstance(first, Finished)
    assert first.response.incomplete_reason == "max_output_tokens"
    assert isinstance(second, Finished)
    assert second.response.error_code == "server_error"


def test_a_response_looked_up_reads_like_one_streamed() -> None:
    assert read_response(msgspec.json.encode(RESPONSE)) == FINISHED
    with pytest.raises(CutStreamError):
        read_response(b"<html>")


@pytest.mark.parametrize("junk", [b'data: {"type": "response.created"', b"data: [1, 2", b'data: {"type":"\xff"}'])
def test_what_is_no_json_is_a_cut_stream(junk: bytes) -> None:
    with pytest.raises(CutStreamError):
        parsed(junk + b"\n\n")


def test_an_event_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "EVENT_BYTES", 1000)
    parser = StreamParser()
    parser.feed(b"data: " + b"x" * 900)
    with pytest.raises(CutStreamError, match="event too large"):
        parser.feed(b"x" * 200)
