"""The paths of the file half: files, uploads in parts, vector stores, containers."""

from __future__ import annotations

from engine.sandbox.openai.seen import FileOperation

_ID = r"(?P<id>[^/]+)"
_FILES = f"{_ID}/files"
_FILE = f"{_ID}/files/(?P<inner>[^/]+)"
_BATCH = f"{_ID}/file_batches/(?P<inner>[^/]+)"

FILE_ROUTES: tuple[tuple[str, str, FileOperation], ...] = (
    ("POST", "/files", "file_create"),
    ("GET", "/files", "file_list"),
    ("GET", f"/files/{_ID}", "file_retrieve"),
    ("GET", f"/files/{_ID}/content", "file_content"),
    ("DELETE", f"/files/{_ID}", "file_delete"),
    ("POST", "/uploads", "upload_create"),
    ("POST", f"/uploads/{_ID}/parts", "upload_part"),
    ("POST", f"/uploads/{_ID}/complete", "upload_complete"),
    ("POST", f"/uploads/{_ID}/cancel", "upload_cancel"),
    ("POST", "/vector_stores", "vector_store_create"),
    ("GET", "/vector_stores", "vector_store_list"),
    ("GET", f"/vector_stores/{_ID}", "vector_store_retrieve"),
    ("POST", f"/vector_stores/{_ID}", "vector_store_update"),
    ("DELETE", f"/vector_stores/{_ID}", "vector_store_delete"),
    ("POST", f"/vector_stores/{_ID}/search", "vector_store_search"),
    ("POST", f"/vector_stores/{_FILES}", "vector_store_file_create"),
    ("GET", f"/vector_stores/{_FILES}", "vector_store_file_list"),
    ("GET", f"/vector_stores/{_FILE}", "vector_store_file_retrieve"),
    ("DELETE", f"/vector_stores/{_FILE}", "vector_store_file_delete"),
    ("POST", f"/vector_stores/{_ID}/file_batches", "file_batch_create"),
    ("GET", f"/vector_stores/{_BATCH}", "file_batch_retrieve"),
    ("POST", f"/vector_stores/{_BATCH}/cancel", "file_batch_cancel"),
    ("GET", f"/vector_stores/{_BATCH}/files", "file_batch_files"),
    ("POST", "/containers", "container_create"),
    ("GET", "/containers", "container_list"),
    ("GET", f"/containers/{_ID}", "container_retrieve"),
    ("DELETE", f"/containers/{_ID}", "container_delete"),
    ("POST", f"/containers/{_FILES}", "container_file_create"),
    ("GET", f"/containers/{_FILES}", "container_file_list"),
    ("GET", f"/containers/{_FILE}", "container_file_retrieve"),
    ("GET", f"/containers/{_FILE}/content", "container_file_content"),
    ("DELETE", f"/containers/{_FILE}", "container_file_delete"),
)
