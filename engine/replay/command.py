"""`gpttg replay`: a recording runs, and is told as it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio

from engine.recording.files import read_lines
from engine.recording.lines import Event
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.ground import InlineDatabase
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.replay.transcript import Transcript
from engine.store.invariants import broken


async def replay_and_tell(
    file: Path, say: Callable[[str], None], *, until: int | None, in_real_time: bool, strict: bool, checks: bool
) -> bool:
    """Replays a file; False if `strict` and it came out otherwise than recorded, or if `checks` and what must hold
    of the tables at rest does not.

    Raises ConfigurationError for what is no recording.
    """
    script = Script(await anyio.to_thread.run_sync(lambda: list(read_lines(file))))
    if until is not None:
        script = script.until(until)
    transcript = Transcript(say)
    pace = _Pace()

    async def told(database: InlineDatabase, event: Event) -> None:
        if in_real_time:
            await pace.keep(event)
        await transcript.told(database, event)

    async with replaying(script, own_actors, told) as replayed:
        for event in replayed.missing:
            say(f"event {event.id} ({event.key}) did not come")
        difference = await first_difference(replayed) if strict else None
        faults = await replayed.database.read(broken) if checks else []
    for fault in faults:
        say(fault)
    if difference is not None:
        for line in beside(difference):
            say(line)
        return False
    if strict:
        say(f"as recorded: {len(script.events)} events")
    return not faults


async def faults_of(file: Path) -> list[str]:
    """What does not hold of the tables (engine.store.invariants) after a recording has run.

    Raises ConfigurationError for what is no recording.
    """
    script = Script(await anyio.to_thread.run_sync(lambda: list(read_lines(file))))
    async with replaying(script, own_actors) as replayed:
        return await replayed.database.read(broken)


class _Pace:
    """Waits until an event's time has come, counted from the first one's."""

    def __init__(self) -> None:
        self._first: Event | None = None
        self._began_s = 0.0

    async def keep(self, event: Event) -> None:
        """Returns when it is time for this event."""
        if self._first is None:
            self._first, self._began_s = event, anyio.current_time()
        due_s = (event.received_at - self._first.received_at).total_seconds()
        await anyio.sleep(max(0.0, self._began_s + due_s - anyio.current_time()))
