"""The state of the sandbox Telegram and the only place that changes it: messages, presses, who sees what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from telethon.tl import types

from engine.sandbox.telegram import tl
from engine.sandbox.telegram.changed import Changed
from engine.sandbox.telegram.chats import BasicGroup, Chat, PrivateChat, Supergroup, Topic
from engine.sandbox.telegram.files import Files
from engine.sandbox.telegram.history import Event, EventKind, PtsHistory, QtsHistory
from engine.sandbox.telegram.messages import Button, Forward, Message, Press, Version
from engine.sandbox.telegram.people import Bot, Person
from engine.sandbox.telegram.refusal import Refusal

_COMMAND_FOR = re.compile(r"/\w+(?:@(\w+))?")


class Audience(Protocol):
    """Who is told what happens: the connected sessions of the bot."""

    def announce(self, event: Event, origin: object) -> None:
        """Push an event to all sessions but `origin`, which learns of it from the answer to its request."""

    def tell(self, update: Any, users: Sequence[tl.Encoded], groups: Sequence[tl.Encoded], *, numbered: bool) -> None:
        """Push an update that belongs to no pts sequence."""


class World:
    """Everything that Telegram's servers would know. Does no I/O; time comes from `now`."""

    def __init__(self, bot: Bot, now: Callable[[], datetime]) -> None:
        self.bot = bot
        self.now = now
        self.born = now()
        self.changed = Changed()
        self.files = Files(now)
        self.audience: Audience | None = None
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.account = PtsHistory()
        self.qts = QtsHistory()
        self.account_messages: dict[int, Message] = {}
        self.sent: dict[tuple[int, int], Message] = {}
        """(chat id, random id) → the message made the first time. Never forgotten, as with the real one."""
        self.live_presses: dict[int, Press] = {}
        self._last_message_id = 0
        self._last_query_id = 1 << 40
        self._last_album = 13_900_000_000_000_000
        self._tl_groups: dict[int, tl.Encoded] = {}

    # -- people and groups -------------------------------------------------------------------------------------

    def add_person(self, name: str, *, language: str, username: str | None, premium: bool) -> Person:
        """Every second person's id is beyond 2**31, as most new accounts' are."""
        number = len(self.people) + 1
        person_id = 7_000_000_000 + number if number % 2 == 0 else 100_000 + number
        person = Person(self, person_id, name, language=language, username=username, premium=premium)
        self.people[person_id] = person
        self.chats[person_id] = person.chat
        return person

    def add_group(
        self,
        title: str,
        members: Sequence[Person],
        *,
        kind: str,
        forum: bool,
        bot_is_admin: bool,
        admins: Sequence[Person],
    ) -> BasicGroup | Supergroup:
        """The first member makes the group and puts the bot in; the bot sees the service message."""
        if not members:
            raise ValueError("a group needs a first member, who makes it")
        number = sum(not isinstance(chat, PrivateChat) for chat in self.chats.values()) + 1
        chat: BasicGroup | Supergroup
        if kind == "basic" and not forum:
            chat = BasicGroup(self, -(4_000_000 + number), title, members)
        elif kind == "supergroup":
            chat = Supergroup(self, -1_002_000_000_000 - number, title, members, forum=forum)
        else:
            raise ValueError(f"no such group: kind={kind!r}, forum={forum}")
        chat.bot_is_admin = bot_is_admin
        chat.admins = {members[0], *admins}
        self.chats[chat.id] = chat
        if isinstance(chat, Supergroup):
            created = types.MessageActionChannelCreate(title)
            self.act(chat, members[0], created, visible_to_bot=False)
            self.act(chat, members[0], types.MessageActionChatAddUser([self.bot.id]))
        else:
            everyone = [*(member.id for member in members), self.bot.id]
            self.act(chat, members[0], types.MessageActionChatCreate(title, everyone))
        return chat

    def add_member(self, chat: Chat, person: Person) -> None:
        """Somebody joins; the bot sees the service message."""
        chat.members.append(person)
        self._tl_groups.pop(chat.id, None)
        self.act(chat, person, types.MessageActionChatAddUser([person.id]))

    def remove_bot(self, chat: Chat, by: Person) -> None:
        """The bot is thrown out of a group: it sees that, and nothing afterwards."""
        self._tl_groups.pop(chat.id, None)
        self.act(chat, by, types.MessageActionChatDeleteUser(self.bot.id))
        chat.bot_is_member = False

    def tl_group(self, chat: Chat) -> tl.Encoded:
        """The group as TL bytes, made once until it changes."""
        encoded = self._tl_groups.get(chat.id)
        if encoded is None:
            encoded = self._tl_groups[chat.id] = tl.group(chat)
        return encoded

    # -- messages ----------------------------------------------------------------------------------------------

    def next_account_message_id(self) -> int:
        """The number of the next message in any private chat or basic group."""
        self._last_message_id += 1
        return self._last_message_id

    def next_album(self) -> int:
        """What the parts of an album have in common."""
        self._last_album += 1
        return self._last_album

    def act(self, chat: Chat, by: Person, action: Any, *, visible_to_bot: bool = True) -> Message:
        """Post a service message."""
        return self.post(chat, by, Version(self.now(), ""), action=action, visible_to_bot=visible_to_bot)

    def post(
        self,
        chat: Chat,
        sender: Person | Bot,
        version: Version,
        *,
        reply_to: Message | None = None,
        topic: Topic | None = None,
        action: Any = None,
        visible_to_bot: bool = True,
        random_id: int | None = None,
        origin: object = None,
        message_id: int | None = None,
        quote: str = "",
        album: int = 0,
        forward: Forward | None = None,
    ) -> Message:
        """A message appears. `origin` is the session that sent it, if it was one of the bot's; `message_id` is one
        that `chat.next_message_id` has given out before."""
        if reply_to is not None and topic is None:
            topic = reply_to.topic
        if version.media is not None:
            self.files.keep(version.media)
        message = Message(message_id or chat.next_message_id(), chat, sender, [version], reply_to, topic, action)
        message.quote, message.album, message.forward = quote, album, forward
        self._decide_visibility(message, visible_to_bot)
        chat.keep(message)
        if isinstance(sender, Bot):
            chat.draft = chat.typing = None
            if topic is not None:
                topic.typing = None
            if random_id is not None:
                self.sent[(chat.id, random_id)] = message
        elif message.visible_to_bot:
            sender.known_to_bot = True
            sender.has_started = sender.has_started or chat is sender.chat
        if message.visible_to_bot:
            self._happened(EventKind.SENT, [message], random_id=random_id, origin=origin)
        self.changed.ring()
        return message

    def edit(self, message: Message, version: Version, origin: object = None) -> Event | None:
        """A message says something else now. None if the bot doesn't see it."""
        if version.media is not None:
            self.files.keep(version.media)
        message.versions.append(version)
        self._decide_visibility(message, message.visible_to_bot or not message.action)
        event = None
        if message.visible_to_bot and message.chat.bot_is_member:
            event = self._happened(EventKind.EDITED, [message], origin=origin)
        self.changed.ring()
        return event

    def delete(self, messages: Sequence[Message], origin: object = None) -> list[Event]:
        """Messages vanish for everyone; one event for the account, one for each supergroup."""
        by_log: dict[int, list[Message]] = {}
        for message in messages:
            if not message.deleted:
                message.deleted = True
                if message.visible_to_bot and message.chat.bot_is_member:
                    by_log.setdefault(id(message.chat.log), []).append(message)
        events = [self._happened(EventKind.DELETED, gone, origin=origin) for gone in by_log.values()]
        self.changed.ring()
        return events

    def _decide_visibility(self, message: Message, may_be_visible: bool) -> None:
        mentions = (
            not message.out
            and not isinstance(message.chat, PrivateChat)
            and (
                f"@{self.bot.username}".lower() in message.text.lower()
                or (message.reply_to is not None and message.reply_to.out)
            )
        )
        message.mentions_bot = mentions
        message.visible_to_bot = (
            may_be_visible and message.chat.bot_is_member and (mentions or self._is_for_bot(message))
        ) or message.event is not None

    def _is_for_bot(self, message: Message) -> bool:
        if message.out or message.action is not None or isinstance(message.chat, PrivateChat):
            return True
        if not self.bot.privacy or message.chat.bot_is_admin:
            return True
        command = _COMMAND_FOR.match(message.text)
        if command is not None:
            return command[1] is None or command[1].lower() == self.bot.username.lower()
        named = (e.user_id for e in message.entities if isinstance(e, types.MessageEntityMentionName))
        return self.bot.id in named

    def _happened(
        self,
        kind: EventKind,
        messages: Iterable[Message],
        *,
        random_id: int | None = None,
        origin: object = None,
    ) -> Event:
        subjects = tuple(messages)
        chat = subjects[0].chat
        channel = chat if isinstance(chat, Supergroup) else None
        event = Event(kind, subjects, self.now(), channel, random_id, pts_count=len(subjects))
        chat.log.append(event)
        if kind is EventKind.SENT:
            subjects[0].event = event
        if self.audience is not None:
            self.audience.announce(event, origin)
        return event

    # -- what has no place in a history ------------------------------------------------------------------------

    def tell(self, update: Any, *, users: Sequence[tl.Encoded] = (), groups: Sequence[tl.Encoded] = ()) -> None:
        """Tell whoever listens now; nobody else will ever know."""
        if self.audience is not None:
            self.audience.tell(update, users, groups, numbered=False)

    def tell_numbered(
        self,
        make: Callable[[int], Any],
        *,
        users: Sequence[tl.Encoded] = (),
        groups: Sequence[tl.Encoded] = (),
    ) -> None:
        """Tell with a qts, so that the difference has it too."""
        update = make(self.qts.next())
        self.qts.keep(update)
        if self.audience is not None:
            self.audience.tell(update, users, groups, numbered=True)

    def press(self, person: Person, message: Message, button: Button) -> Press:
        """Somebody presses an inline button of the bot."""
        self._last_query_id += 1
        press = Press(self._last_query_id, person, message, button, self.now())
        self.live_presses[press.query_id] = press
        person.known_to_bot = True
        chat = message.chat
        update = types.UpdateBotCallbackQuery(
            press.query_id, person.id, chat.peer, message.id, tl.access_hash(chat.id), data=button.data
        )
        groups = [] if isinstance(chat, PrivateChat) else [self.tl_group(chat)]
        self.tell(update, users=[person.tl], groups=groups)
        self.changed.ring()
        return press

    def answer_press(self, query_id: int, text: str | None, *, alert: bool, url: str | None) -> None:
        """The bot answers a press. Raises `Refusal` QUERY_ID_INVALID: unknown, too late, or answered before."""
        press = self.live_presses.pop(query_id, None)
        if press is None or press.expired(self.now()):
            raise Refusal("QUERY_ID_INVALID")
        press.answered, press.text, press.alert, press.url = True, text, alert, url
        self.changed.ring()
