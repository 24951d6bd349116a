"""The runtime as a whole: actors, jobs and timers around one database. Restart is not a special case here: what the
last process left behind is only the beginning of the path, with older dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from anyio.abc import TaskGroup

from engine.core.clock import Clock
from engine.core.moment import Moment
from engine.runtime.actors import Actors
from engine.runtime.behaviour import Behaviours, JobBody
from engine.runtime.janitor import Janitor
from engine.runtime.jobs import Jobs
from engine.runtime.timers import Timers
from engine.store import budgets, inbox, jobs
from engine.store.database import Database
from engine.store.jobs import JobRow


class Engine:
    """Carries events to conversations. `deliver(chat_id)` is called when a chat's outbox has something."""

    def __init__(
        self,
        database: Database,
        behaviours: Behaviours,
        bodies: Mapping[str, JobBody],
        janitor: Janitor,
        deliver: Callable[[int], None],
        clock: Clock,
        tasks: TaskGroup,
        observe: Callable[[str, Any], None] | None = None,
        moment: Callable[[int], Moment | None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._tasks = tasks
        self._deliver = deliver
        self.actors = Actors(database, behaviours, self, clock, tasks, observe, moment)
        self.jobs = Jobs(database, bodies, self.actors.accept, clock, tasks)
        self._timers = Timers(database, self.actors.accept, clock)
        self.janitor = janitor

    async def start(self) -> None:
        """Takes up what is open on disk, then runs in the task group."""
        await self._database.write(budgets.sweep)
        for row in await self._database.read(jobs.unfinished):
            self.jobs.start(row)
        self.actors.wake_all(await self._database.read(inbox.waiting_conversations))
        self._tasks.start_soon(self._timers.run)
        self._tasks.start_soon(self.janitor.run)

    async def accept(self, arrivals: Iterable[inbox.Arrival]) -> None:
        """Puts events into the inbox and wakes their conversations."""
        listed = list(arrivals)
        unit = partial(inbox.accept, arrivals=listed, now=self._clock())
        await self.actors.accept(unit, inbox.addressed(listed))

    def job_started(self, row: JobRow) -> None:
        """See `actors.Concerned`."""
        self.jobs.start(row)

    def job_stopped(self, job: str) -> None:
        """See `actors.Concerned`."""
        self.jobs.stop(job)

    def outbox_filled(self, chat_id: int) -> None:
        """See `actors.Concerned`."""
        self._deliver(chat_id)

    def timers_changed(self) -> None:
        """See `actors.Concerned`."""
        self._timers.changed()

    def thread_ended(self) -> None:
        """See `actors.Concerned`."""
        self.janitor.changed()
