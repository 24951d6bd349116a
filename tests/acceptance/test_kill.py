"""The bot as a real process, killed with SIGKILL wherever it happens to be: nothing lost, doubled, reordered, unbooked.

GPTTG_KILL_SEED=<number> repeats a run's plan (when and what people write, when the bot is killed); where in its work
the bot then is depends on the machine. GPTTG_KILL_ROUNDS changes how many kills there are.
"""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.acceptance.bot_process import Nursery, nursery
from tests.acceptance.verdict import Verdict, is_at_rest, judge, open_work
from tests.acceptance.worlds import Worlds, until, worlds

pytestmark = [pytest.mark.anyio, pytest.mark.process, pytest.mark.timeout(120)]

KILLS = int(os.environ.get("GPTTG_KILL_ROUNDS", "52"))
QUESTIONS_PER_KILL = 4
START_S = 0.15
"""About what a forked bot needs until it is connected."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """The real loop and the real clock: there are processes outside."""
    return "asyncio"


@pytest.fixture(scope="module")
async def bots() -> AsyncIterator[Nursery]:
    """Where forked bots come from."""
    async with nursery() as warm:
        yield warm


@pytest.fixture
def seed() -> int:
    """Of this test's plan; a failing test shows it."""
    return int(os.environ.get("GPTTG_KILL_SEED") or secrets.randbelow(1_000_000))


def report(seed: int, world: Worlds, verdict: Verdict) -> str:
    """What a failure prints, and the figures that a success prints with -s."""
    kills = f"seed {seed}: {world.bot.kills} kills, {len(world.asked)} questions"
    if not verdict.faults:
        return "\n".join([kills, *verdict.remarks])
    return "\n".join(
        [
            f"GPTTG_KILL_SEED={seed}",
            *verdict.faults,
            "\n-- figures --",
            kills,
            *verdict.remarks,
            "",
            world.telegram.transcript(),
            "\n-- ledger --",
            *verdict.accounts,
            "\n-- log --",
            world.bot.last_words(),
        ]
    )


async def comes_to_rest(world: Worlds) -> None:
    """Waits until all is answered and nothing is open; the verdict tells what was not."""
    try:
        await until("at rest", lambda: is_at_rest(world))
    except TimeoutError as late:
        print(late)


async def comes_out_clean(seed: int, world: Worlds) -> Verdict:
    """The end of each test: it comes to rest, is killed for the last time, and everything is looked at."""
    await comes_to_rest(world)
    await world.bot.is_killed()
    verdict = judge(world)
    print(report(seed, world, verdict))
    assert not verdict.faults, report(seed, world, verdict)
    return verdict


async def lives_and_is_killed(world: Worlds, chance: random.Random) -> Counter[str]:
    """One life of the bot: it starts, people ask at random moments before, during and after, it is killed."""
    life_s = chance.choice([chance.uniform(0.0, START_S), chance.uniform(START_S, 0.6), chance.uniform(0.3, 1.0)])
    moments = sorted(chance.choice([0.0, chance.uniform(0.0, life_s)]) for _ in range(QUESTIONS_PER_KILL))
    began = anyio.current_time()
    await world.bot.starts()
    for moment in moments:
        await anyio.sleep_until(began + moment)
        world.anybody_asks(chance)
    await anyio.sleep_until(began + life_s)
    await world.bot.is_killed()
    return open_work(world.database_path)


async def first_login(world: Worlds) -> None:
    """Telegram keeps for a bot what is said after its first login."""
    await world.bot.starts()
    await until("logged in", lambda: bool(world.telegram.delivery.logged_in))


async def is_killed_many_times(world: Worlds, seed: int, kills: int) -> Verdict:
    """The long experiment. Kills hit every phase: the counts of what lay open at them are printed."""
    chance = random.Random(seed)
    for _ in range(40 * kills):
        world.model.takes(seconds=chance.choice([0.0, chance.uniform(0.0, 0.2), chance.uniform(0.1, 0.6)]))
    await first_login(world)
    await world.bot.is_killed()
    found: Counter[str] = Counter()
    for _ in range(kills):
        open_now = await lives_and_is_killed(world, chance)
        found += Counter({f"kills with open {name}": 1 for name, n in open_now.items() if n})
    await world.bot.starts()
    verdict = await comes_out_clean(seed, world)
    print(dict(found))
    return verdict


async def test_killed_again_and_again_it_loses_and_doubles_nothing(bots: Nursery, tmp_path: Path, seed: int) -> None:
    async with worlds(bots, tmp_path, people=6, groups=("supergroup", "basic")) as world:
        await is_killed_many_times(world, seed, KILLS)


async def test_background_responses_are_resumed_and_not_bought_twice(bots: Nursery, tmp_path: Path, seed: int) -> None:
    async with worlds(bots, tmp_path, people=4, background=True) as world:
        await is_killed_many_times(world, seed, max(1, KILLS // 4))
