"""The bot as a real process, killed with SIGKILL wherever it happens to be: nothing lost, doubled, reordered, unbooked.

GPTTG_KILL_SEED=<number> repeats a run's plan (when and what people write, when the bot is killed); where in its work
the bot then is depends on the machine. GPTTG_KILL_ROUNDS changes how many kills there are.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import sys
from collections import Counter
from pathlib import Path

import anyio
import pytest

from tests.acceptance.bot_process import ROOT, Nursery
from tests.acceptance.verdict import Verdict, is_at_rest, judge, open_work
from tests.acceptance.worlds import Worlds, until, worlds

pytestmark = [pytest.mark.anyio, pytest.mark.process, pytest.mark.timeout(240)]

KILLS = int(os.environ.get("GPTTG_KILL_ROUNDS", "52"))
QUESTIONS_PER_KILL = 4
REST_PATIENCE_S = 75.0
"""How long the end is waited for: a group's messages are paced, 20 a minute after the first 20."""
START_S = 0.15
"""About what a forked bot needs until it is connected."""


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
        await until("at rest", lambda: is_at_rest(world), REST_PATIENCE_S)
    except TimeoutError as late:
        print(late)
        world.bot.tells_what_it_waits_for()
        await anyio.sleep(0.5)


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
    world.telegram.faults.slow("sendMessage", 0.03)
    world.telegram.faults.slow("editMessage", 0.03)
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
    groups = ("supergroup", "basic") * 2  # few questions in each: its pace is not what is looked at here
    async with worlds(bots, tmp_path, people=6, groups=groups) as world:
        world.telegram.faults.random_id_duplicate(times=None)
        await is_killed_many_times(world, seed, KILLS)


async def test_background_responses_are_resumed_and_not_bought_twice(bots: Nursery, tmp_path: Path, seed: int) -> None:
    async with worlds(bots, tmp_path, people=4, background=True) as world:
        await is_killed_many_times(world, seed, max(1, KILLS // 4))


@pytest.mark.parametrize("delays_s", [(0.0, 0.02, 0.05, 0.1, 0.2), (0.35, 0.6, 1.0, 1.5)], ids=["at once", "later"])
async def test_a_kill_soon_after_the_first_login_loses_nothing(
    bots: Nursery, tmp_path: Path, seed: int, delays_s: tuple[float, ...]
) -> None:
    chance = random.Random(seed)
    async with anyio.create_task_group() as at_once:
        for number, delay_s in enumerate(delays_s):
            plan = random.Random(chance.random())
            at_once.start_soon(logs_in_and_is_killed, bots, tmp_path / f"{number}", seed, plan, delay_s)


async def logs_in_and_is_killed(bots: Nursery, path: Path, seed: int, chance: random.Random, delay_s: float) -> None:
    """People write from the moment at which Telegram has taken the first login, and go on when the bot is dead."""
    async with worlds(bots, path, people=3, groups=("supergroup", "basic")) as world:
        world.model.takes(seconds=chance.uniform(0.0, 0.3), times=1000)
        await first_login(world)
        began = anyio.current_time()
        for moment in sorted([0.0, *(chance.uniform(0.0, delay_s) for _ in range(6))]):
            await anyio.sleep_until(began + moment)
            world.anybody_asks(chance)
        await anyio.sleep_until(began + delay_s)
        await world.bot.is_killed()
        world.anybody_asks(chance)
        await world.bot.starts()
        world.anybody_asks(chance)
        await comes_out_clean(seed, world)


async def test_what_was_said_while_there_was_no_connection_is_answered(
    bots: Nursery, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    async with worlds(bots, tmp_path, people=4, groups=("supergroup", "basic")) as world:
        world.model.takes(seconds=0.3, times=1000)
        await first_login(world)
        for refused_s in (0.0, 0.4, 1.2):
            await until("listening", lambda: world.is_listening)
            for _ in range(5):
                world.anybody_asks(chance)
            await until(
                "an answer is being given", lambda: any(seen.outcome == "open" for seen in world.model.requests)
            )
            world.telegram.faults.refuse_connections(refused_s)
            await until("a connection was cut", lambda: world.telegram.faults.drop_connections() > 0)
            for _ in range(5):
                world.anybody_asks(chance)
        await comes_out_clean(seed, world)
        assert world.bot.kills == 1


async def test_the_command_itself_is_killed(bots: Nursery, tmp_path: Path, seed: int) -> None:
    """`python -m engine run`, killed twice; a forked bot finishes its work."""
    chance = random.Random(seed)
    async with worlds(bots, tmp_path, people=3) as world:
        world.model.takes(seconds=0.4, times=1000)
        for _ in range(2):
            environment = {**os.environ, **world.bot.environment}
            with world.bot.log.open("ab") as log:
                command = [sys.executable, "-m", "engine", "run", "--env-file", os.devnull]
                process = await anyio.open_process(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
            async with process:
                await until("listening", lambda: world.is_listening)
                for _ in range(5):
                    world.anybody_asks(chance)
                await anyio.sleep(chance.uniform(0.0, 0.6))
                assert process.returncode is None, world.bot.last_words()
                process.kill()
                assert await process.wait() == -signal.SIGKILL
            world.anybody_asks(chance)
        await world.bot.starts()
        await comes_out_clean(seed, world)
