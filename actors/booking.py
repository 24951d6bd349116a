"""Booking: what a call cost becomes a ledger line, exact where OpenAI reports it, estimated where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
from loguru import logger

from actors.orders import AnswerOrder
from engine.ai.estimate import estimated_usage
from engine.ai.finished import FinishedResponse
from engine.ai.prices import Prices
from engine.ai.responses import AnswerRequest, Responses
from engine.core.clock import Clock
from engine.core.errors import GpttgError
from engine.core.ledger import LedgerLine, LineStatus, Usage
from engine.runtime.behaviour import Job

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
        costs = [line.cost_nanousd for line in self.lines]
        return None if not costs or None in costs else sum(cost for cost in costs if cost is not None)


class Booking:
    """Makes ledger lines for the answers of one kind of job."""

    def __init__(self, responses: Responses, prices: Prices, clock: Clock, *, background: bool) -> None:
        self._responses = responses
        self._prices = prices
        self._clock = clock
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
        counted = None
        with anyio.move_on_after(LOOK_UP_S):
            counted = await self._count(attempt.request)
        usage = estimated_usage(attempt.request, attempt.text, attempt.deltas, counted)
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

    async def _count(self, request: AnswerRequest) -> int | None:
        try:
            return await self._responses.count_input(request)
        except GpttgError as error:
            logger.info("an input can't be counted: {}", error)
            return None

    def _line(
        self,
        attempt: Attempt,
        usage: Usage,
        status: LineStatus,
        *,
        key: str,
        model: str,
        tier: str = "",
        response_id: str | None = None,
    ) -> LedgerLine:
        price = self._prices.price(model, usage, tier)
        return LedgerLine(
            key=key,
            at=self._clock(),
            person_id=attempt.order.person.id,
            conversation=attempt.job.conversation,
            job=attempt.job.id,
            model=model,
            service_tier=tier,
            usage=usage,
            cost_nanousd=price.cost_nanousd,
            price_source=price.source,
            response_id=response_id if status is LineStatus.ESTIMATED else key,
            status=status,
        )


def unpriced_models(lines: Sequence[LedgerLine]) -> list[str]:
    """The models among these lines whose price nobody knows."""
    return sorted({line.model for line in lines if line.cost_nanousd is None})
