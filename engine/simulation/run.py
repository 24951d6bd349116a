"""A run: the plan happens to the real bot, all comes to rest, the checkers look, and it is replayed."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import anyio
from loguru import logger

from engine.core.clock import Clock
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.lines import AnyLine
from engine.sandbox.house import sandbox_settings
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.told import Pace
from engine.sandbox.telegram import LocalTelegram
from engine.sandbox.time import jumping_clock
from engine.settings import Settings
from engine.simulation.asked import reply
from engine.simulation.checks import Evidence, faults_in
from engine.simulation.checks.again import not_again
from engine.simulation.loop import SimulationLoop, no_threads
from engine.simulation.machine import Machine, tasks_by_life
from engine.simulation.people import Crowd
from engine.simulation.plan import Plan
from engine.simulation.troubles import Troubles
from engine.store.invariants import nothing_is_open

REST_S = 4 * 3600.0
"""So long after the last act everything must have come to rest."""
SILENCE_S = 35 * 60.0
"""So long nobody does anything in the end: Telethon asks for what it may have missed after 15 minutes of silence, and
for what a supergroup's last message was, if need be, after 15 more."""
LOOK_EVERY_S = 20.0
RESTART_S = 10.0
"""How soon a process that has ended by itself is started again."""
DELTA_CHARS = 400
"""How much of an answer comes at a time."""
MEMORY_DIRECTORY = Path("/dev/shm")  # noqa: S108 - a disk in memory, where there is one


@dataclass
class Outcome:
    """What came of a plan: `faults` is empty if all is well."""

    plan: Plan
    faults: list[str] = field(default_factory=list)
    turns: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    virtual_s: float = 0.0
    transcript: str = ""
    recording: list[AnyLine] = field(default_factory=list)


def simulate(plan: Plan, *, keeps: bool = False, replays: bool = True) -> Outcome:
    """Runs a plan; the same one comes out the same. With `keeps` the outcome has its transcript and its recording.
    Without `replays` its recording is not replayed."""
    random.seed(plan.seed)  # what libraries draw: waits between retries, session ids
    with _folder() as folder, no_threads():
        run = _Run(plan, folder, keeps)
        outcome: Outcome = anyio.run(run.run, backend_options={"loop_factory": SimulationLoop})
        if replays and not outcome.faults:
            outcome.faults = anyio.run(not_again, outcome.recording)
    return outcome if keeps else replace(outcome, recording=[])


def clear_away() -> None:
    """Whoever ends this process in the middle of a world leaves nothing of it in memory."""
    for folder in _open:
        shutil.rmtree(folder, ignore_errors=True)


_open: set[Path] = set()
"""Folders of the worlds that this process is in."""


@contextmanager
def _folder() -> Iterator[Path]:
    directory = MEMORY_DIRECTORY if MEMORY_DIRECTORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix=f"gpttg-simulation-{os.getpid()}-", dir=directory) as name:
        folder = Path(name)
        _open.add(folder)
        try:
            yield folder
        finally:
            _open.discard(folder)


class _Run:
    """One plan, happening."""

    def __init__(self, plan: Plan, folder: Path, keeps: bool) -> None:
        self._plan = plan
        self._folder = folder
        self._keeps = keeps
        self._model: LocalOpenAI
        self._telegram: LocalTelegram
        self._crowd: Crowd
        self._machine: Machine

    async def run(self) -> Outcome:
        """Everything, from the first start to the verdict."""
        loop = asyncio.get_running_loop()
        loop.set_task_factory(tasks_by_life)  # type: ignore[arg-type]
        clock = self._clock(jumping_clock(loop))
        self._telegram = LocalTelegram(now=clock)
        self._model = LocalOpenAI(now=clock, seed=self._plan.seed, speed=self._speed())
        self._model.answers(reply)
        self._crowd = Crowd(self._telegram, self._plan)
        self._machine = Machine(self._telegram, self._model, self._settings(), clock)
        sink = self._machine.listen_to_log()
        try:
            return await self._happens()
        finally:
            logger.remove(sink)
            await self._machine.kill(0)

    def _clock(self, usual: Clock) -> Clock:
        """The usual one, or one by which a day ends where the plan says so."""
        now = usual()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        later = midnight - now - timedelta(seconds=self._plan.midnight_s) if self._plan.midnight_s else timedelta()
        return lambda: usual() + later

    def _speed(self) -> Pace:
        return Pace(seconds=self._plan.answer_s or None, delta_chars=DELTA_CHARS)

    def _settings(self) -> Settings:
        return sandbox_settings(
            self._telegram,
            self._folder / "gpttg.db",
            admins=[self._crowd.admin.id],
            members=[person.id for person in self._crowd.people],
            rate_per_minute=0,
            digest=("off",),
            openai_background=self._plan.background,
            **({"ask_above_usd": 0.0} if self._plan.asks_price else {}),
        )

    async def _happens(self) -> Outcome:
        began_s = anyio.current_time()
        await self._machine.start()
        self._grant_budgets()
        self._crowd.admin.says("/start")
        await anyio.sleep(5)
        held_bytes = self._machine.held_bytes
        troubles = Troubles(self._machine)
        async with anyio.create_task_group() as tasks:
            async with anyio.create_task_group() as world:
                world.start_soon(self._acts)
                world.start_soon(self._breaks, troubles)
                tasks.start_soon(self._watch_over_process)
            tasks.cancel_scope.cancel()
        troubles.end()
        await self._machine.start()
        is_at_rest = await self._comes_to_rest()
        grown_bytes = self._machine.held_bytes - held_bytes
        evidence = Evidence(self._crowd, self._machine, self._plan, is_at_rest, _tasks(), grown_bytes)
        outcome = Outcome(
            self._plan,
            faults_in(evidence),
            self._crowd.turns,
            troubles.made,
            self._machine.kills,
            anyio.current_time() - began_s,
        )
        if self._keeps:
            outcome.transcript = self._telegram.transcript()
        path = self._machine.settings.database_path
        outcome.recording = list(export(path, Selection(), self._machine.clock()))
        return outcome

    def _grant_budgets(self) -> None:
        with closing(sqlite3.connect(self._machine.settings.database_path)) as db, db:
            db.executemany("INSERT INTO budgets VALUES (?, ?, ?, 0, 0)", self._crowd.budgets())

    async def _acts(self) -> None:
        began_s = anyio.current_time()
        for act in self._plan.acts:
            await anyio.sleep_until(began_s + act.at_s)
            self._crowd.act(act)

    async def _watch_over_process(self) -> None:
        while True:
            await anyio.sleep(RESTART_S)
            if self._machine.has_died:
                await self._machine.start()

    async def _breaks(self, troubles: Troubles) -> None:
        began_s = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            for trouble in self._plan.breaks:
                await anyio.sleep_until(began_s + trouble.at_s)
                tasks.start_soon(troubles.make, trouble)

    async def _comes_to_rest(self) -> bool:
        await anyio.sleep(SILENCE_S)
        with anyio.move_on_after(REST_S):
            while True:
                await anyio.sleep(LOOK_EVERY_S)
                await self._machine.start()  # as whatever watches over a process does, should it have ended
                if self._machine.is_idle and not _is_open(self._machine.settings.database_path):
                    return True
        return False


def _is_open(path: Path) -> bool:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return any(nothing_is_open(db))


def _tasks() -> int:
    """Those that run; a crew's that wait for work (engine.crew) are bounded by themselves."""
    return sum("Crew._live" not in task.get_name() for task in asyncio.all_tasks())
