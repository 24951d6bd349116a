"""What Telegram has of a big file that an outbox row is waiting for: kept while it is sent, found after a kill."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial

from engine.core.clock import Clock
from engine.store import sent_parts
from engine.store.database import Database
from engine.telegram.parts import PartMap

PARTS_PER_NOTE = 64
"""So many new parts are noted together (32 MiB): what a kill can cost."""


@dataclass(eq=False)
class SentParts:
    """Those of one row."""

    database: Database
    clock: Clock
    row: int
    unnoted: int = 0

    async def found(self, size: int) -> tuple[int, PartMap]:
        """The file's number, and its parts as far as Telegram has them."""
        find = partial(sent_parts.find, row=self.row, size=size, now=self.clock())
        if (sent := await self.database.write(find)) is not None:  # behind the notes that nobody has waited for
            return sent.file_id, PartMap(size, sent.parts)
        file_id = secrets.randbits(63)
        await self.database.write(partial(sent_parts.begin, row=self.row, file_id=file_id, size=size, now=self.clock()))
        return file_id, PartMap(size)

    def came(self, parts: PartMap) -> None:
        """Telegram has one part more. Nobody waits for the note: without it a part is sent twice, which is one part."""
        self.unnoted += 1
        if self.unnoted >= PARTS_PER_NOTE or parts.is_whole:
            self.unnoted = 0
            self.database.write_later(partial(sent_parts.keep, row=self.row, parts=bytes(parts), now=self.clock()))

    async def forget(self) -> None:
        """Telegram does not have them any more: the next time it is another file."""
        await self.database.write(partial(sent_parts.drop, row=self.row))
