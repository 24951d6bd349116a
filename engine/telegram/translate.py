"""Telegram's updates become events: a pure translation, which decides nothing.

Inbox keys, so that the same thing told twice (live and in a difference, before and after a kill) is one row:
    message   m:<chat>:<id>              press     p:<query id>
    edit      e:<chat>:<id>:<edit time>  deletion  d:<chat or "">:<ids>      stop of a draft  s:<draft id>
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

from telethon import types, utils

from engine.core.conversation import Place
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    FromPerson,
    MessageEdited,
    MessagesDeleted,
    Person,
    TextReceived,
    UnsupportedReceived,
)
from engine.store.inbox import Arrival
from engine.telegram.buttons import read_button
from engine.telegram.text import from_telethon

NAME_SHOWN = 128
"""The most characters of a person's name that are kept."""

_COMMAND = re.compile(r"/(\w{1,64})(?:@(\w+))?(?:\s+|$)(.*)", re.DOTALL)


class Translator:
    """Knows who the bot is; else it has no state. `people` maps user ids to what the batch says of them."""

    def __init__(self, bot_username: str) -> None:
        self._username = bot_username.lower()
        self._mention = re.compile(rf"^\s*@{re.escape(bot_username)}\b[\s,:]*", re.IGNORECASE)

    def arrivals(self, update: Any, people: dict[int, Person], now: datetime) -> list[Arrival]:
        """The events in one update: none or one."""
        match update:
            case (
                types.UpdateNewMessage(message=types.Message() as message)
                | types.UpdateNewChannelMessage(message=types.Message() as message)
            ):
                return self._message(message, people)
            case (
                types.UpdateEditMessage(message=types.Message() as message)
                | types.UpdateEditChannelMessage(message=types.Message() as message)
            ):
                return self._edit(message, people)
            case types.UpdateDeleteMessages(messages=ids):
                return _deletion("", ids, now)
            case types.UpdateDeleteChannelMessages(channel_id=channel_id, messages=ids):
                return _deletion(str(utils.get_peer_id(types.PeerChannel(channel_id))), ids, now)
            case types.UpdateBotCallbackQuery():
                return _press(update, people, now)
            case types.UpdateUserTyping(action=types.SendMessageStopDraftAction()):
                return _draft_stop(update, people, now)
            case _:
                return []

    def _message(self, message: Any, people: dict[int, Person]) -> list[Arrival]:
        event = self._event(message, people)
        if event is None:
            return []
        where = place_of(message)
        return [Arrival(f"m:{where.chat_id}:{message.id}", where.key, event, message.id)]

    def _event(self, message: Any, people: dict[int, Person]) -> FromPerson | None:
        if message.out or message.post:
            return None
        person = _sender(message, people)
        if message.media is not None and not isinstance(message.media, types.MessageMediaWebPage):
            return UnsupportedReceived(
                at=message.date,
                person=person,
                message_id=message.id,
                kind=_kind(message.media),
                addressed=self._is_addressed(message),
            )
        if command := _COMMAND.fullmatch(message.message):
            return self._command(message, person, command)
        text = from_telethon(message.message, message.entities or ())
        return TextReceived(
            at=message.date,
            person=person,
            message_id=message.id,
            text=self._mention.sub("", text),
            reply_to=getattr(message.reply_to, "reply_to_msg_id", None),
            addressed=self._is_addressed(message),
        )

    def _command(self, message: Any, person: Person, command: re.Match[str]) -> FromPerson | None:
        name, bot, argument = command.groups()
        if bot is not None and bot.lower() != self._username:
            return None  # for another bot of this group
        return CommandReceived(
            at=message.date, person=person, message_id=message.id, name=name.lower(), argument=argument.strip()
        )

    def _edit(self, message: Any, people: dict[int, Person]) -> list[Arrival]:
        if message.out or message.post or message.edit_hide or message.edit_date is None:
            return []  # our own, or nothing that a person changed (a reaction, a view count)
        where = place_of(message)
        event = MessageEdited(
            at=message.edit_date,
            person=_sender(message, people),
            message_id=message.id,
            text=from_telethon(message.message, message.entities or ()),
        )
        key = f"e:{where.chat_id}:{message.id}:{int(message.edit_date.timestamp())}"
        return [Arrival(key, where.key, event, None)]

    def _is_addressed(self, message: Any) -> bool:
        return bool(
            isinstance(message.peer_id, types.PeerUser)
            or message.mentioned
            or f"@{self._username}" in message.message.lower()
        )


def people_of(users: Iterable[Any]) -> dict[int, Person]:
    """The people among a batch's users."""
    return {
        user.id: Person(
            id=user.id,
            name=(utils.get_display_name(user) or "")[:NAME_SHOWN],
            username=user.username or "",
            language=user.lang_code or "",
        )
        for user in users
        if isinstance(user, types.User)
    }


def place_of(message: Any) -> Place:
    """The chat of a message, and its topic where it has one."""
    reply = message.reply_to
    topic = None
    if reply is not None and getattr(reply, "forum_topic", False):
        topic = reply.reply_to_top_id or reply.reply_to_msg_id
    return Place(utils.get_peer_id(message.peer_id), topic)


def _sender(message: Any, people: dict[int, Person]) -> Person:
    peer = message.from_id or message.peer_id
    return _person(utils.get_peer_id(peer), people)


def _person(person_id: int, people: dict[int, Person]) -> Person:
    return people.get(person_id) or Person(id=person_id)


def _kind(media: Any) -> str:
    match media:
        case types.MessageMediaPhoto():
            return "photo"
        case types.MessageMediaDocument(voice=True):
            return "voice"
        case types.MessageMediaDocument(video=True) | types.MessageMediaDocument(round=True):
            return "video"
        case types.MessageMediaDocument():
            return "document"
        case _:
            return type(media).__name__.removeprefix("MessageMedia").lower()


def _deletion(conversation: str, ids: list[int], now: datetime) -> list[Arrival]:
    digest = blake2b(repr(sorted(ids)).encode(), digest_size=12).hexdigest()
    return [Arrival(f"d:{conversation}:{digest}", conversation, MessagesDeleted(at=now, message_ids=tuple(ids)))]


def _press(update: Any, people: dict[int, Person], now: datetime) -> list[Arrival]:
    topic, name = read_button(update.data or b"")
    where = Place(utils.get_peer_id(update.peer), topic)
    event = ButtonPressed(
        at=now,
        person=_person(update.user_id, people),
        message_id=update.msg_id,
        query_id=update.query_id,
        button=name,
    )
    return [Arrival(f"p:{update.query_id}", where.key, event, None)]


def _draft_stop(update: Any, people: dict[int, Person], now: datetime) -> list[Arrival]:
    where = Place(update.user_id, update.top_msg_id)
    draft_id = update.action.random_id
    return [
        Arrival(
            f"s:{draft_id}", where.key, DraftStopped(at=now, person=_person(update.user_id, people), draft_id=draft_id)
        )
    ]
