"""What stands for the outside in a replay: a Telegram that answers as recorded, jobs that end as recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import anyio
import msgspec
from telethon import types

from engine.core.clock import Clock, from_micros
from engine.core.effects import Edit, Send
from engine.core.errors import RefusedError, UndeliverableError
from engine.core.ledger import LedgerLine, Usage
from engine.core.moment import present
from engine.recording.lines import Json, Outbox
from engine.replay.script import Script
from engine.runtime.behaviour import Behaviours, Job, JobBody, JobResult
from engine.store import outbox
from engine.store.database import Database
from engine.telegram.pacing import Pacing
from engine.telegram.rights import seen_as, seen_in_moment
from engine.telegram.sender import Sender

UNRECORDED_MESSAGE_ID = 10**9
"""Messages that the recording does not have get ids from here on."""

_recorded: ContextVar[Outbox | None] = ContextVar("recorded", default=None)


class RecordedTelegram:
    """Takes calls as Telegram took them: the same message ids, the same refusals."""

    def __init__(self) -> None:
        self._next_id = UNRECORDED_MESSAGE_ID

    async def invoke(self, request: Any) -> Any:
        """See engine.telegram.calls.Invoker."""
        recorded = _recorded.get()
        if recorded is not None and recorded.status == "failed":
            raise UndeliverableError(recorded.error)
        if hasattr(request, "random_id"):
            return types.Updates([*self._named(request, recorded)], [], [], None, 0)
        is_edit = hasattr(request, "id") and recorded is not None and recorded.effect is not None
        if is_edit and recorded is not None and recorded.message_id not in (None, request.id):
            raise RefusedError(code="MESSAGE_ID_INVALID")  # it was gone, and the edit became a new message
        return True

    def _named(self, request: Any, recorded: Outbox | None) -> Iterator[Any]:
        if recorded is None or recorded.status == "pending":
            self._next_id += 1
            yield types.UpdateMessageID(self._next_id, request.random_id)
        elif recorded.message_id is not None:
            yield types.UpdateMessageID(recorded.message_id, request.random_id)


class Unhurried(Pacing):
    """In a recording everything has its time already."""

    def before_message(self, chat_id: int) -> float:
        """See Pacing."""
        del chat_id
        return 0.0


class RecordedSender(Sender):
    """The sender, which knows of each row what became of it. Files that were sent are not in recordings: an empty one
    stands in their place."""

    def __init__(self, database: Database, script: Script, clock: Clock, tasks: Any, media_root: Path) -> None:
        super().__init__(database, RecordedTelegram(), Unhurried(lambda: 0.0), clock, tasks, media_root)
        self._script = script
        self._media_root = media_root

    async def _deliver(self, row: outbox.OutboxRow, peer: Any) -> None:
        token = _recorded.set(self._script.calls.get(row.cause))
        try:
            if isinstance(row.effect, Send | Edit) and row.effect.file is not None:
                await self._stand_in(row.effect.file.path)
            await super()._deliver(row, peer)
        finally:
            _recorded.reset(token)

    async def _stand_in(self, name: str) -> None:
        """An empty file where one was; nowhere else, whatever a recording says."""
        root = self._media_root.resolve()
        path = anyio.Path((root / name).resolve())
        if path.is_relative_to(root):
            await path.parent.mkdir(parents=True, exist_ok=True)
            await path.write_bytes(b"\0")


class RecordedRights:
    """Who is an admin of a group, and the bot's own username: as Telegram said then."""

    def __init__(self, username: str) -> None:
        self.username = username

    def seen(self, chat_id: int, person_id: int) -> bool | None:
        """See actors.looking.GroupRights."""
        return seen_in_moment(chat_id, person_id)

    async def is_admin(self, chat_id: int, person_id: int) -> bool:
        """See actors.looking.GroupRights."""
        if chat_id > 0 or person_id == chat_id:
            return True
        now, asked = present(), seen_as(chat_id, person_id)
        if now is None or now.recorded is None:
            return False
        answer = bool(now.recorded.get(asked, False))
        now.seen[asked] = answer
        return answer


class RecordedJobs(dict[str, JobBody]):
    """The body of every kind of job: waits until it is its turn, then ends as recorded."""

    def __init__(self, script: Script, behaviours: Behaviours) -> None:
        super().__init__()
        self._script = script
        self._behaviours = behaviours
        self._turns: dict[str, asyncio.Event] = {}
        self._read: dict[str, JobResult] = {}

    def __missing__(self, kind: str) -> JobBody:
        return self

    def turn_of(self, job: str) -> asyncio.Event:
        """Set it, and the job ends."""
        return self._turns.setdefault(job, asyncio.Event())

    async def ended(self, job: str) -> None:
        """Waits until nothing more is asked of the outside for this job, whose turn it is: nothing ever is."""

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        await self.turn_of(job.id).wait()
        return await self.crashed(job)

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        self.read(job.id)
        return self._read.pop(job.id)

    def read(self, job: str) -> None:
        """Makes a job's result ready. Raises for what no job can end with."""
        if job not in self._read:
            own, *others = self._script.results[job]
            read = self._behaviours.read
            self._read[job] = JobResult(
                read(own.conversation, encoded(own.event)),
                [ledger_line(one.line) for one in self._script.booked[job]],
                [(one.key, one.conversation, read(one.conversation, encoded(one.event))) for one in others],
            )


def encoded(thing: Json | None) -> str:
    """As it lies in the database."""
    return msgspec.json.encode(thing).decode()


def ledger_line(recorded: Json) -> LedgerLine:
    """A line to be booked."""
    usage = {name: recorded[name] for name in Usage.__struct_fields__ if name in recorded}
    line = {name: recorded[name] for name in LedgerLine.__struct_fields__ if name in recorded}
    return msgspec.convert(line | {"usage": usage, "at": from_micros(recorded["at"])}, LedgerLine)
