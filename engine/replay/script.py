"""A recording, read and sorted by what replaying it asks for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from engine.core.errors import ConfigurationError
from engine.recording.lines import AnyLine, Changed, Event, Header, House, Json, Ledger, Outbox, Start, Step, Update


class Due(NamedTuple):
    """When a step was taken: as which of all steps (from 0 on), after how many of the events."""

    step: int
    events: int
    conversation: str


class Brought(NamedTuple):
    """What no step of the recording has brought about: before which of all steps, after how many of the events."""

    step: int
    events: int
    line: Changed | Ledger | Header | House


class Script:
    """What happened. `lines` is all of it in order; keys, job ids, inbox ids and causes lead to its parts. `numbers`
    are those of the lines in their file: without them, from 1 on.

    Raises ConfigurationError where two events have the same id or key.
    """

    def __init__(self, lines: Iterable[AnyLine], numbers: Iterable[int] | None = None) -> None:
        self.lines = list(lines)
        self._numbers = list(numbers or range(1, len(self.lines) + 1))
        header = self.lines[0]
        assert isinstance(header, Header)
        self.header = header
        self.settings: list[Json] = []
        """those of the beginning, and all that the bot was started with later"""
        self.house: House | None = None
        self.brought: list[Brought] = []
        self.starts: dict[str, Start] = {}
        self.updates: dict[str, Update] = {}
        self.events: list[Event] = []
        self.ids: dict[str, int] = {}
        self._known_ids: set[object] = set()
        self._open: dict[int, str] = {}
        """events that are still to be handled at the end, with their conversations"""
        self._waiting: dict[int, str] = {}
        """those that wait for a change of state then"""
        self.results: dict[str, list[Event]] = defaultdict(list)
        self.steps: dict[int, list[Step]] = defaultdict(list)
        self.due: dict[int, list[Due]] = defaultdict(list)
        """of each step of an event, when it was taken"""
        self._steps_told = 0
        self.settings_of: dict[int, list[int]] = defaultdict(list)
        """which of the settings were in force in each step of an event"""
        self.calls: dict[str, Outbox] = {}
        self.booked: dict[str, list[Ledger]] = defaultdict(list)
        for line in self.lines:
            self._sort(line)

    def _sort(self, line: AnyLine) -> None:
        match line:
            case House() if not self.events:
                self.house = line
                self._known_ids.update(row.get("id") for row in line.rows.get("inbox", ()))
            case House() | Changed() | Ledger(is_ahead=True):
                self.brought.append(Brought(self._steps_told, len(self.events), line))
            case Start():
                self.starts[line.conversation] = line
                self._known_ids.update(row.get("id") for row in line.rows.get("inbox", ()))
            case Update():
                self.updates[line.key] = line
            case Event():
                self._sort_event(line)
            case Step():
                self.steps[line.event_id].append(line)
                self.due[line.event_id].append(Due(self._steps_told, len(self.events), line.conversation))
                self._steps_told += 1
                self.settings_of[line.event_id].append(len(self.settings) - 1)
            case Outbox():
                self.calls.setdefault(line.cause, line)
            case Ledger():
                self.booked[line.job].append(line)
            case Header():
                if self.settings:
                    self.brought.append(Brought(self._steps_told, len(self.events), line))
                self.settings.append(line.settings)

    def _sort_event(self, line: Event) -> None:
        if line.key in self.ids or line.id in self._known_ids:
            raise ConfigurationError(f"{self.where(line)}: event {line.id} ({line.key}) is there already")
        self.events.append(line)
        self.ids[line.key] = line.id
        self._known_ids.add(line.id)
        if line.status == "pending":
            self._open[line.id] = line.conversation
        elif line.status == "postponed":
            self._waiting[line.id] = line.conversation
        kind, _, job = line.cause.partition(":")
        if kind == "job":
            self.results[job].append(line)

    def until(self, event_id: int) -> Script:
        """The same up to this event (an inbox id), with what was made of it: it ends before the first step of a later
        event. Of what something was made after that end is still to be handled there.

        Raises ConfigurationError where there is no such event.
        """
        if event_id not in self._known_ids:
            raise ConfigurationError(f"there is no event {event_id} in this recording")
        kept: list[tuple[int, AnyLine]] = []
        ahead: list[tuple[int, AnyLine]] = []
        for number, line in zip(self._numbers, self.lines, strict=True):
            if isinstance(line, Step) and line.event_id > event_id:
                break
            if isinstance(line, Update) or (isinstance(line, Ledger) and not line.is_ahead):
                ahead.append((number, line))  # they belong to the event that comes next
            elif not isinstance(line, Event):
                kept.append((number, line))
            else:
                kept += [*ahead, (number, line)] if line.id <= event_id else ()
                ahead = []
        told = Counter(line.event_id for _, line in kept if isinstance(line, Step))
        more = {of for of, steps in self.steps.items() if len(steps) > told[of]}
        return Script((_ending(line, event_id, more) for _, line in kept), (number for number, _ in kept))

    def where(self, line: AnyLine) -> str:
        """A line's place in its file, for people."""
        return next(f"line {number}" for number, one in zip(self._numbers, self.lines, strict=True) if one is line)

    def is_over(self, event_id: int) -> bool:
        """Whether what becomes of an event now is beyond the end."""
        if event_id in self._open or self._waiting.get(event_id) in self._open.values():
            return True
        return self.header.until is not None and event_id not in set(self.ids.values())


def _ending(line: AnyLine, event_id: int, more: Collection[int]) -> AnyLine:
    """As it stands in a recording that ends with this event, while those of `more` are still to be handled."""
    match line:
        case Header():
            return replace(line, until=event_id)
        case Event(id=id_) if id_ in more:
            return replace(line, status="pending")
    return line
