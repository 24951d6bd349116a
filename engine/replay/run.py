"""The replay: what came is given in again, in its order and at its times, to the real feed, actors, store and sender.

recording ─► Script ─► for each event: set the clock ─► give it in as it came ─► until nothing is under way ─► next
                                        update: feed · job: its body ends · timer: it runs out · post: it comes itself
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
from anyio.abc import TaskGroup

from engine.core.conversation import DESK
from engine.core.errors import ConfigurationError
from engine.core.events import TimedOut
from engine.core.moment import Moment, momentary
from engine.recording.beginnings import NEVER
from engine.recording.lines import Changed, Event, Json
from engine.replay import rows
from engine.replay.anew import Anew, AskedJobs, Stage
from engine.replay.cast import Casting, RecordedBehaviours
from engine.replay.ground import InlineDatabase, RecordedClock, ground, reading
from engine.replay.outside import (
    RecordedJobs,
    RecordedRights,
    RecordedSender,
    encoded,
)
from engine.replay.script import Due, Script
from engine.runtime.behaviour import Behaviour
from engine.runtime.engine import Engine
from engine.runtime.janitor import Janitor
from engine.settings import Settings, load_settings
from engine.store import inbox, jobs
from engine.telegram.client import Batch
from engine.telegram.feed import Feed
from engine.telegram.recorded import read_packet

ROUNDS_MOST = 1_000_000
"""Of the event loop, until one event must have been handled."""

ROUNDS_OF_AN_END = 10
"""Until what a task has raised has ended all others."""

_NO_TELEGRAM = {
    "bot_token": "1:replay",
    "telegram_api_id": 1,
    "telegram_api_hash": "0" * 32,
    "telegram_server": "",
    "telegram_server_key": None,
}
"""Nobody is asked, whatever the environment says."""

_NOT_TO_BE_HANDLED = (sqlite3.Error, ValueError, TypeError, LookupError)
"""What comes of a recording whose events don't fit together."""


@dataclass
class Replayed:
    """What has come of it: the database (until the block ends), and events that did not come as recorded."""

    script: Script
    database: InlineDatabase
    missing: list[Event] = field(default_factory=list)


@asynccontextmanager
async def replaying(
    script: Script,
    casting: Casting,
    told: Callable[[InlineDatabase, Event], Awaitable[None]] | None = None,
    anew: Anew | None = None,
) -> AsyncIterator[Replayed]:
    """Replays a recording; in the block, all of it has happened. `told` is awaited after each event. With `anew`
    answers are asked anew; when its budget is used up, nothing more happens (`Account.refusal`).

    Raises ConfigurationError for a recording whose settings are not valid, or that can't be read.
    """
    under_way: list[Event] = []
    with ground(script) as database, tempfile.TemporaryDirectory(prefix="gpttg-replay-") as folder:
        try:
            async with anyio.create_task_group() as tasks:
                try:
                    stage = await _Stage.built(script, casting, database, Path(folder), tasks, anew)
                    yield await stage.play(told, under_way)
                finally:
                    tasks.cancel_scope.cancel()
        except ExceptionGroup as group:
            if not under_way or group.split(_NOT_TO_BE_HANDLED)[1] is not None:
                raise
            where = f"{script.where(under_way[0])}: what becomes of event {under_way[0].id}"
            cause = _first_of(group)
            refused = "put into the database" if isinstance(cause, sqlite3.Error) else "handled"
            raise ConfigurationError(f"{where} can't be {refused}: {cause}") from group


def settings_of(told: Json, folder: Path) -> Settings:
    """The settings that the recording's actors saw, as a header has them; no secret is among them."""
    others = {"openai_api_key": "replay", "database_path": folder / "none.db"}
    return load_settings(None, **(told | _NO_TELEGRAM | others))


def settings_for_asking(env_file: Path) -> Settings:
    """Those in the environment and `env_file` that say how OpenAI is asked; Telegram's need not be there.

    Raises ConfigurationError where OPENAI_API_KEY is missing.
    """
    return load_settings(env_file, **_NO_TELEGRAM, admin_id=(1,))


class _Stage:
    """Everything that a recording runs in."""

    def __init__(
        self,
        script: Script,
        behaviours: RecordedBehaviours,
        database: InlineDatabase,
        clock: RecordedClock,
        anew: Anew | None,
    ) -> None:
        self._script = script
        self._behaviours = behaviours
        self._database = database
        self._clock = clock
        self._anew = anew
        self._jobs: RecordedJobs = RecordedJobs(script, behaviours)
        self._taken: dict[int, int] = {}
        """by event: how many steps were taken of it"""
        self._under_way: dict[str, int] = {}
        """by conversation: the event of which a step is being taken"""
        self._fed: set[str] = set()
        self._known_kinds: set[tuple[Behaviour[Any], object]] = set()
        """types of events that each of these actors is known to know"""
        self._ids = set(script.ids.values())
        self._came = 0
        """how many of the events have come"""
        self._turn = 0
        """which of the recorded steps is the next one"""
        self._held_back: dict[str, Due] = {}
        """by conversation: when its next step is due"""
        self._brought = deque(script.brought)
        """what others are still to bring about"""
        self._engine: Engine
        self._sender: RecordedSender
        self._feed: Feed

    @classmethod
    async def built(
        cls,
        script: Script,
        casting: Casting,
        database: InlineDatabase,
        folder: Path,
        tasks: TaskGroup,
        anew: Anew | None,
    ) -> _Stage:
        """All parts, running; what the recording found open is taken up."""
        if not script.events:
            raise ConfigurationError("nothing happens in this recording")
        clock = RecordedClock(script.events[0].received_at)
        rights = RecordedRights(script.header.bot)
        all_settings = [settings_of(told, folder) for told in script.settings]
        settings = all_settings[0]
        await database.write(partial(rows.put_zone, zone=settings.timezone))
        behaviours = RecordedBehaviours([casting(database, one, rights, momentary(clock)) for one in all_settings])
        for start in script.starts.values():
            if start.memory is not None:
                with reading(script, start, f"the memory of conversation {start.conversation}"):
                    behaviours.remember(start.conversation, encoded(start.memory))
        stage = cls(script, behaviours, database, clock, anew)
        stage._sender = RecordedSender(database, script, clock, tasks, folder)
        if anew is not None:
            stage._jobs = asked = AskedJobs(script, behaviours)
            asked.ask_anew(anew, Stage(settings, database, stage._sender, clock, folder))
        stage._engine = Engine(
            database,
            behaviours,
            stage._jobs,
            Janitor(database, {}, clock),
            stage._sender.wake,
            clock,
            tasks,
            observe=stage._committed,
            moment=stage._moment,
        )
        stage._feed = Feed(stage._engine.actors.accept, lambda _: None, clock, records=False)
        stage._feed.logged_in(script.header.bot, None)
        tasks.start_soon(stage._feed.run)
        for row in await database.read(jobs.unfinished):
            stage._engine.jobs.start(row)
        return stage

    async def play(
        self, told: Callable[[InlineDatabase, Event], Awaitable[None]] | None, under_way: list[Event]
    ) -> Replayed:
        """All events, in order. The one that is `under_way` stands there."""
        replayed = Replayed(self._script, self._database)
        before = 0
        for number, event in enumerate(self._script.events):
            under_way[:] = [event]
            self._clock.now = event.received_at
            if before not in self._taken or event.id != before + 1:
                self._database.expect(event.id)
            before = event.id
            while self._brought and self._brought[0].events <= number:
                await self._bring()
            with reading(self._script, event, f"event {event.id}"):
                self._check(event)
                self._came = number + 1
                await self._give(event)
            if self._anew is not None and self._anew.account.refusal:
                break
            await self._quiet(event)
            await self._catch_up(event)
            if event.id not in self._taken and not await self._database.read(partial(rows.has_come, key=event.key)):
                replayed.missing.append(event)
            if told is not None:
                with reading(self._script, event, f"event {event.id}"):
                    await told(self._database, event)
        under_way.clear()
        return replayed

    async def _catch_up(self, event: Event) -> None:
        """The steps that have waited for their turn, and what others have brought about between them."""
        while True:
            due = min((one for one in self._held_back.values() if one.events <= self._came), default=None)
            if self._has_been_brought(due.step if due is not None else NEVER):
                await self._bring()
            elif due is not None:
                self._turn = max(self._turn, due.step)
                del self._held_back[due.conversation]
                self._engine.actors.wake(due.conversation)
                await self._quiet(event)
            else:
                return

    def _has_been_brought(self, before: int) -> bool:
        """Whether others have still to bring about something before that step."""
        return bool(self._brought) and self._brought[0].events <= self._came and self._brought[0].step <= before

    async def _bring(self) -> None:
        line = self._brought.popleft().line
        what = f"a row of {line.name}" if isinstance(line, Changed) else f"a {type(line).__name__.lower()} line"
        with reading(self._script, line, what):
            await self._database.write(partial(rows.change, changed=line))

    def _check(self, event: Event) -> None:
        """Raises for what these actors don't know, and for what no job can end with, before its body meets it."""
        self._check_type(event)
        kind, _, name = event.cause.partition(":")
        if kind == "job" and event.key == event.cause and self._engine.jobs.is_open(name):
            self._jobs.read(name)

    def _check_type(self, event: Event) -> None:
        """What was forgotten, or has been put into quarantine since nobody could read it, may be of any type."""
        steps = self._script.steps.get(event.id, ())
        if event.event is None or not steps or any(step.outcome == "quarantined" for step in steps):
            return
        kind = (self._behaviours.of(event.conversation), event.event.get("type"))
        if kind in self._known_kinds:
            return
        try:
            self._behaviours.read(event.conversation, encoded(event.event))
            self._known_kinds.add(kind)
        except msgspec.DecodeError as error:
            if "$.type" in str(error):
                sentence = f"event {event.id} is of a type that these actors don't know: {event.event.get('type')}"
                raise ConfigurationError(f"{self._script.where(event)}: {sentence} (others' actors: --cast)") from error

    def _moment(self, event_id: int) -> Moment | None:
        """When this event was handled, the first, second, ... time. None while it is not this step's turn: not every
        step was taken as soon as its event had come (the disk was full, another process had to be started)."""
        number = self._taken.get(event_id, 0)
        steps = self._script.steps.get(event_id, [])
        if number >= len(steps):
            return Moment(self._clock.now)
        due = self._script.due[event_id][number]
        if due.step > self._turn or due.events > self._came or self._has_been_brought(due.step):
            self._held_back[due.conversation] = due
            return None
        self._turn = max(self._turn, due.step + 1)
        self._under_way[due.conversation] = event_id
        self._behaviours.start = self._script.settings_of[event_id][number]
        self._clock.now = max(self._clock.now, steps[number].at)
        return Moment(steps[number].at, recorded=steps[number].seen)

    def _committed(self, conversation: str, _: object) -> None:
        """A step of this conversation is done with; it may have taken several tries."""
        if (event_id := self._under_way.pop(conversation, None)) is not None:
            self._taken[event_id] = self._taken.get(event_id, 0) + 1

    async def _give(self, event: Event) -> None:
        kind, _, name = event.cause.partition(":")
        match kind:
            case "update" if name in self._script.updates:
                await self._feed_update(name)
            case "job" if any(one.key == event.cause for one in self._script.results[name]):
                self._jobs.turn_of(name).set()
                if self._engine.jobs.is_open(name):
                    await self._jobs.ended(name)
            case "timer":
                await self._ring(event)
            case "event" if int(name) in self._ids:
                pass  # the step that posts it has been taken
            case _:
                await self._accept(event)

    async def _feed_update(self, key: str) -> None:
        if key in self._fed:
            return
        self._fed.add(key)
        packet = read_packet(self._script.updates[key].tl)
        on_disk = asyncio.Event()
        await self._feed.take(Batch(packet.updates, packet.users, packet.chats, [], on_disk))
        await on_disk.wait()

    async def _ring(self, event: Event) -> None:
        """A timer that was set before the recording began is not known here, nor are those of the desk that the
        composition sets at each start."""
        timed_out = self._behaviours.read(event.conversation, encoded(event.event))
        name = timed_out.timer if isinstance(timed_out, TimedOut) else ""
        start = self._script.starts.get(event.conversation)
        is_set = await self._database.write(partial(rows.clear_timer, conversation=event.conversation, timer=name))
        if is_set or event.conversation == DESK or (start is not None and start.memory is not None):
            await self._accept(event)

    async def _accept(self, event: Event) -> None:
        try:
            told = self._behaviours.read(event.conversation, encoded(event.event))
        except msgspec.DecodeError:  # it was forgotten, or is one that no actor can read
            if event.id in self._script.steps:
                await self._database.write(partial(rows.put_in, event=event))
                self._engine.actors.wake(event.conversation)
            return
        arrival = inbox.Arrival(event.key, event.conversation, told, event.message_id, event.cause)
        await self._engine.accept([arrival])

    async def _quiet(self, event: Event) -> None:
        """Lets everything happen that comes of an event."""
        for _ in range(ROUNDS_MOST):
            await asyncio.sleep(0)
            if not (self._engine.actors.busy or self._sender.busy or self._is_ending(event)):
                break
        else:
            raise ConfigurationError(f"the replay stands still at event {event.id}")
        if self._database.has_refused:  # it ends the replay here, not in the next event
            self._database.has_refused = False
            for _ in range(ROUNDS_OF_AN_END):
                await asyncio.sleep(0)

    def _is_ending(self, event: Event) -> bool:
        return event.cause == event.key and self._engine.jobs.is_open(event.key.removeprefix("job:"))


def _first_of(group: ExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, ExceptionGroup) else first
