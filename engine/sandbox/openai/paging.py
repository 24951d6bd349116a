"""Lists in pages, as all lists of the API come: newest first unless `order=asc`, after a cursor, so many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.sandbox.openai.shapes import invalid_value
from engine.sandbox.openai.wire import JSON, ApiError

PAGE_MAX, PAGE_DEFAULT = 100, 20


def page_of(
    items: Sequence[JSON], query: Mapping[str, str], most: int = PAGE_MAX, usual: int = PAGE_DEFAULT
) -> JSON:
    """One page of `items` (oldest first; each with an id)."""
    order = query.get("order", "desc")
    if order not in {"asc", "desc"}:
        raise invalid_value("order", order, ["asc", "desc"])
    listed = list(items) if order == "asc" else list(reversed(items))
    limit = number("limit", query.get("limit"), usual, 1, most)
    after = query.get("after")
    ids = [item["id"] for item in listed]
    start = ids.index(after) + 1 if after in ids else 0
    page = listed[start : start + limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else "",
        "last_id": page[-1]["id"] if page else "",
        "has_more": start + limit < len(listed),
    }


def number(name: str, given: str | None, default: int, low: int, high: int | None = None) -> int:
    """A whole number of a query string; 400 when it is none or out of bounds."""
    if given is None:
        return default
    if not given.lstrip("-").isdecimal() or int(given) < low or (high is not None and int(given) > high):
        message = f"Invalid '{name}': expected an integer >= {low}" + (f" and <= {high}." if high else ".")
        raise ApiError(400, message, code="invalid_value", param=name)
    return int(given)
