"""How a response goes from accepted to ended, whoever watches: every end is billed, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import anyio

from engine.sandbox.openai.bill import BilledCall
from engine.sandbox.openai.changes import Changes
from engine.sandbox.openai.events import Step, last_due_s
from engine.sandbox.openai.responses import LocalResponse, Status
from engine.sandbox.openai.seen import Outcome, SeenRequest
from engine.sandbox.openai.store import Responses


class Lifecycle:
    """Starts, ends, interrupts and cancels responses, and keeps the bill."""

    def __init__(
        self, now: Callable[[], datetime], responses: Responses, changes: Changes, keeps_interrupted: bool
    ) -> None:
        self.bill: list[BilledCall] = []
        self.keeps_interrupted = keeps_interrupted
        self._now = now
        self._responses = responses
        self._changes = changes

    def start(self, response: LocalResponse) -> None:
        """Keep it; one in the background ends by itself, without a task: only the clock carries it on."""
        self._responses.add(response)
        if response.is_background:
            asyncio.get_running_loop().call_later(last_due_s(response), self.finish, response)
        self._changes.bump()

    def finish(self, response: LocalResponse) -> None:
        """End it as planned."""
        self._end(response, response.last_status)

    def interrupt(self, response: LocalResponse, elapsed_s: float | None = None) -> None:
        """Its client has gone: generation stops and nobody can get it any more, unless `keeps_interrupted`."""
        if self.keeps_interrupted:
            self.finish(response)
        elif not response.has_ended:
            self._end(response, "interrupted", elapsed_s)
            self._responses.forget(response.id)

    def cancel(self, response: LocalResponse) -> None:
        """Stop a background response where it is."""
        if not response.has_ended:
            self._end(response, "cancelled", anyio.current_time() - response.started_s)
            response.gone.set()

    def delete(self, response: LocalResponse) -> None:
        """Forget it; one still in the background is cancelled."""
        if response.is_background:
            self.cancel(response)
        self._responses.forget(response.id)
        self._changes.bump()

    def charge(self, line: BilledCall) -> None:
        """Bill a call that is no response."""
        self.bill.append(line)
        self._changes.bump()

    def ended(self, seen: SeenRequest, outcome: Outcome) -> None:
        """The answer to a call that is no response is over."""
        seen.outcome = outcome
        self._changes.bump()

    def look(self, response: LocalResponse) -> LocalResponse:
        """The response as it is now: a queued one is in progress as soon as time has passed."""
        if response.status == "queued" and anyio.current_time() > response.started_s:
            response.status = "in_progress"
        return response

    def sent(self, response: LocalResponse, step: Step) -> None:
        """An event of it is about to go to a client."""
        response.events_sent += 1
        if step.is_delta and not response.is_background:
            response.deltas_sent += 1
        if step.ends_tool and not response.is_background:
            response.tools_done += 1
        if step.is_terminal:
            self.finish(response)
        self._changes.bump()

    def left(self, seen: SeenRequest, response: LocalResponse, outcome: Outcome) -> None:
        """A stream of it is over."""
        seen.outcome = outcome
        if not response.is_background and not response.has_ended:
            self.interrupt(response)
        self._changes.bump()

    def _end(self, response: LocalResponse, status: Status, elapsed_s: float | None = None) -> None:
        if not response.has_ended:
            response.end(status, self._now(), elapsed_s)
            self.bill.append(response.billed())
            self._changes.bump()
