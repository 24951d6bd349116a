"""`gpttg simulate`: seeds run in processes of their own, figures are told, a failing one is made smaller and kept."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sqlite3
import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import NoReturn

import anyio
from loguru import logger

from engine.core.errors import ConfigurationError
from engine.recording.files import write_lines
from engine.replay.command import faults_of
from engine.simulation.checks.again import NOT_AGAIN
from engine.simulation.plan import TROUBLES, Plan, Trouble, plan_of, read_plan, write_plan
from engine.simulation.run import Outcome, clear_away, simulate
from engine.simulation.shrink import smaller

SEEDS_PER_PROCESS = 40
"""A process makes room for a fresh one after so many: what a thousand worlds leave behind lies in no one's memory."""
LEAST_S, ACT_S = 60.0, 0.2
"""So many seconds of CPU a plan may take, and for each act so many more: twenty times what they usually take."""
FAULTS_SHOWN = 10
"""Of one seed."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is to be simulated: a written plan, or `seeds` plans from `seed` on; failures are written to `folder`."""

    seed: int
    seeds: int
    people: int
    hours: float
    jobs: int
    folder: Path
    plan: Path | None = None
    shrinks: bool = True
    kinds: Collection[Trouble] | None = None
    """the only troubles that there may be"""

    def plans(self) -> Iterator[Plan]:
        """One after the other. Raises ConfigurationError for a file that is no plan."""
        if self.plan is not None:
            yield read_plan(self.plan)
            return
        for seed in range(self.seed, self.seed + self.seeds):
            yield plan_of(seed, self.people, self.hours, self.kinds)


@dataclass
class Figures:
    """What came of all of them."""

    seeds: int = 0
    turns: int = 0
    kills: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    troubles: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)

    def add(self, outcome: Outcome, cpu_s: float) -> None:
        """Adds a seed's."""
        self.seeds += 1
        self.turns += outcome.turns
        self.kills += outcome.kills
        self.virtual_s += outcome.virtual_s
        self.cpu_s += cpu_s
        self.troubles += outcome.troubles
        if outcome.faults:
            self.failed.append(outcome.plan.seed)

    def lines(self) -> Iterator[str]:
        """As people read them."""
        hours = f"{self.virtual_s / 3600:,.0f}"
        seeds, turns = _counted(f"{self.seeds:,}", "seed"), _counted(f"{self.turns:,}", "turn")
        yield f"{seeds}, {turns} in {_counted(hours, 'simulated hour')}"
        yield f"{self.turns / max(self.cpu_s, 0.001):,.0f} turns a second and core"
        made = ", ".join(f"{kind} {count:,}" for kind, count in sorted(self.troubles.items()))
        yield f"{self.troubles.total():,} troubles" + (f": {made}" if made else "")
        yield f"{self.kills:,} kills"
        yield f"failed: {', '.join(map(str, self.failed))}" if self.failed else "no fault was found"


def _counted(count: str, what: str) -> str:
    return f"{count} {what}" if count == "1" else f"{count} {what}s"


def kinds_of(names: Collection[str]) -> list[Trouble]:
    """Kinds of trouble by their names. Raises ConfigurationError for what is none."""
    if unknown := sorted(set(names) - set(TROUBLES)):
        raise ConfigurationError(f"no such trouble: {', '.join(unknown)}; there are {', '.join(sorted(TROUBLES))}")
    return [kind for kind in TROUBLES if kind in names]


def simulate_and_tell(wanted: Wanted, say: Say) -> bool:
    """Runs all, tells each and the whole; False if a checker found a fault.

    Raises ConfigurationError for a plan that can't be read. Whoever interrupts it has the figures until then.
    """
    figures = Figures()
    context = get_context("spawn")  # nothing of this process is in theirs
    with ProcessPoolExecutor(wanted.jobs, context, prepare, max_tasks_per_child=SEEDS_PER_PROCESS) as pool:
        try:
            _run(pool, wanted, figures, say)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.terminate()
            _tell(figures, say)
            raise
    _tell(figures, say)
    return not figures.failed


def _tell(figures: Figures, say: Say) -> None:
    for line in figures.lines():
        say(line)


def _run(pool: ProcessPoolExecutor, wanted: Wanted, figures: Figures, say: Say) -> None:
    for outcome, cpu_s in _outcomes(pool, wanted):
        figures.add(outcome, cpu_s)
        say(_line(outcome))
        for fault in outcome.faults[:FAULTS_SHOWN]:
            say(f"    {fault}")
        if outcome.faults:
            for line in pool.submit(keep, outcome.plan, outcome.faults, wanted.folder, wanted.shrinks).result():
                say(f"    {line}")


def _outcomes(pool: ProcessPoolExecutor, wanted: Wanted) -> Iterator[tuple[Outcome, float]]:
    """In the order of the seeds, a few ahead of who reads."""
    plans = wanted.plans()
    ahead: list[Future[tuple[Outcome, float]]] = [
        pool.submit(simulated, plan) for plan in islice(plans, 2 * wanted.jobs)
    ]
    while ahead:
        done = ahead.pop(0).result()
        ahead += [pool.submit(simulated, plan) for plan in islice(plans, 1)]
        yield done


def _line(outcome: Outcome) -> str:
    troubles = outcome.troubles.total()
    verdict = f"{len(outcome.faults)} FAULTS" if outcome.faults else "all is well"
    return f"seed {outcome.plan.seed}: {outcome.turns} turns, {troubles} troubles, {outcome.kills} kills: {verdict}"


def prepare() -> None:
    """Of a process in which plans run: what a killed bot leaves in the logs is nobody's business."""
    logging.disable(logging.CRITICAL)
    with suppress(ValueError):
        logger.remove(0)
    if (parent := parent_process()) is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends all of them
        signal.signal(signal.SIGTERM, _end)
        Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    gc.freeze()  # what is imported stays: the collector need not walk through it
    warnings.simplefilter("ignore", RuntimeWarning)  # coroutines of a killed process that never began


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    _end()


def _end(*_: object) -> NoReturn:
    clear_away()
    os._exit(1)  # nobody waits for what this process does


def simulated(plan: Plan) -> tuple[Outcome, float]:
    """What comes of a plan, and the seconds of this process that it took."""
    began_s = time.process_time()
    outcome = _simulated_in_time(plan)
    return outcome, time.process_time() - began_s


def _simulated_in_time(plan: Plan, *, keeps: bool = False, replays: bool = True) -> Outcome:
    """As `simulate`; a plan whose world turns for ever has that as its fault."""

    def end(*_: object) -> NoReturn:
        raise KeyboardInterrupt  # the one error that goes through an event loop

    previous = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, LEAST_S + ACT_S * len(plan.acts))
    try:
        return simulate(plan, keeps=keeps, replays=replays)
    except KeyboardInterrupt:
        return Outcome(plan, ["it comes to rest: it turns for ever"])
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def keep(plan: Plan, faults: list[str], folder: Path, shrinks: bool) -> list[str]:
    """Writes a failing plan, made smaller, and its recording; what is to be said about them."""
    checkers = _checkers(faults)
    if shrinks:
        replays = NOT_AGAIN in checkers
        plan = smaller(plan, lambda one: bool(checkers & _checkers(_simulated_in_time(one, replays=replays).faults)))
    outcome = _simulated_in_time(plan, keeps=True)
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"simulation-{plan.seed}"
    write_plan(plan, stem.with_suffix(".plan.json"))
    recording = stem.with_suffix(".jsonl.zst")
    write_lines(recording, outcome.recording)
    stem.with_suffix(".txt").write_text(outcome.transcript, encoding="utf-8")
    return [
        f"{len(plan.acts)} acts and {len(plan.breaks)} troubles are enough for it:",
        *(f"  {fault}" for fault in outcome.faults[:FAULTS_SHOWN]),
        f"again: gpttg simulate --plan {stem.with_suffix('.plan.json')} (what people saw: {stem.with_suffix('.txt')})",
        _of_replay(recording, _checkers(outcome.faults)),
    ]


def _checkers(faults: list[str]) -> set[str]:
    return {fault.partition(":")[0] for fault in faults}


def _of_replay(recording: Path, checkers: set[str]) -> str:
    """Whether the fault shows without the world around the bot, too."""
    if NOT_AGAIN in checkers:
        return f"its recording does not happen again: gpttg replay --strict --check {recording}"
    try:
        faults = anyio.run(faults_of, recording)
    except (ConfigurationError, sqlite3.Error) as error:
        return f"its recording is {recording}, which can't be replayed: {error}"
    if checkers & _checkers(faults):
        return f"fails, too: gpttg replay --check {recording}"
    if faults:
        return f"gpttg replay --check {recording} shows something else: {', '.join(sorted(_checkers(faults)))}"
    return f"its recording is {recording}; it replays without this fault: the cause is outside of the actors"
