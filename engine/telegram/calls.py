"""The calls that the bot makes, as TL requests: one function for each, from our values to Telegram's."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Any, Protocol

from telethon import functions, types, utils

from engine.core.conversation import Place
from engine.core.effects import AnswerPress, Button, Edit, Send
from engine.core.files import StoredFile
from engine.core.styled import Styled
from engine.telegram.buttons import inline_markup, reply_markup, reply_wanted
from engine.telegram.text import to_telethon

NOTICE_CHARACTERS = 200
"""The most that fits into the notice of a button press."""
VOICE_NAME = "voice.ogg"
VOICE_MIME = "audio/ogg"
"""What Telegram's own apps call a voice message."""


ACTIONS: dict[str, Callable[[int], Any]] = {
    "typing": lambda _: types.SendMessageTypingAction(),
    "upload_photo": types.SendMessageUploadPhotoAction,
    "upload_document": types.SendMessageUploadDocumentAction,
    "record_voice": lambda _: types.SendMessageRecordAudioAction(),
}
"""What the bot can be seen doing, and to how many percent it is done."""

Buttons = tuple[tuple[Button, ...], ...]
"""Rows of buttons under a message."""


class Invoker(Protocol):
    """What can make a call: the client."""

    async def invoke(self, request: Any) -> Any:
        """The answer. Raises our errors."""
        ...


def input_peer(chat_id: int, access_hash: int) -> Any:
    """How a chat is addressed. A bot may use 0 as access hash for people who have written to it."""
    id_, kind = utils.resolve_id(chat_id)
    if kind is types.PeerUser:
        return types.InputPeerUser(id_, access_hash)
    if kind is types.PeerChat:
        return types.InputPeerChat(id_)
    return types.InputPeerChannel(id_, access_hash)


def input_channel(peer: Any) -> types.InputChannel:
    """A supergroup or channel, as methods of its own want it."""
    return types.InputChannel(peer.channel_id, peer.access_hash)


def send_message(where: Place, peer: Any, message: Send, random_id: int) -> functions.messages.SendMessageRequest:
    """A new message; the same `random_id` again is the same message."""
    return functions.messages.SendMessageRequest(
        peer=peer,
        message=message.content.text,
        entities=to_telethon(message.content.marks),
        no_webpage=True,
        random_id=random_id,
        **_around(where, message),
    )


def send_rich(
    where: Place, peer: Any, message: Send, rich: Any, random_id: int
) -> functions.messages.SendMessageRequest:
    """A new rich message."""
    return functions.messages.SendMessageRequest(
        peer=peer, message="", rich_message=rich, random_id=random_id, **_around(where, message)
    )


def send_media(
    where: Place, peer: Any, message: Send, media: Any, random_id: int
) -> functions.messages.SendMediaRequest:
    """A new message with a file (`media`) and the content as its caption."""
    return functions.messages.SendMediaRequest(
        peer=peer,
        media=media,
        message=message.content.text,
        entities=to_telethon(message.content.marks),
        random_id=random_id,
        **_around(where, message),
    )


def _around(where: Place, message: Send) -> dict[str, Any]:
    """What all new messages have: where they belong and what is under them."""
    markup: Any = inline_markup(message.buttons, where.topic_id)
    if markup is None and message.keyboard is not None:
        markup = reply_markup(message.keyboard)
    if markup is None and message.wants_reply:
        markup = reply_wanted()
    return {
        "reply_to": reply_to(where, message.reply_to),
        "reply_markup": markup,
        "silent": message.silent or None,
    }


def edit_message(
    where: Place, peer: Any, message_id: int, content: Styled, buttons: Buttons
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


def edit_rich(
    where: Place, peer: Any, message_id: int, rich: Any, buttons: Buttons
) -> functions.messages.EditMessageRequest:
    """A message of ours becomes a rich message."""
    return functions.messages.EditMessageRequest(
        peer=peer, id=message_id, message="", rich_message=rich, reply_markup=inline_markup(buttons, where.topic_id)
    )


def edit_media(
    where: Place, peer: Any, message_id: int, media: Any, content: Styled, buttons: Buttons
) -> functions.messages.EditMessageRequest:
    """A message of ours becomes a file (`media`) with the content as its caption."""
    return functions.messages.EditMessageRequest(
        peer=peer,
        id=message_id,
        media=media,
        message=content.text,
        entities=to_telethon(content.marks),
        reply_markup=inline_markup(buttons, where.topic_id),
    )


def delete_message(peer: Any, message_id: int) -> Any:
    """A message of ours is gone, for everybody."""
    if isinstance(peer, types.InputPeerChannel):
        return functions.channels.DeleteMessagesRequest(input_channel(peer), [message_id])
    return functions.messages.DeleteMessagesRequest([message_id], revoke=True)


def get_messages(peer: Any, message_ids: Iterable[int]) -> Any:
    """Asks for messages as they are now: the answer has each in `messages`, or a MessageEmpty."""
    wanted = [types.InputMessageID(message_id) for message_id in message_ids]
    if isinstance(peer, types.InputPeerChannel):
        return functions.channels.GetMessagesRequest(input_channel(peer), wanted)
    return functions.messages.GetMessagesRequest(wanted)


def uploaded_media(file: StoredFile, uploaded: Any) -> Any:
    """An uploaded file (`uploads.upload`) as what it is to be: photo, voice or document."""
    if file.kind == "photo":
        return types.InputMediaUploadedPhoto(uploaded)
    if file.kind == "voice":
        sound = types.DocumentAttributeAudio(math.ceil(file.duration_s), voice=True, waveform=file.waveform or None)
        return types.InputMediaUploadedDocument(
            uploaded, VOICE_MIME, [sound, types.DocumentAttributeFilename(VOICE_NAME)]
        )
    named = types.DocumentAttributeFilename(name_of(file))
    return types.InputMediaUploadedDocument(uploaded, file.mime, [named], force_file=True)


def name_of(file: StoredFile) -> str:
    """What a file is called on its way to Telegram, which looks at the extension, too."""
    if file.kind == "voice":
        return VOICE_NAME
    return file.name or PurePosixPath(file.path).name


def derived_id(random_id: int, number: int) -> int:
    """The random_id of one more message that belongs to the same outbox row: always the same one."""
    digest = blake2b(f"{random_id}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def as_send(edit: Edit) -> Send:
    """The same content as a new message: for when the message to be edited is gone."""
    return Send(ref=edit.ref, content=edit.content, rich=edit.rich, file=edit.file, buttons=edit.buttons)


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
    return action(where, peer, "typing")


def action(where: Place, peer: Any, what: str, percent: int = 0) -> functions.messages.SetTypingRequest:
    """What the bot is doing, one of ACTIONS, for about five seconds. Raises KeyError for what is none."""
    return functions.messages.SetTypingRequest(peer, ACTIONS[what](percent), top_msg_id=where.topic_id)


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


def reply_to(where: Place, message_id: int | None) -> types.InputReplyToMessage | None:
    """What a message answers: a message, or the topic in which it is said."""
    if message_id is not None:
        return types.InputReplyToMessage(message_id, top_msg_id=where.topic_id)
    if where.topic_id is not None:
        return types.InputReplyToMessage(where.topic_id, top_msg_id=where.topic_id)
    return None
