"""Supplies: a question's files, from Telegram to where the model can use them. Which way, says actors/intake.py.

Each file is downloaded once, prepared where it must be, uploaded once for a thread, and recorded with its OpenAI id,
owner and expiry before anything refers to it; the janitor deletes it there when the thread has ended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
from loguru import logger

from actors import intake
from actors.arriving import Arriving, Told
from actors.asking import Provisions
from actors.booking import Lines
from actors.fetching import Fetching, on_disk
from actors.heavy import in_thread
from actors.intake import ROWED, Route, ending, is_opened_first, is_refused, routes
from actors.orders import AnswerOrder, Order
from actors.purse import Purse
from actors.searching import Document, Searching
from actors.sending_on import JobUpload
from actors.sources import first_source, part_source, vision_source, whole_source
from actors.wording import one_line
from engine.ai.containers import Containers
from engine.ai.files import Files
from engine.ai.retries import with_retries
from engine.ai.vector_stores import VectorStores
from engine.core.clock import Clock
from engine.core.errors import GpttgError, UnreadableFileError
from engine.core.files import Attachment, StoredFile
from engine.core.ledger import LineStatus, Usage
from engine.media import pictures, splitting
from engine.runtime.behaviour import Job
from engine.store import budgets, inbox, marks, remote, remote_uploads
from engine.store.database import Database

FILE_DAYS = 30
"""How long OpenAI keeps an uploaded file: as long as it keeps responses."""
CONTAINER_MINUTES = 20
"""How long a container lives without use; the least that is billed."""
CONTAINER_MODEL = "container-1g"
"""The name under which containers are priced (engine/ai/prices.toml)."""
STORAGE_MODEL = "vector-storage"
"""The same of vector stores."""
UPLOADS_AT_ONCE = 4
"""Files of one question that are fetched and uploaded at the same moment."""
CONTAINER_FILES = 50
"""The most files that a new container gets from a thread's past."""


@dataclass(frozen=True)
class Remote:
    """OpenAI's places for files."""

    files: Files
    stores: VectorStores
    containers: Containers


class Supplies:
    """Provides what questions bring along."""

    def __init__(
        self, database: Database, fetching: Fetching, places: Remote, lines: Lines, purse: Purse, clock: Clock
    ) -> None:
        self._database = database
        self._fetching = fetching
        self._places = places
        self._searching = Searching(database, places.stores, clock)
        self._lines = lines
        self._purse = purse
        self._clock = clock

    async def provide(self, job: Job, order: AnswerOrder) -> Provisions:
        """Everything that the question's files become. One that can't be used is told in `unread`; if none of several
        can be used, or the only one, the error is raised."""
        provisions = Provisions()
        if not (order.files or order.documents or await self._has_any(job, order)):
            return provisions
        found: list[list[_Supplied]] = [[] for _ in order.files]
        limiter = anyio.Semaphore(UPLOADS_AT_ONCE)
        failures: list[GpttgError] = []
        told, coming = Told(order.arriving, order.language, "arriving-then-answer"), await self._coming(job, order)

        async def one(number: int, attachment: Attachment, telling: Arriving) -> None:
            async with limiter:
                try:
                    found[number] = await self._supplied(job, order, attachment, provisions, telling)
                except GpttgError as error:
                    failures.append(error)

        async with (
            self._fetching.telling(job, told, coming) as telling,
            anyio.create_task_group() as tasks,
        ):
            for number, attachment in enumerate(order.files):
                tasks.start_soon(one, number, attachment, telling)
        if failures:
            raise failures[0]
        supplied = [one for several in found for one in several]
        if provisions.unread and not supplied and not order.documents:
            code, name = provisions.unread[0]
            raise UnreadableFileError(code=code, name=name)
        supplied += [await self._document(job, order, document) for document in order.documents]
        provisions.content += [one.part for one in supplied if one.part is not None]
        large = [Document(one.file_id, one.name, one.whole) for one in supplied if one.route is Route.SEARCH]
        await self._searching.provide(job, order, provisions, large)
        await self._computed(job, order, provisions, [one for one in supplied if one.route is Route.COMPUTE])
        return provisions

    async def _coming(self, job: Job, order: AnswerOrder) -> list[Attachment]:
        """The files that OpenAI does not have yet."""
        sources = {file: first_source(file, way) for file, way in routes(order.files).items() if not is_refused(file)}
        return [file for file, source in sources.items() if await self._known(job, order, source) is None]

    async def _supplied(
        self, job: Job, order: AnswerOrder, attachment: Attachment, provisions: Provisions, telling: Arriving
    ) -> list[_Supplied]:
        way = routes(order.files)[attachment]
        if is_refused(attachment):
            provisions.unread.append(("packed" if is_opened_first(attachment) else "too_large", attachment.name))
            return []
        try:
            if way is Route.VISION:
                return await self._picture(job, order, attachment, telling)
            if (most := intake.part_bytes(attachment, way)) is not None:
                parts = await self._in_parts(job, order, attachment, most, telling)
                return [_Supplied(way, *part, None, attachment.name) for part in parts]
            file_id = await self._uploaded(job, order, attachment, telling)
            part = {"type": "input_file", "file_id": file_id} if way is Route.READ else None
            return [_Supplied(way, file_id, attachment.name, part, attachment.name)]
        except UnreadableFileError as error:
            logger.info("job {}: a file can't be used: {}", job.id, error.code)
            provisions.unread.append((error.code, attachment.name))
            return []

    async def _picture(
        self, job: Job, order: AnswerOrder, attachment: Attachment, telling: Arriving
    ) -> list[_Supplied]:
        """A picture, or some frames of one that moves, as the model looks at them."""
        sources = [vision_source(attachment, number) for number in range(pictures.FRAMES_MOST)]
        known = [await self._known(job, order, source) for source in sources]
        if not known[0]:
            path = await self._fetching.fetch(job, attachment, telling)
            with on_disk():
                prepared = await in_thread(pictures.prepare, path, path.parent)
            frames = prepared.frames or (prepared.path,)
            known = [
                await self._upload(job, order, frame, sources[number], f"picture-{number + 1}{frame.suffix}", "vision")
                for number, frame in enumerate(frames[: pictures.FRAMES_MOST])
            ]
            await self._fetching.discard(path, prepared.path, *prepared.frames)
        return [
            _Supplied(Route.VISION, file_id, "", {"type": "input_image", "detail": "auto", "file_id": file_id}, "")
            for file_id in known
            if file_id
        ]

    async def _document(self, job: Job, order: AnswerOrder, document: StoredFile) -> _Supplied:
        """A text of our own: a long transcript."""
        path = self._fetching.media.absolute(document.path)
        source = f"document:{document.path}"
        file_id = await self._known(job, order, source) or await self._upload(
            job, order, path, source, document.name, "user_data"
        )
        part = {"type": "input_file", "file_id": file_id}
        return _Supplied(Route.READ, file_id, document.name, part, document.name)

    async def _uploaded(self, job: Job, order: AnswerOrder, attachment: Attachment, telling: Arriving) -> str:
        source = whole_source(attachment)
        if known := await self._known(job, order, source):
            return known
        path = await self._fetching.fetch(job, attachment, telling)
        file_id = await self._upload(job, order, path, source, attachment.name or f"file{path.suffix}", "user_data")
        await self._fetching.discard(path)
        return file_id

    async def _in_parts(
        self, job: Job, order: AnswerOrder, attachment: Attachment, most: int, telling: Arriving
    ) -> list[tuple[str, str]]:
        """The ids and names of a text's or table's parts of `most` bytes. The first part is uploaded last: where it is
        known, all are."""
        known: list[tuple[str, str]] = []
        while (id_ := await self._known(job, order, part_source(attachment, len(known)))) is not None:
            known.append((id_, _part_name(attachment, len(known))))
        if known:
            return known
        path = await self._fetching.fetch(job, attachment, telling)
        split = partial(
            splitting.split_lines,
            path,
            path.with_name(f"{path.name}.parts"),
            is_table=ending(attachment) in ROWED,
            part_bytes=most,
            still_wanted=anyio.from_thread.check_cancelled,
        )
        parts: list[Path] = []
        try:
            async with self._fetching.room(attachment.size):
                parts = await self._fetching.heavily(job, split, attachment.size)
            return await self._parts_uploaded(job, order, attachment, parts)
        finally:
            with anyio.CancelScope(shield=True):
                await self._fetching.discard(path, *parts)
                await self._fetching.discard_folder(path.with_name(f"{path.name}.parts"))

    async def _parts_uploaded(
        self, job: Job, order: AnswerOrder, attachment: Attachment, parts: Sequence[Path]
    ) -> list[tuple[str, str]]:
        """UPLOADS_AT_ONCE at a time. Raises the first error."""
        uploaded: dict[int, tuple[str, str]] = {}
        failures: list[GpttgError] = []
        limiter = anyio.Semaphore(UPLOADS_AT_ONCE)

        async def one(number: int) -> None:
            async with limiter:
                if failures:
                    return
                try:
                    uploaded[number] = await self._part_uploaded(job, order, attachment, number, parts[number])
                except GpttgError as error:
                    failures.append(error)

        async with anyio.create_task_group() as tasks:
            for number in range(1, len(parts)):
                tasks.start_soon(one, number)
        await one(0)
        if failures:
            raise failures[0]
        return [uploaded[number] for number in range(len(parts))]

    async def _part_uploaded(
        self, job: Job, order: AnswerOrder, attachment: Attachment, number: int, path: Path
    ) -> tuple[str, str]:
        source, name = part_source(attachment, number), _part_name(attachment, number)
        known = await self._known(job, order, source)
        return known or await self._upload(job, order, path, source, name, "user_data"), name

    async def _has_any(self, job: Job, order: Order) -> bool:
        return await self._database.read(partial(remote.has_any, conversation=job.conversation, thread=order.thread))

    async def _known(self, job: Job, order: Order, source: str) -> str | None:
        until = self._clock() + timedelta(hours=1)
        found = partial(remote.find, conversation=job.conversation, thread=order.thread, source=source, at=until)
        return await self._database.read(found)

    async def _upload(self, job: Job, order: Order, path: Path, source: str, name: str, purpose: str) -> str:
        upload = partial(
            self._places.files.upload,
            path,
            name=name,
            mime="",
            purpose=purpose,
            expires_after_s=FILE_DAYS * 86_400,
            log=JobUpload(self._database, self._clock, job, source),
        )
        uploaded = await with_retries(upload)
        await self._keep(job, order, uploaded.id, "file", source, name=name, size=uploaded.bytes, days=FILE_DAYS)
        return uploaded.id

    async def _keep(
        self, job: Job, order: Order, id_: str, kind: str, source: str, *, name: str = "", size: int = 0, days: float
    ) -> None:
        thing = remote.Thing(id_, kind, job.conversation, order.thread, order.person.id, source, name, size)
        now = self._clock()

        def keep(db: sqlite3.Connection) -> None:
            remote.keep(db, thing, now, now + timedelta(days=days))
            remote_uploads.end(db, job.id, source)

        await self._database.write(keep)

    # ── the code interpreter ────────────────────────────────────────────────────────────────────────────────────────

    async def _computed(
        self, job: Job, order: AnswerOrder, provisions: Provisions, supplied: Sequence[_Supplied]
    ) -> None:
        """The thread's container: made for its first table, made anew with the same files when it has expired."""
        container = await self._known_container(job, order)
        before = await self._database.read(
            partial(remote.files_in_containers, conversation=job.conversation, thread=order.thread)
        )
        if container is None and not supplied and not before:
            return
        new = {one.file_id: one.name for one in supplied}
        if container is None:
            container = await self._new_container(job, order)
            new = dict(before[-CONTAINER_FILES:]) | new
        for file_id, name in new.items():
            path = await with_retries(partial(self._places.containers.add, container, file_id))
            provisions.notes.append(f"[The file {one_line(name)} is in the code interpreter at {path}]")
            await self._database.write(partial(remote.put_into_container, file_id=file_id))
        provisions.tools.append({"type": "code_interpreter", "container": container})

    async def _new_container(self, job: Job, order: AnswerOrder) -> str:
        """It is paid for when it is made: its ledger line is on disk together with its record. Raises OverBudgetError
        where there is no money for it."""
        usage = Usage(container_minutes=CONTAINER_MINUTES)
        await self._purse.hold(job, order, "container", CONTAINER_MODEL, usage)
        create = partial(self._places.containers.create, name=f"gpttg-{job.id}", idle_minutes=CONTAINER_MINUTES)
        container = await with_retries(create)
        now = self._clock()
        line = self._lines.line(
            job,
            order.person.id,
            "container",
            usage,
            LineStatus.COMPLETE,
            key=container,
            model=CONTAINER_MODEL,
            role=order.role,
        )
        thing = remote.Thing(container, "container", job.conversation, order.thread, order.person.id, "container")

        def keep(db: sqlite3.Connection) -> None:
            remote.keep(db, thing, now, now + timedelta(days=1))
            settled = budgets.settle(db, f"{job.id}:container", [line])
            inbox.accept(db, marks.arrivals(settled.passed, now), now)  # read at the latest when the job ends

        await self._database.write(keep)
        return container

    async def _known_container(self, job: Job, order: AnswerOrder) -> str | None:
        container = await self._known(job, order, "container")
        if container is None or await with_retries(partial(self._places.containers.alive, container)):
            return container
        await self._database.write(partial(remote.drop, thing_id=container, now=self._clock()))
        return None


def _part_name(attachment: Attachment, number: int) -> str:
    name = PurePath(attachment.name or "file.txt")
    return f"{name.stem}-part-{number + 1}{name.suffix}"


@dataclass(frozen=True)
class _Supplied:
    route: Route
    file_id: str
    name: str
    part: dict[str, Any] | None
    whole: str
    """the name of the file that it is a part of"""
