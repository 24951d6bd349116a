"""Which operation a method and path ask for."""

from __future__ import annotations

import re

from engine.sandbox.openai.file_routes import FILE_ROUTES
from engine.sandbox.openai.seen import Operation
from engine.sandbox.openai.wire import ApiError, Request

_ID = r"(?P<id>[^/]+)"
_ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "/responses", "create"),
    ("POST", "/responses/input_tokens", "count"),
    ("POST", "/responses/compact", "compact"),
    ("GET", f"/responses/{_ID}", "retrieve"),
    ("DELETE", f"/responses/{_ID}", "delete"),
    ("POST", f"/responses/{_ID}/cancel", "cancel"),
    ("GET", f"/responses/{_ID}/input_items", "input_items"),
    ("POST", "/images/generations", "picture"),
    ("POST", "/images/edits", "edit_picture"),
    ("POST", "/audio/transcriptions", "transcribe"),
    ("POST", "/chat/completions", "speak"),
    ("POST", "/audio/speech", "speak"),
    ("POST", "/moderations", "moderate"),
    ("GET", "/models", "models"),
    ("GET", f"/models/{_ID}", "model"),
    *FILE_ROUTES,
)
_EXACT = {(method, f"/v1{path}"): operation for method, path, operation in _ROUTES if _ID not in path}
_PATTERNS = [(method, re.compile(f"/v1{path}"), operation) for method, path, operation in _ROUTES if _ID in path]


def route(request: Request) -> tuple[Operation, str]:
    """The operation and the id in the path ('' when there is none, "vs_1/file-2" when there are two); 404 for an
    unknown path."""
    operation = _EXACT.get((request.method, request.path))
    if operation is not None:
        return operation, ""
    for method, pattern, named in _PATTERNS:
        match = pattern.fullmatch(request.path) if method == request.method else None
        if match:
            is_resumed = named == "retrieve" and request.query.get("stream") == "true"
            return "resume" if is_resumed else named, "/".join(match.groups())
    raise ApiError(404, f"Invalid URL ({request.method} {request.path})")
