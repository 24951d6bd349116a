"""Answers about messages: sending, editing, deleting, reading by id, drafts and typing, presses, reactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telethon.tl import functions, types

from engine.sandbox.telegram import arrivals, peers, rich, tl
from engine.sandbox.telegram import text as texts
from engine.sandbox.telegram.api import Call, answers
from engine.sandbox.telegram.chats import Chat, PrivateChat, Supergroup, Topic
from engine.sandbox.telegram.messages import DRAFT_LIFETIME, Draft, Message, Version
from engine.sandbox.telegram.refusal import Refusal

CALLBACK_DATA_LIMIT = 64
"""Bytes in the data of an inline button."""
CALLBACK_ANSWER_LIMIT = 200
"""Characters in the answer to a press."""
NO_SEQ = 0


def updates_about(call: Call, updates: list[Any], records: Sequence[Message]) -> Any:
    """The answer to a request that made or changed messages."""
    users, groups = tl.who(record.event for record in records if record.event is not None)
    return types.Updates(updates, users, groups, call.world.now(), NO_SEQ)


# -- send --------------------------------------------------------------------------------------------------------


@answers(functions.messages.SendMessageRequest)
def send_message(call: Call) -> Any:
    """Post a message, or give back the one that this random_id made before."""
    request = call.request
    chat = peers.chat(call, request.peer)
    made = call.world.sent.get((chat.id, request.random_id))
    if made is None:
        reply_to, topic = arrived_reply(chat, request.reply_to)
        made = call.world.post(
            chat,
            call.world.bot,
            _arrived(call, request),
            reply_to=reply_to,
            topic=topic,
            random_id=request.random_id,
            origin=call.session,
        )
    return sent(call, made, request.random_id)


def _arrived(call: Call, request: Any) -> Version:
    markup = arrived_markup(request.reply_markup)
    if request.rich_message is not None:
        call.telegram.faults.check_rich()
        shown, bare = rich.arrive(request.rich_message)
        return Version(call.world.now(), bare, [], markup, shown)
    text, entities = texts.arrive(request.message or "", request.entities)
    if not text:
        raise Refusal("MESSAGE_EMPTY")
    return Version(call.world.now(), text, entities, markup)


def arrived_markup(markup: Any) -> Any:
    """The keyboard as it is kept. Raises `Refusal` BUTTON_…_INVALID."""
    if isinstance(markup, types.ReplyInlineMarkup):
        buttons = [button for row in markup.rows for button in row.buttons]
        for button in buttons:
            if not button.text:
                raise Refusal("BUTTON_TEXT_INVALID")
            if isinstance(button.type, types.InlineButtonTypeCallback):
                size = len(button.type.data)
                if not 1 <= size <= CALLBACK_DATA_LIMIT:
                    raise Refusal("BUTTON_DATA_INVALID")
        return markup if buttons else None
    return markup


def arrived_reply(chat: Chat, reply_to: Any) -> tuple[Message | None, Topic | None]:
    """The message that is answered, and the topic that the answer belongs to."""
    if not isinstance(reply_to, types.InputReplyToMessage):
        return None, None
    topics = chat.topics if isinstance(chat, Supergroup) else {}
    topic = topics.get(reply_to.top_msg_id or reply_to.reply_to_msg_id)
    if reply_to.reply_to_msg_id in topics or (chat_is_forum(chat) and reply_to.reply_to_msg_id == 1):
        return None, topic
    answered = chat.find(reply_to.reply_to_msg_id)
    if answered is None:
        raise Refusal("REPLY_MESSAGE_ID_INVALID")
    return answered, topic or answered.topic


def chat_is_forum(chat: Chat) -> bool:
    """Whether the chat has topics."""
    return isinstance(chat, Supergroup) and chat.forum


def sent(call: Call, record: Message, random_id: int) -> Any:
    """The answer to a send: short for a text in a private chat."""
    event = record.event
    assert event is not None
    if isinstance(record.chat, PrivateChat) and record.rich is None and record.media is None:
        return types.UpdateShortSentMessage(
            id=record.id,
            pts=event.pts,
            pts_count=event.pts_count,
            date=record.date,
            out=True,
            entities=record.entities or None,
        )
    return updates_about(call, [types.UpdateMessageID(record.id, random_id), tl.event(event)], [record])


# -- edit, delete, read ------------------------------------------------------------------------------------------


@answers(functions.messages.EditMessageRequest)
def edit_message(call: Call) -> Any:
    """Change an own message; without `reply_markup` its inline keyboard goes, without `media` its media stays."""
    request = call.request
    record = peers.chat(call, request.peer).find(request.id)
    if record is None or record.action is not None:
        raise Refusal("MESSAGE_ID_INVALID")
    if not record.out:
        raise Refusal("MESSAGE_AUTHOR_REQUIRED")
    version = _changed(call, request, record.versions[-1])
    if version.same_as(record.versions[-1]):
        raise Refusal("MESSAGE_NOT_MODIFIED")
    event = call.world.edit(record, version, call.session)
    assert event is not None
    return updates_about(call, [tl.event(event)], [record])


def _changed(call: Call, request: Any, now: Version) -> Version:
    """The version after an edit. A message with media can't become a text or a rich message."""
    markup = arrived_markup(request.reply_markup)
    if request.media is None and now.media is None:
        if request.message is None and request.rich_message is None:
            return Version(call.world.now(), now.text, now.entities, markup, now.rich)
        return _arrived(call, request)
    if request.rich_message is not None:
        raise Refusal("MEDIA_PREV_INVALID" if now.media is not None else "MEDIA_INVALID")
    text, entities = (now.text, now.entities) if now.rich is None else ("", [])
    if request.message is not None:
        text, entities = arrivals.caption(request.message, request.entities)
    media = now.media if request.media is None else arrivals.replacing(call, now.media, request.media)
    if texts.units(text) > texts.CAPTION_LIMIT:
        raise Refusal("MEDIA_CAPTION_TOO_LONG")
    return Version(call.world.now(), text, entities, markup, media=media)


@answers(functions.messages.DeleteMessagesRequest)
def delete_messages(call: Call) -> Any:
    """Delete in private chats and basic groups; ids that are gone are passed over."""
    found = [call.world.account_messages.get(one) for one in call.request.id]
    return _delete(call, call.world.account.pts, [record for record in found if record is not None])


@answers(functions.channels.DeleteMessagesRequest)
def delete_channel_messages(call: Call) -> Any:
    """Delete in a supergroup."""
    channel = peers.supergroup(call, call.request.channel)
    found = [channel.find(one) for one in call.request.id]
    return _delete(call, channel.log.pts, [record for record in found if record is not None])


def _delete(call: Call, pts: int, records: Sequence[Message]) -> Any:
    for record in records:
        may = record.out or isinstance(record.chat, PrivateChat) or record.chat.bot_is_admin
        if not may:
            raise Refusal("MESSAGE_DELETE_FORBIDDEN")
    events = call.world.delete([record for record in records if not record.deleted], call.session)
    if not events:
        return types.messages.AffectedMessages(pts, 0)
    return types.messages.AffectedMessages(events[0].pts, events[0].pts_count)


@answers(functions.messages.GetMessagesRequest)
def get_messages(call: Call) -> Any:
    """Messages of private chats and basic groups by id."""
    by_id = call.world.account_messages
    records = [by_id.get(number) for number in _asked(call.request.id, by_id.get)]
    messages, users, groups = _read(call.request.id, records)
    return types.messages.Messages(messages, [], groups, users)


@answers(functions.channels.GetMessagesRequest)
def get_channel_messages(call: Call) -> Any:
    """Messages of a supergroup by id."""
    channel = peers.supergroup(call, call.request.channel)
    records = [channel.find(number) for number in _asked(call.request.id, channel.find)]
    messages, users, groups = _read(call.request.id, records)
    return types.messages.ChannelMessages(channel.log.pts, len(messages), messages, [], groups, users)


def _asked(wanted: Sequence[Any], find: Any) -> list[int]:
    numbers = []
    for one in wanted:
        number = one.id
        if isinstance(one, types.InputMessageReplyTo):
            record = find(number)
            answered = record.reply_to if record is not None else None
            number = answered.id if answered is not None else 0
        numbers.append(number)
    return numbers


def _read(wanted: Sequence[Any], records: Sequence[Message | None]) -> tuple[list[Any], list[Any], list[Any]]:
    visible = [r if r is not None and r.visible_to_bot and not r.deleted else None for r in records]
    messages = [
        tl.message(record) if record is not None else types.MessageEmpty(one.id, peer_id=None)
        for one, record in zip(wanted, visible, strict=True)
    ]
    users, groups = tl.who(record.event for record in visible if record is not None and record.event)
    return messages, users, groups


# -- drafts and typing -------------------------------------------------------------------------------------------


@answers(functions.messages.SetTypingRequest)
def set_typing(call: Call) -> Any:
    """Show an action, or stream a draft (private chats only)."""
    request, action = call.request, call.request.action
    chat = peers.chat(call, request.peer)
    if isinstance(action, types.SendMessageTextDraftAction | types.InputSendMessageRichMessageDraftAction):
        if not isinstance(chat, PrivateChat):
            raise Refusal("TEXTDRAFT_PEER_INVALID")
        _show_draft(call, chat, action)
    else:
        place = chat.topics.get(request.top_msg_id, chat) if isinstance(chat, Supergroup) else chat
        place.typing = action_name(action)
    call.world.changed.ring()
    return True


def action_name(action: Any) -> str | None:
    """'typing', 'recordAudio', 'uploadDocument', …; None for Cancel."""
    if isinstance(action, types.SendMessageCancelAction):
        return None
    bare = type(action).__name__.removeprefix("SendMessage").removesuffix("Action")
    return bare[:1].lower() + bare[1:]


def _show_draft(call: Call, chat: PrivateChat, action: Any) -> None:
    shown = None
    entities: list[Any] = []
    if isinstance(action, types.SendMessageTextDraftAction):
        text, entities = texts.arrive(action.text.text, action.text.entities)
    else:
        call.telegram.faults.check_rich()
        shown, text = rich.arrive(action.rich_message)
    if not action.random_id:
        raise Refusal("RANDOM_ID_INVALID")
    before = chat.draft
    updates = before.updates + 1 if before is not None and before.random_id == action.random_id else 1
    now = call.world.now()
    chat.draft = Draft(
        random_id=action.random_id,
        text=text,
        entities=entities,
        can_stop=bool(action.can_stop),
        keep_on_stop=bool(action.keep_on_stop),
        date=now,
        top_msg_id=call.request.top_msg_id,
        rich=shown,
        updates=updates,
    )
    chat.drafts.append((now, text))
    call.telegram.ring_after(chat, DRAFT_LIFETIME.total_seconds())


# -- presses and reactions ---------------------------------------------------------------------------------------


@answers(functions.messages.SetBotCallbackAnswerRequest)
def answer_press(call: Call) -> Any:
    """Answer a press, once, within 15 seconds."""
    request = call.request
    if len(request.message or "") > CALLBACK_ANSWER_LIMIT:
        raise Refusal("MESSAGE_TOO_LONG")
    call.world.answer_press(request.query_id, request.message, alert=bool(request.alert), url=request.url)
    return True


@answers(functions.messages.SendReactionRequest)
def send_reaction(call: Call) -> Any:
    """One reaction of the bot on a message, or none."""
    request = call.request
    record = peers.chat(call, request.peer).find(request.msg_id)
    if record is None:
        raise Refusal("MESSAGE_ID_INVALID")
    reactions = request.reaction or []
    if len(reactions) > 1 or not all(isinstance(one, types.ReactionEmoji) for one in reactions):
        raise Refusal("REACTION_INVALID")
    record.reactions.pop(call.world.bot.id, None)
    if reactions:
        record.reactions[call.world.bot.id] = reactions[0].emoticon
    call.world.changed.ring()
    counted = types.MessageReactions([types.ReactionCount(one, 1) for one in reactions])
    update = types.UpdateMessageReactions(record.chat.peer, record.id, counted)
    return types.Updates([update], [], [], call.world.now(), NO_SEQ)
