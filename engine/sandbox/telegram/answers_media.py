"""Answers about messages with media: one, an album, and media that only gets an id."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from engine.sandbox.telegram import arrivals, peers, tl
from engine.sandbox.telegram.answers_messages import arrived_markup, arrived_reply, sent, updates_about
from engine.sandbox.telegram.api import Call, answers
from engine.sandbox.telegram.media import Media
from engine.sandbox.telegram.messages import Message, Version
from engine.sandbox.telegram.refusal import Refusal

ALBUM_MOST = 10
_TOGETHER = ({"photo", "video"}, {"document"}, {"audio"})
"""What an album may be made of."""


@answers(functions.messages.SendMediaRequest)
def send_media(call: Call) -> Any:
    """Post a message with media, or give back the one that this random_id made before."""
    request = call.request
    chat = peers.chat(call, request.peer)
    made = call.world.sent.get((chat.id, request.random_id))
    if made is None:
        text, entities = arrivals.caption(request.message or "", request.entities)
        reply_to, topic = arrived_reply(chat, request.reply_to)
        markup = arrived_markup(request.reply_markup)
        media = arrivals.arrive(call, request.media)
        made = call.world.post(
            chat,
            call.world.bot,
            Version(call.world.now(), text, entities, markup, media=media),
            reply_to=reply_to,
            topic=topic,
            random_id=request.random_id,
            origin=call.session,
        )
    return sent(call, made, request.random_id)


@answers(functions.messages.SendMultiMediaRequest)
def send_album(call: Call) -> Any:
    """Post an album: all its parts, or none. Parts that were posted before come back."""
    request = call.request
    chat = peers.chat(call, request.peer)
    parts = request.multi_media
    if not parts:
        raise Refusal("MEDIA_EMPTY")
    if len(parts) > ALBUM_MOST:
        raise Refusal("MULTI_MEDIA_TOO_LONG")
    captions = [arrivals.caption(part.message or "", part.entities) for part in parts]
    found = [_album_part(call, part.media) for part in parts]
    if not any({media.kind for media in found} <= kinds for kinds in _TOGETHER):
        raise Refusal("MEDIA_GROUPED_INVALID")
    reply_to, topic = arrived_reply(chat, request.reply_to)
    album = call.world.next_album()
    made: list[Message] = []
    for part, media, (text, entities) in zip(parts, found, captions, strict=True):
        before = call.world.sent.get((chat.id, part.random_id))
        made.append(
            before
            or call.world.post(
                chat,
                call.world.bot,
                Version(call.world.now(), text, entities, media=media),
                reply_to=reply_to,
                topic=topic,
                random_id=part.random_id,
                origin=call.session,
                album=album,
            )
        )
    ids = [types.UpdateMessageID(record.id, part.random_id) for record, part in zip(made, parts, strict=True)]
    return updates_about(call, [*ids, *(tl.event(record.event) for record in made if record.event)], made)


def _album_part(call: Call, given: Any) -> Media:
    """Only what has an id already: the server takes no fresh upload here."""
    if not isinstance(given, types.InputMediaPhoto | types.InputMediaDocument):
        raise Refusal("MEDIA_INVALID")
    return arrivals.arrive(call, given)


@answers(functions.messages.UploadMediaRequest)
def upload_media(call: Call) -> Any:
    """An uploaded file gets an id and a reference, without a message."""
    peers.chat(call, call.request.peer)
    return call.world.files.tl(arrivals.arrive(call, call.request.media))
