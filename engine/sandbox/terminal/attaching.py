"""The terminal's commands that send something other than a text: files from the disk, places, forwards, quotes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from mimetypes import guess_type
from pathlib import Path

import anyio
import anyio.to_thread

from engine.sandbox.sounds import lasts_s, speech
from engine.sandbox.telegram import Forward, Media, Message, media
from engine.sandbox.terminal.command import Command, Unclear
from engine.sandbox.terminal.seat import Seat

VOICE_S = 5.0
"""How long a sound or a film is said to be unless told otherwise; nobody measures it here."""
STICKER = "🙂"


def attaching(seat: Seat) -> dict[str, Command]:
    """The commands, by name."""
    attach = Attaching(seat)
    return {
        "file": Command("PATH [CAPTION]", "send a file", attach.one(_document)),
        "photo": Command("PATH [CAPTION]", "send a picture as a photo", attach.one(media.photo)),
        "album": Command("PATH PATH … [CAPTION]", "send 2 to 10 files as one album", attach.album),
        "voice": Command("PATH [SECONDS]", "send a sound file as a voice note", attach.timed(media.voice)),
        "speak": Command("WORDS", "send a voice note that says these words", attach.speak),
        "audio": Command("PATH [CAPTION]", "send a sound file as music", attach.one(_audio)),
        "video": Command("PATH [CAPTION]", "send a film", attach.one(_video)),
        "round": Command("PATH [SECONDS]", "send a film as a round video message", attach.timed(media.video_note)),
        "gif": Command("PATH [CAPTION]", "send a film as an animation", attach.one(media.animation)),
        "sticker": Command("PATH [EMOJI]", "send a sticker (.webp, .tgs, .webm)", attach.sticker),
        "location": Command("LATITUDE LONGITUDE", "share a place", attach.location),
        "contact": Command("PHONE NAME", "share a contact", attach.contact),
        "poll": Command("QUESTION | A | B …", "send a poll", attach.poll),
        "dice": Command("[EMOJI]", "roll dice", lambda emoji: attach.send(media.dice(emoji or "🎲"))),
        "forward": Command(
            "[NAME |] TEXT", "forward somebody's text (of a deleted account without a name)", attach.forward
        ),
        "quote": Command("PART | TEXT", "reply to a part of the bot's last message that says it", attach.quote),
    }


class Attaching:
    """Sends from one seat. Raises Unclear, and LookupError and ValueError as `Person` does."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def send(self, made: Media, caption: str = "") -> None:
        """Sends it here."""
        self._seat.sends(lambda person, place: [person.sends(made, caption, to=place)])

    def one(self, make: Callable[[Path], Media]) -> Callable[[str], Awaitable[None]]:
        """A command that sends the file at a path, with what follows as its caption."""

        async def act(argument: str) -> None:
            path, caption = await _path_and_rest(argument)
            self.send(make(path), caption)

        return act

    def timed(self, make: Callable[[Path, float], Media]) -> Callable[[str], Awaitable[None]]:
        """A command that sends the sound or film at a path, with what follows as its length in seconds."""

        async def act(argument: str) -> None:
            path, seconds = await _path_and_rest(argument)
            self.send(make(path, float(seconds or VOICE_S)))

        return act

    async def speak(self, words: str) -> None:
        """A voice note in which the sandbox's OpenAI hears these words."""
        if not words:
            raise Unclear("say what?")
        content = await anyio.to_thread.run_sync(speech, words)
        self.send(media.voice(content, lasts_s(words)))

    async def album(self, argument: str) -> None:
        """As many words as are files are the parts, the rest is the caption."""
        parts: list[Media] = []
        rest = argument
        while rest:
            word, after = _word(rest)
            path = await _file_at(word)
            if path is None:
                break
            parts.append(_by_its_name(path))
            rest = after
        self._seat.sends(lambda person, place: person.sends_album(parts, caption=rest, to=place))

    async def sticker(self, argument: str) -> None:
        """What kind of sticker it is, the name says."""
        path, emoji = await _path_and_rest(argument)
        is_animated, is_video = path.suffix == ".tgs", path.suffix == ".webm"
        self.send(media.sticker(path, emoji or STICKER, animated=is_animated, video=is_video))

    def location(self, argument: str) -> None:
        """Two numbers."""
        latitude, _, longitude = argument.replace(",", " ").partition(" ")
        self.send(media.location(float(latitude), float(longitude)))

    def contact(self, argument: str) -> None:
        """The phone number is the first word."""
        phone, _, name = argument.partition(" ")
        if not name:
            raise Unclear("a phone number and a name")
        self.send(media.contact(phone, name.strip()))

    def poll(self, argument: str) -> None:
        """A question and its answers."""
        question, *answers = (part.strip() for part in argument.split("|"))
        if not answers:
            raise Unclear("a question and answers, with | between them")
        self.send(media.poll(question, answers))

    def forward(self, argument: str) -> None:
        """A name of the sandbox's is that person; any other is somebody who hides their account."""
        name, bar, text = (part.strip() for part in argument.partition("|"))
        text = text if bar else argument
        if not text:
            raise Unclear("forward what?")
        of = self._seat.stage.people.get(name.lower(), name) if bar else None
        self._seat.sends(lambda person, place: [person.forwards(text, of=of, to=place)])

    def quote(self, argument: str) -> None:
        """The newest message of the bot that has these words is replied to."""
        part, _, text = (piece.strip() for piece in argument.partition("|"))
        said = [message for message in self._seat.place.messages if message.out and part in message.text]
        if not part or not text or not said:
            raise Unclear("words that the bot has said, | and your reply")
        self._seat.sends(lambda person, place: [person.says(text, to=place, reply_to=said[-1], quote=part)])


def origin(message: Message) -> str:
    """What stands over a message that is forwarded, or replies to a part of another; "" for any other."""
    forward: Forward | None = message.forward
    if forward is not None:
        return f"↪ from {forward.of}"
    return f"↩ “{message.quote}”" if message.quote else ""


async def _path_and_rest(argument: str) -> tuple[Path, str]:
    word, rest = _word(argument)
    path = await _file_at(word)
    if path is None:
        raise Unclear(f"there is no file {word!r}")
    return path, rest


async def _file_at(word: str) -> Path | None:
    path = await anyio.Path(word).expanduser()
    return Path(path) if await path.is_file() else None


def _word(text: str) -> tuple[str, str]:
    """The first word, which may stand in quotation marks, and the rest as it is."""
    text = text.strip()
    if text[:1] in ("'", '"') and (end := text.find(text[0], 1)) > 0:
        return text[1:end], text[end + 1 :].strip()
    word, _, rest = text.partition(" ")
    return word, rest.strip()


def _mime(path: Path) -> str:
    return guess_type(path.name)[0] or "application/octet-stream"


def _document(path: Path) -> Media:
    return media.document(path, name=path.name, mime=_mime(path))


def _audio(path: Path) -> Media:
    return media.audio(path, VOICE_S, name=path.name, mime=_mime(path))


def _video(path: Path) -> Media:
    return media.video(path, VOICE_S, name=path.name, mime=_mime(path))


def _by_its_name(path: Path) -> Media:
    """A picture becomes a photo, a film a film, a sound music, anything else a document."""
    makers: dict[str, Callable[[Path], Media]] = {"image": media.photo, "video": _video, "audio": _audio}
    return makers.get(_mime(path).partition("/")[0], _document)(path)
