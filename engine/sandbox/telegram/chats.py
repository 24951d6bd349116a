"""Where messages stand: private chats, basic groups, supergroups and their topics, each readable as a transcript."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from telethon.tl import types

from engine.sandbox.telegram.history import PtsHistory
from engine.sandbox.telegram.messages import DRAFT_LIFETIME, Draft, Message

if TYPE_CHECKING:
    from engine.sandbox.telegram.people import Person
    from engine.sandbox.telegram.world import World

TYPING_LIFETIME = timedelta(seconds=6)
"""How long Telegram's apps show an action that is not renewed."""
CHANNEL_MARK = -1_000_000_000_000
"""The Bot API's (and Telethon's) mark for supergroup ids."""


class Timeline:
    """Messages in the order they were sent; a chat is one, and a topic of a forum is one."""

    def __init__(self, world: World, title: str) -> None:
        self.world = world
        self.title = title
        self.history: list[Message] = []
        """Every message, deleted ones too."""
        self.drafts: list[tuple[datetime, str]] = []
        """Every draft text that was shown, with its time."""
        self.actions: list[tuple[datetime, str]] = []
        """Every action that the bot was shown at ('typing', 'uploadPhoto', 'recordAudio', …), with its time."""
        self._draft: Draft | None = None
        self._typing: tuple[str, datetime] | None = None

    @property
    def messages(self) -> list[Message]:
        """The messages that people see now, oldest first."""
        return [message for message in self.history if not message.deleted]

    @property
    def last(self) -> Message | None:
        """The newest message that is still there."""
        return next((message for message in reversed(self.history) if not message.deleted), None)

    @property
    def draft(self) -> Draft | None:
        """What the bot is seen writing now."""
        if self._draft is not None and self.world.now() - self._draft.date >= DRAFT_LIFETIME:
            self._draft = None
        return self._draft

    @draft.setter
    def draft(self, draft: Draft | None) -> None:
        self._draft = draft

    @property
    def typing(self) -> str | None:
        """The action shown under the chat's title, such as 'typing' or 'recordAudio'; None if there is none."""
        if self._typing is not None and self.world.now() - self._typing[1] >= TYPING_LIFETIME:
            self._typing = None
        return self._typing[0] if self._typing else None

    @typing.setter
    def typing(self, action: str | None) -> None:
        self._typing = (action, self.world.now()) if action else None
        if action:
            self.actions.append((self.world.now(), action))

    @property
    def reply_keyboard(self) -> list[list[str]]:
        """The keyboard below the input field: that of the newest message which set or removed one."""
        for message in reversed(self.history):
            if isinstance(message.reply_markup, types.ReplyKeyboardHide):
                return []
            if message.reply_keyboard and not message.deleted:
                return message.reply_keyboard
        return []

    def transcript(self) -> str:
        """The whole timeline as text, for failure messages."""
        lines = [f"-- {self.title} --", *(message.line() for message in self.history)]
        if self.typing:
            lines.append(f"{self.world.now():%H:%M:%S} {self.world.bot.name} … {self.typing}")
        if self.draft is not None:
            stop = " [Stop]" if self.draft.can_stop else ""
            lines.append(f"{self.draft.date:%H:%M:%S} {self.world.bot.name} (draft): {self.draft.text}{stop}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r}>"


class Chat(Timeline):
    """A chat; `id` is marked as Telethon and the Bot API mark ids: positive for people, negative for groups."""

    def __init__(self, world: World, chat_id: int, title: str, members: Iterable[Person]) -> None:
        super().__init__(world, title)
        self.id = chat_id
        self.members = list(members)
        self.bot_is_member = True
        self.bot_is_admin = False
        self.admins: set[Person] = set()
        """In groups; whoever made the group (the first member) is one, unless it is taken from them."""

    def find(self, message_id: int) -> Message | None:
        """The message with this id, unless it is deleted, in another chat, or hidden from the bot."""
        message = self.world.account_messages.get(message_id)
        return message if message is not None and message.chat is self and _is_there(message) else None

    def keep(self, message: Message) -> None:
        """Take the message into the timeline(s)."""
        self.history.append(message)
        self.world.account_messages[message.id] = message

    def next_message_id(self) -> int:
        """Private chats and basic groups share the account's numbers."""
        return self.world.next_account_message_id()

    @property
    def peer(self) -> Any:
        """TL peer as the bot sees it."""
        raise NotImplementedError

    @property
    def log(self) -> PtsHistory:
        """The sequence that events of this chat belong to."""
        return self.world.account


def _is_there(message: Message) -> bool:
    return message.visible_to_bot and not message.deleted


class PrivateChat(Chat):
    """A person and the bot."""

    def __init__(self, world: World, person: Person) -> None:
        super().__init__(world, person.id, person.name, [person])
        self.person = person

    @property
    def peer(self) -> Any:
        """TL peer as the bot sees it."""
        return types.PeerUser(self.id)


class BasicGroup(Chat):
    """A small group without a sequence of its own."""

    @property
    def peer(self) -> Any:
        """TL peer."""
        return types.PeerChat(-self.id)


class Supergroup(Chat):
    """A supergroup: own message ids, own pts, perhaps a forum with topics."""

    def __init__(self, world: World, chat_id: int, title: str, members: Iterable[Person], *, forum: bool) -> None:
        super().__init__(world, chat_id, title, members)
        self.forum = forum
        self.channel_id = CHANNEL_MARK - chat_id
        self.topics: dict[int, Topic] = {}
        self._log = PtsHistory()
        self._messages: dict[int, Message] = {}
        self._last_id = 0

    @property
    def peer(self) -> Any:
        """TL peer."""
        return types.PeerChannel(self.channel_id)

    @property
    def log(self) -> PtsHistory:
        """A supergroup has its own sequence."""
        return self._log

    def find(self, message_id: int) -> Message | None:
        """The message with this id, unless it is deleted or hidden from the bot."""
        message = self._messages.get(message_id)
        return message if message is not None and _is_there(message) else None

    def keep(self, message: Message) -> None:
        """Take the message into the timeline, and into its topic's."""
        self.history.append(message)
        self._messages[message.id] = message
        if message.topic is not None:
            message.topic.history.append(message)

    def next_message_id(self) -> int:
        """Ids count from 1 in every supergroup."""
        self._last_id += 1
        return self._last_id

    def topic(self, title: str, by: Person | None = None) -> Topic:
        """A member (the first by default) opens a topic; the bot sees the service message."""
        if not self.forum:
            raise LookupError(f"{self.title} is not a forum: telegram.group(..., forum=True)")
        action = types.MessageActionTopicCreate(title=title, icon_color=0x6FB9F0)
        opened = self.world.act(self, by or self.members[0], action)
        topic = Topic(self, opened.id, title)
        self.topics[opened.id] = opened.topic = topic
        topic.history.append(opened)
        self.world.changed.ring()
        return topic


class Topic(Timeline):
    """A topic of a forum; `id` is the id of the service message that opened it. General is the group itself."""

    def __init__(self, chat: Supergroup, topic_id: int, title: str) -> None:
        super().__init__(chat.world, title)
        self.chat = chat
        self.id = topic_id
