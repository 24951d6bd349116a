"""What conversation tests are written with: people, the bot, the ledger. Every wait is bounded by one number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Unpack, cast

import anyio

from engine.bot import Bot
from engine.core.clock import Clock
from engine.core.errors import ConfigurationError
from engine.recording.beginnings import Selection
from engine.recording.export import export, write_recording
from engine.recording.lines import AnyLine
from engine.recording.vocabulary import Vocabulary
from engine.runtime.behaviour import Casting
from engine.sandbox.house import ROOMY_BYTES, sandbox_bot, sandbox_settings
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Media, Message, Person, Press
from engine.sandbox.telegram.chats import Chat, Timeline, Topic
from engine.sandbox.telegram.content import Source
from engine.sandbox.telegram.sending import How, Where
from engine.sandbox.time import BEGINNING, JumpingLoop

PATIENCE_S = 3600.0
"""How long a test waits for anything, in jumping time."""


async def quiet() -> None:
    """Lets everything happen that can happen without time passing."""
    await cast("JumpingLoop", asyncio.get_running_loop()).quiet()


async def passes(seconds: float) -> None:
    """So much time passes, and all that falls due meanwhile happens, up to ten minutes late."""
    await cast("JumpingLoop", asyncio.get_running_loop()).passes(seconds)
    await quiet()


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

    async def says(
        self, text: str, *, to: Timeline | None = None, reply_to: Message | None = None, quote: str = ""
    ) -> Message:
        """Sends a text, by default to the bot in private; `quote` is a part of `reply_to` that is marked."""
        message = self.person.says(text, to=cast("Any", to), reply_to=reply_to, quote=quote)
        await quiet()
        return message

    # What follows takes `to`, `reply_to`, `quote`, `album` and, where there is a file, `caption`, as in `Person`.

    async def sends(self, made: Media, caption: str = "", **where: Unpack[Where]) -> Message:
        """Sends anything that `engine.sandbox.telegram.media` makes."""
        return await self._over(self.person.sends(made, caption, **where))

    async def sends_file(
        self,
        content: Source,
        *,
        name: str | None = "file.bin",
        mime: str = "application/octet-stream",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Sends a document. `size` announces more bytes than there are."""
        return await self._over(self.person.sends_file(content, name=name, mime=mime, size=size, **how))

    async def sends_photo(self, content: Source, *, size: int | None = None, **how: Unpack[How]) -> Message:
        """Sends a picture as a photo."""
        return await self._over(self.person.sends_photo(content, size=size, **how))

    async def sends_voice(
        self, content: Source, duration_s: float = 1, *, size: int | None = None, **how: Unpack[How]
    ) -> Message:
        """Sends a voice note."""
        return await self._over(self.person.sends_voice(content, duration_s, size=size, **how))

    async def sends_audio(
        self,
        content: Source,
        duration_s: float = 1,
        *,
        name: str | None = "track.mp3",
        mime: str = "audio/mpeg",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Sends music."""
        return await self._over(self.person.sends_audio(content, duration_s, name=name, mime=mime, size=size, **how))

    async def sends_video(
        self,
        content: Source,
        duration_s: float = 1,
        *,
        name: str | None = "video.mp4",
        mime: str = "video/mp4",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Sends a film."""
        return await self._over(self.person.sends_video(content, duration_s, name=name, mime=mime, size=size, **how))

    async def sends_video_note(
        self, content: Source, duration_s: float = 1, *, size: int | None = None, **how: Unpack[How]
    ) -> Message:
        """Sends a round film."""
        return await self._over(self.person.sends_video_note(content, duration_s, size=size, **how))

    async def sends_animation(
        self, content: Source, duration_s: float = 1, *, mime: str = "video/mp4", **how: Unpack[How]
    ) -> Message:
        """Sends a GIF."""
        return await self._over(self.person.sends_animation(content, duration_s, mime=mime, **how))

    async def sends_sticker(
        self,
        content: Source,
        emoji: str = "🙂",
        *,
        animated: bool = False,
        video: bool = False,
        **where: Unpack[Where],
    ) -> Message:
        """Sends a sticker: WebP, or TGS (`animated`), or WEBM (`video`)."""
        sent = self.person.sends_sticker(content, emoji, animated=animated, video=video, **where)
        return await self._over(sent)

    async def sends_album(
        self,
        parts: Sequence[Media | Source],
        *,
        caption: str = "",
        captions: Sequence[str] | None = None,
        order: Sequence[int] | None = None,
        **where: Unpack[Where],
    ) -> list[Message]:
        """Sends 2 to 10 files as one album (bytes and paths are photos), whose parts arrive in that order."""
        sent = self.person.sends_album(parts, caption=caption, captions=captions, order=order, **where)
        await quiet()
        return sent

    async def forwards(
        self, what: str | Message | Media, *, of: Person | str | None = None, caption: str = "", **where: Unpack[Where]
    ) -> Message:
        """Forwards a text, a file or a message: of a person, of a hidden one (a name), of a deleted account (None)."""
        return await self._over(self.person.forwards(what, of=of, caption=caption, **where))

    async def shares_location(self, latitude: float, longitude: float, **where: Unpack[Where]) -> Message:
        """Sends a point on the map."""
        return await self._over(self.person.shares_location(latitude, longitude, **where))

    async def shares_venue(
        self, latitude: float, longitude: float, title: str, address: str, **where: Unpack[Where]
    ) -> Message:
        """Sends a place with a name."""
        return await self._over(self.person.shares_venue(latitude, longitude, title, address, **where))

    async def sends_contact(self, phone: str, first_name: str, last_name: str = "", **where: Unpack[Where]) -> Message:
        """Sends a card from the address book."""
        return await self._over(self.person.sends_contact(phone, first_name, last_name, **where))

    async def sends_poll(self, question: str, options: list[str], **where: Unpack[Where]) -> Message:
        """Sends a poll."""
        return await self._over(self.person.sends_poll(question, options, **where))

    async def rolls_dice(self, emoji: str = "🎲", value: int = 4, **where: Unpack[Where]) -> Message:
        """Rolls dice, with that result."""
        return await self._over(self.person.rolls_dice(emoji, value, **where))

    async def plays_game(self, **where: Unpack[Where]) -> Message:
        """Sends a game of another bot."""
        return await self._over(self.person.plays_game(**where))

    async def shares_story(self, **where: Unpack[Where]) -> Message:
        """Forwards a story."""
        return await self._over(self.person.shares_story(**where))

    async def sends_unsupported(self, **where: Unpack[Where]) -> Message:
        """Sends what the bot's layer has no constructor for."""
        return await self._over(self.person.sends_unsupported(**where))

    @staticmethod
    async def _over(sent: Message) -> Message:
        await quiet()
        return sent

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

    async def edits(self, message: Message, text: str, *, made: Media | None = None) -> None:
        """Changes a message or its caption, and with `made` its file too."""
        self.person.edits(message, text, media=made)
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
        cast: Casting | None = None,
        **settings: Any,
    ) -> None:
        self._cast = cast
        self.telegram = telegram
        self.model = model
        self.clock = clock
        settings = {"digest": ("off",), **settings}  # whoever waits for days should get them where they are the subject
        self.settings = sandbox_settings(telegram, database_path, admins=admins, members=members, **settings)
        self.states: dict[str, str] = {}
        self.disk_free_bytes = ROOMY_BYTES
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
                cast=self._cast,
                disk_free=lambda _path: self.disk_free_bytes,
            )
        )
        await quiet()

    async def stops(self) -> None:
        """Ends it, wherever it is; nothing is said goodbye to."""
        await self._stack.aclose()
        self._stack = AsyncExitStack()
        self.running = None

    async def is_started_by(self, *people: Someone) -> None:
        """These people have begun a chat with it, and seen its greeting: from now on it can write to them."""
        for someone in people:
            await someone.says("/start")
            await self.next_message(someone)

    async def says(self, expected: str, *, to: Timeline | Someone | None = None) -> Message:
        """The next message of the bot in this chat (by default: the only one that has news) contains `expected`."""
        message = await self.next_message(to)
        assert expected in message.text, f"the bot said {message.text!r}, not {expected!r}\n{self._story()}"
        return message

    async def sends(self, kind: str, *, to: Timeline | Someone | None = None) -> Message:
        """The next message of the bot carries a file of this kind ("photo", "voice", "document", ...), which is
        `message.media` with its bytes in `message.media.whole`; `message.pictures` are all that it ever showed."""
        message = await self.next_message(to)
        found = message.media.kind if message.media is not None else "nothing"
        assert found == kind, f"the bot sent {found}, not {kind}\n{self._story()}"
        return message

    async def shows(self, expected: str, *, to: Timeline | Someone | None = None) -> Message:
        """The next message of the bot is a rich one, and reads so (see `Message.rich_text`)."""
        message = await self.next_message(to)
        assert expected in message.rich_text, f"the bot showed {message.rich_text!r}\n{self._story()}"
        return message

    async def becomes(self, message: Message, kind: str, saying: str = "") -> Message:
        """A message of the bot becomes one with a file of this kind, and says this; waits for it."""
        with anyio.move_on_after(PATIENCE_S):
            while message.media is None or message.media.kind != kind or saying not in message.text:
                version = self.telegram.changed.version
                await self.telegram.changed.wait(since=version)
            return message
        raise AssertionError(f"the message never became a {kind}\n{self._story()}")

    async def is_seen(self, action: str, *, to: Timeline | Someone) -> None:
        """The bot was shown at this action ("typing", "uploadPhoto", "recordAudio", ...), or will be."""
        chat = to.chat if isinstance(to, Someone) else to
        with anyio.move_on_after(PATIENCE_S):
            while action not in [name for _, name in chat.actions]:
                await self.telegram.changed.wait(since=self.telegram.changed.version)
            return
        raise AssertionError(f"the bot was never seen at {action!r}, only at {chat.actions}\n{self._story()}")

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

    async def waits(self, *, hours: float) -> None:
        """So much time goes by."""
        await passes(hours * 3600)

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

    def recorded(self) -> list[AnyLine]:
        """The recording of all that has happened, running or not; empty if nothing has."""
        try:
            return list(export(self.settings.database_path, Selection(), BEGINNING))
        except ConfigurationError:
            return []

    def keeps_recording(self, file: str | Path, *, redact: Vocabulary | None = None) -> None:
        """Writes that recording to a file; with stand-ins for all but the actors' `redact`. Raises ConfigurationError
        if nothing has happened."""
        write_recording(Path(file), Selection(), self.settings.database_path, BEGINNING, redact=redact)

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
