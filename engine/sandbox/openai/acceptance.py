"""From a checked request to a response about to be generated: its model, its prompt, its plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

import anyio

from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.models import Model, catalogue
from engine.sandbox.openai.plan import output_of, plan_of
from engine.sandbox.openai.prompt import Piece, Prompt, PromptCache, head_of, items_of, piece_of, summary_of
from engine.sandbox.openai.requests import check_effort
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.store import Responses
from engine.sandbox.openai.told import Says, Script
from engine.sandbox.openai.wire import JSON, ApiError


class Acceptance:
    """Decides whether a call can be served, and prepares it."""

    def __init__(
        self, now: Callable[[], datetime], models: Iterable[str], context_tokens: int, ids: Ids, responses: Responses
    ) -> None:
        self.models = catalogue(models)
        self._now = now
        self._context_tokens = context_tokens
        self._ids = ids
        self._responses = responses
        self._cache = PromptCache()

    def model(self, name: str) -> Model:
        """The model that answers to a name."""
        model = self.models.get(name)
        if model is None:
            message = f"The requested model '{name}' does not exist."
            raise ApiError(400, message, code="model_not_found", param="model")
        return model

    def prompt(self, body: JSON, model: str = "") -> Prompt:
        """All that a call reads; with a model, also what of it is cached (and from now on will be)."""
        conversation = body.get("conversation")
        if conversation is not None:
            name = conversation if isinstance(conversation, str) else conversation.get("id")
            raise ApiError(404, f"Conversation with id '{name}' not found.")
        previous = body.get("previous_response_id")
        thread = self._responses.thread_after(previous, self._now()) if previous is not None else ()
        prompt = Prompt(head_of(body), thread, tuple(self._piece(item) for item in items_of(body.get("input"))))
        if prompt.tokens > self._context_tokens and body.get("truncation") != "auto":
            message = "Your input exceeds the context window of this model. Please adjust your input and try again."
            raise ApiError(400, message, code="context_length_exceeded", param="input")
        if not model:
            return prompt
        cached, written = self._cache.read(model, prompt.head + prompt.context, self._now())
        return replace(prompt, cached_tokens=cached, cache_write_tokens=written)

    def _piece(self, item: JSON) -> Piece:
        if item.get("type") == "item_reference":
            return self._responses.item(item["id"])
        prefix = "msg" if item["type"] == "message" else "item"
        return piece_of(item if item.get("id") else {**item, "id": self._ids.new(prefix)})

    def examine(self, body: JSON) -> tuple[Model, Prompt]:
        """The model and the prompt of a call; an `ApiError` when it cannot be served."""
        model = self.model(body["model"])
        check_effort(body, model)
        return model, self.prompt(body, model.dated)

    def begin(self, body: JSON, model: Model, prompt: Prompt, script: Script, says: Says) -> LocalResponse:
        """The response, generated from now on."""
        plan = plan_of(says, body, model, script, _compaction(body, prompt))
        return LocalResponse(
            id=self._ids.new("resp"),
            body=body,
            model=model,
            prompt=prompt,
            plan=plan,
            script=script,
            created_at=self._now(),
            started_s=anyio.current_time(),
            output=output_of(self._ids, plan),
            status="queued" if body.get("background") else "in_progress",
        )


def _compaction(body: JSON, prompt: Prompt) -> str | None:
    """The summary that takes the thread's place, when the prompt is over the threshold."""
    thresholds = [entry.get("compact_threshold") for entry in body.get("context_management") or ()]
    if any(threshold is not None and prompt.tokens > threshold for threshold in thresholds):
        return summary_of(prompt.context)
    return None
