"""The machine that the bot runs on: it starts it, kills it at any await, starts it again on what was on the disk."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from weakref import WeakSet

import httpx2
from loguru import logger

from engine.bot import Bot
from engine.core.clock import Clock
from engine.sandbox.house import Wires, sandbox_bot
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.sandbox.telegram.memory import leading_to
from engine.settings import Settings
from engine.simulation.disk import Disk, drives
from engine.simulation.loop import SimulationLoop
from engine.simulation.reach import reached_bytes

ROUNDS_TO_END = 1000
KILL_ROUNDS_MOST = 40
"""A kill comes so many rounds of the event loop after its moment at most: work that was begun then is under way."""
FREE_BYTES = 500 * 1024**3


_living: ContextVar[Life | None] = ContextVar("living", default=None)


@dataclass(eq=False)
class Life:
    """One process. Once it is dead, it can't write, send or ask any more, whatever its code still tries."""

    is_dead: bool = False
    bot: Bot | None = None
    tasks: WeakSet[asyncio.Task[Any]] = field(default_factory=WeakSet)
    """all of them, those of libraries, too"""

    async def ends(self) -> None:
        """Cancels every task until none is left: a process that is gone waits for nobody."""
        for _ in range(ROUNDS_TO_END):
            left = [task for task in self.tasks if not task.done()]
            if not left:
                return
            for task in left:
                task.cancel()
            await asyncio.sleep(0)
        raise RuntimeError(f"these tasks of a killed process can't be cancelled: {left}")


def tasks_by_life(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
    """A task factory that remembers which process each task belongs to."""
    task = asyncio.Task(work, loop=loop, **more)
    if (life := _living.get()) is not None:
        life.tasks.add(task)
    return task


class _Line:
    """The way of one life to Telegram: nothing leads there from a dead one."""

    def __init__(self, telegram: LocalTelegram, life: Life) -> None:
        self._telegram = telegram
        self._life = life
        self.faults: Any = self

    def refuses_connection(self) -> bool:
        """See Faults."""
        return self._life.is_dead or self._telegram.faults.refuses_connection()

    def open_connection(self, write: Callable[[bytes], None], close: Callable[[], None], dc_id: int) -> Any:
        """See LocalTelegram."""
        return self._telegram.open_connection(write, close, dc_id)


class _Transport(httpx2.AsyncBaseTransport):
    """The way of one life to OpenAI."""

    def __init__(self, model: LocalOpenAI, life: Life) -> None:
        self._inner = model.transport()
        self._life = life

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._life.is_dead:
            raise httpx2.ConnectError("the process was killed", request=request)
        return await self._inner.handle_async_request(request)


@dataclass
class Machine:
    """A computer with one disk. `clock_offset_s`: how wrong its clock is."""

    telegram: LocalTelegram
    model: LocalOpenAI
    settings: Settings
    true_time: Clock
    disk: Disk = field(default_factory=Disk)
    clock_offset_s: float = 0.0
    kills: int = 0
    deaths: list[str] = field(default_factory=list)
    """why the process ended by itself"""
    died_at: list[datetime] = field(default_factory=list)
    """when the process was killed, or ended by itself"""
    errors: Counter[str] = field(default_factory=Counter)
    """what it logged as an error, each sentence as often as it came"""
    tasks_at_rest: list[int] = field(default_factory=list)
    has_died: bool = False
    """it has ended by itself, and whatever watches over processes has not started it again yet"""
    _life: Life | None = None

    @property
    def is_up(self) -> bool:
        """Whether the bot runs and has begun to listen."""
        return self._life is not None and self._life.bot is not None and not self._life.is_dead

    @property
    def is_idle(self) -> bool:
        """Whether the bot runs and has nothing under way."""
        return self._life is not None and self._life.bot is not None and self._life.bot.is_idle

    @property
    def held_bytes(self) -> int:
        """All that the process holds on to, without its code; 0 while there is none."""
        return 0 if self._life is None or self._life.bot is None else reached_bytes(self._life.bot)

    def clock(self) -> datetime:
        """What the bot takes for the time."""
        return self.true_time() + timedelta(seconds=self.clock_offset_s)

    async def start(self) -> None:
        """Starts the bot, and waits until it listens or is dead again."""
        if self._life is not None:
            return
        life = self._life = Life()
        self.has_died = False
        listens = asyncio.Event()
        token = _living.set(life)
        try:
            whole = asyncio.create_task(self._live(life, listens))
        finally:
            _living.reset(token)
        whole.add_done_callback(lambda _: listens.set())
        await listens.wait()

    async def kill(self, pick: int) -> None:
        """Ends it like SIGKILL, at a moment of the next rounds of its loop that `pick` names."""
        life = self._life
        if life is None:
            return
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulationLoop)
        for _ in range(pick % KILL_ROUNDS_MOST):
            await asyncio.sleep(0)
        done = loop.create_future()
        loop.call_amid((pick >> 8) % 1000 / 1000, partial(self._die, life, done))
        await done
        await life.ends()
        if self._life is life:  # and no other kill was quicker
            self.kills += 1
            self._life = None

    def _die(self, life: Life, done: asyncio.Future[None]) -> None:
        life.is_dead = True
        self.died_at.append(self.true_time())
        self.telegram.faults.drop_connections()
        done.set_result(None)

    async def _live(self, life: Life, listens: asyncio.Event) -> None:
        connection = leading_to(_Line(self.telegram, life))
        opened = partial(drives, self.settings.database_path, self.disk, lambda: life.is_dead)
        wires = Wires(connection, _Transport(self.model, life), opened)
        try:
            async with sandbox_bot(
                self.telegram,
                self.model,
                self.settings,
                clock=self.clock,
                disk_free=lambda _: 0 if self.disk.is_full else FREE_BYTES,
                wires=wires,
            ) as bot:
                life.bot = bot
                listens.set()
                await asyncio.get_running_loop().create_future()
        except Exception as error:  # noqa: BLE001 - whatever ends the process is looked at by a checker
            if not life.is_dead:
                self.deaths.append(_reason(error))
        finally:
            life.bot = None
            if not life.is_dead:
                life.is_dead = self.has_died = True
                self.died_at.append(self.true_time())
                self._life = None

    def listen_to_log(self) -> int:
        """Counts what is logged as an error from now on; returns the sink for `logger.remove`."""

        def note(message: Any) -> None:
            if self._life is not None and not self._life.is_dead:
                self.errors[str(message.record["message"])] += 1

        return logger.add(note, level="ERROR", format="{message}")


def _reason(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(sorted({_reason(one) for one in error.exceptions}))
    return f"{type(error).__name__}: {error}"
