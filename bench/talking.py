"""People who talk to the bot: one message at a time, and a crowd all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import anyio

from bench.process import PATIENCE_S, until
from bench.world import (
    SETTLE_S,
    Stopwatch,
    World,
    a_world,
    answers_of,
    ledger_rows,
    machine_ms,
    question,
    seconds_since,
    utc_now,
)
from engine.sandbox.openai import INSTANT, Pace
from engine.sandbox.telegram import Person

WARM_UP = 20
"""Messages before the clock starts: imports on first use, prices, caches."""
MESSAGES_A_PERSON = 10
"""One at a time: below the burst that the pacing lets through in a chat."""


@dataclass
class Talk:
    """What a run has shown."""

    messages: int
    wall_s: float
    cpu_s: float
    sqlite_cpu_s: float
    stand_in_cpu_s: float
    peak_mb: float
    idle_mb: float
    machine_ms: float = field(default_factory=machine_ms)
    first_text_ms: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def cpu_ms(self) -> float:
        """The bot's CPU for one message."""
        return self.cpu_s * 1000 / self.messages

    @property
    def per_s(self) -> float:
        """Messages answered in a second."""
        return self.messages / self.wall_s

    @property
    def first_ms(self) -> float:
        """The median of the times to the first visible text."""
        return median(self.first_text_ms) if self.first_text_ms else float("nan")


async def one_at_a_time(messages: int, *, profiled: bool = False) -> Talk:
    """Each message waits for the answer of the one before; the model answers at once."""
    async with a_world(messages // MESSAGES_A_PERSON, INSTANT) as world, world.bot() as bot:
        idle_mb = bot.rss_mb
        await warm_up(world)
        if profiled:
            bot.begin_profile()
        watch = Stopwatch(bot)
        first_text_ms = []
        for number in range(messages):
            person = world.people[number % len(world.people)]
            first_text_ms.append(await ask_and_wait(world, person, number))
        wall_s = watch.wall_s
        await anyio.sleep(SETTLE_S)
        talk = Talk(
            messages,
            wall_s,
            watch.cpu_s,
            watch.sqlite_cpu_s,
            watch.stand_in_cpu_s,
            bot.peak_mb,
            idle_mb,
            first_text_ms=first_text_ms,
        )
        if profiled:
            talk.profile = await bot.end_profile()
        talk.faults = _faults(world, bot.database)
        return talk


async def a_crowd(chats: int, each: int, model_s: float, *, profiled: bool = False) -> Talk:
    """Everybody sends all their messages at once; the model takes `model_s` for each answer."""
    async with a_world(chats, INSTANT) as world, world.bot() as bot:
        idle_mb = bot.rss_mb
        await warm_up(world)
        world.model.speed = Pace(seconds=model_s)
        if profiled:
            bot.begin_profile()
        watch = Stopwatch(bot)
        asked_at = utc_now()
        before = {person: len(answers_of(person)) for person in world.people}
        for number in range(each):
            for person in world.people:
                person.says(question(1000 + number))
        with suppress(TimeoutError):  # what is missing then is told as lost
            await until(lambda: all(len(answers_of(person)) >= before[person] + each for person in world.people))
        wall_s = _last_answer_s(world, asked_at)
        await anyio.sleep(SETTLE_S)
        messages = chats * each
        talk = Talk(messages, wall_s, watch.cpu_s, watch.sqlite_cpu_s, watch.stand_in_cpu_s, bot.peak_mb, idle_mb)
        if profiled:
            talk.profile = await bot.end_profile()
        talk.faults = _faults(world, bot.database)
        return talk


async def warm_up(world: World, people: Sequence[Person] = ()) -> None:
    """Lets a few messages through before anything is measured; of these people, or of all."""
    chosen = people or world.people
    for number in range(WARM_UP):
        await ask_and_wait(world, chosen[number % len(chosen)], -1 - number)
    await anyio.sleep(SETTLE_S)


async def ask_and_wait(world: World, person: Person, number: int) -> float:
    """Milliseconds until something of the answer could be seen; returns when all of it is there."""
    chat, changed = person.chat, world.telegram.changed
    drafts, messages = len(chat.drafts), len(chat.history)
    asked_at = utc_now()
    person.says(question(number))
    with anyio.fail_after(PATIENCE_S):
        while True:
            version = changed.version
            answer = next((m for m in chat.history[messages:] if m.out), None)
            if answer is not None:
                break
            await changed.wait(since=version)
    shown = [at for at, text in chat.drafts[drafts:] if text]
    return seconds_since(asked_at, min([answer.date, *shown])) * 1000


def _last_answer_s(world: World, asked_at: Any) -> float:
    return max(seconds_since(asked_at, m.date) for p in world.people for m in p.chat.messages if m.out)


def _faults(world: World, database: Any) -> dict[str, int]:
    """What must be 0: each counted over all chats."""
    faults = Counter(dict.fromkeys(("lost", "doubled", "out of order", "broken threads", "unbooked"), 0))
    for person in world.people:
        asked = [m.text.partition(" ")[0] for m in person.chat.messages if not m.out]
        got = answers_of(person)
        faults["lost"] += len(Counter(asked) - Counter(got))
        faults["doubled"] += sum((Counter(got) - Counter(asked)).values())
        faults["out of order"] += [marker for marker in asked if marker in got] != list(dict.fromkeys(got))
    last: dict[str, str] = {}
    for response in world.model.responses.values():
        who = str(response.body.get("safety_identifier"))
        faults["broken threads"] += response.body.get("previous_response_id") != last.get(who)
        last[who] = response.id
    booked = Counter(row["response_id"] for row in ledger_rows(database) if row["cost_nanousd"] is not None)
    faults["unbooked"] = sum(booked[line.response_id] != 1 for line in world.model.bill)
    faults["requests unknown to the sandbox"] = len(world.telegram.unknown_requests)
    return dict(faults)
