"""The operations on vector stores: make, change, look, delete, search; and on the files in them, one by one or many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from openai.types.vector_store_create_params import VectorStoreCreateParams
from openai.types.vector_store_search_params import VectorStoreSearchParams
from openai.types.vector_store_update_params import VectorStoreUpdateParams
from openai.types.vector_stores.file_batch_create_params import FileBatchCreateParams
from openai.types.vector_stores.file_create_params import FileCreateParams

from engine.sandbox.openai.calls import Do, checked_body
from engine.sandbox.openai.paging import page_of
from engine.sandbox.openai.requests import check_metadata, check_number
from engine.sandbox.openai.searching import passes, search
from engine.sandbox.openai.seen import FileOperation, SeenRequest
from engine.sandbox.openai.shapes import missing
from engine.sandbox.openai.vector_stores import AttachedFile, VectorStore, VectorStores, counts_of
from engine.sandbox.openai.wire import JSON, Answer, ApiError, Request, json_answer

DAYS_MAX = 365
FILE_IDS_MAX, BATCH_MAX = 500, 2000
RESULTS_MAX, RESULTS_USUAL = 50, 10
CHUNK_MIN_TOKENS, CHUNK_MAX_TOKENS = 100, 4096


class VectorOperations:
    """One method per operation on vector stores."""

    def __init__(self, now: Callable[[], datetime], stores: VectorStores) -> None:
        self._now = now
        self._stores = stores
        self.operations: Mapping[FileOperation, Do] = {
            "vector_store_create": self._create,
            "vector_store_list": self._list,
            "vector_store_retrieve": self._retrieve,
            "vector_store_update": self._update,
            "vector_store_delete": self._delete,
            "vector_store_search": self._search,
            "vector_store_file_create": self._attach,
            "vector_store_file_list": self._list_files,
            "vector_store_file_retrieve": self._retrieve_file,
            "vector_store_file_delete": self._detach,
            "file_batch_create": self._create_batch,
            "file_batch_retrieve": self._retrieve_batch,
            "file_batch_cancel": self._cancel_batch,
            "file_batch_files": self._batch_files,
        }

    async def _create(self, request: Request, _: SeenRequest, __: str) -> Answer:
        body = checked_body(request, VectorStoreCreateParams)
        check_metadata(body.get("metadata") or {})
        file_ids = _few(body.get("file_ids") or [], "file_ids", FILE_IDS_MAX)
        days = _days(body)
        _check_chunking(body)
        for file_id in file_ids:
            self._stores.check_file(file_id)
        store = self._stores.add(body.get("name") or "", body.get("metadata") or {}, days)
        for file_id in file_ids:
            self._stores.attach(store, file_id, body)
        return json_answer(self._stores.as_json(store))

    async def _list(self, request: Request, _: SeenRequest, __: str) -> Answer:
        stores = [self._stores.as_json(store) for store in self._stores.values()]
        return json_answer(page_of(stores, request.query))

    async def _retrieve(self, _: Request, __: SeenRequest, name: str) -> Answer:
        return json_answer(self._stores.as_json(self._stores.find(name)))

    async def _update(self, request: Request, _: SeenRequest, name: str) -> Answer:
        store = self._stores.use(name)
        body = checked_body(request, VectorStoreUpdateParams)
        check_metadata(body.get("metadata") or {})
        if "expires_after" in body:
            store.days = _days(body)
        store.name = body.get("name") or store.name
        store.metadata = body.get("metadata") or store.metadata
        return json_answer(self._stores.as_json(store))

    async def _delete(self, _: Request, __: SeenRequest, name: str) -> Answer:
        self._stores.remove(self._stores.find(name).id)
        return json_answer({"id": name, "object": "vector_store.deleted", "deleted": True})

    async def _search(self, request: Request, _: SeenRequest, name: str) -> Answer:
        store = self._stores.use(name)
        body = checked_body(request, VectorStoreSearchParams)
        most = body.get("max_num_results", RESULTS_USUAL)
        check_number("max_num_results", most, 1, RESULTS_MAX)
        queries = [body["query"]] if isinstance(body["query"], str) else list(body["query"])
        wanted = body.get("filters")
        files = [entry for entry in self._stores.searchable(store) if passes(entry[1], wanted)]
        threshold = (body.get("ranking_options") or {}).get("score_threshold", 0.0)
        found = search(" ".join(queries), files, most, threshold)
        answer = {"object": "vector_store.search_results.page", "search_query": queries}
        data = [hit.as_page_entry() for hit in found]
        return json_answer({**answer, "data": data, "has_more": False, "next_page": None})

    # The files in a store

    async def _attach(self, request: Request, _: SeenRequest, name: str) -> Answer:
        store = self._stores.use(name)
        body = checked_body(request, FileCreateParams)
        _check_chunking(body)
        return json_answer(self._stores.attach(store, body["file_id"], body).as_json(store.id, self._now()))

    async def _list_files(self, request: Request, _: SeenRequest, name: str) -> Answer:
        store = self._stores.find(name)
        return self._page(store, self._stores.files_of(store), request)

    async def _retrieve_file(self, _: Request, __: SeenRequest, name: str) -> Answer:
        store, held = self._held(name)
        return json_answer(held.as_json(store.id, self._now()))

    async def _detach(self, _: Request, __: SeenRequest, name: str) -> Answer:
        store, held = self._held(name)
        del store.attached[held.file.id]
        return json_answer({"id": held.file.id, "object": "vector_store.file.deleted", "deleted": True})

    def _held(self, name: str) -> tuple[VectorStore, AttachedFile]:
        store_id, file_id = name.split("/")
        store = self._stores.find(store_id)
        self._stores.files_of(store)
        if file_id not in store.attached:
            raise ApiError(404, f"No file found with id '{file_id}' in vector store '{store_id}'.", param="file_id")
        return store, store.attached[file_id]

    def _page(self, store: VectorStore, files: list[AttachedFile], request: Request) -> Answer:
        now, wanted = self._now(), request.query.get("filter")
        listed = [held.as_json(store.id, now) for held in files if wanted in {None, held.status(now)}]
        return json_answer(page_of(listed, request.query))

    # Batches

    async def _create_batch(self, request: Request, _: SeenRequest, name: str) -> Answer:
        store = self._stores.use(name)
        body = checked_body(request, FileBatchCreateParams)
        if not body.get("file_ids") and not body.get("files"):
            raise missing("file_ids")
        if body.get("file_ids") and body.get("files"):
            raise ApiError(400, "Mutually exclusive parameters: 'file_ids' and 'files'.", param="files")
        entries = body.get("files") or [{**body, "file_id": file_id} for file_id in body["file_ids"]]
        for entry in _few(entries, "file_ids", BATCH_MAX):
            _check_chunking(entry)
            self._stores.check_file(entry["file_id"])
        batch_id = self._stores.new_batch(store)
        for entry in entries:
            self._stores.attach(store, entry["file_id"], entry, batch_id)
        return self._batch_answer(store, batch_id)

    async def _retrieve_batch(self, _: Request, __: SeenRequest, name: str) -> Answer:
        store, batch_id = self._batch(name)
        return self._batch_answer(store, batch_id)

    async def _cancel_batch(self, _: Request, __: SeenRequest, name: str) -> Answer:
        store, batch_id = self._batch(name)
        for held in self._in_batch(store, batch_id):
            held.is_cancelled = held.status(self._now()) == "in_progress"
        return self._batch_answer(store, batch_id)

    async def _batch_files(self, request: Request, _: SeenRequest, name: str) -> Answer:
        store, batch_id = self._batch(name)
        return self._page(store, self._in_batch(store, batch_id), request)

    def _batch(self, name: str) -> tuple[VectorStore, str]:
        store_id, batch_id = name.split("/")
        store = self._stores.find(store_id)
        if batch_id not in store.batches:
            raise ApiError(404, f"No file batch found with id '{batch_id}'.", param="batch_id")
        return store, batch_id

    def _in_batch(self, store: VectorStore, batch_id: str) -> list[AttachedFile]:
        return [held for held in self._stores.files_of(store) if held.batch_id == batch_id]

    def _batch_answer(self, store: VectorStore, batch_id: str) -> Answer:
        counts = counts_of(self._in_batch(store, batch_id), self._now())
        ended = "cancelled" if counts["cancelled"] else "completed"
        status = "in_progress" if counts["in_progress"] else ended
        if counts["total"] and counts["failed"] == counts["total"]:
            status = "failed"
        answer = {"id": batch_id, "object": "vector_store.files_batch", "vector_store_id": store.id}
        created_at = int(store.batches[batch_id].timestamp())
        return json_answer({**answer, "created_at": created_at, "status": status, "file_counts": counts})


def _few(entries: list[Any], path: str, most: int) -> list[Any]:
    """Refuse an array that is too long."""
    if len(entries) > most:
        message = f"Invalid '{path}': array too long. Expected an array with maximum length {most},"
        message += f" but got an array with length {len(entries)} instead."
        raise ApiError(400, message, code="array_above_max_length", param=path)
    return entries


def _days(body: JSON) -> int | None:
    after = body.get("expires_after")
    if after is None:
        return None
    check_number("expires_after.days", after["days"], 1, DAYS_MAX)
    return int(after["days"])


def _check_chunking(body: JSON) -> None:
    """Refuse chunks of a size that OpenAI does not make."""
    sizes = (body.get("chunking_strategy") or {}).get("static")
    if sizes is None:
        return
    path, most = "chunking_strategy.static", sizes["max_chunk_size_tokens"]
    check_number(f"{path}.max_chunk_size_tokens", most, CHUNK_MIN_TOKENS, CHUNK_MAX_TOKENS)
    check_number(f"{path}.chunk_overlap_tokens", sizes["chunk_overlap_tokens"], 0, most // 2)
