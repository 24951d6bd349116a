"""The sandbox's records as Telegram's own objects: users, chats, messages, and the updates about them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from telethon.tl import types

from engine.sandbox.telegram.chats import BasicGroup, Chat, PrivateChat, Supergroup
from engine.sandbox.telegram.history import Event, EventKind
from engine.sandbox.telegram.messages import Message
from engine.sandbox.telegram.text import units

if TYPE_CHECKING:
    from engine.sandbox.telegram.people import Bot, Person


class Encoded:
    """A TL object that is already bytes: it can stand wherever another TL object wants to serialise it."""

    __slots__ = ("_encoded",)

    def __init__(self, value: Any) -> None:
        self._encoded = bytes(value)

    def __bytes__(self) -> bytes:
        return self._encoded

    def _bytes(self) -> bytes:
        return self._encoded


def access_hash(entity_id: int) -> int:
    """The access hash of a user or channel: made up, but the same in every run."""
    return int.from_bytes(sha256(f"access {entity_id}".encode()).digest()[:8], "little", signed=True)


def user(person: Person) -> Encoded:
    """A person as the bot sees them."""
    return Encoded(
        types.User(
            id=person.id,
            access_hash=access_hash(person.id),
            first_name=person.name,
            username=person.username,
            lang_code=person.language,
            premium=person.premium or None,
        )
    )


def bot_user(bot: Bot) -> Encoded:
    """The bot itself."""
    return Encoded(
        types.User(
            id=bot.id,
            is_self=True,
            bot=True,
            bot_chat_history=None if bot.privacy else True,
            bot_info_version=1,
            access_hash=access_hash(bot.id),
            first_name=bot.name,
            username=bot.username,
        )
    )


def group(chat: Chat) -> Encoded:
    """A basic group or supergroup as the bot sees it."""
    photo, count = types.ChatPhotoEmpty(), len(chat.members) + chat.bot_is_member
    if isinstance(chat, Supergroup):
        if not chat.bot_is_member:
            return Encoded(types.ChannelForbidden(chat.channel_id, access_hash(chat.id), chat.title, megagroup=True))
        return Encoded(
            types.Channel(
                id=chat.channel_id,
                title=chat.title,
                photo=photo,
                date=chat.world.born,
                megagroup=True,
                forum=chat.forum or None,
                access_hash=access_hash(chat.id),
                participants_count=count,
            )
        )
    if not chat.bot_is_member:
        return Encoded(types.ChatForbidden(-chat.id, chat.title))
    return Encoded(types.Chat(-chat.id, chat.title, photo, count, chat.world.born, version=1))


def message(record: Message) -> Any:
    """A message in its present version, as the bot sees it."""
    common = {
        "id": record.id,
        "peer_id": record.chat.peer,
        "date": record.date,
        "out": record.out or None,
        "mentioned": record.mentions_bot or None,
        "from_id": None if isinstance(record.chat, PrivateChat) else types.PeerUser(record.sender.id),
        "reply_to": _reply_header(record),
        "fwd_from": _forward_header(record),
    }
    if record.action is not None:
        del common["fwd_from"]
        return types.MessageService(**common, action=record.action)
    media = record.media
    return types.Message(
        **common,
        message=record.text,
        reply_markup=record.reply_markup,
        entities=record.entities or None,
        edit_date=record.versions[-1].date if record.edits else None,
        rich_message=record.rich,
        media=record.chat.world.files.tl(media) if media is not None else None,
        grouped_id=record.album or None,
    )


def _reply_header(record: Message) -> Any:
    answered, topic = record.reply_to, record.topic
    quoted = _quote(record)
    if topic is not None and record.id != topic.id:
        if answered is None or answered.id == topic.id:
            return types.MessageReplyHeader(forum_topic=True, reply_to_msg_id=topic.id)
        return types.MessageReplyHeader(
            forum_topic=True, reply_to_msg_id=answered.id, reply_to_top_id=topic.id, **quoted
        )
    return types.MessageReplyHeader(reply_to_msg_id=answered.id, **quoted) if answered is not None else None


def _quote(record: Message) -> dict[str, Any]:
    if not record.quote or record.reply_to is None:
        return {}
    before = record.reply_to.text.partition(record.quote)[0]
    return {"quote": True, "quote_text": record.quote, "quote_offset": units(before)}


def _forward_header(record: Message) -> Any:
    forward = record.forward
    if forward is None:
        return None
    person = forward.person
    origin = types.PeerUser(person.id) if person is not None else None
    return types.MessageFwdHeader(forward.date, from_id=origin, from_name=forward.name or None)


def event(happened: Event) -> Any:
    """The update that tells of an event."""
    pts, count = happened.pts, happened.pts_count
    if happened.kind is EventKind.DELETED:
        ids = [gone.id for gone in happened.messages]
        if happened.channel is not None:
            return types.UpdateDeleteChannelMessages(happened.channel.channel_id, ids, pts, count)
        return types.UpdateDeleteMessages(ids, pts, count)
    subject = message(happened.messages[0])
    if happened.kind is EventKind.SENT:
        kind = types.UpdateNewChannelMessage if happened.channel is not None else types.UpdateNewMessage
    else:
        kind = types.UpdateEditChannelMessage if happened.channel is not None else types.UpdateEditMessage
    return kind(subject, pts, count)


def who(happened: Iterable[Event]) -> tuple[list[Encoded], list[Encoded]]:
    """The users and groups that a client needs to understand these events."""
    users: dict[int, Encoded] = {}
    groups: dict[int, Encoded] = {}
    for one in happened:
        for record in one.messages:
            users[record.sender.id] = record.sender.tl
            if record.forward is not None and record.forward.person is not None:
                users[record.forward.person.id] = record.forward.person.tl
            chat = record.chat
            if isinstance(chat, PrivateChat):
                users[chat.person.id] = chat.person.tl
            elif isinstance(chat, BasicGroup | Supergroup):
                groups[chat.id] = chat.world.tl_group(chat)
    return list(users.values()), list(groups.values())
