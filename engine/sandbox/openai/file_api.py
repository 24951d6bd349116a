"""The file half of the local OpenAI, put together: what it keeps, its operations, and the tools of responses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import anyio

from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.bill import BilledCall
from engine.sandbox.openai.calls import Do
from engine.sandbox.openai.container_operations import ContainerOperations
from engine.sandbox.openai.containers import Containers
from engine.sandbox.openai.files import FileOperations
from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.interpreter import Interpreter
from engine.sandbox.openai.limits import Limits
from engine.sandbox.openai.seen import FileOperation, Operation, SeenRequest
from engine.sandbox.openai.storage import Storage
from engine.sandbox.openai.stored_files import Files, Room
from engine.sandbox.openai.tools import Tools
from engine.sandbox.openai.uploads import UploadOperations
from engine.sandbox.openai.vector_operations import VectorOperations
from engine.sandbox.openai.vector_stores import VectorStores
from engine.sandbox.openai.wire import Answer, ConnectionCut, Request


class FileApi:
    """`operations` by name, `tools` for responses, and everything kept, for tests to look at."""

    def __init__(self, behaviour: Behaviour, ids: Ids, limits: Limits, billed: Callable[[BilledCall], None]) -> None:
        now, told, room = behaviour.now, behaviour.files_told, Room(limits.stored)
        self._behaviour = behaviour
        self.files = Files(now, ids, room)
        self.vector_stores = VectorStores(now, ids, self.files, told)
        self.storage = Storage(now, self.vector_stores, billed)
        self.containers = Containers(now, ids, room, billed)
        uploading = UploadOperations(now, ids, room, self.files, limits)
        self.uploads = uploading.uploads
        self.tools = Tools(
            ids,
            self.files,
            self.vector_stores,
            Interpreter(self.containers, self.files, told),
            told,
            limits,
        )
        each: dict[FileOperation, Do] = {
            **FileOperations(self.files, limits).operations,
            **uploading.operations,
            **VectorOperations(now, self.vector_stores).operations,
            **ContainerOperations(now, self.containers, self.files, limits).operations,
        }
        self.operations: dict[Operation, Do] = {name: partial(self._run, name, do) for name, do in each.items()}

    async def _run(self, operation: FileOperation, do: Do, request: Request, seen: SeenRequest, name: str) -> Answer:
        """Do it, and then lose the answer when told so: what was done stays done."""
        answer = await do(request, seen, name)
        connection = self._behaviour.told.next_connection(operation)
        if connection is not None:
            if connection.kind == "stall":
                await anyio.sleep_forever()
            raise ConnectionCut
        return answer
