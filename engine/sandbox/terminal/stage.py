"""The stage of the terminal chat: a local Telegram, a local OpenAI, some people, and the production bot."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import anyio
from anyio.abc import TaskStatus

from actors.memory import GATHERING, Conversation
from engine.bot import Bot
from engine.core.clock import Clock, wall_clock
from engine.sandbox.house import sandbox_bot, sandbox_settings
from engine.sandbox.openai import LocalOpenAI, Pace
from engine.sandbox.telegram import LocalTelegram, Message, Person, Supergroup, Topic
from engine.sandbox.telegram.chats import Chat
from engine.sandbox.terminal.received import Received
from engine.store.database import calls_under_way

SETTLED_S = 0.1
"""The bot is at rest when nothing has been under way for so long."""
LOOK_EVERY_S = 0.01
ARRIVES_S = 5.0
"""What has not reached the inbox by then is nothing that the bot takes (a command for another bot)."""
PATIENCE_S = 120.0
"""How long a script waits for the bot to come to rest."""

Place = Chat | Topic


class Booked(NamedTuple):
    """What the terminal shows of a ledger line."""

    id: int
    conversation: str
    job: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_nanousd: int | None
    status: str


class Stage:
    """A running sandbox. `Stage.opened()` makes one."""

    def __init__(self, directory: Path, pace: Pace, clock: Clock) -> None:
        self.telegram = LocalTelegram(now=clock)
        self.model = LocalOpenAI(now=clock, speed=pace)
        self.people = {
            "alice": self.telegram.person("Alice", language="en", username="alice"),
            "boris": self.telegram.person("Борис", language="ru", username="boris"),
            "admin": self.telegram.person("Ada", language="en", username="ada"),
            "stranger": self.telegram.person("Mallory", language="en", username="mallory"),
        }
        """By the name that `:as` takes; Alice and Boris are members."""
        self.people["admin"].has_started = self.people["admin"].known_to_bot = True  # the bot may write to her
        self.memories: dict[str, Conversation] = {}
        """Conversation key → what its actor remembers."""
        members = (self.people["alice"].id, self.people["boris"].id)
        admins = (self.people["admin"].id,)
        self.received = Received(directory / "received")
        """The files that the bot has sent."""
        self._settings = sandbox_settings(self.telegram, directory / "gpttg.db", admins=admins, members=members)
        self._clock = clock
        self._bot: Bot | None = None
        self._life = anyio.CancelScope()
        self._is_up = anyio.Event()
        self._is_over = anyio.Event()
        self._reading = anyio.Lock()
        self._on_their_way: deque[tuple[float, Message]] = deque()
        self._group: Supergroup | None = None
        self._topic: Topic | None = None

    @classmethod
    @asynccontextmanager
    async def opened(cls, directory: Path, pace: Pace, clock: Clock = wall_clock) -> AsyncIterator[Stage]:
        """A stage whose bot listens, for the length of the block. `directory` gets the bot's database."""
        stage = cls(directory, pace, clock)
        async with anyio.create_task_group() as tasks:
            await tasks.start(stage._run_bots)
            yield stage
            stage._is_over.set()

    @property
    def bot(self) -> Bot:
        """The bot that runs now."""
        assert self._bot is not None
        return self._bot

    async def _run_bots(self, *, task_status: TaskStatus[None]) -> None:
        """One bot after the other, on one database."""
        was_up = False
        while True:
            with anyio.CancelScope() as self._life:
                async with sandbox_bot(
                    self.telegram, self.model, self._settings, clock=self._clock, observe=self._observe
                ) as self._bot:
                    if not was_up:
                        task_status.started()
                    was_up = True
                    self._is_up.set()
                    await self._is_over.wait()
            if self._is_over.is_set():
                return

    async def kill(self) -> None:
        """Ends the bot wherever it is, without a goodbye, and starts another one on its database."""
        async with self._reading:
            self._is_up = anyio.Event()
            self._life.cancel()
            await self._is_up.wait()

    def _observe(self, key: str, memory: Conversation) -> None:
        self.memories[key] = memory

    # -- people and places -------------------------------------------------------------------------------------

    def group(self) -> Supergroup:
        """The group of the members and the admin, in which the bot hears what is meant for it."""
        if self._group is None:
            everybody = [self.people[name] for name in ("admin", "alice", "boris")]
            self._group = self.telegram.group("Team", everybody, forum=True)
        return self._group

    def topic(self) -> Topic:
        """A topic of the group, with a conversation of its own."""
        if self._topic is None:
            self._topic = self.group().topic("Ideas")
        return self._topic

    def say(self, person: Person, text: str, place: Place, reply_to: Message | None = None) -> None:
        """Somebody writes; what is too long for one message becomes several, as in the apps."""
        if reply_to is not None:
            sent = [person.says(text, to=place, reply_to=reply_to)]
        else:
            sent = person.pastes(text, to=place)
        self.expect(sent)

    def expect(self, sent: list[Message]) -> None:
        """These messages are on their way to the bot, as far as it sees them."""
        now = anyio.current_time()
        self._on_their_way += [(now, message) for message in sent if message.visible_to_bot]

    # -- what the bot is doing ---------------------------------------------------------------------------------

    def state(self, key: str) -> str:
        """The state of a conversation's chart."""
        memory = self.memories.get(key)
        return "idle" if memory is None else memory.state

    def has_told(self, line: Booked) -> bool:
        """Whether everything that this call was paid for has been said."""
        memory = self.memories.get(line.conversation)
        return (memory is None or memory.job != line.job) and not self.bot.sender.busy

    async def booked(self, after_id: int) -> list[Booked]:
        """The ledger's lines after the one with that id."""
        columns = ", ".join(Booked._fields)
        rows = await self._read(f"SELECT {columns} FROM ledger WHERE id > ? ORDER BY id", after_id)  # noqa: S608
        return [Booked(*row) for row in rows]

    async def is_at_rest(self) -> bool:
        """Whether nothing is under way for a moment: on the way to the bot, being gathered, or being answered."""
        while self._on_their_way:
            sent_at, message = self._on_their_way[0]
            if anyio.current_time() < sent_at + ARRIVES_S and not await self._has_arrived(message):
                return False
            self._on_their_way.popleft()
        for _ in range(round(SETTLED_S / LOOK_EVERY_S)):
            is_gathering = any(memory.state == GATHERING for memory in self.memories.values())
            if is_gathering or not self.bot.is_idle or calls_under_way():
                return False
            await anyio.sleep(LOOK_EVERY_S)
        return True

    async def _has_arrived(self, message: Message) -> bool:
        here = f"{message.chat.id}"
        keys = (here, f"{here}:{message.topic.id}" if message.topic else here)
        query = "SELECT 1 FROM inbox WHERE message_id = ? AND conversation IN (?, ?)"
        return bool(await self._read(query, message.id, *keys))

    async def problems(self) -> list[str]:
        """What went wrong that should not, whatever the outside did. Empty: all is well."""
        quarantined = await self._read("SELECT id, error FROM inbox WHERE status = 'quarantined'")
        failed = await self._read("SELECT id, error FROM outbox WHERE status = 'failed'")
        return [
            *(f"the sandbox does not know the request {name}" for name in self.telegram.unknown_requests),
            *(f"the sandbox failed: {error!r}" for error in self.telegram.broken_answers),
            *(f"event {number} is in quarantine: {error}" for number, error in quarantined),
            *(f"message {number} could not be sent: {error}" for number, error in failed),
        ]

    async def _read(self, query: str, *arguments: object) -> list[Any]:
        async with self._reading:  # not while the bot is being exchanged
            return await self.bot.database.read(lambda db: db.execute(query, arguments).fetchall())
