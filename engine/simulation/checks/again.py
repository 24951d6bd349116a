"""The last checker: what the flight recorder has kept of a run happens again in a replay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from engine.core.errors import ConfigurationError
from engine.recording.lines import AnyLine, Changed, Event, Header, Ledger, Outbox, Start, Step
from engine.replay.cast import own_actors
from engine.replay.check import faults
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script

NOT_AGAIN = "it happens again"
"""The name of this checker."""


async def not_again(recording: Iterable[AnyLine]) -> list[str]:
    """What comes out otherwise than recorded, or breaks an invariant in the replay."""
    lines = list(recording)
    if any(map(_has_forgotten, lines)):
        lines = list(_without_words(lines))
    found = await _differences(lines)
    if found and any(map(_has_forgotten_choices, lines)):  # what somebody had chosen has shaped answers in groups
        return await _differences(list(_without_groups(lines)))
    return found


async def _differences(lines: list[AnyLine]) -> list[str]:
    try:
        async with replaying(Script(lines), own_actors) as replayed:
            difference = await first_difference(replayed)
            found = [f"event {event.id} ({event.key}) did not come" for event in replayed.missing]
            found += await faults(replayed)
    except (ConfigurationError, ExceptionGroup) as error:  # out of the replay's tasks everything comes in groups
        return [f"{NOT_AGAIN}: {error!r}"]
    if difference is not None:
        found.insert(0, f"{difference.where} was {difference.recorded} and is {difference.replayed}")
    return [f"{NOT_AGAIN}: {fault}" for fault in found]


def _has_forgotten(line: AnyLine) -> bool:
    """Whether this shows that a conversation's past was deleted: an event without its content, or a beginning that is
    none."""
    match line:
        case Event():
            return line.event is None
        case Start():
            return line.memory is not None
    return False


def _has_forgotten_choices(line: AnyLine) -> bool:
    """Whether somebody's past is deleted: with it goes what they had chosen for themselves."""
    return isinstance(line, Start) and line.memory is not None and not _is_group(line.conversation)


def _without_groups(lines: Iterable[AnyLine]) -> Iterator[AnyLine]:
    """As a recording in which no group is: what was spent there counts all the same."""
    for line in lines:
        match line:
            case Start() | Event() | Step() | Outbox() if _is_group(line.conversation):
                continue
            case Ledger() if _is_group(line.line["conversation"]):
                yield Changed(name="ledger", row=line.line)
            case _:
                yield line


def _is_group(conversation: str) -> bool:
    return conversation.startswith("-")


def _without_words(lines: Iterable[AnyLine]) -> Iterator[AnyLine]:
    """As those of a redacted recording: who has been forgotten is missing in what the admins read."""
    for line in lines:
        match line:
            case Header():
                yield replace(line, redacted=True)
            case Step():
                yield replace(line, effects=line.effects.rpartition(" ")[0])
            case _:
                yield line
