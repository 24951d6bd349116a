"""Telegram's updates become events: a pure translation, which decides nothing.

Inbox keys, so that the same thing told twice (live and in a difference, before and after a kill) is one row:
    message   m:<chat>:<id>              press     p:<query id>
    edit      e:<chat>:<id>:<edit time>:<its words and file, hashed>  deletion  d:<chat or "">:<ids>
    stop of a draft  s:<draft id>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

from telethon import types, utils

from engine.core.conversation import Place
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    FileReceived,
    FromPerson,
    MessageEdited,
    MessagesDeleted,
    Person,
    TextReceived,
    UnsupportedReceived,
)
from engine.store.inbox import EDIT_KEY, Arrival
from engine.telegram.buttons import read_button
from engine.telegram.media import attachment_of, bare_text, described, kind_of
from engine.telegram.text import from_telethon, utf16_length

NAME_SHOWN = 128
"""The most characters of a person's or a chat's name that are kept."""

_NOBODY: Mapping[int, str] = {}
_JUST_TEXT = (types.MessageMediaEmpty, types.MessageMediaWebPage)
"""What may hang on a text without changing what it says."""
_CHANGED_BY_OTHERS = (types.MessageMediaGeoLive, types.MessageMediaPoll, types.MessageMediaToDo)
"""What moves, is voted on or ticked off: such a message is edited without its author's saying anything new."""

_COMMAND = re.compile(r"/(\w{1,64})(?:@(\w+))?(?:\s+|$)(.*)", re.DOTALL)


class Translator:
    """Knows who the bot is; else it has no state. `people` maps user ids to what the batch says of them."""

    def __init__(self, bot_username: str) -> None:
        self._username = bot_username.lower()
        self._mention = re.compile(rf"^\s*@{re.escape(bot_username)}\b[\s,:]*", re.IGNORECASE)

    def arrivals(
        self, update: Any, people: Mapping[int, Person], now: datetime, chats: Mapping[int, str] = _NOBODY
    ) -> list[Arrival]:
        """The events in one update: none or one. `chats` maps marked ids to what the batch calls its groups and
        channels."""
        match update:
            case (
                types.UpdateNewMessage(message=types.Message() as message)
                | types.UpdateNewChannelMessage(message=types.Message() as message)
            ):
                return self._message(message, people, chats)
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

    def _message(self, message: Any, people: Mapping[int, Person], chats: Mapping[int, str]) -> list[Arrival]:
        event = self._event(message, people, chats)
        if event is None:
            return []
        where = place_of(message)
        return [Arrival(f"m:{where.chat_id}:{message.id}", where.key, event, message.id)]

    def _event(self, message: Any, people: Mapping[int, Person], chats: Mapping[int, str]) -> FromPerson | None:
        if message.out or message.post:
            return None
        attachment = attachment_of(message)
        words = described(message.media)
        if attachment is None and words is None:
            if message.media is not None and not isinstance(message.media, _JUST_TEXT):
                return UnsupportedReceived(
                    at=message.date,
                    person=_sender(message, people),
                    message_id=message.id,
                    kind=kind_of(message.media),
                    addressed=self._is_addressed(message),
                )
            if _is_own(message) and (command := _COMMAND.fullmatch(message.message)):
                return self._command(message, people, command)
        text = self._text(message)
        said: dict[str, Any] = {
            "at": message.date,
            "person": _sender(message, people),
            "message_id": message.id,
            "text": "\n\n".join(filter(None, (words, text))),
            "length": utf16_length(message.message),
            "reply_to": _replied_to(message),
            "quote": _quote(message),
            "forwarded_from": _forwarded_from(message.fwd_from, people, chats),
            "addressed": self._is_addressed(message),
        }
        if attachment is None:
            return TextReceived(**said)
        return FileReceived(**said, attachment=attachment, album=message.grouped_id or 0)

    def _command(self, message: Any, people: Mapping[int, Person], command: re.Match[str]) -> FromPerson | None:
        name, bot, argument = command.groups()
        if bot is not None and bot.lower() != self._username:
            return None  # for another bot of this group
        return CommandReceived(
            at=message.date,
            person=_sender(message, people),
            message_id=message.id,
            name=name.lower(),
            argument=argument.strip(),
            reply_to=_replied_to(message),
        )

    def _edit(self, message: Any, people: Mapping[int, Person]) -> list[Arrival]:
        if message.out or message.post or message.edit_hide or message.edit_date is None:
            return []  # our own, or nothing that a person changed (a reaction, a view count)
        if isinstance(message.media, _CHANGED_BY_OTHERS):
            return []
        where = place_of(message)
        event = MessageEdited(
            at=message.edit_date,
            person=_sender(message, people),
            message_id=message.id,
            text=self._text(message),
            attachment=attachment_of(message),
        )
        said = event.text + (event.attachment.key if event.attachment is not None else "")
        digest = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()  # two in one second
        key = f"{EDIT_KEY}{where.chat_id}:{message.id}:{int(message.edit_date.timestamp())}:{digest}"
        return [Arrival(key, where.key, event, None)]

    def _text(self, message: Any) -> str:
        """The text or caption as Markdown, without the mention of the bot that it begins with."""
        if message.rich_message is not None and not message.message:
            return bare_text(message.rich_message)
        return self._mention.sub("", from_telethon(message.message, message.entities or ()))

    def _is_addressed(self, message: Any) -> bool:
        return bool(
            isinstance(message.peer_id, types.PeerUser)
            or message.mentioned
            or f"@{self._username}" in message.message.lower()
        )


def people_of(users: Iterable[Any]) -> dict[int, Person]:
    """The people among a batch's users: bots, itself among them, are none."""
    return {
        user.id: Person(
            id=user.id,
            name=(utils.get_display_name(user) or "")[:NAME_SHOWN],
            username=user.username or "",
            language=user.lang_code or "",
        )
        for user in users
        if isinstance(user, types.User) and not user.bot
    }


def titles_of(chats: Iterable[Any]) -> dict[int, str]:
    """What a batch's groups and channels are called, by marked id."""
    return {
        utils.get_peer_id(chat): (chat.title or "")[:NAME_SHOWN]
        for chat in chats
        if isinstance(chat, types.Chat | types.Channel)
    }


def place_of(message: Any) -> Place:
    """The chat of a message, and its topic where it has one."""
    reply = message.reply_to
    topic = None
    if reply is not None and getattr(reply, "forum_topic", False):
        topic = reply.reply_to_top_id or reply.reply_to_msg_id
    return Place(utils.get_peer_id(message.peer_id), topic)


def _is_own(message: Any) -> bool:
    """Whether its sender has written it: what is forwarded, or comes of another bot, commands nothing."""
    return message.fwd_from is None and message.via_bot_id is None


def _sender(message: Any, people: Mapping[int, Person]) -> Person:
    peer = message.from_id or message.peer_id
    return _person(utils.get_peer_id(peer), people)


def _person(person_id: int, people: Mapping[int, Person]) -> Person:
    return people.get(person_id) or Person(id=person_id)


def _replied_to(message: Any) -> int | None:
    """The message of this chat that it answers: a message in a topic also "replies" to the topic itself."""
    reply = message.reply_to
    if not isinstance(reply, types.MessageReplyHeader) or reply.reply_to_msg_id is None:
        return None
    if reply.reply_to_peer_id is not None and reply.reply_to_peer_id != message.peer_id:
        return None  # in another chat, where ids mean other messages
    if reply.forum_topic and reply.reply_to_top_id in (None, reply.reply_to_msg_id):
        return None
    return int(reply.reply_to_msg_id)


def _quote(message: Any) -> str:
    reply = message.reply_to
    if not isinstance(reply, types.MessageReplyHeader) or not reply.quote_text:
        return ""
    return from_telethon(reply.quote_text, reply.quote_entities)


def _forwarded_from(forward: Any, people: Mapping[int, Person], chats: Mapping[int, str]) -> str | None:
    """Whose message it is; "" where that can't be known."""
    if forward is None:
        return None
    from_id = 0 if forward.from_id is None else utils.get_peer_id(forward.from_id)
    known = people[from_id].name if from_id in people else chats.get(from_id)
    return (known or forward.from_name or "")[:NAME_SHOWN]


def _deletion(conversation: str, ids: list[int], now: datetime) -> list[Arrival]:
    digest = blake2b(repr(sorted(ids)).encode(), digest_size=12).hexdigest()
    return [Arrival(f"d:{conversation}:{digest}", conversation, MessagesDeleted(at=now, message_ids=tuple(ids)))]


def _press(update: Any, people: Mapping[int, Person], now: datetime) -> list[Arrival]:
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


def _draft_stop(update: Any, people: Mapping[int, Person], now: datetime) -> list[Arrival]:
    where = Place(update.user_id, update.top_msg_id)
    draft_id = update.action.random_id
    return [
        Arrival(
            f"s:{draft_id}", where.key, DraftStopped(at=now, person=_person(update.user_id, people), draft_id=draft_id)
        )
    ]
