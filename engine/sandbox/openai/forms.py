"""Multipart bodies: read into fields and files, and the fields given the types that a JSON body would have."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import typing_extensions

from engine.sandbox.openai.shapes import bare, fields_of, kind_of
from engine.sandbox.openai.wire import JSON, ApiError, Request

FORM_TYPE = "multipart/form-data"
PARTS_MAX = 1000
"""More parts than any request of the API has."""

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_NAME = re.compile(r'\bname="([^"]*)"')
_FILENAME = re.compile(r'\bfilename="([^"]*)"')
_TYPE = re.compile(r"^content-type:\s*(\S[^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_KEYS = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class FormFile:
    """One file of a form; `content` is a view into the request's body."""

    field: str
    name: str
    mime: str
    content: memoryview


@dataclass(slots=True)
class Form:
    """A form: `expires_after[anchor]` is an object's field, `languages[]` an array's next value, both still text."""

    fields: JSON = field(default_factory=dict)
    files: list[FormFile] = field(default_factory=list)

    def file(self, name: str) -> FormFile | None:
        """The first file of a field."""
        return next((file for file in self.files if file.field == name), None)


def is_form(request: Request) -> bool:
    """Whether a request's body is a form."""
    return request.headers.get("content-type", "").lower().startswith(FORM_TYPE)


def read_form(request: Request) -> Form:
    """Read a form; 400 when it is none or has no end."""
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    if not is_form(request) or found is None:
        message = f"Invalid Content-Type header. Expected a '{FORM_TYPE}' request with a boundary."
        raise ApiError(400, message)
    form = Form()
    for head, content in _parts(request.body, found[1].encode()):
        name = _NAME.search(head)
        if name is None:
            raise ApiError(400, "Could not parse multipart form: a part has no name.")
        filename, mime = _FILENAME.search(head), _TYPE.search(head)
        key = _unescaped(name[1])
        if filename is None:
            _put(form.fields, key, bytes(content).decode(errors="replace"))
        else:
            kind = mime[1].strip() if mime else "application/octet-stream"
            form.files.append(FormFile(key.removesuffix("[]"), _unescaped(filename[1]), kind, content))
    return form


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, memoryview]]:
    delimiter, view = b"--" + boundary, memoryview(body)
    at = body.find(delimiter)
    for _ in range(PARTS_MAX):
        start = at + len(delimiter) + 2
        if at == -1 or body[start - 2 : start] == b"--":
            break
        end = body.find(b"\r\n" + delimiter, start - 2)
        head_end = body.find(b"\r\n\r\n", start, end)
        if end == -1 or head_end == -1:
            raise ApiError(400, "Could not parse multipart form: it ends too early.")
        yield body[start:head_end].decode(errors="replace"), view[head_end + 4 : end]
        at = end + 2


def _unescaped(name: str) -> str:
    """As browsers and httpx escape names: only quotes and line breaks."""
    return re.sub(r"%(?:22|0A|0D|0a|0d)", lambda found: unquote(found[0]), name)


def _put(fields: JSON, key: str, value: str) -> None:
    name, inner = key.split("[", 1)[0], _KEYS.findall(key)
    if not inner:
        fields[name] = value
    elif inner[0] == "":
        fields.setdefault(name, []).append(value)
    else:
        nested = fields.setdefault(name, {})
        _put(nested, inner[0] + "".join(f"[{rest}]" for rest in inner[1:]), value)


def typed(fields: JSON, shape: Any) -> JSON:
    """The fields with numbers and booleans where `shape` (a TypedDict) wants them; what does not fit stays text."""
    hints = fields_of(shape)
    return {name: _typed(value, hints[name]) if name in hints else value for name, value in fields.items()}


def _typed(value: Any, hint: Any) -> Any:
    options = _options(hint)
    if isinstance(value, dict):
        shape = next((option for option in options if typing_extensions.is_typeddict(option)), None)
        return typed(value, shape) if shape is not None else value
    if not isinstance(value, str):
        return value
    kinds = {kind_of(option) for option in options}
    if bool in kinds and value in {"true", "false"}:
        return value == "true"
    if int in kinds and re.fullmatch(r"-?\d+", value):
        return int(value)
    if float in kinds and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return value


def _options(hint: Any) -> list[Any]:
    hint = bare(hint)
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return [inner for option in typing.get_args(hint) for inner in _options(option)]
    return [hint]
