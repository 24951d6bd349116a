"""What can hang on a message: files of every kind, and places, contacts, polls, dice. Made by the functions below.

    alice.sends(media.photo(picture), caption="What is it?")
    alice.sends_album([media.photo(one), media.video(two)])

The content of a file may be anything: what a phone would not send (a photo that is none) is a test's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telethon.tl import types

from engine.sandbox.telegram.content import Content, Source
from engine.sandbox.telegram.pictures import dimensions

PHOTO_WIDTH, PHOTO_HEIGHT = 800, 600
"""What is said of a photo that does not tell its own measures."""
STICKER_SIDE = 512
NOTE_SIDE = 384
VIDEO_WIDTH, VIDEO_HEIGHT = 640, 360
NOT_THERE = 0


@dataclass(slots=True, eq=False, kw_only=True)
class Media:
    """One file, or something else that is shown in a message. The same object in two messages is the same file."""

    kind: str
    """photo, document, voice, audio, video, video_note, animation, sticker; location, venue, contact, poll, dice,
    game, story, unsupported"""
    content: Content | None = None
    """None for what is no file"""
    size: int = 0
    """bytes, as Telegram tells it; more than the content has where a file is only pretended"""
    name: str | None = None
    """None: Telegram has no name for it"""
    mime: str = ""
    width: int = 0
    height: int = 0
    duration_s: float = 0.0
    waveform: bytes = b""
    """100 values of 5 bits, as Telegram packs them"""
    emoji: str = ""
    attributes: list[Any] = field(default_factory=list)
    """TL DocumentAttributes"""
    shown: Any = None
    """the TL MessageMedia of what is no file"""
    file_id: int = NOT_THERE
    """given out when it is first sent"""
    date: datetime | None = None
    dc_id: int = 2
    """the data centre where it lies (`engine.sandbox.telegram.files`)"""

    @property
    def whole(self) -> bytes:
        """The whole file. Raises LookupError for what is none."""
        if self.content is None:
            raise LookupError(f"a {self.kind} has no bytes")
        return self.content.read(0, self.content.size)

    def line(self) -> str:
        """As it stands in a transcript: 'photo 800×600, 12 kB', 'voice 0:07', 'document report.pdf, 3 MB'."""
        notes = [size_in_words(self.size)] if self.content is not None else []
        if self.duration_s:
            notes.insert(0, f"{int(self.duration_s) // 60}:{int(self.duration_s) % 60:02}")
        if self.kind == "photo":
            notes.insert(0, f"{self.width}×{self.height}")
        named = " ".join(part for part in (self.kind, self.emoji, self.name) if part)
        return f"{named}: {', '.join(notes)}" if notes else named


def size_in_words(size: int) -> str:
    """'812 B', '12 kB', '3.4 MB'."""
    if size < 1_000:
        return f"{size} B"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


# -- files -------------------------------------------------------------------------------------------------------


def _file(kind: str, source: Source | Content, size: int | None, attributes: list[Any], **more: Any) -> Media:
    content = Content.of(source)
    if more.get("name") is not None:
        attributes.append(types.DocumentAttributeFilename(more["name"]))
    return Media(kind=kind, content=content, size=content.size if size is None else size, attributes=attributes, **more)


def photo(content: Source | Content, *, width: int = 0, height: int = 0, size: int | None = None) -> Media:
    """A picture as a photo; its measures are read from the JPEG or PNG unless they are given."""
    held = Content.of(content)
    found = (width, height) if width and height else dimensions(held) or (PHOTO_WIDTH, PHOTO_HEIGHT)
    return _file("photo", held, size, [], mime="image/jpeg", width=found[0], height=found[1])


def document(
    content: Source | Content,
    *,
    name: str | None = "file.bin",
    mime: str = "application/octet-stream",
    size: int | None = None,
) -> Media:
    """A file with any name, a hostile one too. A picture gets its measures, as from Telegram's apps."""
    held = Content.of(content)
    found = dimensions(held) if mime.startswith("image/") else None
    attributes: list[Any] = [types.DocumentAttributeImageSize(*found)] if found else []
    width, height = found or (0, 0)
    return _file("document", held, size, attributes, name=name, mime=mime, width=width, height=height)


def voice(
    content: Source | Content,
    duration_s: float = 1,
    *,
    waveform: bytes = b"",
    mime: str = "audio/ogg",
    size: int | None = None,
) -> Media:
    """A voice note, which has no name."""
    about = types.DocumentAttributeAudio(round(duration_s), voice=True, waveform=waveform or None)
    return _file("voice", content, size, [about], mime=mime, duration_s=duration_s, waveform=waveform)


def audio(
    content: Source | Content,
    duration_s: float = 1,
    *,
    name: str | None = "track.mp3",
    mime: str = "audio/mpeg",
    title: str = "",
    performer: str = "",
    size: int | None = None,
) -> Media:
    """Music, or any sound file that is shown as such."""
    about = types.DocumentAttributeAudio(round(duration_s), title=title or None, performer=performer or None)
    return _file("audio", content, size, [about], name=name, mime=mime, duration_s=duration_s)


def video(
    content: Source | Content,
    duration_s: float = 1,
    *,
    name: str | None = "video.mp4",
    mime: str = "video/mp4",
    width: int = VIDEO_WIDTH,
    height: int = VIDEO_HEIGHT,
    size: int | None = None,
) -> Media:
    """A film."""
    about = types.DocumentAttributeVideo(float(duration_s), width, height, supports_streaming=True)
    more = {"name": name, "mime": mime, "width": width, "height": height, "duration_s": duration_s}
    return _file("video", content, size, [about], **more)


def video_note(
    content: Source | Content, duration_s: float = 1, *, side: int = NOTE_SIDE, size: int | None = None
) -> Media:
    """A round film."""
    about = types.DocumentAttributeVideo(float(duration_s), side, side, round_message=True)
    more = {"mime": "video/mp4", "width": side, "height": side, "duration_s": duration_s}
    return _file("video_note", content, size, [about], **more)


def animation(
    content: Source | Content,
    duration_s: float = 1,
    *,
    name: str | None = "animation.gif.mp4",
    mime: str = "video/mp4",
    width: int = VIDEO_WIDTH,
    height: int = VIDEO_HEIGHT,
    size: int | None = None,
) -> Media:
    """A film without sound, which Telegram makes of a GIF."""
    about = [
        types.DocumentAttributeVideo(float(duration_s), width, height, nosound=True),
        types.DocumentAttributeAnimated(),
    ]
    more = {"name": name, "mime": mime, "width": width, "height": height, "duration_s": duration_s}
    return _file("animation", content, size, about, **more)


def sticker(
    content: Source | Content,
    emoji: str = "🙂",
    *,
    animated: bool = False,
    video: bool = False,
    size: int | None = None,
) -> Media:
    """A sticker: WebP, or TGS (`animated`), or WEBM (`video`)."""
    mime, name = "image/webp", "sticker.webp"
    about: list[Any] = [types.DocumentAttributeImageSize(STICKER_SIDE, STICKER_SIDE)]
    if animated:
        mime, name = "application/x-tgsticker", "AnimatedSticker.tgs"
    elif video:
        mime, name = "video/webm", "sticker.webm"
        about = [types.DocumentAttributeVideo(3.0, STICKER_SIDE, STICKER_SIDE, nosound=True)]
    about.append(types.DocumentAttributeSticker(alt=emoji, stickerset=types.InputStickerSetEmpty()))
    more = {"name": name, "mime": mime, "width": STICKER_SIDE, "height": STICKER_SIDE, "emoji": emoji}
    return _file("sticker", content, size, about, **more)


# -- what is no file ---------------------------------------------------------------------------------------------


def anything(kind: str, shown: Any) -> Media:
    """Whatever TL MessageMedia the test thinks of."""
    return Media(kind=kind, shown=shown)


def location(latitude: float, longitude: float, *, live: bool = False) -> Media:
    """A point on the map; `live` moves for an hour."""
    point = types.GeoPoint(long=longitude, lat=latitude, access_hash=1)
    return anything("location", types.MessageMediaGeoLive(point, period=3600) if live else types.MessageMediaGeo(point))


def venue(latitude: float, longitude: float, title: str, address: str) -> Media:
    """A place with a name."""
    point = types.GeoPoint(long=longitude, lat=latitude, access_hash=1)
    return anything("venue", types.MessageMediaVenue(point, title, address, "foursquare", "1", ""))


def contact(phone: str, first_name: str, last_name: str = "", *, user_id: int = 0) -> Media:
    """A card from the address book; `user_id` 0: nobody on Telegram."""
    return anything("contact", types.MessageMediaContact(phone, first_name, last_name, "", user_id))


def poll(question: str, options: list[str], *, quiz: bool = False) -> Media:
    """A poll nobody has voted in."""
    answers = [types.PollAnswer(_plain(text), option=bytes([number])) for number, text in enumerate(options)]
    asked = types.Poll(1, _plain(question), answers, hash=0, quiz=quiz or None)
    return anything("poll", types.MessageMediaPoll(asked, types.PollResults()))


def _plain(text: str) -> Any:
    return types.TextWithEntities(text, [])


def dice(emoji: str = "🎲", value: int = 4) -> Media:
    """An emoji that has come to rest on a value."""
    return Media(kind="dice", emoji=emoji, shown=types.MessageMediaDice(value, emoji))


def game(title: str = "Lumberjack") -> Media:
    """A game of some other bot."""
    return anything("game", types.MessageMediaGame(types.Game(1, 1, "game", title, "", types.PhotoEmpty(1))))


def story(of: int = 1) -> Media:
    """A forwarded story of the person with that id."""
    return anything("story", types.MessageMediaStory(types.PeerUser(of), id=1))


def unsupported() -> Media:
    """What this layer has no constructor for."""
    return anything("unsupported", types.MessageMediaUnsupported())
