"""What the local OpenAI was asked, and what became of each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from engine.sandbox.openai.prompt import items_of, piece_of
from engine.sandbox.openai.wire import JSON

FileOperation = Literal[
    "file_create",
    "file_list",
    "file_retrieve",
    "file_content",
    "file_delete",
    "upload_create",
    "upload_part",
    "upload_complete",
    "upload_cancel",
    "vector_store_create",
    "vector_store_list",
    "vector_store_retrieve",
    "vector_store_update",
    "vector_store_delete",
    "vector_store_search",
    "vector_store_file_create",
    "vector_store_file_list",
    "vector_store_file_retrieve",
    "vector_store_file_delete",
    "file_batch_create",
    "file_batch_retrieve",
    "file_batch_cancel",
    "file_batch_files",
    "container_create",
    "container_list",
    "container_retrieve",
    "container_delete",
    "container_file_create",
    "container_file_list",
    "container_file_retrieve",
    "container_file_content",
    "container_file_delete",
]
"""The file half of the API: files, uploads in parts, vector stores, containers."""

Operation = Literal[
    "create",
    "retrieve",
    "resume",
    "cancel",
    "delete",
    "input_items",
    "count",
    "compact",
    "models",
    "model",
    "picture",
    "edit_picture",
    "transcribe",
    "speak",
    "moderate",
    FileOperation,
]
"""What a request asks for, by the API's method and path (see `routes`)."""

Outcome = Literal["open", "answered", "refused", "interrupted", "cut", "ended_early"]
"""open: still being answered (or stalled); answered: to the end; refused: an API error; interrupted: the client left;
cut, ended_early: told to break."""


@dataclass(slots=True)
class SeenRequest:
    """One request in the order of arrival, accepted or refused."""

    at: datetime
    operation: Operation | None
    """None for a path that the API does not have."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: JSON = field(default_factory=dict)
    """{} where it has none, or is neither a JSON object nor a form; a form's file is {"name", "bytes"}, or its name"""
    status: int | None = None
    outcome: Outcome = "open"
    response_id: str | None = None
    refused_as: str | None = None
    """The error code, if it was refused with one."""
    request_id: str = ""
    """The answer's `x-request-id`."""

    @property
    def text(self) -> str:
        """The last thing that the person says in it."""
        pieces = [piece_of(item) for item in items_of(self._get("input")) if item.get("type") == "message"]
        return next((piece.text for piece in reversed(pieces) if piece.role == "user"), "")

    def _get(self, name: str) -> Any:
        return self.body.get(name)
