"""What else than text is in a message: a file, as an `Attachment`, or what can be said in words. Pure, as translate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from telethon import types
from telethon.tl import TLObject

from engine.core.files import Attachment, media_type

NAME_CHARACTERS = 120
NAME_BYTES = 240
"""The longest name of a file that is kept: file systems take 255 bytes."""
EXTENSION_CHARACTERS = 16
"""What comes after the last dot is an extension, and kept when a name is cut, if it is no longer than this."""

_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of writing: "gpj.exe" could be made to look like "exe.jpg"."""
_VECTORS = ("image/svg", "image/vnd.")
"""Pictures by name only: drawings and projects that no viewer of photos opens."""


def attachment_of(message: Any) -> Attachment | None:
    """The file in a message; None where there is none, or where it has expired."""
    match message.media:
        case types.MessageMediaPhoto(photo=types.Photo() as photo):
            return _photo(message.id, photo)
        case types.MessageMediaDocument(document=types.Document() as document):
            return _document(message.id, document)
        case _:
            return None


def described(media: Any) -> str | None:
    """In plain words, in square brackets, what has no file and yet says something; None for all else."""
    match media:
        case types.MessageMediaGeo(geo=geo):
            return f"[Location: {_coordinates(geo)}]"
        case types.MessageMediaGeoLive(geo=geo):
            return f"[Live location: {_coordinates(geo)}]"
        case types.MessageMediaVenue(geo=geo, title=title, address=address):
            return f"[Place: {_joined(title, address)} ({_coordinates(geo)})]"
        case types.MessageMediaContact(phone_number=phone, first_name=first, last_name=last):
            return f"[Contact: {_joined(' '.join(filter(None, (first, last))), phone)}]"
        case types.MessageMediaPoll(poll=poll):
            kind = "Quiz" if poll.quiz else "Poll"
            return _listed(kind, poll.question.text, (answer.text.text for answer in poll.answers))
        case types.MessageMediaToDo(todo=todo):
            return _listed("Checklist", todo.title.text, (item.title.text for item in todo.list))
        case types.MessageMediaDice(value=value, emoticon=emoji):
            return f"[Dice: {emoji} {value}]"
        case _:
            return None


def bare_text(rich: Any) -> str:
    """The words of a rich message (somebody forwards an answer of ours): a line for each block, a row or an item."""
    return "\n".join(line for line in map(str.strip, _lines(rich.blocks)) if line)


def kind_of(media: Any) -> str:
    """Telegram's name for what a message holds: "game", "story", "photo" (one that has expired), ..."""
    match media:
        case types.MessageMediaDocument(voice=True):
            return "voice"
        case types.MessageMediaDocument(video=True) | types.MessageMediaDocument(round=True):
            return "video"
        case _:
            return type(media).__name__.removeprefix("MessageMedia").lower()


def safe_name(name: str) -> str:
    """`name` as one segment of a path, without what can't be seen; "" where nothing is left of it."""
    segments = [segment.strip() for segment in re.split(r"[/\\]", _UNSHOWABLE.sub("", name))]
    last = next((segment for segment in reversed(segments) if segment), "")
    if not last.strip("."):
        return ""
    stem, dot, extension = last.rpartition(".")
    if not stem or len(extension) > EXTENSION_CHARACTERS:
        stem, dot, extension = last, "", ""
    stem = stem[: NAME_CHARACTERS - len(dot + extension)]
    while len(f"{stem}{dot}{extension}".encode()) > NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{dot}{extension}"


def _lines(node: Any) -> Iterator[str]:
    """The lines in a block of a rich message, or in a list of them."""
    match node:
        case types.PageTableRow(cells=cells):
            yield " | ".join(_inline(cell.text) for cell in cells)
        case types.PageBlockMath(source=source):
            yield source
        case list():
            for one in node:
                yield from _lines(one)
        case TLObject():
            for below in vars(node).values():
                if type(below).__name__.startswith("Text"):
                    yield _inline(below)
                elif isinstance(below, list | TLObject):
                    yield from _lines(below)


def _inline(text: Any) -> str:
    """The words in a text of a rich message."""
    match text:
        case types.TextPlain(text=words):
            return str(words)
        case types.TextMath(source=source):
            return str(source)
        case types.TextCustomEmoji(alt=emoji):
            return str(emoji)
        case types.TextConcat(texts=texts):
            return "".join(map(_inline, texts))
        case _:
            return _inline(text.text) if isinstance(getattr(text, "text", None), TLObject) else ""


def _photo(message_id: int, photo: Any) -> Attachment | None:
    sizes = [size for size in photo.sizes if _bytes(size)]
    if not sizes:
        return None
    largest = max(sizes, key=lambda size: (size.w * size.h, _bytes(size)))
    return Attachment(
        kind="photo",
        message_id=message_id,
        file_id=photo.id,
        access_hash=photo.access_hash,
        file_reference=photo.file_reference,
        dc_id=photo.dc_id,
        size=_bytes(largest),
        thumb=largest.type,
        mime="image/jpeg",
        width=largest.w,
        height=largest.h,
    )


def _bytes(size: Any) -> int:
    """How many bytes a size of a photo has, if it is one that can be downloaded."""
    match size:
        case types.PhotoSize(size=whole):
            return int(whole)
        case types.PhotoSizeProgressive(sizes=growing):
            return max(growing, default=0)
        case types.PhotoCachedSize(bytes=content):
            return len(content)
        case _:
            return 0


def _document(message_id: int, document: Any) -> Attachment:
    told: dict[type, Any] = {type(attribute): attribute for attribute in document.attributes}
    audio = told.get(types.DocumentAttributeAudio)
    video = told.get(types.DocumentAttributeVideo)
    shown = video or told.get(types.DocumentAttributeImageSize)
    sticker = told.get(types.DocumentAttributeSticker) or told.get(types.DocumentAttributeCustomEmoji)
    named = told.get(types.DocumentAttributeFilename)
    name = safe_name(named.file_name) if named else ""
    mime = media_type(document.mime_type, name, document.size)
    return Attachment(
        kind=_kind_of_document(told, mime),
        message_id=message_id,
        file_id=document.id,
        access_hash=document.access_hash,
        file_reference=document.file_reference,
        dc_id=document.dc_id,
        size=document.size,
        name=name,
        mime=mime,
        duration_s=float(getattr(video or audio, "duration", 0)),
        width=getattr(shown, "w", 0),
        height=getattr(shown, "h", 0),
        emoji=sticker.alt if sticker else "",
    )


def _kind_of_document(told: dict[type, Any], mime: str) -> str:
    """By what Telegram says of it; a file of which it says nothing by its type."""
    if told.keys() & {types.DocumentAttributeSticker, types.DocumentAttributeCustomEmoji}:
        return "sticker"
    if (audio := told.get(types.DocumentAttributeAudio)) is not None:
        return "voice" if audio.voice else "audio"
    if types.DocumentAttributeAnimated in told:
        return "animation"
    if (video := told.get(types.DocumentAttributeVideo)) is not None:
        return "video_note" if video.round_message else "video"
    if mime.startswith("image/") and not mime.startswith(_VECTORS):
        return "picture"
    kind = mime.partition("/")[0]
    return kind if kind in ("audio", "video") else "document"


def _coordinates(geo: Any) -> str:
    """Latitude and longitude."""
    return f"{round(geo.lat, 6)}, {round(geo.long, 6)}" if isinstance(geo, types.GeoPoint) else "unknown"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _listed(kind: str, title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"[{kind}: {title}", *(f"- {line}" for line in lines)]) + "]"
