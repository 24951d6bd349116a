"""Every conversation test is replayed, too: what the flight recorder kept of it must come out the same again."""

from __future__ import annotations

from pathlib import Path

from engine.core.errors import ConfigurationError
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.lines import AnyLine, Event
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.sandbox.time import BEGINNING
from tests.chat import BotUnderTest

RECORDINGS = Path(__file__).with_name("recordings")


def recorded(bot: BotUnderTest) -> list[AnyLine]:
    """The recording of all that has happened to a bot; empty if nothing has."""
    try:
        lines = list(export(bot.settings.database_path, Selection(), bot.settings, BEGINNING))
    except ConfigurationError:
        return []
    return lines if any(isinstance(line, Event) for line in lines) else []


async def replays_as_recorded(lines: list[AnyLine]) -> None:
    """Fails with both sides of the first difference."""
    async with replaying(Script(lines), own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join(beside(difference))
    assert not replayed.missing
