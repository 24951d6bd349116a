"""Containers of the code interpreter: their files, their idle end by the clock, and their line of the bill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.sandbox.openai.bill import BilledCall, Usage
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.stored_files import Room
from engine.sandbox.openai.wire import JSON, ApiError

FOLDER = "/mnt/data/"
IDLE_MINUTES = 20
"""OpenAI's usual idle time, and the longest that can be asked for."""
CONTAINERS_MAX = 10_000
"""Then the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class ContainerFile:
    """One file in a container; `source` is user or assistant."""

    id: str
    name: str
    content: bytes
    created_at: datetime
    source: str

    def as_json(self, container_id: str) -> JSON:
        """The container file object."""
        return {
            "id": self.id,
            "object": "container.file",
            "bytes": len(self.content),
            "container_id": container_id,
            "created_at": int(self.created_at.timestamp()),
            "path": FOLDER + self.name,
            "source": self.source,
        }


@dataclass(slots=True)
class Container:
    """One container; so many `minutes` without use end it, and its files with it."""

    id: str
    name: str
    memory_limit: str
    minutes: int
    created_at: datetime
    last_active_at: datetime
    files: dict[str, ContainerFile] = field(default_factory=dict)

    def has_expired(self, now: datetime) -> bool:
        """Whether it was idle for too long."""
        return self.last_active_at + timedelta(minutes=self.minutes) <= now

    def as_json(self, now: datetime) -> JSON:
        """The container object, as it is now."""
        return {
            "id": self.id,
            "object": "container",
            "created_at": int(self.created_at.timestamp()),
            "status": "expired" if self.has_expired(now) else "running",
            "expires_after": {"anchor": "last_active_at", "minutes": self.minutes},
            "last_active_at": int(self.last_active_at.timestamp()),
            "memory_limit": self.memory_limit,
            "name": self.name,
            "network_policy": {"type": "disabled"},
        }


class Containers(Mapping[str, Container]):
    """Every container that was not deleted, oldest first, the expired ones too."""

    def __init__(self, now: Callable[[], datetime], ids: Ids, room: Room, billed: Callable[[BilledCall], None]) -> None:
        self._now = now
        self._ids = ids
        self._room = room
        self._billed = billed
        self._all: dict[str, Container] = {}

    def __getitem__(self, container_id: str) -> Container:
        return self._all[container_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, name: str, memory_limit: str | None, minutes: int = IDLE_MINUTES) -> Container:
        """A new container, billed at once for the minutes that it may idle."""
        self.sweep()
        if len(self._all) >= CONTAINERS_MAX:
            self.remove(next(iter(self._all)))
        now = self._now()
        container = Container(self._ids.new("cntr"), name, memory_limit or "1g", minutes, now, now)
        self._all[container.id] = container
        usage = Usage(container_minutes=minutes)
        model = f"container-{container.memory_limit}"
        self._billed(BilledCall(container.id, model, usage, "complete", now, operation="container"))
        return container

    def find(self, container_id: str) -> Container:
        """A container, expired or not; 404 when there is none."""
        container = self._all.get(container_id)
        if container is None:
            raise ApiError(404, f"Container with id '{container_id}' not found.")
        return container

    def use(self, container_id: str) -> Container:
        """A container about to be used, which puts off its end; 400 when it has expired."""
        container = self.find(container_id)
        if container.has_expired(self._now()):
            raise ApiError(400, "Container is expired.", code="container_expired")
        container.last_active_at = self._now()
        return container

    def is_running(self, container_id: str | None) -> bool:
        """Whether there is such a container, and it has not expired."""
        container = self._all.get(container_id or "")
        return container is not None and not container.has_expired(self._now())

    def remove(self, container_id: str) -> None:
        """Delete a container with its files."""
        self._empty(self._all.pop(container_id))

    def put(self, container: Container, name: str, content: bytes, source: str = "user") -> ContainerFile:
        """Put a file into a container; one of the same name is replaced."""
        self._room.take(len(content))
        name = name.rsplit("/", 1)[-1] or "file"
        for old in [file for file in container.files.values() if file.name == name]:
            self.drop(container, old.id)
        file = ContainerFile(self._ids.new("cfile"), name, content, self._now(), source)
        container.files[file.id] = file
        return file

    def drop(self, container: Container, file_id: str) -> None:
        """Take a file out of a container."""
        self._room.give(len(container.files.pop(file_id).content))

    def sweep(self) -> None:
        """The files of expired containers are gone."""
        for container in self._all.values():
            if container.files and container.has_expired(self._now()):
                self._empty(container)

    def _empty(self, container: Container) -> None:
        self._room.give(sum(len(file.content) for file in container.files.values()))
        container.files.clear()
