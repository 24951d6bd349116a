"""The files that the local OpenAI keeps: found by id until they are deleted or expire, within the room there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from engine.sandbox.openai.documents import text_of
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.wire import JSON, ApiError

BATCH_KEPT_S = 30 * 86_400
"""Files for the Batch API expire after 30 days; all others stay until they are deleted."""


class Room:
    """The bytes that files, uploads and containers may keep together."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0

    def take(self, size: int) -> None:
        """Keep so many bytes more; 400 when they do not fit."""
        if self.used + size > self.most:
            raise ApiError(400, "You have exceeded your file storage quota. Delete files to free space.")
        self.used += size

    def give(self, size: int) -> None:
        """Let so many bytes go."""
        self.used -= size


@dataclass(frozen=True, eq=False)
class StoredFile:
    """One uploaded file."""

    id: str
    name: str
    purpose: str
    content: bytes
    created_at: datetime
    expires_at: datetime | None

    @cached_property
    def text(self) -> str | None:
        """Its text; None when it is no document that can be read."""
        return text_of(self.name, self.content)

    def as_json(self) -> JSON:
        """The File object."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": int(self.created_at.timestamp()),
            "expires_at": int(self.expires_at.timestamp()) if self.expires_at else None,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


class Files(Mapping[str, StoredFile]):
    """Every file that is kept now, oldest first."""

    def __init__(self, now: Callable[[], datetime], ids: Ids, room: Room) -> None:
        self._now = now
        self._ids = ids
        self._room = room
        self._all: dict[str, StoredFile] = {}

    def __getitem__(self, file_id: str) -> StoredFile:
        self._sweep()
        return self._all[file_id]

    def __iter__(self) -> Iterator[str]:
        self._sweep()
        return iter(list(self._all))

    def __len__(self) -> int:
        self._sweep()
        return len(self._all)

    def add(self, name: str, purpose: str, content: bytes, lasts_s: int | None) -> StoredFile:
        """Keep a file from now on, for so many seconds or the usual time of its purpose."""
        self._sweep()
        self._room.take(len(content))
        now = self._now()
        lasts_s = lasts_s or (BATCH_KEPT_S if purpose == "batch" else None)
        expires_at = now + timedelta(seconds=lasts_s) if lasts_s else None
        file_id = self._ids.new("file").replace("_", "-")
        self._all[file_id] = file = StoredFile(file_id, name, purpose, content, now, expires_at)
        return file

    def find(self, file_id: str) -> StoredFile:
        """A kept file; 404 when there is none."""
        file = self.get(file_id)
        if file is None:
            raise ApiError(404, f"No such File object: {file_id}", param="id")
        return file

    def remove(self, file_id: str) -> None:
        """Let a kept file go."""
        self._room.give(len(self._all.pop(file_id).content))

    def _sweep(self) -> None:
        """Let go of what has expired."""
        now = self._now()
        gone = [file.id for file in self._all.values() if file.expires_at is not None and file.expires_at <= now]
        for file_id in gone:
            self.remove(file_id)
