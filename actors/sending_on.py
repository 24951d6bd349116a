"""A job's large file on its way to OpenAI, as the database knows it: a restart sends the parts that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from engine.core.clock import Clock
from engine.core.uploads import BegunUpload
from engine.runtime.behaviour import Job
from engine.store import remote_uploads
from engine.store.database import Database


@dataclass(frozen=True)
class JobUpload:
    """The upload that a job makes of `source` (engine.ai.uploads.UploadLog)."""

    database: Database
    clock: Clock
    job: Job
    source: str

    @property
    def is_unwanted(self) -> bool:
        """See UploadLog."""
        return self.job.stopping

    async def found(self) -> BegunUpload | None:
        """See UploadLog."""
        find = partial(remote_uploads.find, job=self.job.id, source=self.source, now=self.clock())
        return await self.database.read(find)

    async def began(self, upload: BegunUpload) -> None:
        """See UploadLog."""
        begin = partial(remote_uploads.begin, job=self.job.id, source=self.source, upload=upload, now=self.clock())
        await self.database.write(begin)

    async def came(self, number: int, part_id: str) -> None:
        """See UploadLog."""
        note = partial(remote_uploads.note_part, job=self.job.id, source=self.source, number=number, part_id=part_id)
        await self.database.write(note)

    async def ended(self) -> None:
        """See UploadLog."""
        await self.database.write(partial(remote_uploads.end, job=self.job.id, source=self.source))
