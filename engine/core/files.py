"""Files as the engine speaks of them: what a person has attached, and what lies in the media directory."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

PICTURE_KINDS = frozenset({"photo", "picture", "sticker"})
"""Attachments that are looked at."""
SPEECH_KINDS = frozenset({"voice", "audio", "video_note", "video"})
"""Attachments that are listened to."""


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
