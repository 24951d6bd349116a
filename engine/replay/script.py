"""A recording, read and sorted by what replaying it asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from engine.recording.lines import AnyLine, Changed, Event, Header, House, Ledger, Outbox, Start, Step, Update


class Script:
    """What happened. `lines` is all of it in order; keys, job ids, inbox ids and causes lead to its parts."""

    def __init__(self, lines: Iterable[AnyLine]) -> None:
        self.lines = list(lines)
        header = self.lines[0]
        assert isinstance(header, Header)
        self.header = header
        self.house: House | None = None
        self.changed: dict[int, list[Changed]] = defaultdict(list)
        """by the place of the event that comes next (of `events`)"""
        self.starts: dict[str, Start] = {}
        self.updates: dict[str, Update] = {}
        self.events: list[Event] = []
        self.ids: dict[str, int] = {}
        self.results: dict[str, list[Event]] = defaultdict(list)
        self.steps: dict[int, list[Step]] = defaultdict(list)
        self.calls: dict[str, Outbox] = {}
        self.booked: dict[str, list[Ledger]] = defaultdict(list)
        for line in self.lines:
            self._sort(line)

    def _sort(self, line: AnyLine) -> None:
        match line:
            case House():
                self.house = line
            case Changed():
                self.changed[len(self.events)].append(line)
            case Start():
                self.starts[line.conversation] = line
            case Update():
                self.updates[line.key] = line
            case Event():
                self.events.append(line)
                self.ids[line.key] = line.id
                kind, _, job = line.cause.partition(":")
                if kind == "job":
                    self.results[job].append(line)
            case Step():
                self.steps[line.event_id].append(line)
            case Outbox():
                self.calls.setdefault(line.cause, line)
            case Ledger():
                self.booked[line.job].append(line)
            case Header():
                pass

    def until(self, event_id: int) -> Script:
        """The same up to this event (an inbox id), with what was made of it."""
        kept: list[AnyLine] = []
        for line in self.lines:
            if isinstance(line, Event) and line.id > event_id:
                break
            kept.append(line)
        while isinstance(kept[-1], Ledger | Update | Changed):  # they belong to the event that is left out
            kept.pop()
        return Script(kept)
