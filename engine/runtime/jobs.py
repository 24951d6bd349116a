"""The jobs: slow work outside the actors, so that Stop works while the model thinks; durable, ended exactly once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial

from anyio.abc import TaskGroup

from engine.core.clock import Clock
from engine.crew import Crew
from engine.runtime.behaviour import Job, JobBody, JobResult
from engine.store import inbox, jobs
from engine.store.database import Database
from engine.store.inbox import Accept
from engine.supervisor import TRIES, GaveUp, guarded

JOBS_AT_ONCE = 2_000
"""Jobs that run at the same moment; the others wait, in order. A waiting job costs its row and a small object."""


class Jobs:
    """All jobs that are not done."""

    def __init__(
        self,
        database: Database,
        bodies: Mapping[str, JobBody],
        accept: Accept,
        clock: Clock,
        tasks: TaskGroup,
    ) -> None:
        self._database = database
        self._bodies = bodies
        self._accept = accept
        self._clock = clock
        self._crew = Crew(tasks)
        self._open: dict[str, Job] = {}
        self._ready: deque[tuple[Job, JobBody]] = deque()
        self._running = 0

    def start(self, row: jobs.JobRow) -> None:
        """Begins a job whose row is on disk."""
        job = Job(row)
        self._open[job.id] = job
        self._ready.append((job, self._bodies[row.kind]))
        self._fill()

    def stop(self, job_id: str) -> None:
        """Asks a job to end; one that is done already does not mind."""
        if job := self._open.get(job_id):
            job.stop()

    @property
    def open(self) -> int:
        """Jobs that run or wait."""
        return len(self._open)

    def is_open(self, job_id: str) -> bool:
        """Whether a job runs or waits."""
        return job_id in self._open

    def _fill(self) -> None:
        while self._ready and self._running < JOBS_AT_ONCE:
            self._running += 1
            self._crew.start_soon(self._work, *self._ready.popleft())

    async def _work(self, job: Job, body: JobBody) -> None:
        try:
            result = await self._result(job, body)
            arrivals = _arrivals(job, result)
            unit = partial(jobs.finish, job_id=job.id, arrivals=arrivals, lines=result.lines, now=self._clock())
            await self._accept(unit, inbox.addressed(arrivals))
        finally:
            del self._open[job.id]
            self._running -= 1
            self._fill()

    async def _result(self, job: Job, body: JobBody) -> JobResult:
        for _ in range(TRIES):
            try:
                return await guarded(f"job {job.id}", partial(body.run, job))
            except GaveUp:
                job.attempt = await self._database.write(partial(jobs.next_attempt, job_id=job.id))
        return await body.crashed(job)


def _arrivals(job: Job, result: JobResult) -> list[inbox.Arrival]:
    cause = f"job:{job.id}"
    own = inbox.Arrival(cause, job.conversation, result.event, cause=cause)
    return [own, *(inbox.Arrival(key, conversation, event, cause=cause) for key, conversation, event in result.posts)]
