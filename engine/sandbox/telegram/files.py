"""All files that ever hung on a message: their ids, their references, which go out of date, and their TL objects."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from telethon.tl import types

from engine.sandbox.telegram.media import NOT_THERE, Media
from engine.sandbox.telegram.refusal import Refusal
from engine.sandbox.telegram.tl import access_hash

DC_ID = 2
"""Where clients log in and, unless told otherwise, files are."""
OTHER_DC_ID = 4
"""The other data centre: it has files only (`Media.dc_id`)."""
FIRST_FILE_ID = 5_400_000_000_000_000_001
"""Beyond 2**53, as the real ones are."""
_REFERENCE = struct.Struct("<BqI")
_REFERENCE_MARK = 1
SMALL_SIZE, SMALL_SIDE = "s", 90
_SIZES = ((320, "m"), (800, "x"), (1280, "y"))
"""Long side up to which a photo's largest size has that letter; "w" beyond (core.telegram.org/api/files)."""


class PartRead(NamedTuple):
    """A part of a file that the bot got: which file, from where on, and how many bytes."""

    file_id: int
    offset: int
    length: int


class Files:
    """Files by id. Nothing is ever forgotten: a message may be deleted, its file stays where the reference is known."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[int, Media] = {}
        self._generation = 1
        self.reads: list[PartRead] = []

    def keep(self, media: Media) -> Media:
        """The file gets an id, the first time."""
        if media.file_id == NOT_THERE and media.content is not None:
            media.file_id = FIRST_FILE_ID + len(self._kept)
            media.date = self._now()
            self._kept[media.file_id] = media
        return media

    def expire_references(self) -> None:
        """All references given out so far are out of date; whoever gets the message again gets a new one."""
        self._generation += 1

    def find(self, wanted: Any) -> Media:
        """The file of an InputPhoto, InputDocument, InputPhotoFileLocation or InputDocumentFileLocation.

        Raises `Refusal`: LOCATION_INVALID, FILE_REFERENCE_EMPTY, FILE_REFERENCE_INVALID, FILE_REFERENCE_EXPIRED.
        """
        media = self._kept.get(wanted.id)
        if media is None or wanted.access_hash != access_hash(wanted.id):
            raise Refusal("LOCATION_INVALID")
        self._check(media, wanted.file_reference)
        return media

    def reference(self, media: Media) -> bytes:
        """What opens the file until the references expire."""
        return _REFERENCE.pack(_REFERENCE_MARK, media.file_id, self._generation)

    def _check(self, media: Media, reference: bytes) -> None:
        if not reference:
            raise Refusal("FILE_REFERENCE_EMPTY")
        if len(reference) != _REFERENCE.size:
            raise Refusal("FILE_REFERENCE_INVALID")
        mark, file_id, generation = _REFERENCE.unpack(reference)
        if mark != _REFERENCE_MARK or file_id != media.file_id or generation > self._generation:
            raise Refusal("FILE_REFERENCE_INVALID")
        if generation < self._generation:
            raise Refusal("FILE_REFERENCE_EXPIRED")

    # -- as Telegram shows them --------------------------------------------------------------------------------

    def tl(self, media: Media) -> Any:
        """The TL MessageMedia."""
        if media.content is None:
            return media.shown
        if media.kind == "photo":
            return types.MessageMediaPhoto(photo=self._photo(media))
        return types.MessageMediaDocument(
            document=self._document(media),
            voice=media.kind == "voice" or None,
            video=media.kind in ("video", "video_note") or None,
            round=media.kind == "video_note" or None,
        )

    def _photo(self, media: Media) -> Any:
        """In two sizes. Nothing is scaled here: both have the whole content."""
        long = max(media.width, media.height, 1)
        letter = largest_size(media)
        small = types.PhotoSize(
            SMALL_SIZE, media.width * SMALL_SIDE // long, media.height * SMALL_SIDE // long, media.size
        )
        progress = [media.size // 4, media.size // 2, media.size]
        large = types.PhotoSizeProgressive(letter, media.width, media.height, progress)
        return types.Photo(
            media.file_id, access_hash(media.file_id), self.reference(media), media.date, [small, large], media.dc_id
        )

    def _document(self, media: Media) -> Any:
        return types.Document(
            id=media.file_id,
            access_hash=access_hash(media.file_id),
            file_reference=self.reference(media),
            date=media.date,
            mime_type=media.mime,
            size=media.size,
            dc_id=media.dc_id,
            attributes=media.attributes,
        )


def largest_size(photo: Media) -> str:
    """The letter of the size that a photo was sent in."""
    long = max(photo.width, photo.height)
    return next((letter for most, letter in _SIZES if long <= most), "w")


def has_size(media: Media, thumb_size: str) -> bool:
    """Whether there is such a size: a letter for a photo, none for a document."""
    return thumb_size in ((SMALL_SIZE, largest_size(media)) if media.kind == "photo" else ("",))
