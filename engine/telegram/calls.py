"""The calls that the bot makes, as TL requests: one function for each, from our values to Telegram's."""

from __future__ import annotations

from typing import Any

from telethon import functions, types, utils

from engine.core.conversation import Place
from engine.core.effects import AnswerPress, Button, Edit, Send
from engine.core.styled import Styled
from engine.telegram.buttons import inline_markup, reply_markup
from engine.telegram.text import to_telethon

NOTICE_CHARACTERS = 200
"""The most that fits into the notice of a button press."""


def input_peer(chat_id: int, access_hash: int) -> Any:
    """How a chat is addressed. A bot may use 0 as access hash for people who have written to it."""
    id_, kind = utils.resolve_id(chat_id)
    if kind is types.PeerUser:
        return types.InputPeerUser(id_, access_hash)
    if kind is types.PeerChat:
        return types.InputPeerChat(id_)
    return types.InputPeerChannel(id_, access_hash)


def send_message(where: Place, peer: Any, message: Send, random_id: int) -> functions.messages.SendMessageRequest:
    """A new message; the same `random_id` again is the same message."""
    markup: Any = inline_markup(message.buttons, where.topic_id)
    if markup is None and message.keyboard is not None:
        markup = reply_markup(message.keyboard)
    return functions.messages.SendMessageRequest(
        peer=peer,
        message=message.content.text,
        entities=to_telethon(message.content.marks),
        reply_to=_reply_to(where, message.reply_to),
        reply_markup=markup,
        silent=message.silent or None,
        no_webpage=True,
        random_id=random_id,
    )


def edit_message(
    where: Place, peer: Any, message_id: int, content: Styled, buttons: tuple[tuple[Button, ...], ...]
) -> functions.messages.EditMessageRequest:
    """New content and buttons for a message of ours; without buttons it loses those it had."""
    return functions.messages.EditMessageRequest(
        peer=peer,
        id=message_id,
        message=content.text,
        entities=to_telethon(content.marks),
        reply_markup=inline_markup(buttons, where.topic_id),
        no_webpage=True,
    )


def as_send(edit: Edit) -> Send:
    """The same content as a new message: for when the message to be edited is gone."""
    return Send(ref=edit.ref, content=edit.content, buttons=edit.buttons)


def answer_press(press: AnswerPress) -> functions.messages.SetBotCallbackAnswerRequest:
    """Ends the spinner on a button."""
    return functions.messages.SetBotCallbackAnswerRequest(
        query_id=press.query_id,
        message=press.text[:NOTICE_CHARACTERS] or None,
        alert=press.alert or None,
        cache_time=0,
    )


def typing(where: Place, peer: Any) -> functions.messages.SetTypingRequest:
    """ "typing…" for about five seconds."""
    return functions.messages.SetTypingRequest(peer, types.SendMessageTypingAction(), top_msg_id=where.topic_id)


def typing_over(where: Place, peer: Any) -> functions.messages.SetTypingRequest:
    """Ends "typing…" at once: an edit, unlike a new message, does not."""
    return functions.messages.SetTypingRequest(peer, types.SendMessageCancelAction(), top_msg_id=where.topic_id)


def text_draft(where: Place, peer: Any, content: Styled, draft_id: int) -> functions.messages.SetTypingRequest:
    """The answer so far as a draft with a Stop button; empty text shows "Thinking...". Private chats only."""
    return functions.messages.SetTypingRequest(
        peer,
        types.SendMessageTextDraftAction(
            text=types.TextWithEntities(content.text, to_telethon(content.marks)),
            can_stop=True,
            keep_on_stop=True,
            random_id=draft_id,
        ),
        top_msg_id=where.topic_id,
    )


def _reply_to(where: Place, message_id: int | None) -> types.InputReplyToMessage | None:
    if message_id is not None:
        return types.InputReplyToMessage(message_id, top_msg_id=where.topic_id)
    if where.topic_id is not None:
        return types.InputReplyToMessage(where.topic_id, top_msg_id=where.topic_id)
    return None
