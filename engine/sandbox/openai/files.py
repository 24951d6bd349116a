"""The operations on files: upload, list, look, download, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Required, get_args

from openai.types.file_create_params import ExpiresAfter
from openai.types.file_purpose import FilePurpose
from typing_extensions import TypedDict

from engine.sandbox.openai.calls import Do, checked_form
from engine.sandbox.openai.limits import MIB, Limits
from engine.sandbox.openai.paging import page_of
from engine.sandbox.openai.requests import check_number
from engine.sandbox.openai.seen import FileOperation, SeenRequest
from engine.sandbox.openai.stored_files import Files
from engine.sandbox.openai.wire import JSON, Answer, ApiError, Request, json_answer

PURPOSES = get_args(FilePurpose)
LISTED_MAX = 10_000
EXPIRES_MIN_S, EXPIRES_MAX_S = 3600, 2_592_000
NOT_DOWNLOADED = frozenset({"user_data", "assistants", "vision"})
"""Purposes whose files OpenAI takes and never gives back."""


class _Fields(TypedDict, total=False):
    purpose: Required[str]
    expires_after: ExpiresAfter


class FileOperations:
    """One method per operation on files."""

    def __init__(self, files: Files, limits: Limits) -> None:
        self._files = files
        self._limits = limits
        self.operations: Mapping[FileOperation, Do] = {
            "file_create": self._create,
            "file_list": self._list,
            "file_retrieve": self._retrieve,
            "file_content": self._content,
            "file_delete": self._delete,
        }

    async def _create(self, request: Request, seen: SeenRequest, _: str) -> Answer:
        fields, file = checked_form(request, seen, _Fields, "file")
        lasts_s = lasts_of(fields)
        if len(file.content) > self._limits.file:
            message = f"File is too large. The maximum file size is {self._limits.file // MIB} MB."
            raise ApiError(413, message, param="file")
        return json_answer(self._files.add(file.name, fields["purpose"], bytes(file.content), lasts_s).as_json())

    async def _list(self, request: Request, _: SeenRequest, __: str) -> Answer:
        purpose = request.query.get("purpose")
        listed = [file.as_json() for file in self._files.values() if purpose in {None, file.purpose}]
        return json_answer(page_of(listed, request.query, LISTED_MAX, LISTED_MAX))

    async def _retrieve(self, _: Request, __: SeenRequest, name: str) -> Answer:
        return json_answer(self._files.find(name).as_json())

    async def _content(self, _: Request, __: SeenRequest, name: str) -> Answer:
        file = self._files.find(name)
        if file.purpose in NOT_DOWNLOADED:
            raise ApiError(400, f"Not allowed to download files of purpose: {file.purpose}")
        return binary_answer(file.content, file.name)

    async def _delete(self, _: Request, __: SeenRequest, name: str) -> Answer:
        self._files.find(name)
        self._files.remove(name)
        return json_answer({"id": name, "object": "file", "deleted": True})


def lasts_of(fields: JSON) -> int | None:
    """The told life time of a file, in seconds; refuses a purpose or a time that OpenAI does not know."""
    purpose = fields["purpose"]
    if purpose not in PURPOSES:
        raise ApiError(400, f"'{purpose}' is not one of {list(PURPOSES)} - 'purpose'")
    after: dict[str, Any] | None = fields.get("expires_after")
    if after is None:
        return None
    check_number("expires_after.seconds", after["seconds"], EXPIRES_MIN_S, EXPIRES_MAX_S)
    return int(after["seconds"])


def binary_answer(content: bytes, name: str) -> Answer:
    """An answer that is a file to download."""
    ascii_name = name.encode("ascii", "replace").decode().translate({ord(sign): "_" for sign in '"\\\r\n'})
    headers = {
        "content-type": "application/octet-stream",
        "content-disposition": f'attachment; filename="{ascii_name}"',
    }
    return Answer(200, headers, content)
