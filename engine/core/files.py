"""Files as the engine speaks of them: what a person has attached, and what lies in the media directory."""

from __future__ import annotations

import mimetypes
from hashlib import blake2b
from pathlib import PurePath

import msgspec

PICTURE_KINDS = frozenset({"photo", "picture", "sticker"})
"""Attachments that are looked at."""
SPEECH_KINDS = frozenset({"voice", "audio", "video_note", "video"})
"""Attachments that are listened to."""

UNKNOWN_MIME = "application/octet-stream"
_SAYS_NOTHING = frozenset({"", UNKNOWN_MIME, "binary/octet-stream", "application/ogg", "application/x-ogg"})
"""Types that leave open what a file is: of senders without a list of types."""
_MEDIA = {
    "audio/aac": "aac",
    "audio/aiff": "aif aiff",
    "audio/amr": "amr",
    "audio/flac": "flac",
    "audio/mp4": "m4a m4b",
    "audio/mpeg": "mp3 mpga",
    "audio/ogg": "oga ogg opus",
    "audio/wav": "wav",
    "audio/x-matroska": "mka",
    "audio/x-ms-wma": "wma",
    "image/avif": "avif",
    "image/bmp": "bmp",
    "image/heic": "heic heif",
    "image/jpeg": "jfif jpeg jpg",
    "image/png": "png",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    "video/3gpp": "3gp",
    "video/mp4": "m4v mp4",
    "video/mp2t": "m2ts mts ts",
    "video/ogg": "ogv",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-flv": "flv",
    "video/x-matroska": "mkv",
    "video/x-ms-wmv": "wmv",
    "video/x-msvideo": "avi",
}
"""What is looked at and listened to, by its endings: what the standard library knows depends on the system."""
_MEDIA_OF = {ending: mime for mime, endings in _MEDIA.items() for ending in endings.split()}
_TYPESCRIPT = "text/x-typescript"
_TYPESCRIPT_BYTES_MOST = 1024 * 1024
"""A .ts of that size is a program's text; a stream of pictures and sound is larger."""


def media_type(told: str, name: str, size: int) -> str:
    """What a file is: as whoever has sent it says, or, where that says nothing, by the ending of its name."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    mime = told
    if told in _SAYS_NOTHING:
        mime = _MEDIA_OF.get(ending) or mimetypes.guess_type(name)[0] or told
    is_text = ending == "ts" and size <= _TYPESCRIPT_BYTES_MOST
    return _TYPESCRIPT if is_text and mime.startswith("video/") else mime


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A file in a message, as Telegram keeps it: enough to download it, later and after a restart."""

    kind: str
    """photo, picture (sent as a file), sticker, voice, audio, video_note, video, animation, document"""
    message_id: int
    file_id: int
    access_hash: int
    file_reference: bytes = b""
    """goes out of date after hours or days; a new one comes with the message (`engine.telegram.files`)"""
    dc_id: int = 0
    size: int = 0
    """bytes"""
    thumb: str = ""
    """a photo's largest size ("y", "w", ...); "" for documents"""
    name: str = ""
    """the file's own name: one path segment without control characters; "" where Telegram has none"""
    mime: str = ""
    duration_s: float = 0.0
    width: int = 0
    height: int = 0
    emoji: str = ""
    """what a sticker stands for"""

    archive: Attachment | None = None
    """the archive that it is in, for a file out of one; Telegram knows the archive only"""
    member: str = ""
    """its path in that archive"""

    @property
    def key(self) -> str:
        """The same for the same file, whichever message it came with."""
        if self.archive is not None:
            return f"{self.archive.key}-{blake2b(self.member.encode(), digest_size=8).hexdigest()}"
        return f"{self.file_id}{self.thumb}"

    @property
    def source(self) -> Attachment:
        """What Telegram has: the file itself, or the outermost archive that it is in."""
        return self if self.archive is None else self.archive.source

    @property
    def depth(self) -> int:
        """In how many archives it lies."""
        return 0 if self.archive is None else self.archive.depth + 1


class StoredFile(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A file in the media directory that is to be sent, and how."""

    path: str
    """relative to the media directory"""
    kind: str = "document"
    """photo, voice or document"""
    name: str = ""
    mime: str = "application/octet-stream"
    size: int = 0
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    waveform: bytes = b""
    """a voice note's loudness: 100 values of 5 bits, packed as Telegram wants them"""
