"""The events of a streamed response, in OpenAI's order, ready for the wire.

A response's events are a sequence of steps; each step knows when it is due and renders itself once its sequence
number is known. Deltas are by far the most, so all of a delta's frame that does not change is encoded only once.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.sandbox.openai.plan import chunks_of
from engine.sandbox.openai.responses import LocalResponse, Status
from engine.sandbox.openai.told import Ending
from engine.sandbox.openai.tool_calls import STAGES, begun, stages_of
from engine.sandbox.openai.wire import JSON, encode

PADDING = "kQ3vZ8xTn1LrUw5PbYc9MdHs2JgFe7Ra0WiXoS4tBq6KmVzNpGyCuDhEjAlIfO"
PADDED_LENGTH = 16


class Step:
    """One event: due so many seconds after the start."""

    __slots__ = ("due_s", "fields", "type")

    is_terminal = False
    is_delta = False
    ends_tool = False

    def __init__(self, due_s: float, name: str, fields: JSON) -> None:
        self.due_s = due_s
        self.type = name
        self.fields = fields

    def render(self, number: int) -> bytes:
        """The SSE frame."""
        return _frame(self.type, {"type": self.type, **self.fields, "sequence_number": number})


class Snapshot(Step):
    """An event that carries the whole response with a status, as it is when the event is sent."""

    __slots__ = ("is_last", "response", "status")

    def __init__(self, due_s: float, response: LocalResponse, status: Status, name: str = "") -> None:
        super().__init__(due_s, name or f"response.{status}", {})
        self.response = response
        self.status = status
        self.is_last = status not in {"queued", "in_progress"}

    @property
    def is_terminal(self) -> bool:  # type: ignore[override]
        return self.is_last

    def render(self, number: int) -> bytes:
        fields = {"type": self.type, "response": self.response.as_json(self.status), "sequence_number": number}
        return _frame(self.type, fields)


class ErrorStep(Step):
    """The `error` event: nothing comes after it."""

    __slots__ = ()
    is_terminal = True

    def __init__(self, due_s: float, ending: Ending) -> None:
        error = {"code": ending.code, "message": ending.message, "param": None}
        super().__init__(due_s, "error", {"error": {"type": "server_error", **error}} if ending.nested else error)


class ToolEnd(Step):
    """A tool has done its work, so it is paid for."""

    __slots__ = ()
    ends_tool = True


class Delta(Step):
    """A piece of the answer's text; `opening` is the frame up to the text."""

    __slots__ = ("closing", "is_padded", "opening", "text")
    is_delta = True

    def __init__(self, due_s: float, opening: bytes, text: str, closing: bytes, is_padded: bool) -> None:
        self.due_s = due_s
        self.opening = opening
        self.text = text
        self.closing = closing
        self.is_padded = is_padded

    def render(self, number: int) -> bytes:
        delta = encode(self.text)
        if not self.is_padded:
            return b'%b%b%b"sequence_number":%d}\n\n' % (self.opening, delta, self.closing, number)
        start = number * 7 % 40
        padding = PADDING[start : start + PADDED_LENGTH - len(self.text) % PADDED_LENGTH].encode()
        frame = b'%b%b%b"obfuscation":"%b","sequence_number":%d}\n\n'
        return frame % (self.opening, delta, self.closing, padding, number)


class SummaryDelta(Delta):
    """A piece of the reasoning summary, which is no part of the answer."""

    __slots__ = ()
    is_delta = False


def _frame(name: str, fields: JSON) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode(fields))


def _opening(name: str, fields: JSON) -> bytes:
    """A delta's frame up to its text."""
    start = encode({"type": name, **fields}).decode()[:-1]
    return f'event: {name}\ndata: {start},"delta":'.encode()


def steps_of(response: LocalResponse) -> Iterator[Step]:
    """All events of a response, with the told ending."""
    ending = response.ending
    steps = _usual_steps(response)
    if ending is None:
        yield from steps
        return
    due_s = 0.0
    for index, step in enumerate(steps):
        due_s = step.due_s
        if index >= ending.after_events or step.is_terminal:
            break
        yield step
    if ending.kind == "error":
        yield ErrorStep(due_s, ending)
    else:
        yield Snapshot(due_s, response, "failed")


def last_due_s(response: LocalResponse) -> float:
    """When its last event is due, in seconds after the start."""
    if response.ending is None:
        return response.pace.timing(len(response.plan.chunks))[2]
    return max(step.due_s for step in steps_of(response))


def _usual_steps(response: LocalResponse) -> Iterator[Step]:
    first: Status = "queued" if response.is_background else "in_progress"
    yield Snapshot(0, response, first, "response.created")
    if response.is_background:
        yield Snapshot(0, response, "queued")
    yield Snapshot(0, response, "in_progress")
    if response.script.has_unknown_events:
        yield Step(0, "response.novelty.announced", {"novelty": {"kind": "unheard_of"}})
    for index, item in enumerate(response.output):
        yield from _item_steps(response, index, item)
    yield Snapshot(response.pace.timing(len(response.plan.chunks))[2], response, response.last_status)


def _item_steps(response: LocalResponse, index: int, item: JSON) -> Iterator[Step]:
    """One item of the output, from `output_item.added` to `output_item.done`."""
    first_s, _, end_s = response.pace.timing(len(response.plan.chunks))
    added: JSON = {"output_index": index, "item": _unfinished(item)}
    done: JSON = {"output_index": index, "item": item}
    kind = item["type"]
    if kind == "compaction":
        yield Step(0, "response.output_item.added", added)
        yield Step(0, "response.compaction.compacting", {"output_index": index, "item_id": item["id"]})
        yield Step(0, "response.output_item.done", done)
    elif kind == "reasoning":
        yield Step(0, "response.output_item.added", added)
        thought_s = response.thought_until_s
        yield from _summary_steps(response, index, item["id"], thought_s)
        yield Step(thought_s, "response.output_item.done", done)
    elif kind in STAGES:
        yield from _tool_steps(response, index, item)
    else:
        yield Step(first_s, "response.output_item.added", added)
        yield from _text_steps(response, index, item)
        yield Step(end_s, "response.output_item.done", done)


def _tool_steps(response: LocalResponse, index: int, item: JSON) -> Iterator[Step]:
    """A tool's item: what it goes through while it works."""
    number = next(count for count, each in enumerate(response.plan.tool_items) if each["id"] == item["id"])
    ends_s = response.tool_ends_s
    begins_s = ends_s[number - 1] if number else (response.thought_until_s if response.plan.reasoning_tokens else 0)
    yield Step(begins_s, "response.output_item.added", {"output_index": index, "item": begun(item)})
    for due_s, name, fields in stages_of(item, index, begins_s, ends_s[number]):
        yield (ToolEnd if name.endswith(".completed") else Step)(due_s, name, fields)
    yield Step(ends_s[number], "response.output_item.done", {"output_index": index, "item": item})


def _unfinished(item: JSON) -> JSON:
    """An item as it is when it has just been added."""
    if item["type"] == "message":
        return {**item, "status": "in_progress", "content": []}
    if item["type"] == "reasoning":
        return {**item, "summary": []}
    return item


def _summary_steps(response: LocalResponse, index: int, item_id: str, until_s: float) -> Iterator[Step]:
    text = response.plan.summary
    if not text:
        return
    at: JSON = {"item_id": item_id, "output_index": index, "summary_index": 0}
    name = "response.reasoning_summary"
    yield Step(0, f"{name}_part.added", {**at, "part": {"type": "summary_text", "text": ""}})
    opening = _opening(f"{name}_text.delta", at)
    chunks = chunks_of(text, response.pace.delta_chars)
    for count, chunk in enumerate(chunks, start=1):
        yield SummaryDelta(until_s * count / len(chunks), opening, chunk, b",", _is_padded(response))
    yield Step(until_s, f"{name}_text.done", {**at, "text": text})
    yield Step(until_s, f"{name}_part.done", {**at, "part": {"type": "summary_text", "text": text}})


def _text_steps(response: LocalResponse, index: int, item: JSON) -> Iterator[Step]:
    """The content part of a message: its deltas and what frames them."""
    first_s, per_delta_s, end_s = response.pace.timing(len(response.plan.chunks))
    part = item["content"][0]
    is_text = part["type"] == "output_text"
    empty = {**part, "text": "", "annotations": []} if is_text else {**part, "refusal": ""}
    name = "response.output_text" if is_text else "response.refusal"
    at: JSON = {"item_id": item["id"], "output_index": index, "content_index": 0}
    yield Step(first_s, "response.content_part.added", {**at, "part": empty})
    opening, closing = _opening(f"{name}.delta", at), b',"logprobs":[],' if is_text else b","
    is_padded = _is_padded(response)
    due_s, has_unknown = first_s, response.script.has_unknown_events
    for chunk in response.plan.chunks:
        yield Delta(due_s, opening, chunk, closing, is_padded)
        if has_unknown:
            yield Step(due_s, "response.novelty.delta", {**at, "delta": "✨"})
        due_s += per_delta_s
    for count, annotation in enumerate(response.plan.annotations if is_text else ()):
        cited = {**at, "annotation_index": count, "annotation": annotation}
        yield Step(end_s, "response.output_text.annotation.added", cited)
    whole: JSON = {"text": part["text"], "logprobs": []} if is_text else {"refusal": part["refusal"]}
    yield Step(end_s, f"{name}.done", {**at, **whole})
    yield Step(end_s, "response.content_part.done", {**at, "part": part})


def _is_padded(response: LocalResponse) -> bool:
    options = response.body.get("stream_options") or {}
    return options.get("include_obfuscation") is not False
