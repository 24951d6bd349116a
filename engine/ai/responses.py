"""The Responses API, as the jobs use it: ask and stream, look one up, cancel, count the input."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import anyio
import httpx2
import msgspec
import openai
from openai import AsyncOpenAI

from engine.ai import errors
from engine.ai.stream import FinishedResponse, StreamError, StreamEvent, StreamParser, read_response
from engine.core.errors import OutageError, RefusedError

READ_EVERY_MOST_S = 0.25
READ_EVERY_PER_STREAM_S = 0.00025
READ_EVERY_LEAST_S = 0.01
"""With n streams open, each is read at most every n × 0.25 ms (no pause below 10 ms, none above 250 ms): waking once
for every event costs five times as much as reading a few together, and previews are rarer anyway."""
LOOK_FIRST_S = 0.5
LOOK_MOST_S = 10.0
LOOK_TOTAL_S = 600.0
"""How often, and how long, a response that is still running is looked at."""


class AnswerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A question as OpenAI gets it. `input` items are those of the Responses API."""

    model: str
    input: list[dict[str, Any]]
    instructions: str
    previous_response_id: str | None = None
    safety_identifier: str = ""
    compact_threshold: int | None = None
    max_output_tokens: int | None = None
    background: bool = False
    metadata: dict[str, str] = {}

    def body(self) -> dict[str, Any]:
        """What is sent, without what only a stream needs."""
        body: dict[str, Any] = {
            "model": self.model,
            "input": self.input,
            "instructions": self.instructions,
        }
        if self.previous_response_id:
            body["previous_response_id"] = self.previous_response_id
        return body

    def stream_body(self) -> dict[str, Any]:
        """What is sent to have the answer streamed."""
        body = self.body() | {"store": True, "stream": True, "stream_options": {"include_obfuscation": False}}
        if self.safety_identifier:
            body["safety_identifier"] = self.safety_identifier
        if self.compact_threshold:
            body["context_management"] = [{"type": "compaction", "compact_threshold": self.compact_threshold}]
        if self.max_output_tokens:
            body["max_output_tokens"] = self.max_output_tokens
        if self.background:
            body["background"] = True
        if self.metadata:
            body["metadata"] = self.metadata
        return body


class Responses:
    """The wire. Raises our errors only (engine.ai.errors)."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._streams = 0

    @asynccontextmanager
    async def ask(self, request: AnswerRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        """Asks; inside the block, the answer's events. The stream may end without a terminal event: check.

        Raises before the block when OpenAI refuses, and inside it CutStreamError, or what an error event means.
        """
        self._streams += 1
        try:
            response = await self._open_stream(request.stream_body())
            try:
                yield self._events(response)
            finally:
                with anyio.CancelScope(shield=True):
                    await response.aclose()
        finally:
            self._streams -= 1

    async def _events(self, response: httpx2.Response) -> AsyncIterator[StreamEvent]:
        parser = StreamParser()
        try:
            async for chunk in response.aiter_bytes():
                for event in parser.feed(chunk):
                    if isinstance(event, StreamError):
                        raise errors.by_code(event.code)
                    yield event
                if (pause_s := self._streams * READ_EVERY_PER_STREAM_S) >= READ_EVERY_LEAST_S:
                    await anyio.sleep(min(pause_s, READ_EVERY_MOST_S))
        except httpx2.HTTPError as error:
            raise errors.cut(error) from error

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
        """Ends a background response; what it is now."""
        return await self._response("POST", f"/responses/{response_id}/cancel")

    async def count_input(self, request: AnswerRequest) -> int:
        """How many tokens OpenAI would count as input, the thread included."""
        response = await self._request("POST", "/responses/input_tokens", request.body())
        return int(msgspec.json.decode(response.content)["input_tokens"])

    async def check_model(self, model: str) -> None:
        """Returns if the key is good and the model is there."""
        await self._request("GET", f"/models/{model}")

    async def _response(self, method: str, path: str) -> FinishedResponse | None:
        try:
            return read_response((await self._request(method, path)).content)
        except RefusedError as refused:
            if refused.code == errors.NOT_FOUND:
                return None
            raise

    async def _request(self, method: str, path: str, body: object = None) -> httpx2.Response:
        try:
            match method:
                case "GET":
                    return await self._client.get(path, cast_to=httpx2.Response)
                case _:
                    return await self._client.post(path, body=body or {}, cast_to=httpx2.Response)
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise errors.translated(error) from error

    async def _open_stream(self, body: object) -> httpx2.Response:
        """The SDK's request (auth, headers, errors) with the plain response: its own stream objects cost too much."""
        try:
            opened = await self._client.post(
                "/responses", body=body, cast_to=httpx2.Response, stream=True, stream_cls=openai.AsyncStream[Any]
            )
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise errors.translated(error) from error
        return cast("httpx2.Response", opened)
