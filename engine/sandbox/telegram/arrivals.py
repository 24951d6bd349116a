"""What a bot sends, on its arrival: media out of its uploads, captions, and the rules that the server checks."""

from __future__ import annotations

from typing import Any

from telethon.tl import types

from engine.sandbox.telegram import media as kinds
from engine.sandbox.telegram import text as texts
from engine.sandbox.telegram.api import Call
from engine.sandbox.telegram.media import Media
from engine.sandbox.telegram.pictures import PHOTO_BYTES, dimensions, is_photo_shape
from engine.sandbox.telegram.refusal import Refusal

NEVER_EDITED = {"voice", "video_note", "sticker"}
"""Media that can neither be put into a message by an edit nor be taken out of it."""


def caption(given: str, entities: list[Any] | None) -> tuple[str, list[Any]]:
    """Text and entities of a caption, as `text.arrive`. Raises `Refusal` MEDIA_CAPTION_TOO_LONG."""
    return texts.arrive(given, entities, limit=texts.CAPTION_LIMIT, too_long="MEDIA_CAPTION_TOO_LONG")


def arrive(call: Call, given: Any) -> Media:
    """The media of an InputMedia. Raises `Refusal` as the server does."""
    files, uploads = call.world.files, call.telegram.uploads
    if isinstance(given, types.InputMediaUploadedPhoto):
        return files.keep(_photo(uploads.content(given.file)))
    if isinstance(given, types.InputMediaUploadedDocument):
        return files.keep(_document(given, uploads.content(given.file)))
    if isinstance(given, types.InputMediaPhoto | types.InputMediaDocument):
        try:
            found = files.find(given.id)
        except Refusal as refusal:
            raise Refusal("MEDIA_EMPTY" if refusal.message == "LOCATION_INVALID" else refusal.message) from refusal
        if isinstance(given, types.InputMediaPhoto) != (found.kind == "photo"):
            raise Refusal("MEDIA_INVALID")
        return found
    raise Refusal("MEDIA_INVALID")


def replacing(call: Call, before: Media | None, given: Any) -> Media:
    """The media of an edit. A text becomes a photo too; what `NEVER_EDITED` names stays what it is."""
    if before is not None and before.kind in NEVER_EDITED:
        raise Refusal("MEDIA_PREV_INVALID")
    arrived = arrive(call, given)
    if arrived.kind in NEVER_EDITED:
        raise Refusal("MEDIA_NEW_INVALID")
    return arrived


def _photo(content: Any) -> Media:
    if content.size > PHOTO_BYTES:
        raise Refusal("PHOTO_SAVE_FILE_INVALID")
    found = dimensions(content)
    if found is None:
        raise Refusal("IMAGE_PROCESS_FAILED")
    if not is_photo_shape(*found):
        raise Refusal("PHOTO_INVALID_DIMENSIONS")
    return kinds.photo(content)


def _document(given: Any, content: Any) -> Media:
    media = Media(
        kind=_kind(given.attributes),
        content=content,
        size=content.size,
        mime=given.mime_type,
        attributes=list(given.attributes),
    )
    for attribute in given.attributes:
        if isinstance(attribute, types.DocumentAttributeFilename):
            media.name = attribute.file_name
        elif isinstance(attribute, types.DocumentAttributeAudio):
            media.duration_s, media.waveform = float(attribute.duration), attribute.waveform or b""
        elif isinstance(attribute, types.DocumentAttributeVideo | types.DocumentAttributeImageSize):
            media.width, media.height = attribute.w, attribute.h
            media.duration_s = getattr(attribute, "duration", media.duration_s)
        elif isinstance(attribute, types.DocumentAttributeSticker):
            media.emoji = attribute.alt
    return media


def _kind(attributes: list[Any]) -> str:
    by_type = {type(attribute): attribute for attribute in attributes}
    if types.DocumentAttributeSticker in by_type:
        return "sticker"
    if types.DocumentAttributeAnimated in by_type:
        return "animation"
    sound, film = by_type.get(types.DocumentAttributeAudio), by_type.get(types.DocumentAttributeVideo)
    if film is not None:
        return "video_note" if film.round_message else "video"
    if sound is not None:
        return "voice" if sound.voice else "audio"
    return "document"
