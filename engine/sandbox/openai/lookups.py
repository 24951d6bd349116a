"""Answers that only read: the models, and the input items of a response."""

from __future__ import annotations

from collections.abc import Mapping

from engine.sandbox.openai.models import Model
from engine.sandbox.openai.paging import page_of
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.wire import JSON, ApiError

MADE_AT = 1_780_000_000
"""`created` of every model."""


def models_json(models: Mapping[str, Model]) -> JSON:
    """GET /v1/models: aliases and dated ids."""
    return {"object": "list", "data": [model_json(models, name) for name in models]}


def model_json(models: Mapping[str, Model], name: str) -> JSON:
    """GET /v1/models/{id}; 404 for an unknown one."""
    if name not in models:
        message = f"The model '{name}' does not exist"
        raise ApiError(404, message, code="model_not_found", param="model")
    shutdown = models[name].shutdown_date
    return {"id": name, "object": "model", "created": MADE_AT, "owned_by": "system", "shutdown_date": shutdown}


def input_items_page(response: LocalResponse, query: Mapping[str, str]) -> JSON:
    """GET /v1/responses/{id}/input_items: the response's own input, newest first unless `order=asc`."""
    return page_of([_listed(piece.item) for piece in response.prompt.new], query)


def _listed(item: JSON) -> JSON:
    """A stored input item, as the API lists it."""
    if item["type"] != "message":
        return item
    content = item["content"]
    if isinstance(content, str):
        kind = "output_text" if item["role"] == "assistant" else "input_text"
        content = [{"type": kind, "text": content}]
    return {"status": "completed", **item, "content": content}
