"""The output items of hosted tools, and the events that each goes through on its way to done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.sandbox.openai.wire import JSON

STAGES = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
}
"""Item type → its own events, in order."""


def web_search_call(item_id: str, query: str, urls: list[str], include: Any) -> JSON:
    """A finished search of the web; its sources only if they were asked for."""
    action: JSON = {"type": "search", "query": query, "queries": [query]}
    if "web_search_call.action.sources" in (include or ()):
        action["sources"] = [{"type": "url", "url": url} for url in urls]
    return {"id": item_id, "type": "web_search_call", "status": "completed", "action": action}


def file_search_call(item_id: str, query: str, results: list[JSON], include: Any) -> JSON:
    """A finished search of documents; its results only if they were asked for."""
    shown = results if "file_search_call.results" in (include or ()) else None
    item = {"id": item_id, "type": "file_search_call", "status": "completed"}
    return {**item, "queries": [query], "results": shown}


def code_interpreter_call(item_id: str, container_id: str, code: str, logs: str, include: Any) -> JSON:
    """A finished run of code; what it printed only if that was asked for."""
    shown = [{"type": "logs", "logs": logs}] if "code_interpreter_call.outputs" in (include or ()) else None
    item = {"id": item_id, "type": "code_interpreter_call", "status": "completed"}
    return {**item, "code": code, "container_id": container_id, "outputs": shown}


def begun(item: JSON) -> JSON:
    """A tool's item as it is when it has just been added."""
    empty: dict[str, JSON] = {
        "file_search_call": {"queries": [], "results": None},
        "code_interpreter_call": {"code": "", "outputs": None},
    }
    return {**item, "status": "in_progress", **empty.get(item["type"], {})}


def stages_of(item: JSON, index: int, start_s: float, end_s: float) -> Iterator[tuple[float, str, JSON]]:
    """When each of a tool's own events is due (seconds from the start), its name and its fields."""
    first, middle, last = STAGES[item["type"]]
    name = f"response.{item['type']}"
    at: JSON = {"output_index": index, "item_id": item["id"]}
    yield start_s, f"{name}.{first}", at
    if item["type"] == "code_interpreter_call":
        yield start_s, f"{name}_code.delta", {**at, "delta": item["code"]}
        yield start_s, f"{name}_code.done", {**at, "code": item["code"]}
    yield start_s, f"{name}.{middle}", at
    yield end_s, f"{name}.{last}", at
