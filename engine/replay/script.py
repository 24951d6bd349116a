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
        self.is_cut = False
        self.more: set[int] = set()
        """events of which something was made after the cut"""
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
        """The same up to this event (an inbox id), with what was made of it: it ends before the first step of a later
        event. What was made of an event after that end is not known to the shorter one (`is_over`)."""
        kept: list[AnyLine] = []
        ahead: list[AnyLine] = []
        for line in self.lines:
            if isinstance(line, Step) and line.event_id > event_id:
                break
            if isinstance(line, Ledger | Update):  # they belong to the event that comes next
                ahead.append(line)
            elif not isinstance(line, Event):
                kept.append(line)
            else:
                kept += [*ahead, line] if line.id <= event_id else ()
                ahead = []
        script = Script(kept)
        script.is_cut = True
        script.more = {of for of, steps in self.steps.items() if len(steps) > len(script.steps[of])}
        return script

    def is_over(self, event_id: int) -> bool:
        """Whether what becomes of an event now is beyond the end."""
        return self.is_cut and (event_id in self.more or event_id not in set(self.ids.values()))
