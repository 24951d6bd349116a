"""What the tables say of the past: which events were handled in which order, and what jobs came of them.

Of a chat that somebody has wanted forgotten only what came later is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from engine.simulation.checks.evidence import Evidence

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STOPPABLE = ("answer", "transcribe", "picture")
"""Kinds of jobs that a stop ends."""
RESETS = ("new", "reset")
STOPS = ("stop", "cancel")
"""Commands that end a thread, and what runs."""

_HANDLED = (
    "SELECT steps.id AS place, event_id, steps.conversation, steps.at, inbox.key, inbox.event FROM steps"
    " JOIN inbox ON inbox.id = steps.event_id WHERE steps.outcome = 'done' AND inbox.event <> 'null' ORDER BY steps.id"
)


@dataclass(frozen=True, slots=True)
class Handled:
    """An event that an actor has handled. `place`: in the order of all steps."""

    place: int
    event_id: int
    conversation: str
    at: datetime
    """by the bot's clock"""
    key: str
    event: dict[str, Any]
    says: bool
    """whether it was told in the chat"""

    @property
    def what(self) -> str:
        """The type of the event."""
        return str(self.event["type"])

    @property
    def is_reset(self) -> bool:
        """/new, or a /forget that is meant."""
        if self.what == "CommandReceived":
            return self.event["name"] in RESETS
        return self.what == "ButtonPressed" and self.event["button"].startswith("forget:") and self._is_yes

    @property
    def _is_yes(self) -> bool:
        return bool(self.event["button"].endswith(":yes"))

    @property
    def is_stop(self) -> bool:
        """Somebody wants that what runs is stopped."""
        match self.what:
            case "DraftStopped":
                return True
            case "CommandReceived":
                return self.event["name"] in STOPS
            case "ButtonPressed":
                return bool(self.event["button"].partition(":")[0] == "stop")
        return False

    def stops(self, job: str) -> bool:
        """The same for one job: a button names the one that is meant."""
        named = self.event.get("button", "").partition(":")[2]
        return self.is_stop and named in ("", job)


@dataclass(slots=True)
class Work:
    """A job, with the events that began and ended it, where they are known."""

    id: str
    kind: str
    conversation: str
    ended_at: datetime | None
    """by the bot's clock"""
    begun: Handled | None = None
    ended: Handled | None = None

    def runs_at(self, place: int) -> bool:
        """Whether it was under way in that step."""
        is_begun = self.begun is not None and self.begun.place < place
        return is_begun and (self.ended is None or self.ended.place > place)


@dataclass
class History:
    """All of it, read once."""

    evidence: Evidence
    handled: list[Handled] = field(default_factory=list)
    jobs: dict[str, Work] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    """events whose step has said something, in whichever chat"""

    def __post_init__(self) -> None:
        causes = {row["cause"].partition("/")[0] for row in self.evidence.rows("SELECT DISTINCT cause FROM outbox")}
        self.told = {int(cause) for cause in causes if cause.isdecimal()}
        for row in self.evidence.rows(_HANDLED):
            event = msgspec.json.decode(row["event"])
            at = moment(row["at"])
            says = str(row["event_id"]) in causes
            one = Handled(row["place"], row["event_id"], row["conversation"], at, row["key"], event, says)
            self.handled.append(one)
        by_id = {f"{one.event_id}": one for one in self.handled}
        for row in self.evidence.rows("SELECT id, kind, conversation, ended_at FROM jobs"):
            ended_at = None if row["ended_at"] is None else moment(row["ended_at"])
            work = Work(row["id"], row["kind"], row["conversation"], ended_at, by_id.get(row["id"].partition("-")[0]))
            work.ended = self.by_key.get(f"job:{work.id}")
            self.jobs[work.id] = work

    @cached_property
    def by_key(self) -> dict[str, Handled]:
        """Events by the inbox's keys."""
        return {one.key: one for one in self.handled}

    @cached_property
    def by_conversation(self) -> dict[str, list[Handled]]:
        """Events of each conversation."""
        found: dict[str, list[Handled]] = defaultdict(list)
        for one in self.handled:
            found[one.conversation].append(one)
        return found

    @cached_property
    def of_questions(self) -> dict[str, list[Work]]:
        """The jobs that have asked the model about a question, by its token."""
        found: dict[str, list[Work]] = defaultdict(list)
        for seen in self.evidence.machine.model.requests:
            work = self.jobs.get(job_of(seen.body))
            for question in self.evidence.crowd.asked_in(seen.text) if work is not None else ():
                if work is not None and work not in found[question.token]:
                    found[question.token].append(work)
        return found

    @cached_property
    def _caused(self) -> dict[int, list[int]]:
        """By event: the events that came of it, of its jobs and of what it has handed over."""
        found: dict[int, list[int]] = defaultdict(list)
        query = "SELECT id, cause FROM inbox WHERE cause LIKE 'job:%' OR cause LIKE 'event:%'"
        for row in self.evidence.rows(query):
            begun = row["cause"].partition(":")[2].partition("-")[0]
            if begun.isdecimal():
                found[int(begun)].append(row["id"])
        return found

    def is_told(self, one: Handled) -> bool:
        """Whether its step has said something, or that of an event which came of it."""
        ahead = [one.event_id]
        while ahead:
            event_id = ahead.pop()
            if event_id in self.told:
                return True
            ahead += self._caused[event_id]
        return False

    def between(self, work: Work) -> Iterator[Handled]:
        """What was handled in its conversation while it was under way."""
        for one in self.by_conversation[work.conversation]:
            if work.runs_at(one.place):
                yield one


def job_of(body: dict[str, Any]) -> str:
    """The job that a request was made for."""
    return str((body.get("metadata") or {}).get("job", ""))


def moment(micros: int) -> datetime:
    """A time of the tables."""
    return EPOCH + timedelta(microseconds=micros)
