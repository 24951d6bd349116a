"""How fast a recording runs again: turns a second and core, without fsync, without network, with its comparison."""

from __future__ import annotations

import gc
import sys
import time
from functools import partial

import anyio
from loguru import logger

from engine.recording.lines import AnyLine, Event
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.sandbox.time import StillLoop
from engine.testing import quiet, sandbox

PEOPLE, EACH = 20, 50


def turns_per_second(times: int = 3) -> float:
    """Recorded turns (a question and its answer) that one core replays in a second: the best of some runs."""
    logger.remove()
    lines = anyio.run(partial(_recorded, PEOPLE, EACH), backend_options={"loop_factory": StillLoop})
    turns = sum(isinstance(line, Event) and line.cause.startswith("job:") for line in lines)
    script = Script(lines)
    gc.freeze()  # as the command does
    return max(turns / anyio.run(_cpu_s, script) for _ in range(times))


async def _recorded(people: int, each: int) -> list[AnyLine]:
    """A recording of people who each ask some questions."""
    async with sandbox(people=people) as house:
        for number in range(each):
            for one in house.people:
                await one.says(f"What is {number} times {one.id}?")
            await anyio.sleep(60)
            await quiet()
        return house.bot.recorded()


async def _cpu_s(script: Script) -> float:
    """CPU seconds of one replay, its comparison included."""
    began = time.process_time()
    async with replaying(script, own_actors) as replayed:
        difference = await first_difference(replayed)
    spent = time.process_time() - began
    if difference is not None or replayed.missing:
        sys.exit(f"the replay came out otherwise: {difference}")
    return spent


async def in_a_process_of_its_own() -> str:
    """The figure, as a sentence."""
    return (await anyio.run_process([sys.executable, "-m", "bench.replaying"])).stdout.decode().strip()


if __name__ == "__main__":
    print(f"replayed: {turns_per_second():.0f} turns a second and core, comparison included (target: 2,000)")
