"""Vector stores: which files each holds, how far their indexing is by the clock, and when the store expires."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from engine.sandbox.openai.file_told import FilesTold, IndexingError
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.prompt import tokens_of
from engine.sandbox.openai.stored_files import Files, StoredFile
from engine.sandbox.openai.wire import JSON, ApiError

FileStatus = Literal["in_progress", "completed", "cancelled", "failed"]
AUTO_CHUNKING = {"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}}
STORES_MAX = 10_000
INDEXED_TOKENS = 5_000_000
"""The most of one file that is read in."""


@dataclass(slots=True)
class AttachedFile:
    """One file in one store: in progress until `ready_at`, then completed or failed."""

    file: StoredFile
    at: datetime
    ready_at: datetime
    error: IndexingError | None
    attributes: Mapping[str, Any]
    chunking: JSON
    batch_id: str | None = None
    is_cancelled: bool = False

    def status(self, now: datetime) -> FileStatus:
        """How far its indexing is."""
        if self.is_cancelled:
            return "cancelled"
        if now < self.ready_at:
            return "in_progress"
        return "failed" if self.error else "completed"

    def as_json(self, store_id: str, now: datetime) -> JSON:
        """The vector store file object."""
        status = self.status(now)
        failed = self.error if status == "failed" else None
        return {
            "id": self.file.id,
            "object": "vector_store.file",
            "created_at": int(self.at.timestamp()),
            "vector_store_id": store_id,
            "status": status,
            "usage_bytes": len(self.file.content) if status == "completed" else 0,
            "last_error": {"code": failed[0], "message": failed[1]} if failed else None,
            "attributes": dict(self.attributes),
            "chunking_strategy": self.chunking,
        }


@dataclass(slots=True)
class VectorStore:
    """One store; `days` without use end it."""

    id: str
    name: str
    metadata: Mapping[str, str]
    days: int | None
    created_at: datetime
    last_active_at: datetime
    attached: dict[str, AttachedFile] = field(default_factory=dict)
    batches: dict[str, datetime] = field(default_factory=dict)
    """When each batch of files was put in."""

    @property
    def expires_at(self) -> datetime | None:
        return self.last_active_at + timedelta(days=self.days) if self.days is not None else None


def counts_of(attached: Iterable[AttachedFile], now: datetime) -> JSON:
    """`file_counts` of a store or a batch."""
    statuses = [file.status(now) for file in attached]
    counts = {name: statuses.count(name) for name in ("in_progress", "completed", "cancelled", "failed")}
    return {**counts, "total": len(statuses)}


class VectorStores(Mapping[str, VectorStore]):
    """Every store that was not deleted, oldest first, the expired ones too."""

    def __init__(self, now: Callable[[], datetime], ids: Ids, files: Files, told: FilesTold) -> None:
        self._now = now
        self._ids = ids
        self._files = files
        self._told = told
        self._all: dict[str, VectorStore] = {}

    def __getitem__(self, store_id: str) -> VectorStore:
        return self._all[store_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, name: str, metadata: Mapping[str, str], days: int | None) -> VectorStore:
        """A new, empty store."""
        if len(self._all) >= STORES_MAX:
            raise ApiError(400, "You have too many vector stores. Delete some of them first.")
        now = self._now()
        store = VectorStore(self._ids.new("vs"), name, metadata, days, now, now)
        self._all[store.id] = store
        return store

    def find(self, store_id: str) -> VectorStore:
        """A store, expired or not; 404 when there is none."""
        store = self._all.get(store_id)
        if store is None:
            raise ApiError(404, f"Vector store with id '{store_id}' not found.", param="vector_store_id")
        return store

    def use(self, store_id: str) -> VectorStore:
        """A store about to be used, which puts off its end; 400 when it has expired."""
        store = self.find(store_id)
        if self.has_expired(store):
            message = f"Vector store '{store_id}' has expired."
            raise ApiError(400, message, code="vector_store_expired", param="vector_store_id")
        store.last_active_at = self._now()
        return store

    def has_expired(self, store: VectorStore) -> bool:
        """Whether it was not used for too long."""
        return store.expires_at is not None and store.expires_at <= self._now()

    def remove(self, store_id: str) -> None:
        """Delete a store; its files stay."""
        del self._all[store_id]

    def check_file(self, file_id: str) -> None:
        """404 when there is no such file to put into a store."""
        self._files.find(file_id)

    def attach(self, store: VectorStore, file_id: str, options: JSON, batch_id: str | None = None) -> AttachedFile:
        """Put a stored file into a store: from now on it is being indexed."""
        file = self._files.find(file_id)
        now = self._now()
        failures = self._told.indexing_failures
        error: IndexingError | None = failures.popleft() if failures else None
        if error is None and file.text is None:
            error = ("unsupported_file", "The file type is not supported.")
        elif error is None and tokens_of(file.text or "") > INDEXED_TOKENS:
            error = ("invalid_file", f"The file has more than {INDEXED_TOKENS} tokens.")
        attached = AttachedFile(
            file=file,
            at=now,
            ready_at=now + timedelta(seconds=self._told.indexing_s),
            error=error,
            attributes=options.get("attributes") or {},
            chunking=_chunking(options.get("chunking_strategy")),
            batch_id=batch_id,
        )
        store.attached[file_id] = attached
        return attached

    def new_batch(self, store: VectorStore) -> str:
        """The id of a batch of files put in now."""
        batch_id = self._ids.new("vsfb")
        store.batches[batch_id] = self._now()
        return batch_id

    def files_of(self, store: VectorStore) -> list[AttachedFile]:
        """What a store holds: a file that was deleted or has expired is in no store any more."""
        store.attached = {file_id: held for file_id, held in store.attached.items() if file_id in self._files}
        return list(store.attached.values())

    def as_json(self, store: VectorStore) -> JSON:
        """The vector store object, as it is now."""
        now = self._now()
        counts = counts_of(self.files_of(store), now)
        status = "in_progress" if counts["in_progress"] else "completed"
        return {
            "id": store.id,
            "object": "vector_store",
            "created_at": int(store.created_at.timestamp()),
            "name": store.name,
            "usage_bytes": self.size(store, now),
            "file_counts": counts,
            "status": "expired" if self.has_expired(store) else status,
            "expires_after": {"anchor": "last_active_at", "days": store.days} if store.days is not None else None,
            "expires_at": int(store.expires_at.timestamp()) if store.expires_at else None,
            "last_active_at": int(store.last_active_at.timestamp()),
            "metadata": dict(store.metadata),
        }

    def size(self, store: VectorStore, at: datetime) -> int:
        """The bytes that a store's indexed files take up at that time."""
        ready = [held for held in self.files_of(store) if held.status(at) == "completed"]
        return sum(len(held.file.content) for held in ready) * self._told.index_times

    def searchable(self, store: VectorStore) -> list[tuple[StoredFile, Mapping[str, Any]]]:
        """The files of a store that are indexed, with their attributes."""
        now = self._now()
        return [(held.file, held.attributes) for held in self.files_of(store) if held.status(now) == "completed"]


def _chunking(given: JSON | None) -> JSON:
    return AUTO_CHUNKING if given is None or given["type"] == "auto" else given
