"""Messages, buttons, presses and drafts as the sandbox remembers them: plain records that tests read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from telethon.tl import types

from engine.sandbox.telegram.rich_text import readable

if TYPE_CHECKING:
    from engine.sandbox.telegram.chats import Chat, Topic
    from engine.sandbox.telegram.history import Event
    from engine.sandbox.telegram.media import Media
    from engine.sandbox.telegram.people import Bot, Person

PRESS_LIFETIME = timedelta(seconds=15)
"""After this long, Telegram's apps give up waiting for the answer to a button press."""
DRAFT_LIFETIME = timedelta(seconds=30)
"""A streamed draft vanishes this long after its last update (`message_typing_draft_ttl`)."""


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: `data` for callbacks, `url` for links, neither for other kinds."""

    text: str
    data: bytes | None = None
    url: str | None = None
    style: Any = None


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from `date` on."""

    date: datetime
    text: str
    entities: list[Any] = field(default_factory=list)
    reply_markup: Any = None
    rich: Any = None
    media: Media | None = None
    """`text` is its caption"""

    @property
    def rich_text(self) -> str:
        """The rich message in signs like Markdown's, a table as a table; "" for any other message."""
        return readable(self.rich) if self.rich is not None else ""

    def same_as(self, other: Version) -> bool:
        """Whether a person would see no difference (then an edit is MESSAGE_NOT_MODIFIED)."""
        return (
            self.text == other.text
            and [bytes(e) for e in self.entities] == [bytes(e) for e in other.entities]
            and _tl_bytes(self.reply_markup) == _tl_bytes(other.reply_markup)
            and _tl_bytes(self.rich) == _tl_bytes(other.rich)
            and self.media is other.media
        )


def _tl_bytes(value: Any) -> bytes:
    return b"" if value is None else bytes(value)


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a message comes from: a person, the name of somebody who hides, or neither (the account is gone)."""

    date: datetime
    person: Person | Bot | None = None
    name: str = ""

    @property
    def of(self) -> str:
        """Whose it is, for a transcript."""
        return self.person.name if self.person is not None else self.name or "a deleted account"


@dataclass(slots=True, eq=False)
class Message:
    """One message in one chat, with every version it ever had.

    `action` is set for service messages (a TL MessageAction). `visible_to_bot` is False for what privacy mode hides.
    `event` is the bot's update about it, None if the bot never saw it. Parts of one album have the same `album`
    (0: none). `quote` is the part of `reply_to` that was marked.
    """

    id: int
    chat: Chat
    sender: Person | Bot
    versions: list[Version]
    reply_to: Message | None = None
    topic: Topic | None = None
    action: Any = None
    visible_to_bot: bool = True
    mentions_bot: bool = False
    deleted: bool = False
    event: Event | None = None
    reactions: dict[int, str] = field(default_factory=dict)
    quote: str = ""
    album: int = 0
    forward: Forward | None = None

    @property
    def text(self) -> str:
        """What it says now."""
        return self.versions[-1].text

    @property
    def entities(self) -> list[Any]:
        """TL entities of the current text, offsets in UTF-16 units."""
        return self.versions[-1].entities

    @property
    def reply_markup(self) -> Any:
        """The TL reply markup, or None."""
        return self.versions[-1].reply_markup

    @property
    def rich(self) -> Any:
        """The TL RichMessage, or None."""
        return self.versions[-1].rich

    @property
    def rich_text(self) -> str:
        """The rich message in signs like Markdown's; "" for any other message."""
        return self.versions[-1].rich_text

    @property
    def media(self) -> Media | None:
        """The file or other thing that it shows now."""
        return self.versions[-1].media

    @property
    def pictures(self) -> list[Media]:
        """Every photo that it ever showed, oldest first."""
        found: list[Media] = []
        for version in self.versions:
            if version.media is not None and version.media.kind == "photo" and version.media not in found:
                found.append(version.media)
        return found

    @property
    def date(self) -> datetime:
        """When it was sent."""
        return self.versions[0].date

    @property
    def edits(self) -> list[Version]:
        """The versions after the first."""
        return self.versions[1:]

    @property
    def out(self) -> bool:
        """Whether the bot sent it."""
        return self.sender is self.chat.world.bot

    @property
    def button_rows(self) -> list[list[Button]]:
        """The inline keyboard, row by row."""
        if not isinstance(self.reply_markup, types.ReplyInlineMarkup):
            return []
        return [[_button(button) for button in row.buttons] for row in self.reply_markup.rows]

    @property
    def buttons(self) -> list[Button]:
        """The inline keyboard in reading order."""
        return [button for row in self.button_rows for button in row]

    @property
    def reply_keyboard(self) -> list[list[str]]:
        """The rows of the reply keyboard that came with it."""
        if not isinstance(self.reply_markup, types.ReplyKeyboardMarkup):
            return []
        return [[button.text for button in row.buttons] for row in self.reply_markup.rows]

    def line(self) -> str:
        """One line of a transcript."""
        said = f"({type(self.action).__name__})" if self.action is not None else self.text
        if self.media is not None:
            said = f"({self.media.line()}) {said}".rstrip()
        notes = "".join(f" [{button.text}]" for button in self.buttons)
        notes += "".join(f" <{' | '.join(row)}>" for row in self.reply_keyboard)
        if self.edits:
            notes += f" (edited {len(self.edits)}x)"
        if self.deleted:
            notes += " (deleted)"
        where = f" [{self.topic.title}]" if self.topic is not None else ""
        quoted = f": “{self.quote}”" if self.quote else ""
        answer = f" (to #{self.reply_to.id}{quoted})" if self.reply_to is not None else ""
        answer += f" (forwarded from {self.forward.of})" if self.forward is not None else ""
        return f"{self.date:%H:%M:%S} #{self.id}{where} {self.sender.name}{answer}: {said}{notes}"

    def __repr__(self) -> str:
        return f"<{self.line()}>"


def _button(button: Any) -> Button:
    kind = button.type
    data = kind.data if isinstance(kind, types.InlineButtonTypeCallback) else None
    return Button(button.text, data, getattr(kind, "url", None), button.style)


@dataclass(slots=True, eq=False)
class Press:
    """A person's press on an inline button, and the bot's answer to it once there is one."""

    query_id: int
    person: Person
    message: Message
    button: Button
    date: datetime
    answered: bool = False
    text: str | None = None
    alert: bool = False
    url: str | None = None

    @property
    def answer(self) -> str | None:
        """The text of the bot's answer; None before it came, empty if it only stopped the spinner."""
        return (self.text or "") if self.answered else None

    def expired(self, now: datetime) -> bool:
        """Whether an answer would come too late."""
        return now - self.date > PRESS_LIFETIME


@dataclass(slots=True, eq=False)
class Draft:
    """What a person sees the bot type at the moment; `updates` counts how often it grew."""

    random_id: int
    text: str
    entities: list[Any]
    can_stop: bool
    keep_on_stop: bool
    date: datetime
    top_msg_id: int | None = None
    rich: Any = None
    updates: int = 1

    @property
    def rich_text(self) -> str:
        """As `Version.rich_text`."""
        return readable(self.rich) if self.rich is not None else ""
