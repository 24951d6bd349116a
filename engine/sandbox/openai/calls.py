"""What the operations of the file half share: their shape, and how a body is read, checked and written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from engine.sandbox.openai.forms import Form, FormFile, read_form, typed
from engine.sandbox.openai.requests import read_object
from engine.sandbox.openai.seen import SeenRequest
from engine.sandbox.openai.shapes import check_of, missing
from engine.sandbox.openai.wire import JSON, Answer, Request

Do = Callable[[Request, SeenRequest, str], Awaitable[Answer]]
"""One operation: the request, its record, and the id in its path ("vs_1/file-2" when there are two)."""


def checked_body(request: Request, shape: Any) -> JSON:
    """The JSON body, checked against a TypedDict of the SDK."""
    body = read_object(request.body or b"{}")
    check_of(shape)(body, "")
    return body


def checked_form(request: Request, seen: SeenRequest, shape: Any, file_field: str) -> tuple[JSON, FormFile]:
    """The fields of a form, checked, and its one file; 400 when there is none."""
    form = read_form(request)
    fields = noted_fields(form, seen, shape)
    file = form.file(file_field)
    if file is None:
        raise missing(file_field)
    return fields, file


def noted_fields(form: Form, seen: SeenRequest, shape: Any) -> JSON:
    """The fields of a form in the types of `shape`, checked; the record gets them, and the files' names and sizes."""
    fields = typed(form.fields, shape)
    seen.body = {**fields, **{file.field: {"name": file.name, "bytes": len(file.content)} for file in form.files}}
    check_of(shape)(fields, "")
    return fields
