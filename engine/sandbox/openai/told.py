"""The queues of what was told to the local model, and what each call takes from them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from engine.sandbox.openai.seen import Operation
from engine.sandbox.openai.wire import JSON, ApiError


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an answer comes: `seconds` for the whole, or the wait for the first delta and between deltas."""

    seconds: float | None = None
    first_token_s: float | None = None
    per_delta_s: float | None = None
    delta_chars: int = 12

    def timing(self, deltas: int) -> tuple[float, float, float]:
        """When the first delta is due, the gap between deltas, and when the answer ends (seconds from the start)."""
        gaps = max(deltas - 1, 0)
        per_delta_s = self.per_delta_s or 0.0
        if self.seconds is None:
            first_s = self.first_token_s or 0.0
            return first_s, per_delta_s, first_s + gaps * per_delta_s
        first_s = self.first_token_s if self.first_token_s is not None else self.seconds / (deltas + 1)
        if self.per_delta_s is None and gaps:
            per_delta_s = max(self.seconds - first_s, 0.0) / gaps
        return first_s, per_delta_s, self.seconds


INSTANT = Pace()
LIFELIKE = Pace(first_token_s=0.6, per_delta_s=0.03, delta_chars=6)


@dataclass(frozen=True, slots=True)
class Says:
    """An answer: a text, a refusal, or nothing at all."""

    text: str
    kind: Literal["text", "refusal", "nothing"] = "text"
    items: tuple[JSON, ...] = ()
    """what the tools did before it, as output items"""
    annotations: tuple[JSON, ...] = ()
    """the citations in the text"""


@dataclass(frozen=True, slots=True)
class Hears:
    """What is heard in a sound."""

    text: str
    language: str
    """ISO 639-1"""


@dataclass(frozen=True, slots=True)
class Connection:
    """A fault of the wire after some events: reset, clean end, or silence."""

    kind: Literal["cut", "end", "stall"]
    after_events: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a generation ends when it does not complete."""

    kind: Literal["error", "failed", "incomplete"]
    code: str | None = None
    message: str = ""
    after_events: int = 2
    nested: bool = False
    with_usage: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """Everything told about one call."""

    says: Says | None = None
    pace: Pace = INSTANT
    connection: Connection | None = None
    ending: Ending | None = None
    has_unknown_events: bool = False


@dataclass(slots=True)
class Trouble:
    """A refusal before any answer: an error, or silence."""

    operation: Operation | None
    error: ApiError | None
    times: int = 1


ERRORS: dict[tuple[int, str | None], tuple[str, str, str | None]] = {
    (400, "context_length_exceeded"): (
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "invalid_request_error",
        "input",
    ),
    (400, "moderation_blocked"): (
        "Your request was rejected by the safety system. safety_violations=[violence].",
        "image_generation_user_error",
        None,
    ),
    (401, "invalid_api_key"): ("Incorrect API key provided: sk-*****.", "invalid_request_error", None),
    (404, "model_not_found"): ("The requested model does not exist.", "invalid_request_error", "model"),
    (429, "rate_limit_exceeded"): ("Rate limit reached. Please try again later.", "requests", None),
    (429, "insufficient_quota"): (
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        None,
    ),
    (500, None): ("The server had an error while processing your request. Sorry about that!", "server_error", None),
    (503, None): ("The engine is currently overloaded, please try again later.", "service_unavailable_error", None),
}
"""Status and code → message, type and param, in OpenAI's words."""

DEFAULT_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


@dataclass(slots=True)
class Told:
    """The queues, and what a call takes from them."""

    says: deque[Says] = field(default_factory=deque)
    paces: deque[Pace] = field(default_factory=deque)
    media_paces: dict[str, deque[Pace]] = field(default_factory=dict)
    """By operation; `paces` are those of `create`."""
    hears: deque[Hears] = field(default_factory=deque)
    speaks: deque[str] = field(default_factory=deque)
    flags: deque[tuple[str, ...]] = field(default_factory=deque)
    connections: dict[str, deque[Connection]] = field(default_factory=dict)
    endings: deque[Ending] = field(default_factory=deque)
    unknown_events: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    outage_until: datetime | None = None

    def next_trouble(self, operation: Operation, now: datetime) -> ApiError | Literal["silence"] | None:
        """The refusal that waits for this operation, if any."""
        until = self.outage_until
        if until is not None and now < until:
            message, type_, _ = ERRORS[503, None]
            return ApiError(503, message, type=type_)
        for trouble in self.troubles:
            if trouble.operation in {None, operation}:
                trouble.times -= 1
                if trouble.times <= 0:
                    self.troubles.remove(trouble)
                return trouble.error or "silence"
        return None

    def next_pace(self, operation: Operation, speed: Pace) -> Pace:
        """The pace of a call that is no response."""
        waiting = self.media_paces.get(operation)
        return waiting.popleft() if waiting else speed

    def next_connection(self, operation: Operation) -> Connection | None:
        waiting = self.connections.get(operation)
        return waiting.popleft() if waiting else None

    def next_script(self, speed: Pace) -> Script:
        """Everything told about the next accepted call."""
        script = Script(
            says=self.says.popleft() if self.says else None,
            pace=self.paces.popleft() if self.paces else speed,
            connection=self.next_connection("create"),
            ending=self.endings.popleft() if self.endings else None,
        )
        if self.unknown_events:
            self.unknown_events -= 1
            script = replace(script, has_unknown_events=True)
        return script
