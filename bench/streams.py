"""Many answers at once: what a stream costs, how often each chat sees it grow, what it takes in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import anyio

from bench.process import PATIENCE_S, until
from bench.sse import EndlessModel
from bench.talking import warm_up
from bench.world import SETTLE_S, Stopwatch, World, a_world, question, utc_now
from engine.sandbox.openai import INSTANT
from engine.sandbox.telegram import Person

EVENTS_PER_S = 16.0
QUESTIONS_PER_S = 50.0
"""How fast the chats begin."""
BEFORE_WINDOW_S = 4.0
WINDOW_S = 20.0
"""What is measured begins so long after the last answer has begun, and lasts so long."""


@dataclass
class Streaming:
    """What a window of so many running answers has shown."""

    chats: int
    wall_s: float
    cpu_s: float
    sqlite_cpu_s: float
    stand_in_cpu_s: float
    events: int
    latest_ms: float
    gaps_s: list[float]
    previews: int
    complete: int
    memory_mb: float
    profile: dict[str, Any] = field(default_factory=dict)

    @property
    def cores(self) -> float:
        """The bot's CPU, in cores."""
        return self.cpu_s / self.wall_s

    @property
    def cpu_us(self) -> float:
        """The bot's CPU for one event, its share of the previews included."""
        return self.cpu_s * 1e6 / self.events

    @property
    def kb_each(self) -> float:
        """Resident memory that one running answer takes."""
        return self.memory_mb * 1000 / self.chats

    def gap_s(self, percent: float) -> float:
        """A percentile of the gaps between two previews in the same chat."""
        ordered = sorted(self.gaps_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else float("nan")


async def many_streams(chats: int, *, profiled: bool = False) -> Streaming:
    """So many chats, each with an answer that goes on until all have been watched for a while."""
    model = EndlessModel(EVENTS_PER_S)
    async with a_world(chats, INSTANT, model.listen()) as world, world.bot() as bot:
        model.release()
        await warm_up(world)
        model.released = False
        before_mb = bot.rss_mb
        for number, person in enumerate(world.people):
            person.says(question(number))
            await anyio.sleep(1 / QUESTIONS_PER_S)
        await until(lambda: model.running == chats)
        await anyio.sleep(BEFORE_WINDOW_S)
        if profiled:
            bot.begin_profile()
        model.latest_s, events, began = 0.0, model.events_sent, utc_now()
        watch = Stopwatch(bot)
        await anyio.sleep(WINDOW_S)
        measured = (watch.wall_s, watch.cpu_s, watch.sqlite_cpu_s, watch.stand_in_cpu_s, model.events_sent - events)
        profile = await bot.end_profile() if profiled else {}
        latest_ms, memory_mb, ended = model.latest_s * 1000, bot.rss_mb - before_mb, utc_now()
        model.release()
        complete = await _complete(world, model)
        seen = [[at for at, _ in person.chat.drafts if began <= at <= ended] for person in world.people]
        gaps_s = [(later - earlier).total_seconds() for times in seen for earlier, later in pairwise(times)]
        previews = sum(map(len, seen))
        return Streaming(chats, *measured, latest_ms, gaps_s, previews, complete, memory_mb, profile)


async def _complete(world: World, model: EndlessModel) -> int:
    """How many people have their whole answer, word for word."""
    complete = 0
    with anyio.move_on_after(PATIENCE_S):
        while complete < len(world.people):
            await anyio.sleep(0.5)
            complete = sum(
                _squeezed(model.texts.get(f"#{number}", "never")) in _squeezed(_said_to(person))
                for number, person in enumerate(world.people)
            )
    await anyio.sleep(SETTLE_S)
    return complete


def _said_to(person: Person) -> str:
    """All that the bot said: long answers come in several messages."""
    return "".join(message.text for message in person.chat.messages if message.out)


def _squeezed(text: str) -> str:
    return "".join(text.split())
