"""What each operation of the API does, once a request is let in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from engine.sandbox.openai.acceptance import Acceptance
from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.bill import BilledCall, Usage
from engine.sandbox.openai.events import last_due_s
from engine.sandbox.openai.file_api import FileApi
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.lifecycle import Lifecycle
from engine.sandbox.openai.lookups import input_items_page, model_json, models_json
from engine.sandbox.openai.media import media_operations
from engine.sandbox.openai.media_models import MEDIA_MODELS
from engine.sandbox.openai.paging import number
from engine.sandbox.openai.prompt import fold, summary_of, tokens_of
from engine.sandbox.openai.replies import reply
from engine.sandbox.openai.requests import check_compact, check_count, check_create, read_object
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.seen import Operation, SeenRequest
from engine.sandbox.openai.store import Responses
from engine.sandbox.openai.stream import EventStream
from engine.sandbox.openai.told import Says
from engine.sandbox.openai.wire import JSON, SSE_TYPE, Answer, ApiError, ConnectionCut, Request, json_answer


class Operations:
    """One method per operation; each takes the request and its record."""

    def __init__(
        self,
        told: Behaviour,
        acceptance: Acceptance,
        lifecycle: Lifecycle,
        responses: Responses,
        ids: Ids,
        file_api: FileApi,
    ) -> None:
        self._behaviour = told
        self._acceptance = acceptance
        self._lifecycle = lifecycle
        self._responses = responses
        self._ids = ids
        self._tools = file_api.tools
        self._do: dict[Operation, Callable[[Request, SeenRequest, str], Awaitable[Answer]]] = {
            "create": self._create,
            "retrieve": self._retrieve,
            "resume": self._resume,
            "cancel": self._cancel,
            "delete": self._delete,
            "input_items": self._input_items,
            "count": self._count,
            "compact": self._compact,
            "models": self._models,
            "model": self._model,
            **media_operations(told, lifecycle, ids),
            **file_api.operations,
        }

    async def run(self, operation: Operation, request: Request, seen: SeenRequest, name: str) -> Answer:
        """Do what was asked for; `name` is the id in the path."""
        return await self._do[operation](request, seen, name)

    async def _create(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        body = read_object(request.body)
        check_create(body)
        self._tools.check(body)
        model, prompt = self._acceptance.examine(body)
        script = self._behaviour.told.next_script(self._behaviour.speed)
        improvise = partial(self._improvised, seen, body, [*prompt.head, *prompt.context])
        says = self._tools.work(body, prompt, seen.text, script.says, improvise)
        response = self._acceptance.begin(body, model, prompt, script, says)
        seen.response_id = response.id
        self._lifecycle.start(response)
        if body.get("stream"):
            return self._streamed(response, seen)
        if response.is_background:
            if script.connection is not None:
                await self._break_plain(script.connection.kind)
            return json_answer(response.as_json())
        return await self._whole(response)

    def _improvised(self, seen: SeenRequest, body: JSON, pieces: list[Any], found: list[str]) -> Says:
        """A text of the function told, or one made up around what the tools `found`."""
        if self._behaviour.answerer is not None:
            return Says(self._behaviour.answerer(seen))
        text_format = (body.get("text") or {}).get("format") or {"type": "text"}
        if found and text_format["type"] == "text":
            return Says("\n\n".join(found))
        return Says(reply(pieces, text_format, self._tools.arrived(body, seen.text)))

    def _streamed(self, response: LocalResponse, seen: SeenRequest, starting_after: int = -1) -> Answer:
        is_resumed = seen.operation == "resume"
        stream = EventStream(
            response,
            self._behaviour.told.next_connection("resume") if is_resumed else response.script.connection,
            on_sent=self._lifecycle.sent,
            on_left=partial(self._lifecycle.left, seen),
            starting_after=starting_after,
        )
        return Answer(200, {"content-type": SSE_TYPE, "cache-control": "no-cache"}, stream)

    async def _whole(self, response: LocalResponse) -> Answer:
        """Generate a whole answer while the client waits for it."""
        lifecycle = self._lifecycle
        try:
            await anyio.sleep(last_due_s(response))
            if response.script.connection is not None:
                await self._break_plain(response.script.connection.kind)
        except BaseException:  # the client left, or its connection broke
            lifecycle.interrupt(response, elapsed_s=anyio.current_time() - response.started_s)
            raise
        lifecycle.finish(response)
        if response.ending is not None and response.ending.kind == "error":
            raise ApiError(500, response.ending.message, code=response.ending.code, type="server_error")
        return json_answer(response.as_json())

    async def _break_plain(self, kind: str) -> None:
        if kind == "stall":
            await anyio.sleep_forever()
        raise ConnectionCut

    async def _retrieve(self, _: Request, seen: SeenRequest, name: str) -> Answer:
        return json_answer(self._found(seen, name).as_json())

    async def _resume(self, request: Request, seen: SeenRequest, name: str) -> Answer:
        response = self._found(seen, name)
        if not response.is_background:
            raise ApiError(404, f"Response with id '{name}' not found.")
        if not response.body.get("stream"):
            message = "Only background responses created with stream=true can be streamed."
            raise ApiError(400, message, code="invalid_value", param="stream")
        starting_after = number("starting_after", request.query.get("starting_after"), -1, 0)
        return self._streamed(response, seen, starting_after)

    async def _cancel(self, _: Request, seen: SeenRequest, name: str) -> Answer:
        response = self._found(seen, name)
        if not response.is_background:
            raise ApiError(400, "Cannot cancel a synchronous response.")
        self._lifecycle.cancel(response)
        return json_answer(response.as_json())

    async def _delete(self, _: Request, seen: SeenRequest, name: str) -> Answer:
        self._lifecycle.delete(self._found(seen, name))
        return json_answer({"id": name, "object": "response.deleted", "deleted": True})

    async def _input_items(self, request: Request, seen: SeenRequest, name: str) -> Answer:
        return json_answer(input_items_page(self._found(seen, name), request.query))

    async def _count(self, request: Request, _: SeenRequest, __: str) -> Answer:
        body = read_object(request.body)
        check_count(body)
        self._tools.check(body)
        if body.get("model") is not None:
            self._acceptance.model(body["model"])
        tokens = self._acceptance.prompt(body).tokens
        return json_answer({"object": "response.input_tokens", "input_tokens": tokens})

    async def _compact(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        body = read_object(request.body)
        check_compact(body)
        model, prompt = self._acceptance.examine(body)
        summary = summary_of(prompt.context)
        kept = [{"status": "completed", **piece.item} for piece in prompt.context if piece.role == "user"]
        compacted = {"id": self._ids.new("cmp"), "type": "compaction", "encrypted_content": fold(summary)}
        usage = Usage(prompt.tokens, prompt.cached_tokens, prompt.cache_write_tokens, tokens_of(summary))
        seen.response_id = self._ids.new("resp")
        at = self._behaviour.now()
        line = BilledCall(seen.response_id, model.dated, usage, "complete", at, operation="compaction")
        self._lifecycle.bill.append(line)
        answer = {"id": seen.response_id, "object": "response.compaction", "created_at": int(at.timestamp())}
        return json_answer({**answer, "output": [*kept, compacted], "usage": usage.as_json()})

    async def _models(self, _: Request, __: SeenRequest, ___: str) -> Answer:
        return json_answer(models_json({**self._acceptance.models, **MEDIA_MODELS}))

    async def _model(self, _: Request, __: SeenRequest, name: str) -> Answer:
        return json_answer(model_json({**self._acceptance.models, **MEDIA_MODELS}, name))

    def _found(self, seen: SeenRequest, name: str) -> LocalResponse:
        seen.response_id = name
        return self._lifecycle.look(self._responses.find(name, self._behaviour.now()))
