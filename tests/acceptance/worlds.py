"""The outside of one bot process: a Telegram on a port, an OpenAI on a port, and people who ask."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from engine.sandbox.openai import LocalOpenAI, SeenRequest
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.sandbox.telegram import Chat, LocalTelegram, Person
from tests.acceptance.bot_process import BotProcess, Nursery

PATIENCE_S = 25.0
"""How long a test waits for anything."""
LOOK_EVERY_S = 0.003
"""How often a condition is looked at that rings no bell."""

_TOKEN = re.compile(r"Q\d{4}")
_FILLER = "and here is some more of it, "


@dataclass(frozen=True)
class Question:
    """Something that was asked; its token is in the question and in the only right answer."""

    token: str
    person: Person
    chat: Chat
    message_id: int

    @property
    def answer(self) -> str:
        """What the model says to it, word for word."""
        return answer_to(self.token)


def answer_to(token: str) -> str:
    """Different lengths, so that streams end at different moments."""
    return f"The answer to {token}: {_FILLER * (3 + int(token[1:]) * 7 % 17)}and that is all of {token}."


def token_in(text: str) -> str:
    """The first token in a text, or ""."""
    found = _TOKEN.search(text)
    return found[0] if found else ""


@dataclass
class Worlds:
    """Both worlds, the bot between them, and what was asked so far."""

    telegram: LocalTelegram
    model: LocalOpenAI
    bot: BotProcess
    database_path: Path
    people: list[Person]
    groups: list[Chat]
    asked: list[Question] = field(default_factory=list)

    def asks(self, person: Person, chat: Chat | None = None) -> Question:
        """A person asks the next question, in private or in a group."""
        token = f"Q{len(self.asked):04}"
        text = f"What about {token}?" if chat is None else f"@{self.telegram.bot.username} what about {token}?"
        message = person.says(text, to=chat)
        question = Question(token, person, chat or person.chat, message.id)
        self.asked.append(question)
        return question

    def anybody_asks(self, chance: random.Random) -> Question:
        """Somebody asks somewhere."""
        group = chance.choice(self.groups) if self.groups and chance.random() < 0.25 else None
        return self.asks(chance.choice(self.people), group)

    @property
    def is_listening(self) -> bool:
        """Whether a bot is connected and would hear a message at once."""
        return bool(self.telegram.delivery.listening)

    @property
    def unanswered(self) -> list[Question]:
        """The questions whose whole answer does not stand in their chat."""
        said = {(chat.id, message.text) for chat in self.telegram.chats for message in chat.messages if message.out}
        return [question for question in self.asked if (question.chat.id, question.answer) not in said]


async def until(what: str, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Returns when something holds. Raises TimeoutError, which says what it was."""
    with anyio.move_on_after(patience_s):
        while not holds():  # noqa: ASYNC110 - a database, a process and a server's insides ring no bell
            await anyio.sleep(LOOK_EVERY_S)
        return
    raise TimeoutError(f"after {patience_s:.0f} s still not: {what}")


@asynccontextmanager
async def worlds(
    nursery: Nursery,
    path: Path,
    *,
    people: int = 5,
    groups: tuple[str, ...] = ("supergroup",),
    background: bool = False,
) -> AsyncIterator[Worlds]:
    """Both worlds on loopback ports, with a bot that has not been started yet. `groups` are kinds."""
    await anyio.Path(path).mkdir(parents=True, exist_ok=True)
    telegram, model = LocalTelegram(), LocalOpenAI()
    model.answers(_echo)
    telegram.write_public_key(path / "telegram.pem")
    members = [telegram.person(f"Member {number}", language="en") for number in range(1, people + 1)]
    rooms = [telegram.group(f"Room {n}", members, kind=kind) for n, kind in enumerate(groups, start=1)]
    async with telegram.listen() as address, model.listen() as base_url:
        environment = {
            "BOT_TOKEN": telegram.bot.token,
            "OPENAI_API_KEY": SANDBOX_KEY,
            "OPENAI_BASE_URL": base_url,
            "OPENAI_BACKGROUND": str(background).lower(),
            "ADMIN_ID": str(members[0].id),
            "ALLOWED_USER_IDS": ",".join(str(member.id) for member in members),
            "RATE_PER_MINUTE": "0",
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
            "TELEGRAM_SERVER": f"{address.host}:{address.port}",
            "TELEGRAM_SERVER_KEY": str(path / "telegram.pem"),
            "DATABASE_PATH": str(path / "gpttg.db"),
            "LOG_LEVEL": "INFO",
        }
        bot = BotProcess(nursery, environment, path / "bot.log")
        try:
            yield Worlds(telegram, model, bot, path / "gpttg.db", members, rooms)
        finally:
            with anyio.CancelScope(shield=True):
                if bot.pid is not None:
                    await bot.is_killed()


def _echo(seen: SeenRequest) -> str:
    token = token_in(seen.text)
    return answer_to(token) if token else f"Nothing was asked in {seen.text!r}."
