"""The operations on containers: make, look, delete; and on the files in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Required

from openai.types.container_create_params import ContainerCreateParams
from typing_extensions import TypedDict

from engine.sandbox.openai.calls import Do, checked_body, checked_form
from engine.sandbox.openai.containers import IDLE_MINUTES, Container, ContainerFile, Containers
from engine.sandbox.openai.files import binary_answer
from engine.sandbox.openai.forms import is_form
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.paging import page_of
from engine.sandbox.openai.requests import check_number
from engine.sandbox.openai.seen import FileOperation, SeenRequest
from engine.sandbox.openai.stored_files import Files
from engine.sandbox.openai.wire import Answer, ApiError, Request, json_answer


class _ById(TypedDict):
    file_id: Required[str]


class _NoFields(TypedDict):
    """A file sent as a form has nothing beside it."""


class ContainerOperations:
    """One method per operation on containers."""

    def __init__(self, now: Callable[[], datetime], containers: Containers, files: Files, limits: Limits) -> None:
        self._now = now
        self._containers = containers
        self._files = files
        self._limits = limits
        self.operations: Mapping[FileOperation, Do] = {
            "container_create": self._create,
            "container_list": self._list,
            "container_retrieve": self._retrieve,
            "container_delete": self._delete,
            "container_file_create": self._put,
            "container_file_list": self._list_files,
            "container_file_retrieve": self._retrieve_file,
            "container_file_content": self._content,
            "container_file_delete": self._delete_file,
        }

    async def _create(self, request: Request, _: SeenRequest, __: str) -> Answer:
        body = checked_body(request, ContainerCreateParams)
        minutes = (body.get("expires_after") or {}).get("minutes", IDLE_MINUTES)
        check_number("expires_after.minutes", minutes, 1, IDLE_MINUTES)
        files = [self._files.find(file_id) for file_id in body.get("file_ids") or ()]
        container = self._containers.add(body["name"], body.get("memory_limit"), minutes)
        for file in files:
            self._containers.put(container, file.name, file.content)
        return json_answer(container.as_json(self._now()))

    async def _list(self, request: Request, _: SeenRequest, __: str) -> Answer:
        wanted = request.query.get("name")
        listed = [each.as_json(self._now()) for each in self._containers.values() if wanted in {None, each.name}]
        return json_answer(page_of(listed, request.query))

    async def _retrieve(self, _: Request, __: SeenRequest, name: str) -> Answer:
        container = self._containers.find(name)
        if self._containers.is_running(name):
            self._containers.use(name)  # looking at it counts as use
        return json_answer(container.as_json(self._now()))

    async def _delete(self, _: Request, __: SeenRequest, name: str) -> Answer:
        self._containers.remove(self._containers.find(name).id)
        return json_answer({"id": name, "object": "container.deleted", "deleted": True})

    async def _put(self, request: Request, seen: SeenRequest, name: str) -> Answer:
        container = self._containers.use(name)
        if is_form(request):
            _, sent = checked_form(request, seen, _NoFields, "file")
            if len(sent.content) > self._limits.file:
                raise ApiError(413, "File is too large.", param="file")
            file = self._containers.put(container, sent.name, bytes(sent.content))
        else:
            stored = self._files.find(checked_body(request, _ById)["file_id"])
            file = self._containers.put(container, stored.name, stored.content)
        return json_answer(file.as_json(container.id))

    async def _list_files(self, request: Request, _: SeenRequest, name: str) -> Answer:
        container = self._containers.use(name)
        return json_answer(page_of([file.as_json(name) for file in container.files.values()], request.query))

    async def _retrieve_file(self, _: Request, __: SeenRequest, name: str) -> Answer:
        container, file = self._found(name)
        return json_answer(file.as_json(container.id))

    async def _content(self, _: Request, __: SeenRequest, name: str) -> Answer:
        _container, file = self._found(name)
        return binary_answer(file.content, file.name)

    async def _delete_file(self, _: Request, __: SeenRequest, name: str) -> Answer:
        container, file = self._found(name)
        self._containers.drop(container, file.id)
        return json_answer({"id": file.id, "object": "container.file.deleted", "deleted": True})

    def _found(self, name: str) -> tuple[Container, ContainerFile]:
        container_id, file_id = name.split("/")
        container = self._containers.use(container_id)
        file = container.files.get(file_id)
        if file is None:
            raise ApiError(404, f"File with id '{file_id}' not found in container '{container_id}'.")
        return container, file
