"""The Responses API, as the jobs use it: ask and stream, look one up, cancel, count the input."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import msgspec
from openai import AsyncOpenAI

from engine.ai import errors, requests
from engine.ai.finished import FinishedResponse, read_response
from engine.ai.reading import EventStream, read_interval_s
from engine.core.errors import OutageError, RefusedError

ANSWER_TIMEOUT_S = 600.0
"""The longest silence before an answer that comes in one piece."""
LOOK_FIRST_S = 0.5
LOOK_MOST_S = 10.0
LOOK_TOTAL_S = 600.0
"""How often, and how long, a response that is still running is looked at."""


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A question as OpenAI gets it. `input` items and `tools` are those of the Responses API."""

    model: str
    input: list[dict[str, Any]]
    instructions: str
    previous_response_id: str | None = None
    safety_identifier: str = ""
    compact_threshold: int | None = None
    """tokens from which on OpenAI compacts the thread; None: never"""
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    background: bool = False
    metadata: dict[str, str] = {}
    tools: list[dict[str, Any]] = []
    include: list[str] = []
    """what OpenAI leaves out unless asked: "web_search_call.action.sources", ..."""
    form: dict[str, Any] | None = None
    """the request's `text.format`: what JSON the answer has to be"""

    def but(self, **changes: Any) -> AnswerRequest:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)

    def body(self) -> dict[str, Any]:
        """What is sent to have the input counted: what the model is going to read."""
        body: dict[str, Any] = {"model": self.model, "input": self.input, "instructions": self.instructions}
        if self.previous_response_id:
            body["previous_response_id"] = self.previous_response_id
        if self.tools:
            body["tools"] = self.tools
        if self.form:
            body["text"] = {"format": self.form}
        return body

    def stream_body(self) -> dict[str, Any]:
        """What is sent to have the answer streamed."""
        stream = {"store": True, "stream": True, "stream_options": {"include_obfuscation": False}}
        return self._whole_body() | stream

    def unstored_body(self) -> dict[str, Any]:
        """What is sent to have the answer in one piece, which OpenAI does not keep."""
        return self._whole_body() | {"store": False}

    def _whole_body(self) -> dict[str, Any]:
        body = self.body()
        if self.safety_identifier:
            body["safety_identifier"] = self.safety_identifier
        if self.compact_threshold:
            body["context_management"] = [{"type": "compaction", "compact_threshold": self.compact_threshold}]
        if self.max_output_tokens:
            body["max_output_tokens"] = self.max_output_tokens
        if self.max_tool_calls:
            body["max_tool_calls"] = self.max_tool_calls
        if self.background:
            body["background"] = True
        if self.metadata:
            body["metadata"] = self.metadata
        if self.include:
            body["include"] = self.include
        return body


class OfferedModel(msgspec.Struct, frozen=True):
    """A model that the account may use; `shutdown_date` is "YYYY-MM-DD" where OpenAI has announced its end."""

    id: str
    shutdown_date: str | None = None


class _ModelList(msgspec.Struct):
    data: list[OfferedModel]


class _InputCount(msgspec.Struct):
    input_tokens: int


class Responses:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._streams = 0

    @asynccontextmanager
    async def ask(self, request: AnswerRequest) -> AsyncIterator[EventStream]:
        """Asks; inside the block, the answer's events (see EventStream for what iterating raises).

        Leaving the block before the terminal event ends the answer, unless it is a background one. Raises before the
        block when OpenAI refuses; TransientError.may_have_run says whether asking again may be billed twice.
        """
        async with self._open("POST", "/responses", body=request.stream_body()) as events:
            yield events

    async def answer(self, request: AnswerRequest) -> FinishedResponse:
        """Asks, and gives the whole answer; no thread can go on from it. TransientError.may_have_run: see `ask`."""
        body = request.unstored_body()
        response = await requests.sent(
            self._client, "POST", "/responses", body, read_timeout_s=ANSWER_TIMEOUT_S, is_billed=True
        )
        return read_response(response.content, is_billed=True)

    @asynccontextmanager
    async def resume(self, response_id: str, starting_after: int) -> AsyncIterator[EventStream]:
        """The events of a background response after that sequence number. Raises RefusedError where it is unknown."""
        query = {"stream": "true", "starting_after": str(starting_after)}
        async with self._open("GET", f"/responses/{response_id}", query=query) as events:
            yield events

    async def look(self, response_id: str) -> FinishedResponse | None:
        """A response as it is now; None where OpenAI does not have it (any more)."""
        return await self._response("GET", f"/responses/{response_id}")

    async def fetch(self, response_id: str) -> FinishedResponse | None:
        """A response when it has ended; None where OpenAI does not have it. OutageError when it takes too long."""
        wait_s = LOOK_FIRST_S
        with anyio.move_on_after(LOOK_TOTAL_S):
            while True:
                found = await self.look(response_id)
                if found is None or found.status not in ("queued", "in_progress"):
                    return found
                await anyio.sleep(wait_s)
                wait_s = min(wait_s * 2, LOOK_MOST_S)
        raise OutageError(code="still running", may_have_run=True)

    async def cancel(self, response_id: str) -> FinishedResponse | None:
        """Ends a background response; what it is now. RefusedError for one that is not in the background."""
        return await self._response("POST", f"/responses/{response_id}/cancel")

    async def delete(self, response_id: str) -> bool:
        """Deletes a stored response; False where OpenAI did not have it."""
        return await requests.deleted(self._client, f"/responses/{response_id}")

    async def count_input(self, request: AnswerRequest) -> int:
        """How many tokens OpenAI would count as input, the thread included. Free of charge."""
        response = await requests.sent(self._client, "POST", "/responses/input_tokens", request.body())
        return (await requests.decoded(response.content, _InputCount)).input_tokens

    async def models(self) -> list[OfferedModel]:
        """All models that the account may use."""
        response = await requests.sent(self._client, "GET", "/models")
        return (await requests.decoded(response.content, _ModelList)).data

    async def _response(self, method: str, path: str) -> FinishedResponse | None:
        try:
            return read_response((await requests.sent(self._client, method, path)).content)
        except RefusedError as refused:
            if refused.code == errors.NOT_FOUND:
                return None
            raise

    @asynccontextmanager
    async def _open(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None
    ) -> AsyncIterator[EventStream]:
        self._streams += 1
        try:
            response = await requests.begun(self._client, method, path, body, query=query, is_billed=method == "POST")
            events = EventStream(response, self._interval_s)
            try:
                yield events
            finally:
                await events.close()
        finally:
            self._streams -= 1

    def _interval_s(self) -> float:
        return read_interval_s(self._streams)
