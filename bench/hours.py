"""Two hours of speech through the bot: how long it takes, what it costs in CPU and memory, and whether every word is
there once. The words are espeak-ng's; the local model hears what of them is in each piece (engine.sandbox.lecture)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import anyio
import anyio.to_thread

from bench.process import BotProcess
from bench.talking import warm_up
from bench.world import World, a_world
from engine.sandbox.lecture import Lecture, Voice, espeak, noise, sentences
from engine.sandbox.openai import INSTANT
from engine.sandbox.telegram import Person, media

HOURS = 2.0
PIECE_LIMIT_BYTES = 25 * 1024 * 1024
"""What OpenAI takes."""
BREATHLESS_MIN = ((25, 65), (95, 130))
"""Minutes in which nobody pauses, so that the borders there have no silence."""
TRANSCRIBED_S = 900.0
HEAD = ("", "figure", "target")
MB = 1_000_000
SAID = """the caching of what was expensive to make keeps it close where it is needed three questions decide how long a
value stays true what making it again costs and who must never see an old one begin with measurements before you add
more memory than your machine has network latency hides behind every call that looks local so count them first then ask
which of them could be avoided altogether nobody remembers why this table was split into seven parts when one would have
done just as well history explains most strange designs better than theory does yesterday everything worked tomorrow we
shall know more about failures than about success people forget passwords but never birthdays"""


@dataclass
class Hours:
    """What a run has shown."""

    voice: str
    played_s: float
    seconds: float = 0.0
    cpu_s: float = 0.0
    over_idle_mb: float = 0.0
    pieces: list[int] = field(default_factory=list)
    """bytes of each, as they came to OpenAI"""
    words: int = 0
    lost: int = 0
    doubled: int = 0


async def two_hours(hours: float = HOURS) -> Hours:
    """One recording of so many hours, sent, transcribed and compared."""
    voice, name = _voice()
    lecture = await anyio.to_thread.run_sync(_lecture, hours, voice)
    async with a_world(4, INSTANT) as world:
        path = world.folder / "lecture.wav"
        await anyio.to_thread.run_sync(lecture.write, path)
        found = Hours(name, lecture.duration_s, words=len(lecture.words))

        def hear(content: bytes) -> str:
            found.pieces.append(len(content))
            return lecture.heard_in(content)

        world.model.listens(hear)
        async with world.bot() as bot:
            await warm_up(world, world.people[1:])
            sender = world.people[0]
            sound = media.audio(path, lecture.duration_s, name="lecture.wav", mime="audio/x-wav")
            sender.sends(sound)
            await _until(world, lambda: _has_button(sender, "Transcribe"))
            await _transcribed(world, bot, sender, found)
        said = (_document(sender, "transcript.txt") or "").split()
    spoken = [word.text for word in lecture.words]
    found.lost, found.doubled = await anyio.to_thread.run_sync(compared, spoken, said)
    return found


def rows(found: Hours) -> list[list[str]]:
    """For a table: HEAD."""
    largest = max(found.pieces, default=0)
    return [
        ["spoken by", found.voice, ""],
        ["plays for, s", f"{found.played_s:,.0f}", ""],
        ["from Transcribe to the last file, s", f"{found.seconds:.1f}", ""],
        ["times as fast as it plays", f"{found.played_s / found.seconds:.0f}", ""],
        ["the whole bot's CPU, s", f"{found.cpu_s:.1f}", ""],
        ["MB over idle, the whole bot", f"{found.over_idle_mb:.1f}", "64"],
        ["pieces", f"{len(found.pieces)}", ""],
        ["the largest piece, MB", f"{largest / MB:.2f}", f"{PIECE_LIMIT_BYTES / MB:.1f}"],
        ["words", f"{found.words:,}", ""],
        ["words lost", f"{found.lost}", "0"],
        ["words that nobody said", f"{found.doubled}", "0"],
    ]


def _voice() -> tuple[Voice, str]:
    try:
        espeak("one")
    except LookupError as error:
        return noise, f"bursts of noise ({error}: apt install espeak-ng)"
    return espeak, "espeak-ng"


def _lecture(hours: float, voice: Voice) -> Lecture:
    def is_breathless(at_s: float) -> bool:
        return any(begin <= at_s / 60 < end for begin, end in BREATHLESS_MIN)

    return Lecture.spoken(sentences(SAID.split(), hours * 3600, is_breathless), voice)


async def _transcribed(world: World, bot: BotProcess, sender: Person, found: Hours) -> None:
    idle_mb, cpu_s, began = bot.rss_mb, bot.cpu_s, time.perf_counter()
    bot.forget_peak()
    sender.presses("Transcribe")
    with anyio.fail_after(TRANSCRIBED_S):
        await _until(world, lambda: _has_button(sender, "Go"))
        sender.presses("Go")
        await _until(world, lambda: _document(sender, "transcript.md") is not None)
    found.seconds, found.cpu_s = time.perf_counter() - began, bot.cpu_s - cpu_s
    found.over_idle_mb = bot.peak_mb - idle_mb


def compared(said: Sequence[str], written: Sequence[str]) -> tuple[int, int]:
    """How many words are missing in what was written, and how many are there that nobody said."""
    words = [word.strip(".").casefold() for word in written]
    changes = SequenceMatcher(None, list(said), words, autojunk=False).get_opcodes()
    lost = sum(end - begin for tag, begin, end, _, _ in changes if tag in ("delete", "replace"))
    return lost, sum(end - begin for tag, _, _, begin, end in changes if tag in ("insert", "replace"))


async def _until(world: World, happened: Callable[[], bool]) -> None:
    while not happened():
        await world.telegram.changed.wait(since=world.telegram.changed.version)


def _has_button(person: Person, text: str) -> bool:
    return any(button.text == text for message in person.chat.messages for button in message.buttons)


def _document(person: Person, name: str) -> str | None:
    """What is in a file of that name that the bot has sent."""
    for message in person.chat.messages:
        if message.out and message.media is not None and message.media.name == name:
            return message.media.whole.decode()
    return None
