"""Uploads in parts: begun, filled part by part, completed into a file, cancelled, or expired after an hour.

As the API reference says, parts may be added until the maximum of an upload is reached; only those that are named at
the end must have the announced number of bytes. So a part whose answer was lost can be sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from openai.types.upload_complete_params import UploadCompleteParams
from openai.types.upload_create_params import UploadCreateParams
from typing_extensions import TypedDict

from engine.sandbox.openai.calls import Do, checked_body, checked_form
from engine.sandbox.openai.files import lasts_of
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.requests import check_number
from engine.sandbox.openai.seen import FileOperation, SeenRequest
from engine.sandbox.openai.stored_files import Files, Room, StoredFile
from engine.sandbox.openai.wire import JSON, Answer, ApiError, Request, json_answer

LIVES = timedelta(hours=1)
UPLOADS_MAX = 10_000
"""Then the oldest that has ended is forgotten."""


class _NoFields(TypedDict):
    """A part has nothing but its bytes."""


@dataclass(slots=True)
class Upload:
    """One upload: what was announced, and the parts that came."""

    id: str
    announced: JSON
    lasts_s: int | None
    created_at: datetime
    parts: dict[str, bytes] = field(default_factory=dict)
    status: Literal["pending", "completed", "cancelled", "expired"] = "pending"
    file: StoredFile | None = None

    @property
    def size(self) -> int:
        """Bytes that came so far."""
        return sum(map(len, self.parts.values()))

    def as_json(self) -> JSON:
        """The Upload object."""
        return {
            "id": self.id,
            "object": "upload",
            "bytes": self.announced["bytes"],
            "created_at": int(self.created_at.timestamp()),
            "expires_at": int((self.created_at + LIVES).timestamp()),
            "filename": self.announced["filename"],
            "purpose": self.announced["purpose"],
            "status": self.status,
            "file": self.file.as_json() if self.file else None,
        }


class UploadOperations:
    """One method per operation on uploads; `uploads` holds them all, by id."""

    def __init__(self, now: Callable[[], datetime], ids: Ids, room: Room, files: Files, limits: Limits) -> None:
        self._now = now
        self._ids = ids
        self._room = room
        self._files = files
        self._limits = limits
        self.uploads: dict[str, Upload] = {}
        self.operations: Mapping[FileOperation, Do] = {
            "upload_create": self._create,
            "upload_part": self._part,
            "upload_complete": self._complete,
            "upload_cancel": self._cancel,
        }

    async def _create(self, request: Request, _: SeenRequest, __: str) -> Answer:
        body = checked_body(request, UploadCreateParams)
        lasts_s = lasts_of(body)
        check_number("bytes", body["bytes"], 1, self._limits.upload)
        self._sweep()
        upload = Upload(self._ids.new("upload"), body, lasts_s, self._now())
        self.uploads[upload.id] = upload
        return json_answer(upload.as_json())

    async def _part(self, request: Request, seen: SeenRequest, name: str) -> Answer:
        upload = self._pending(name)
        _, part = checked_form(request, seen, _NoFields, "data")
        if len(part.content) > self._limits.part:
            raise ApiError(413, f"Part is too large. Each part can be at most {self._limits.part} bytes.", param="data")
        if upload.size + len(part.content) > self._limits.upload:
            raise ApiError(400, f"The parts exceed the maximum of {self._limits.upload} bytes.", param="data")
        self._room.take(len(part.content))
        part_id = self._ids.new("part")
        upload.parts[part_id] = bytes(part.content)
        created_at = int(self._now().timestamp())
        answer = {"id": part_id, "object": "upload.part", "created_at": created_at, "upload_id": upload.id}
        return json_answer(answer)

    async def _complete(self, request: Request, _: SeenRequest, name: str) -> Answer:
        upload = self._pending(name)
        body = checked_body(request, UploadCompleteParams)
        unknown = [part_id for part_id in body["part_ids"] if part_id not in upload.parts]
        if unknown:
            raise ApiError(400, f"No such Part object: {unknown[0]}", param="part_ids")
        content = b"".join(upload.parts[part_id] for part_id in body["part_ids"])
        if len(content) != upload.announced["bytes"]:
            message = f"Expected {upload.announced['bytes']} bytes in the parts, but got {len(content)}."
            raise ApiError(400, message, param="part_ids")
        if body.get("md5") not in {None, hashlib.md5(content, usedforsecurity=False).hexdigest()}:
            raise ApiError(400, "The md5 checksum does not match the uploaded bytes.", param="md5")
        self._end(upload, "completed")
        announced = upload.announced
        upload.file = self._files.add(announced["filename"], announced["purpose"], content, upload.lasts_s)
        return json_answer(upload.as_json())

    async def _cancel(self, _: Request, __: SeenRequest, name: str) -> Answer:
        upload = self._pending(name)
        self._end(upload, "cancelled")
        return json_answer(upload.as_json())

    def _pending(self, name: str) -> Upload:
        self._sweep()
        upload = self.uploads.get(name)
        if upload is None:
            raise ApiError(404, f"No such Upload object: {name}", param="id")
        if upload.status != "pending":
            raise ApiError(400, f"The Upload is {upload.status}; only a pending Upload can be changed.")
        return upload

    def _end(self, upload: Upload, status: Literal["completed", "cancelled", "expired"]) -> None:
        self._room.give(upload.size)
        upload.parts.clear()
        upload.status = status

    def _sweep(self) -> None:
        """Expire what is older than an hour, and forget the oldest that ended when there are too many."""
        now = self._now()
        for upload in self.uploads.values():
            if upload.status == "pending" and upload.created_at + LIVES <= now:
                self._end(upload, "expired")
        if len(self.uploads) >= UPLOADS_MAX:
            oldest = next((upload.id for upload in self.uploads.values() if upload.status != "pending"), None)
            dropped = self.uploads.pop(oldest or next(iter(self.uploads)))
            self._room.give(dropped.size)
