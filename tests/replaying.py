"""Every conversation test is replayed, too: what the flight recorder kept of it must come out the same again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from actors.vocabulary import vocabulary
from engine.core.clock import from_micros
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.known import known_in
from engine.recording.lines import AnyLine, Event, Update
from engine.recording.readable import readable
from engine.recording.redact import Redaction
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.sandbox.time import BEGINNING
from engine.telegram.recorded import read_packet
from engine.testing.chat import BotUnderTest

SECRET = b"the installation's own secret..."
RECORDINGS = Path(__file__).with_name("recordings")


def recorded(bot: BotUnderTest) -> list[AnyLine]:
    """The recording of all that has happened to a bot; empty if nothing has."""
    lines = bot.recorded()
    return lines if any(isinstance(line, Event) for line in lines) else []


async def replays_as_recorded(lines: list[AnyLine]) -> None:
    """Fails with both sides of the first difference."""
    async with replaying(Script(lines), own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join(beside(difference))
    assert not replayed.missing


async def replays_redacted(lines: list[AnyLine]) -> None:
    """The same with stand-ins, and by its shape."""
    redaction = Redaction(SECRET, vocabulary(), known_in(lines))
    await replays_as_recorded(list(redaction.redacted(lines)))


def without_positions(lines: list[AnyLine]) -> list[AnyLine]:
    """The same with 0 in the place of each update's pts: it counts previews too, of which some fall out."""
    return [_without_position(line) if isinstance(line, Update) else line for line in lines]


def _without_position(line: Update) -> Update:
    packet = read_packet(line.tl)
    for update in packet.updates:
        if hasattr(update, "pts"):
            update.pts = 0
    return msgspec.structs.replace(line, packet=readable(packet), tl=bytes(packet))


def from_its_middle(bot: BotUnderTest) -> list[AnyLine]:
    """The second half: nothing is known of the first but what the recording begins with. Empty if nothing is halved."""
    with closing(sqlite3.connect(f"file:{bot.settings.database_path}?mode=ro", uri=True)) as db:
        moments = [at for (at,) in db.execute("SELECT DISTINCT at FROM steps ORDER BY at")]
    if len(moments) < 2:
        return []
    since = from_micros(moments[len(moments) // 2])
    return list(export(bot.settings.database_path, Selection(since=since), BEGINNING))
