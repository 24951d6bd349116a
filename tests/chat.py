"""What conversation tests are written with: people, the bot, the ledger. Every wait is bounded by one number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import anyio

from engine.bot import Bot
from engine.core.clock import Clock
from engine.sandbox.house import sandbox_bot, sandbox_settings
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message, Person, Press
from engine.sandbox.telegram.chats import Chat, Timeline, Topic
from engine.sandbox.time import JumpingLoop

PATIENCE_S = 3600.0
"""How long a test waits for anything, in jumping time."""


async def quiet() -> None:
    """Lets everything happen that can happen without time passing."""
    await cast("JumpingLoop", asyncio.get_running_loop()).quiet()


class Someone:
    """A person: each act is over when all that it causes at once has happened."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @property
    def id(self) -> int:
        """Their Telegram id."""
        return self.person.id

    @property
    def chat(self) -> Chat:
        """Their private chat with the bot."""
        return self.person.chat

    async def says(self, text: str, *, to: Timeline | None = None, reply_to: Message | None = None) -> Message:
        """Sends a text, by default to the bot in private."""
        message = self.person.says(text, to=cast("Any", to), reply_to=reply_to)
        await quiet()
        return message

    async def taps(self, key: str) -> Message:
        """Taps a word on the keyboard under the input field."""
        message = self.person.taps(key)
        await quiet()
        return message

    async def presses(self, button: str, *, to: Timeline | None = None, on: Message | None = None) -> Press:
        """Presses an inline button."""
        press = self.person.presses(button, on, to=cast("Any", to))
        await quiet()
        return press

    async def stops_draft(self) -> None:
        """Presses the Stop of the draft that is being written."""
        self.person.stops_draft()
        await quiet()

    async def edits(self, message: Message, text: str) -> None:
        """Changes a message."""
        self.person.edits(message, text)
        await quiet()

    async def deletes(self, *messages: Message) -> None:
        """Deletes messages."""
        self.person.deletes(*messages)
        await quiet()


class BotUnderTest:
    """The bot as a test sees it: what it says in each chat, in order; it can be killed and started."""

    def __init__(
        self,
        telegram: LocalTelegram,
        model: LocalOpenAI,
        clock: Clock,
        database_path: Path,
        *,
        admins: Iterable[int],
        members: Iterable[int],
        **settings: Any,
    ) -> None:
        self.telegram = telegram
        self.model = model
        self.clock = clock
        self.settings = sandbox_settings(telegram, database_path, admins=admins, members=members, **settings)
        self.states: dict[str, str] = {}
        self._stack = AsyncExitStack()
        self._heard: dict[int, int] = {}
        self.running: Bot | None = None

    async def __aenter__(self) -> BotUnderTest:
        await self.starts()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stops()

    async def starts(self) -> None:
        """Starts the bot on its database."""
        self.running = await self._stack.enter_async_context(
            sandbox_bot(
                self.telegram,
                self.model,
                self.settings,
                clock=self.clock,
                observe=lambda key, memory: self.states.__setitem__(key, memory.state),
            )
        )
        await quiet()

    async def stops(self) -> None:
        """Ends it, wherever it is; nothing is said goodbye to."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()
        self.running = None

    async def says(self, expected: str, *, to: Timeline | Someone | None = None) -> Message:
        """The next message of the bot in this chat (by default: the only one that has news) contains `expected`."""
        message = await self.next_message(to)
        assert expected in message.text, f"the bot said {message.text!r}, not {expected!r}\n{self._story()}"
        return message

    async def next_message(self, to: Timeline | Someone | None = None) -> Message:
        """The next message of the bot that the test has not looked at yet; waits for it."""
        with anyio.move_on_after(PATIENCE_S):
            while True:
                version = self.telegram.changed.version
                for chat in self._chats(to):
                    for message in chat.messages:
                        if message.out and message.id > self._heard.get(chat.id, 0) and _is_in(message, to):
                            self._heard[chat.id] = message.id
                            return message
                await self.telegram.changed.wait(since=version)
        raise AssertionError(f"the bot said nothing more\n{self._story()}")

    async def says_nothing_more(self) -> None:
        """Nothing that the test has not looked at comes within a while."""
        await anyio.sleep(120)
        await quiet()
        for chat in self.telegram.chats:
            news = [m for m in chat.messages if m.out and m.id > self._heard.get(chat.id, 0)]
            assert not news, f"the bot also said {news}\n{self._story()}"

    async def is_writing(self, expected: str, *, to: Timeline | Someone) -> None:
        """The draft in this chat (or the message that stands for an answer) shows `expected` at some moment."""
        chat = to.chat if isinstance(to, Someone) else to
        with anyio.move_on_after(PATIENCE_S):
            while True:
                version = self.telegram.changed.version
                shown = [chat.draft.text] if chat.draft else [m.text for m in chat.messages if m.out]
                if any(expected in text for text in shown):
                    return
                await self.telegram.changed.wait(since=version)
        raise AssertionError(f"the bot never showed {expected!r}\n{self._story()}")

    def state(self, someone: Someone) -> str:
        """The state of someone's private conversation."""
        return self.states[str(someone.id)]

    def _chats(self, to: Timeline | Someone | None) -> list[Chat]:
        if to is None:
            return self.telegram.chats
        timeline = to.chat if isinstance(to, Someone) else to
        return [cast("Chat", timeline.chat if isinstance(timeline, Topic) else timeline)]

    def _story(self) -> str:
        return f"\n{self.telegram.transcript()}\n"


def _is_in(message: Message, to: Timeline | Someone | None) -> bool:
    return not isinstance(to, Topic) or message.topic is to


class Ledger:
    """The bot's ledger, read from its database."""

    def __init__(self, bot: BotUnderTest) -> None:
        self._bot = bot

    async def lines(self) -> list[dict[str, Any]]:
        """All lines, oldest first."""
        assert self._bot.running is not None

        def read(db: Any) -> list[dict[str, Any]]:
            cursor = db.execute("SELECT * FROM ledger ORDER BY id")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return await self._bot.running.database.read(read)
