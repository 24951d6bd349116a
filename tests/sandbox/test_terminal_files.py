"""The terminal chat with files: sending them from the disk, and seeing what the bot sends."""

from __future__ import annotations

import asyncio
import re
import struct
from pathlib import Path

import pytest
from telethon.tl import types

from engine.sandbox.sounds import listen
from engine.sandbox.telegram import Message, Version, media
from engine.sandbox.terminal.command import Unclear
from engine.sandbox.terminal.news import News
from engine.sandbox.terminal.screen import Screen
from engine.sandbox.terminal.seat import Seat
from engine.sandbox.terminal.stage import Stage
from engine.sandbox.terminal.typed import QUICK, Typed
from engine.sandbox.time import jumping_clock

pytestmark = pytest.mark.anyio
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 40, 30) + b"pixels"


class Terminal:
    """A typist at a screen, and the sandbox behind it."""

    def __init__(self, stage: Stage, directory: Path) -> None:
        self.stage = stage
        self.seat = Seat(stage, stage.people["alice"])
        self.screen = Screen(lambda: 200, plain=True)
        self.typed = Typed(self.seat, directory / "log")
        self.news = News(stage, self.seat, self.screen)

    @property
    def sent(self) -> list[Message]:
        """What has been typed so far."""
        return [message for message in self.seat.place.messages if not message.out]

    async def types(self, line: str) -> Message:
        """Types a line; the message that it became."""
        await self.typed.take(line)
        return self.sent[-1]

    async def sees(self) -> str:
        """What is new on the screen."""
        return "\n".join(line for each in await self.news.collect() for line in self.screen.lines(each))

    def bot_says(self, **what: object) -> Message:
        """The bot says something, by itself."""
        world = self.stage.telegram.world
        version = Version(world.now(), **{"text": "", **what})  # type: ignore[arg-type]
        return world.post(self.seat.person.chat, world.bot, version)

    def bot_edits(self, message: Message, **what: object) -> None:
        """The bot changes what it has said."""
        world = self.stage.telegram.world
        world.edit(message, Version(world.now(), **{"text": "", **what}))  # type: ignore[arg-type]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A directory with something to send."""
    place = tmp_path / "files"
    place.mkdir()
    for name in ("fox.png", "song.mp3", "film.mp4", "report.pdf", "note.ogg", "my notes.txt", "s.tgs", "s.webm"):
        (place / name).write_bytes(PNG if name == "fox.png" else name.encode())
    return place


@pytest.mark.parametrize(
    ("line", "shown", "caption"),
    [
        (":photo {}/fox.png What's this?", "photo: 40×30, 30 B", "What's this?"),
        (":file {}/report.pdf", "document report.pdf: 10 B", ""),
        (':file "{}/my notes.txt" Read it', "document my notes.txt: 12 B", "Read it"),
        (":voice {}/note.ogg 75", "voice: 1:15, 8 B", ""),
        (":voice {}/note.ogg", "voice: 0:05, 8 B", ""),
        (":audio {}/song.mp3", "audio song.mp3: 0:05, 8 B", ""),
        (":video {}/film.mp4 Look", "video film.mp4: 0:05, 8 B", "Look"),
        (":round {}/film.mp4 9", "video_note: 0:09, 8 B", ""),
        (":gif {}/film.mp4", "animation animation.gif.mp4: 0:01, 8 B", ""),
        (":sticker {}/fox.png 😎", "sticker 😎 sticker.webp: 30 B", ""),
        (":sticker {}/s.tgs", "sticker 🙂 AnimatedSticker.tgs: 5 B", ""),
        (":sticker {}/s.webm", "sticker 🙂 sticker.webm: 6 B", ""),
        (":location 52.5 13.4", "location", ""),
        (":contact +49123 Bob Smith", "contact", ""),
        (":poll Tea? | yes | no", "poll", ""),
        (":dice", "dice 🎲", ""),
    ],
)
async def test_files_and_other_things_are_sent(
    line: str, shown: str, caption: str, files: Path, tmp_path: Path
) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        sent = await terminal.types(line.format(files))
        assert sent.media is not None
        assert (sent.media.line(), sent.text) == (shown, caption)
        seen = await terminal.sees()
        assert seen.startswith(f"Alice    📎 {shown}")
        assert caption in seen


async def test_words_are_spoken_in_a_voice_note(tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        sent = await terminal.types(":speak Good evening, Alice")
        assert sent.media
        assert sent.media.content
        assert (sent.media.kind, sent.media.mime) == ("voice", "audio/ogg")
        heard = listen(b"".join(sent.media.content.pieces()))
        assert heard.words == "Good evening, Alice"
        assert heard.duration_s == pytest.approx(sent.media.duration_s, abs=0.1)


async def test_an_album_is_of_files_of_all_kinds(files: Path, tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        await terminal.types(f":album {files}/fox.png {files}/film.mp4 {files}/song.mp3 {files}/report.pdf All of it")
        kinds = [message.media.kind for message in terminal.sent if message.media]
        assert kinds == ["photo", "video", "audio", "document"]
        assert [message.text for message in terminal.sent] == ["All of it", "", "", ""]
        assert len({message.album for message in terminal.sent}) == 1


async def test_forwards_and_quotes(tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        known = await terminal.types(":forward boris | His words")
        hidden = await terminal.types(":forward Somebody | Their words")
        gone = await terminal.types(":forward Old words")
        assert known.forward is not None
        assert known.forward.person is stage.people["boris"]
        assert [m.forward.name for m in (hidden, gone) if m.forward] == ["Somebody", ""]
        terminal.bot_says(text="one two three")
        quoted = await terminal.types(":quote two | why?")
        assert (quoted.text, quoted.quote) == ("why?", "two")
        seen = await terminal.sees()
        for line in ("↪ from Борис", "↪ from Somebody", "↪ from a deleted account", "↩ “two”"):
            assert line in seen


@pytest.mark.parametrize(
    "line",
    [
        ":photo",
        ":photo /nowhere.png",
        ":voice /nowhere.ogg",
        ":speak",
        ":album nothing that is there",
        ":location here",
        ":contact +49123",
        ":poll Tea?",
        ":forward",
        ":quote never said | why?",
    ],
)
async def test_what_can_not_be_sent_is_said_to_the_typist(line: str, tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        with pytest.raises(Unclear):
            await terminal.typed.take(line)
        assert terminal.sent == []


async def test_files_of_the_bot_are_saved(tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        terminal.bot_says(text="A fox", media=media.photo(PNG))
        terminal.bot_says(media=media.voice(b"sound", 7))
        terminal.bot_says(media=media.document(b"x" * 2_000, name="../../etc/passwd"))
        seen = await terminal.sees()
        assert re.search(r"GPTTG    📎 photo: 40×30, 30 B → .*/01-photo.png\n +A fox", seen)
        assert "📎 voice: 0:07, 5 B → " in seen
        assert "2 kB → " in seen
        saved = sorted(path.name for path in stage.received.directory.iterdir())
        assert saved[0] == "01-photo.png"
        assert saved[2] == "03-_.._etc_passwd"
        assert (stage.received.directory / saved[1]).read_bytes() == b"sound"


async def test_a_picture_that_is_being_drawn_is_seen_growing(tmp_path: Path) -> None:
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        message = terminal.bot_says(text="Drawing…")
        await terminal.sees()
        terminal.bot_edits(message, text="50 %", media=media.photo(PNG))
        terminal.bot_edits(message, text="A fox", media=media.photo(PNG + b"more"))
        seen = await terminal.sees()
        assert seen.index("01-photo.png") < seen.index("02-photo.png") < seen.index("A fox") < seen.index("edited")
        terminal.bot_edits(message, text="A red fox", media=message.media)
        assert "📎" not in await terminal.sees()


async def test_rich_messages_and_drafts_are_shown_as_text(tmp_path: Path) -> None:
    table = types.PageBlockTable(
        types.TextPlain(""),
        [types.PageTableRow([types.PageTableCell(text=types.TextPlain(cell)) for cell in ("2", "prime")])],
    )
    async with Stage.opened(tmp_path, QUICK, jumping_clock(asyncio.get_running_loop())) as stage:
        terminal = Terminal(stage, tmp_path)
        terminal.bot_says(text="2\nprime", rich=types.RichMessage([table], [], []))
        assert "GPTTG    | 2 | prime |" in await terminal.sees()
