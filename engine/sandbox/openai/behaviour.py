"""What tests and demonstrations tell the local model to do next: what to say, how fast, and how to fail.

Everything told waits in a queue of its own kind (answers, paces, refusals, faults) and is taken by the next call that
gets that far: a refused call takes no answer, a cut call has used its answer up. With nothing told, the model
answers sensibly at the standing `speed`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from engine.sandbox.openai.wire import ApiError

Operation = Literal[
    "create", "retrieve", "resume", "cancel", "delete", "input_items", "count", "compact", "models", "model"
]


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
class _Trouble:
    """A refusal before any answer: an error, or silence."""

    operation: Operation | None
    error: ApiError | None
    times: int = 1


@dataclass(slots=True)
class _Told:
    says: deque[Says] = field(default_factory=deque)
    paces: deque[Pace] = field(default_factory=deque)
    connections: dict[str, deque[Connection]] = field(default_factory=dict)
    endings: deque[Ending] = field(default_factory=deque)
    unknown_events: int = 0
    troubles: list[_Trouble] = field(default_factory=list)
    outage_until: datetime | None = None


ERRORS: dict[tuple[int, str | None], tuple[str, str, str | None]] = {
    (400, "context_length_exceeded"): (
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "invalid_request_error",
        "input",
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


class Behaviour:
    """The telling half of `LocalOpenAI`; every method returns at once and speaks of calls yet to come."""

    def __init__(self, now: Callable[[], datetime], speed: Pace) -> None:
        self.now = now
        self.speed = speed
        """The pace of every answer for which `takes` said nothing."""
        self._told = _Told()

    # What it says

    def says(self, *texts: str) -> None:
        """The next answers, one text per call."""
        self._told.says.extend(Says(text) for text in texts)

    def refuses(self, text: str) -> None:
        """The next answer is a refusal with this text."""
        self._told.says.append(Says(text, "refusal"))

    def says_nothing(self) -> None:
        """The next answer completes without any message."""
        self._told.says.append(Says("", "nothing"))

    # How fast

    def takes(
        self,
        seconds: float | None = None,
        *,
        first_token_s: float | None = None,
        per_delta_s: float | None = None,
        delta_chars: int | None = None,
        times: int = 1,
    ) -> None:
        """The pace of the next answers: `seconds` in all, and/or the first delta, the gap, and a delta's length."""
        pace = Pace(seconds, first_token_s, per_delta_s, delta_chars or self.speed.delta_chars)
        self._told.paces.extend([pace] * times)

    # How it fails before an answer

    def fails(
        self,
        status: int,
        code: str | None = None,
        type: str | None = None,
        message: str | None = None,
        retry_after_s: float | None = None,
        times: int = 1,
        headers: Mapping[str, str] | None = None,
        on: Operation = "create",
    ) -> None:
        """The next calls get this status; code, type and message default to OpenAI's own for it."""
        code = code or DEFAULT_CODES.get(status)
        usual = ERRORS.get((status, code)) or ERRORS.get((status, None)) or ERRORS[500, None]
        usual = usual if status >= 500 or (status, code) in ERRORS else ("Told to fail.", "invalid_request_error", None)
        all_headers = {name.lower(): value for name, value in (headers or {}).items()}
        if retry_after_s is not None:
            all_headers |= {"retry-after": f"{retry_after_s:g}", "retry-after-ms": f"{retry_after_s * 1000:.0f}"}
        error = ApiError(
            status, message or usual[0], code=code, type=type or usual[1], param=usual[2], headers=all_headers
        )
        self._told.troubles.append(_Trouble(on, error, times))

    def never_answers(self, times: int = 1, on: Operation = "create") -> None:
        """The next calls get no answer at all, not even headers."""
        self._told.troubles.append(_Trouble(on, None, times))

    def outage(self, times: int | None = None, seconds: float | None = None) -> None:
        """Everything gets 503, for so many requests or seconds."""
        if seconds is not None:
            self._told.outage_until = self.now() + timedelta(seconds=seconds)
        if times is not None or seconds is None:
            message, type_, _ = ERRORS[503, None]
            self._told.troubles.append(_Trouble(None, ApiError(503, message, type=type_), times or 1))

    # How the wire breaks in an answer

    def cuts(self, after_events: int = 0, times: int = 1, on: Operation = "create") -> None:
        """The connection of the next answers is reset after so many events (a plain answer: before its headers)."""
        self._break(Connection("cut", after_events), times, on)

    def ends_early(self, after_events: int = 0, times: int = 1, on: Operation = "create") -> None:
        """The next streams end cleanly after so many events, without a terminal one."""
        self._break(Connection("end", after_events), times, on)

    def stalls(self, after_events: int = 0, times: int = 1, on: Operation = "create") -> None:
        """The next streams fall silent after so many events, and stay open."""
        self._break(Connection("stall", after_events), times, on)

    def _break(self, connection: Connection, times: int, on: Operation) -> None:
        self._told.connections.setdefault(on, deque()).extend([connection] * times)

    # How a generation ends otherwise

    def stream_error(
        self,
        code: str | None = "server_error",
        message: str = "Told to fail.",
        nested: bool = False,
        after_events: int = 2,
    ) -> None:
        """The next stream gets an `error` event, flat or as `{"error": {…}}`, and nothing after it."""
        self._told.endings.append(Ending("error", code, message, after_events, nested=nested))

    def response_fails(
        self,
        code: str = "server_error",
        message: str = "Told to fail.",
        after_events: int = 2,
        with_usage: bool = False,
    ) -> None:
        """The next response ends as failed; it reports and bills its tokens only when `with_usage`."""
        self._told.endings.append(Ending("failed", code, message, after_events, with_usage=with_usage))

    def incomplete(self, reason: str = "max_output_tokens") -> None:
        """The next answer breaks off half-way with `response.incomplete`."""
        self._told.endings.append(Ending("incomplete", reason))

    def sends_unknown_events(self, times: int = 1) -> None:
        """The next streams carry events of a type that no SDK knows, among the usual ones."""
        self._told.unknown_events += times

    # What a call takes from the queues

    def _next_trouble(self, operation: Operation) -> ApiError | Literal["silence"] | None:
        """The refusal that waits for this operation, if any."""
        until = self._told.outage_until
        if until is not None and self.now() < until:
            message, type_, _ = ERRORS[503, None]
            return ApiError(503, message, type=type_)
        for trouble in self._told.troubles:
            if trouble.operation in {None, operation}:
                trouble.times -= 1
                if trouble.times <= 0:
                    self._told.troubles.remove(trouble)
                return trouble.error or "silence"
        return None

    def _next_connection(self, operation: Operation) -> Connection | None:
        waiting = self._told.connections.get(operation)
        return waiting.popleft() if waiting else None

    def _next_script(self) -> Script:
        """Everything told about the next accepted call."""
        told = self._told
        script = Script(
            says=told.says.popleft() if told.says else None,
            pace=told.paces.popleft() if told.paces else self.speed,
            connection=self._next_connection("create"),
            ending=told.endings.popleft() if told.endings else None,
        )
        if told.unknown_events:
            told.unknown_events -= 1
            script = replace(script, has_unknown_events=True)
        return script
