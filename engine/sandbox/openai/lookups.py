"""Answers that only read: the models, and the input items of a response."""

from __future__ import annotations

from collections.abc import Mapping

from engine.sandbox.openai.models import Model
from engine.sandbox.openai.responses import LocalResponse
from engine.sandbox.openai.shapes import invalid_value
from engine.sandbox.openai.wire import JSON, ApiError

MADE_AT = 1_780_000_000
"""`created` of every model."""
PAGE_MAX, PAGE_DEFAULT = 100, 20


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
    items = [_listed(piece.item) for piece in response.prompt.new]
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise invalid_value("order", order, ["asc", "desc"])
    if order == "desc":
        items.reverse()
    limit = number("limit", query.get("limit"), PAGE_DEFAULT, 1, PAGE_MAX)
    after = query.get("after")
    ids = [item["id"] for item in items]
    start = ids.index(after) + 1 if after in ids else 0
    page = items[start : start + limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else "",
        "last_id": page[-1]["id"] if page else "",
        "has_more": start + limit < len(items),
    }


def number(name: str, given: str | None, default: int, low: int, high: int | None = None) -> int:
    """A whole number of a query string; 400 when it is none or out of bounds."""
    if given is None:
        return default
    if not given.lstrip("-").isdecimal() or int(given) < low or (high is not None and int(given) > high):
        message = f"Invalid '{name}': expected an integer >= {low}" + (f" and <= {high}." if high else ".")
        raise ApiError(400, message, code="invalid_value", param=name)
    return int(given)


def _listed(item: JSON) -> JSON:
    """A stored input item, as the API lists it."""
    if item["type"] != "message":
        return item
    content = item["content"]
    if isinstance(content, str):
        kind = "output_text" if item["role"] == "assistant" else "input_text"
        content = [{"type": kind, "text": content}]
    return {"status": "completed", **item, "content": content}
