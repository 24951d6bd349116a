"""A recording as a test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.recording.files import read_lines
from engine.recording.lines import Event
from engine.replay.cast import own_actors, played_by
from engine.replay.compare import Difference, first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.runtime.behaviour import Casting
from engine.store.database import Database


@dataclass(frozen=True)
class Replay:
    """A recording that has been replayed. `difference` is the first one between both, `missing` what did not come;
    `database` holds all that came, until the block ends."""

    script: Script
    database: Database
    difference: Difference | None
    missing: list[Event]

    @property
    def is_as_recorded(self) -> bool:
        """Whether everything came out the same."""
        return self.difference is None and not self.missing

    def __str__(self) -> str:
        """Both sides of the difference."""
        return "as recorded" if self.difference is None else "\n".join(beside(self.difference))


@asynccontextmanager
async def replay(file: Path, *, cast: Casting | None = None, until: int | None = None) -> AsyncIterator[Replay]:
    """Replays a file with the actors of `cast` (by default gpttg's own), up to the event `until` (an inbox id).

    Raises ConfigurationError for what is no recording.
    """
    script = Script(read_lines(file))
    if until is not None:
        script = script.until(until)
    async with replaying(script, own_actors if cast is None else played_by(cast)) as replayed:
        yield Replay(script, replayed.database, await first_difference(replayed), replayed.missing)
