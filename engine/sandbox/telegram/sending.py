"""What people send, of every kind: a part of `people.Person`. Each act is a plain call that takes no time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from engine.sandbox.telegram import media as kinds
from engine.sandbox.telegram import text as texts
from engine.sandbox.telegram.chats import Chat, PrivateChat, Timeline, Topic
from engine.sandbox.telegram.content import Source
from engine.sandbox.telegram.media import Media
from engine.sandbox.telegram.messages import Forward, Message, Version

if TYPE_CHECKING:
    from engine.sandbox.telegram.people import Bot, Person
    from engine.sandbox.telegram.world import World

ALBUM_LEAST, ALBUM_MOST = 2, 10


class Where(TypedDict, total=False):
    """Where a message goes and what it belongs to: what every act of sending takes."""

    to: Chat | Topic | None
    """by default the bot in private, or where `reply_to` stands"""
    reply_to: Message | None
    quote: str
    """the part of `reply_to` that is marked; it must stand there word for word"""
    album: int
    """of the parts of an album that is sent bit by bit; see `World.next_album`"""
    forward: Forward | None


class How(Where, total=False):
    """The same for files."""

    caption: str
    entities: list[Any] | None


class Sends:
    """The acts of sending. Impossible ones raise LookupError or ValueError, too long texts `Refusal`."""

    world: World
    chat: PrivateChat
    name: str
    premium: bool
    has_blocked: bool

    def says(self, text: str, *, entities: list[Any] | None = None, **where: Unpack[Where]) -> Message:
        """Send a text of up to 4096 UTF-16 units (see `pastes`), by default to the bot in private.

        Commands, mentions, links and hashtags get their entities, as the server gives them.
        """
        text, found = texts.arrive(text, entities)
        if not text:
            raise ValueError("Telegram's apps don't send an empty text")
        return self._post(Version(self.world.now(), text, found), **where)

    def pastes(self, text: str, *, to: Chat | Topic | None = None) -> list[Message]:
        """Send a long text, which the app splits into messages of at most 4096 units."""
        return [self.says(piece, to=to) for piece in texts.pieces(text) if piece.strip()]

    def sends(
        self, media: Media, caption: str = "", *, entities: list[Any] | None = None, **where: Unpack[Where]
    ) -> Message:
        """Send anything that `engine.sandbox.telegram.media` makes. The same object twice is the same file."""
        limit = texts.PREMIUM_CAPTION_LIMIT if self.premium else texts.CAPTION_LIMIT
        text, found = texts.arrive(caption, entities, limit=limit, too_long="MEDIA_CAPTION_TOO_LONG")
        return self._post(Version(self.world.now(), text, found, media=media), **where)

    # -- files -------------------------------------------------------------------------------------------------

    def sends_file(
        self,
        content: Source,
        *,
        name: str | None = "file.bin",
        mime: str = "application/octet-stream",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Send a document. `size` (bytes) announces more than there is; `name` may be hostile, empty, or None."""
        return self.sends(kinds.document(content, name=name, mime=mime, size=size), **how)

    def sends_photo(
        self, content: Source, *, width: int = 0, height: int = 0, size: int | None = None, **how: Unpack[How]
    ) -> Message:
        """Send a picture as a photo."""
        return self.sends(kinds.photo(content, width=width, height=height, size=size), **how)

    def sends_voice(
        self,
        content: Source,
        duration_s: float = 1,
        *,
        waveform: bytes = b"",
        mime: str = "audio/ogg",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Send a voice note."""
        return self.sends(kinds.voice(content, duration_s, waveform=waveform, mime=mime, size=size), **how)

    def sends_audio(
        self,
        content: Source,
        duration_s: float = 1,
        *,
        name: str | None = "track.mp3",
        mime: str = "audio/mpeg",
        title: str = "",
        performer: str = "",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Send music."""
        made = kinds.audio(content, duration_s, name=name, mime=mime, title=title, performer=performer, size=size)
        return self.sends(made, **how)

    def sends_video(
        self,
        content: Source,
        duration_s: float = 1,
        *,
        name: str | None = "video.mp4",
        mime: str = "video/mp4",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Send a film."""
        return self.sends(kinds.video(content, duration_s, name=name, mime=mime, size=size), **how)

    def sends_video_note(
        self, content: Source, duration_s: float = 1, *, size: int | None = None, **how: Unpack[How]
    ) -> Message:
        """Send a round film."""
        return self.sends(kinds.video_note(content, duration_s, size=size), **how)

    def sends_animation(
        self,
        content: Source,
        duration_s: float = 1,
        *,
        name: str | None = "animation.gif.mp4",
        mime: str = "video/mp4",
        size: int | None = None,
        **how: Unpack[How],
    ) -> Message:
        """Send a GIF, which is a film without sound."""
        return self.sends(kinds.animation(content, duration_s, name=name, mime=mime, size=size), **how)

    def sends_sticker(
        self,
        content: Source,
        emoji: str = "🙂",
        *,
        animated: bool = False,
        video: bool = False,
        size: int | None = None,
        **where: Unpack[Where],
    ) -> Message:
        """Send a sticker: WebP, or TGS (`animated`), or WEBM (`video`)."""
        return self.sends(kinds.sticker(content, emoji, animated=animated, video=video, size=size), **where)

    def sends_album(
        self,
        parts: Sequence[Media | Source],
        *,
        caption: str = "",
        captions: Sequence[str] | None = None,
        order: Sequence[int] | None = None,
        **where: Unpack[Where],
    ) -> list[Message]:
        """Send 2 to 10 files as one album; bytes and paths are photos. The caption stands under the first part.

        `order` is the order in which the parts arrive, such as [2, 0, 1]; their ids keep the order of the album.
        """
        if not ALBUM_LEAST <= len(parts) <= ALBUM_MOST:
            raise ValueError(f"an album has {ALBUM_LEAST} to {ALBUM_MOST} parts, not {len(parts)}")
        chat, _ = self._place(_target(where))
        where["album"] = where.get("album") or self.world.next_album()
        said = captions if captions is not None else [caption, *[""] * (len(parts) - 1)]
        ids = [chat.next_message_id() for _ in parts]
        sent: dict[int, Message] = {}
        for at in order if order is not None else range(len(parts)):
            part = parts[at]
            shown = part if isinstance(part, Media) else kinds.photo(part)
            text, found = texts.arrive(said[at], None, limit=texts.CAPTION_LIMIT, too_long="MEDIA_CAPTION_TOO_LONG")
            version = Version(self.world.now(), text, found, media=shown)
            sent[at] = self._post(version, message_id=ids[at], **where)
        return [sent[at] for at in range(len(parts))]

    # -- forwards ----------------------------------------------------------------------------------------------

    def forwards(
        self, what: str | Message | Media, *, of: Person | str | None = None, caption: str = "", **where: Unpack[Where]
    ) -> Message:
        """Forward a text, a file, or a message that exists.

        `of`: whose it is: a person, or the name of somebody who hides their account; None: the account was deleted,
        or, for a message that exists, whoever sent it.
        """
        source: Person | Bot | str | None = of
        if isinstance(what, Message):
            source = what.sender if of is None else of
            version = Version(self.world.now(), what.text, what.entities, rich=what.rich, media=what.media)
        elif isinstance(what, Media):
            version = Version(self.world.now(), *texts.arrive(caption, None), media=what)
        else:
            version = Version(self.world.now(), *texts.arrive(what, None))
        is_name = isinstance(source, str)
        where["forward"] = Forward(
            self.world.now(),
            person=None if is_name else cast("Person | Bot | None", source),
            name=cast("str", source) if is_name else "",
        )
        return self._post(version, **where)

    # -- what is no file ---------------------------------------------------------------------------------------

    def shares_location(
        self, latitude: float, longitude: float, *, live: bool = False, **where: Unpack[Where]
    ) -> Message:
        """Send a point on the map."""
        return self.sends(kinds.location(latitude, longitude, live=live), **where)

    def shares_venue(
        self, latitude: float, longitude: float, title: str, address: str, **where: Unpack[Where]
    ) -> Message:
        """Send a place with a name."""
        return self.sends(kinds.venue(latitude, longitude, title, address), **where)

    def sends_contact(
        self, phone: str, first_name: str, last_name: str = "", *, user_id: int = 0, **where: Unpack[Where]
    ) -> Message:
        """Send a card from the address book."""
        return self.sends(kinds.contact(phone, first_name, last_name, user_id=user_id), **where)

    def sends_poll(self, question: str, options: list[str], *, quiz: bool = False, **where: Unpack[Where]) -> Message:
        """Send a poll."""
        return self.sends(kinds.poll(question, options, quiz=quiz), **where)

    def rolls_dice(self, emoji: str = "🎲", value: int = 4, **where: Unpack[Where]) -> Message:
        """Roll dice, or throw a dart, with that result."""
        return self.sends(kinds.dice(emoji, value), **where)

    def plays_game(self, title: str = "Lumberjack", **where: Unpack[Where]) -> Message:
        """Send a game of another bot."""
        return self.sends(kinds.game(title), **where)

    def shares_story(self, **where: Unpack[Where]) -> Message:
        """Forward a story."""
        return self.sends(kinds.story(), **where)

    def sends_unsupported(self, **where: Unpack[Where]) -> Message:
        """Send what the bot's layer has no constructor for."""
        return self.sends(kinds.unsupported(), **where)

    # -- all of them -------------------------------------------------------------------------------------------

    def _post(
        self,
        version: Version,
        *,
        message_id: int | None = None,
        to: Chat | Topic | None = None,
        reply_to: Message | None = None,
        quote: str = "",
        album: int = 0,
        forward: Forward | None = None,
    ) -> Message:
        chat, topic = self._place(_target({"to": to, "reply_to": reply_to}))
        if self.has_blocked and chat is self.chat:
            raise LookupError(f"{self.name} has blocked the bot")
        if quote and (reply_to is None or quote not in reply_to.text):
            raise ValueError(f"{quote!r} can't be marked where it does not stand")
        return self.world.post(
            chat,
            cast("Person", self),
            version,
            reply_to=reply_to,
            topic=topic,
            message_id=message_id,
            quote=quote,
            album=album,
            forward=forward,
        )

    def _place(self, to: Timeline | None) -> tuple[Chat, Topic | None]:
        chat, topic = (to.chat, to) if isinstance(to, Topic) else (to or self.chat, None)
        assert isinstance(chat, Chat)
        if self not in chat.members:
            raise LookupError(f"{self.name} is not in {chat.title}")
        return chat, topic


def _target(where: Where) -> Chat | Topic | None:
    to, reply_to = where.get("to"), where.get("reply_to")
    return to if to is not None or reply_to is None else reply_to.topic or reply_to.chat
