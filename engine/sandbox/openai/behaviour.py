"""What tests and demonstrations tell the local model to do next: what to say, how fast, and how to fail.

Everything told waits in a queue of its own kind (answers, paces, refusals, faults) and is taken by the next call that
gets that far: a refused call takes no answer, a cut call has used its answer up. With nothing told, the model
answers sensibly at the standing `speed`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from engine.sandbox.openai.categories import CATEGORIES
from engine.sandbox.openai.file_told import FileBehaviour
from engine.sandbox.openai.seen import Operation, SeenRequest
from engine.sandbox.openai.told import DEFAULT_CODES, ERRORS, Connection, Ending, Hears, Pace, Says, Told, Trouble
from engine.sandbox.openai.wire import ApiError


class Behaviour(FileBehaviour):
    """The telling half of `LocalOpenAI`; every method returns at once and speaks of calls yet to come."""

    def __init__(self, now: Callable[[], datetime], speed: Pace) -> None:
        super().__init__()
        self.now = now
        self.speed = speed
        """The pace of every answer for which `takes` said nothing."""
        self.told = Told()
        """What waits for the next calls."""
        self.answerer: Callable[[SeenRequest], str] | None = None
        self.listener: Callable[[bytes], str] | None = None

    # What it says

    def says(self, *texts: str) -> None:
        """The next answers, one text per call."""
        self.told.says.extend(Says(text) for text in texts)

    def answers(self, reply: Callable[[SeenRequest], str] | None) -> None:
        """Every answer for which `says` has no text comes from this function, until told otherwise (None)."""
        self.answerer = reply

    def refuses(self, text: str) -> None:
        """The next answer is a refusal with this text."""
        self.told.says.append(Says(text, "refusal"))

    def says_nothing(self) -> None:
        """The next answer completes without any message."""
        self.told.says.append(Says("", "nothing"))

    def hears(self, *texts: str, language: str = "en") -> None:
        """What the next transcriptions hear, whatever is in the sound; `language` is ISO 639-1."""
        self.told.hears.extend(Hears(text, language) for text in texts)

    def listens(self, hear: Callable[[bytes], str] | None) -> None:
        """Every transcription for which `hears` has no text comes from this function of the sound's file, which is
        called in a thread, until told otherwise (None)."""
        self.listener = hear

    def speaks(self, *texts: str) -> None:
        """The words of the next spoken answers of POST /chat/completions."""
        self.told.speaks.extend(texts)

    def flags(self, *categories: str, times: int = 1) -> None:
        """The next moderations flag these categories, named as OpenAI does ("violence", "hate/threatening", …)."""
        unknown = [name for name in categories if name not in CATEGORIES]
        if unknown or not categories:
            raise ValueError(f"not categories of moderation: {unknown}")
        self.told.flags.extend([categories] * times)

    # How fast

    def takes(
        self,
        seconds: float | None = None,
        *,
        first_token_s: float | None = None,
        per_delta_s: float | None = None,
        delta_chars: int | None = None,
        times: int = 1,
        on: Operation = "create",
    ) -> None:
        """The pace of the next answers: `seconds` in all, and/or the first delta, the gap, and a delta's length."""
        pace = Pace(seconds, first_token_s, per_delta_s, delta_chars or self.speed.delta_chars)
        queue = self.told.paces if on == "create" else self.told.media_paces.setdefault(on, deque())
        queue.extend([pace] * times)

    # How it fails before an answer

    def fails(
        self,
        status: int,
        code: str | None = None,
        type: str | None = None,  # noqa: A002  as in OpenAI's error body
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
        self.told.troubles.append(Trouble(on, error, times))

    def never_answers(self, times: int = 1, on: Operation = "create") -> None:
        """The next calls get no answer at all, not even headers."""
        self.told.troubles.append(Trouble(on, None, times))

    def outage(self, times: int | None = None, seconds: float | None = None) -> None:
        """Everything gets 503, for so many requests or seconds."""
        if seconds is not None:
            self.told.outage_until = self.now() + timedelta(seconds=seconds)
        if times is not None or seconds is None:
            message, type_, _ = ERRORS[503, None]
            self.told.troubles.append(Trouble(None, ApiError(503, message, type=type_), times or 1))

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
        self.told.connections.setdefault(on, deque()).extend([connection] * times)

    # How a generation ends otherwise

    def stream_error(
        self,
        code: str | None = "server_error",
        message: str = "Told to fail.",
        nested: bool = False,
        after_events: int = 2,
    ) -> None:
        """The next stream gets an `error` event, flat or as `{"error": {…}}`, and nothing after it."""
        self.told.endings.append(Ending("error", code, message, after_events, nested=nested))

    def response_fails(
        self,
        code: str = "server_error",
        message: str = "Told to fail.",
        after_events: int = 2,
        with_usage: bool = False,
    ) -> None:
        """The next response ends as failed; it reports and bills its tokens only when `with_usage`."""
        self.told.endings.append(Ending("failed", code, message, after_events, with_usage=with_usage))

    def incomplete(self, reason: str = "max_output_tokens") -> None:
        """The next answer breaks off half-way with `response.incomplete`."""
        self.told.endings.append(Ending("incomplete", reason))

    def sends_unknown_events(self, times: int = 1) -> None:
        """The next streams carry events of a type that no SDK knows, among the usual ones."""
        self.told.unknown_events += times
