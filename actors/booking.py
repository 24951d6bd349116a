"""Booking: what a call cost becomes a ledger line, exact where OpenAI reports it, estimated where it does not.

`Booking` is for answers, whose responses have ids; `PaidCalls` for calls without (transcription, pictures, speech)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import anyio
from loguru import logger

from actors.asking import Provisions
from actors.counting import Counting
from actors.orders import AnswerOrder, Order
from actors.purse import Purse
from engine.ai.estimate import estimated_usage
from engine.ai.finished import FinishedResponse
from engine.ai.prices import Prices
from engine.ai.responses import AnswerRequest, Responses
from engine.core.clock import Clock
from engine.core.errors import GpttgError, TransientError
from engine.core.ledger import LedgerLine, LineStatus, Usage
from engine.runtime.behaviour import Job
from engine.store import jobs
from engine.store.database import Database
from engine.supervisor import GaveUp, guarded

T = TypeVar("T")

LOOK_UP_S = 0.8
"""How long the end of an answer may look for its exact cost; then it is estimated."""


@dataclass
class Attempt:
    """One answer on its way, and what it has cost so far."""

    job: Job
    order: AnswerOrder
    request: AnswerRequest
    number: int
    """counts the starts of this job"""
    response_id: str | None = None
    """the response that is under way, once OpenAI has named it"""
    may_be_billed: bool = False
    """a call is under way, and nothing has yet said how it ended"""
    model: str = ""
    text: str = ""
    deltas: int = 0
    sequence_number: int = 0
    """of the last event heard: where a background answer is listened to again"""
    healed: bool = False
    lacks_tools: bool = False
    """there was no money for the tools that the request had"""
    provisions: Provisions = field(default_factory=Provisions)
    lines: list[LedgerLine] = field(default_factory=list)

    def begin(self) -> None:
        """Another call is about to be made."""
        self.may_be_billed, self.response_id, self.model = True, None, ""
        self.text, self.deltas, self.sequence_number = "", 0, 0

    def settled(self) -> None:
        """The call that was under way has ended, and is booked or free."""
        self.may_be_billed = False
        self.response_id = None

    def cost_nanousd(self) -> int | None:
        """What all lines cost together; None if nothing is booked or a price is unknown."""
        return total(self.lines)


class Booking:
    """Makes ledger lines for the answers of one kind of job."""

    def __init__(self, responses: Responses, counting: Counting, lines: Lines, *, background: bool) -> None:
        self._responses = responses
        self._counting = counting
        self._lines = lines
        self._background = background

    def book(self, attempt: Attempt, ended: FinishedResponse, how: LineStatus) -> None:
        """A call whose figures OpenAI has reported."""
        attempt.lines.append(
            self._line(attempt, ended.usage, how, key=ended.id, model=ended.model, tier=ended.service_tier)
        )
        attempt.settled()

    async def book_loose_end(self, attempt: Attempt, how: LineStatus) -> None:
        """A call that was under way when it ended otherwise than by its terminal event: OpenAI's figures if it has
        any within a moment, else our estimate. Nothing if no call was under way."""
        if not attempt.may_be_billed:
            return
        known: FinishedResponse | None = None
        with anyio.move_on_after(LOOK_UP_S):
            known = await self._end(attempt.response_id)
        if known is not None:
            self.book(attempt, known, how)
            return
        counted = await self._counting.input_tokens(attempt.request, LOOK_UP_S)
        usage = estimated_usage(counted, attempt.text, attempt.deltas)
        key = attempt.response_id or f"job:{attempt.job.id}:{attempt.number}"
        model = attempt.model or attempt.request.model
        attempt.lines.append(
            self._line(attempt, usage, LineStatus.ESTIMATED, key=key, model=model, response_id=attempt.response_id)
        )
        attempt.settled()

    async def _end(self, response_id: str | None) -> FinishedResponse | None:
        """Makes sure that OpenAI does not go on; what it says it used, if it does."""
        if response_id is None:
            return None
        try:
            ended = await (self._responses.cancel if self._background else self._responses.look)(response_id)
        except GpttgError as error:
            logger.info("response {} can't be looked up: {}", response_id, error)
            return None
        return ended if ended is not None and ended.usage.input_tokens else None

    def _line(self, attempt: Attempt, usage: Usage, status: LineStatus, **more: Any) -> LedgerLine:
        order = attempt.order
        return self._lines.line(attempt.job, order.person.id, "response", usage, status, role=order.role, **more)


class Lines:
    """Makes ledger lines: the one place where usage gets its price."""

    def __init__(self, prices: Prices, clock: Clock) -> None:
        self._prices = prices
        self._clock = clock

    def estimate_nanousd(self, model: str, usage: Usage) -> int | None:
        """What such a call would cost; None if nobody knows."""
        return self._prices.price(model, usage).cost_nanousd

    def line(
        self,
        job: Job,
        person_id: int,
        kind: str,
        usage: Usage,
        status: LineStatus,
        *,
        key: str,
        model: str,
        tier: str = "",
        role: str = "",
        response_id: str | None = None,
        conversation: str = "",
    ) -> LedgerLine:
        """One line; `response_id` only where an estimate has one (else the key of a response is its id),
        `conversation` where it is not the job's own."""
        price = self._prices.price(model, usage, tier)
        is_response = kind == "response" and status is not LineStatus.ESTIMATED
        return LedgerLine(
            key=key,
            at=self._clock(),
            person_id=person_id,
            conversation=conversation or job.conversation,
            job=job.id,
            kind=kind,
            model=model,
            service_tier=tier,
            usage=usage,
            cost_nanousd=price.cost_nanousd,
            price_source=price.source,
            response_id=key if is_response else response_id,
            status=status,
            role=role,
        )


@dataclass
class PaidCalls:
    """The calls of one job to which OpenAI gives no id, numbered. That a call is under way is on disk before it is
    made; what it has brought is on disk before anything else is done. So after a kill nothing is paid for twice, and
    a call that nobody heard the end of is booked as estimated."""

    database: Database
    lines: Lines
    purse: Purse
    job: Job
    order: Order
    kind: str
    responses: Collection[int] = ()
    """the numbers of calls of the Responses API, whose lines are answers' lines"""
    booked: list[LedgerLine] = field(default_factory=list)

    @property
    def under_way(self) -> tuple[int, ...]:
        """The numbers of the calls that are under way, or were when an earlier attempt ended."""
        kind, _, numbers = (self.job.response_id or "").partition(":")
        return tuple(int(number) for number in numbers.split(",")) if kind == "call" else ()

    @property
    def lost(self) -> int | None:
        """The first of them; None if none is."""
        return next(iter(self.under_way), None)

    async def begin(self, number: int, model: str, expected: Usage) -> None:
        """This call is about to be made, besides those that are under way. Raises OverBudgetError where what it will
        use does not fit under a limit; then it must not be made."""
        await self.purse.hold(self.job, self.order, f"{number}", model, expected)
        await self.begun(number, model)

    async def begun(self, number: int, model: str) -> None:
        """The same for a call whose money has been set aside."""
        self.job.model = model
        await self._note({*self.under_way, number})

    async def answered(self, number: int, call: Awaitable[T]) -> T:
        """What a call that was begun has brought. One that raises, and can't have been billed, is under way no longer:
        whoever waits before they try it again may be stopped, or killed, meanwhile."""
        try:
            return await call
        except GpttgError as error:
            if not (isinstance(error, TransientError) and error.may_have_run):
                await self.ended(number)
            raise

    async def ended(self, number: int) -> None:
        """This call is under way no longer: it can't have been billed."""
        await self._note({*self.under_way} - {number})

    def book_lost_result(self, number: int, model: str, usage: Usage) -> None:
        """What a call has cost whose result can't be kept. On disk it is under way until the job has ended: after a
        kill it is booked as estimated, since these lines are gone."""
        self.book(number, model, usage)
        self.job.response_id = _named({*self.under_way} - {number})

    async def _note(self, numbers: set[int]) -> None:
        self.job.response_id = _named(numbers)
        note = partial(jobs.note_response, job_id=self.job.id, response_id=self.job.response_id, model=self.job.model)
        await self.database.write(note)

    async def brought(self, result: bytes, number: int | None = None) -> None:
        """All that the calls so far have brought (JSON): no other attempt makes them again. `number` is the call that
        has ended with it while others go on; without it none does."""
        self.job.result = result.decode()
        self.job.response_id = None if number is None else _named({*self.under_way} - {number})
        note = partial(jobs.note_result, job_id=self.job.id, result=self.job.result, response_id=self.job.response_id)
        await self.database.write(note)

    def book(self, number: int, model: str, usage: Usage) -> None:
        """What a call has cost, as OpenAI says."""
        key = f"{self.kind}:{self.job.id}:{number}"
        self._book(key, self.kind, model, usage, LineStatus.COMPLETE)

    def book_response(self, ended: FinishedResponse) -> None:
        """The same for a call of the Responses API, which has an id."""
        self._book(ended.id, "response", ended.model, ended.usage, LineStatus.COMPLETE, ended.service_tier)

    def book_estimated(self, number: int, model: str, usage: Usage, attempt: int = 0) -> None:
        """What a call may have cost whose end nobody heard; `attempt` has made it (0: this one)."""
        key = f"{self.kind}:{self.job.id}:{number}:{attempt or self.job.attempt}"
        kind = "response" if number in self.responses else self.kind
        self._book(key, kind, model, usage, LineStatus.ESTIMATED)

    def _book(self, key: str, kind: str, model: str, usage: Usage, status: LineStatus, tier: str = "") -> None:
        person_id, role = self.order.person.id, self.order.role
        self.booked.append(
            self.lines.line(self.job, person_id, kind, usage, status, key=key, model=model, tier=tier, role=role)
        )

    async def book_lost(self, usage: Usage | Callable[[int], Usage]) -> None:
        """An earlier attempt was cut off in the middle of calls: they are booked as estimated, once. `usage` is that
        of any call, or says it for a number."""
        if not self.under_way:
            return
        self.book_under_way(usage, self.job.attempt - 1)
        lines, self.booked = tuple(self.booked), []
        begun = partial(jobs.begin_attempt, job_id=self.job.id, attempt=self.job.attempt, lines=lines)
        await self.database.write(begun)
        self.job.response_id = None

    def book_under_way(self, usage: Usage | Callable[[int], Usage], attempt: int = 0) -> None:
        """What the calls may have cost whose end nobody will hear any more; see book_estimated."""
        for number in self.under_way:
            self.book_estimated(number, self.job.model, usage if isinstance(usage, Usage) else usage(number), attempt)

    def cost_nanousd(self) -> int | None:
        """What all of them cost together; None if a price is unknown."""
        return total(self.booked)


async def owed(job: Job, bill: Callable[[], Awaitable[list[LedgerLine]]]) -> list[LedgerLine]:
    """What the calls of a job that has crashed have cost. It must end: where `bill` raises, too, that is an error in
    the log, and nothing is booked."""
    try:
        return await guarded(f"the bill of job {job.id}", bill)
    except GaveUp:
        return []


def _named(numbers: set[int]) -> str | None:
    """Calls under way, as a job's row keeps them."""
    return f"call:{','.join(map(str, sorted(numbers)))}" if numbers else None


def total(lines: Sequence[LedgerLine]) -> int | None:
    """What lines cost together; None if there are none, or a price is unknown."""
    costs = [line.cost_nanousd for line in lines]
    return None if not costs or None in costs else sum(cost for cost in costs if cost is not None)


def unpriced_models(lines: Sequence[LedgerLine]) -> list[str]:
    """The models among these lines whose price nobody knows."""
    return sorted({line.model for line in lines if line.cost_nanousd is None})
