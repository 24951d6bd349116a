"""Answers asked anew in a replay: of the sandbox's model, or of OpenAI for real money, of which there is a bound.

The body of "answer" jobs is the real one (actors/answering.py). It waits for its job's turn as all bodies do, so the
order of events stays that of the recording. A question with files ends as recorded: no files are in a recording.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import anyio
from loguru import logger

from actors.answering import Answering
from actors.asking import Asking, Provisions
from actors.booking import Booking, Lines
from actors.counting import Counting
from actors.orders import AnswerOrder, Order
from actors.outcomes import Outcomes
from actors.purse import ANSWER_TOKENS_MOST, Purse, bounded
from actors.supplies import Supplies
from engine.ai.client import AsyncOpenAI
from engine.ai.containers import Containers
from engine.ai.prices import Prices
from engine.ai.responses import AnswerRequest, Responses
from engine.bot import house_of, prices_of
from engine.core.clock import Clock
from engine.core.ledger import LedgerLine, Usage
from engine.core.money import dollars
from engine.replay.outside import RecordedJobs, RecordedSender, RecordedTelegram, Unhurried
from engine.runtime.behaviour import Job, JobResult
from engine.settings import Settings
from engine.store.database import Database
from engine.store.media import Media
from engine.telegram.preview import Previews

TOKENS_LEAST = 1_000
"""A budget that has not enough left for an answer of this length is used up."""


class BudgetUsedUp(Exception):  # noqa: N818 - named after the state of the world
    """The next answer might cost more than is left. It says so in a sentence."""


class Account:
    """What asking anew may cost, and has cost. Without a budget (None) nothing is refused."""

    def __init__(self, budget_nanousd: int | None) -> None:
        self.budget_nanousd = budget_nanousd
        self.asked = 0
        self.kept = 0
        """answers that ended as recorded"""
        self.spent_nanousd = 0
        self._held: dict[str, int] = {}
        self.refusal = ""
        """why nothing more is asked; "" as long as there is money"""

    @property
    def left_nanousd(self) -> int:
        """What may still be spent; only with a budget."""
        return (self.budget_nanousd or 0) - self.spent_nanousd - sum(self._held.values())

    def hold(self, job: str, amount_nanousd: int) -> None:
        """A call of this job is about to be made, and may cost so much."""
        self._held[job] = self._held.get(job, 0) + amount_nanousd

    def settle(self, job: str, lines: Iterable[LedgerLine]) -> None:
        """The job has ended. What has no price counts as what was held."""
        held = self._held.pop(job, 0)
        costs = [line.cost_nanousd for line in lines]
        self.spent_nanousd += held if None in costs else sum(cost or 0 for cost in costs)
        self.asked += 1


class Anew(NamedTuple):
    """Whom to ask, and for how much."""

    openai: AsyncOpenAI
    account: Account


class Stage(NamedTuple):
    """Where the answers belong."""

    settings: Settings
    database: Database
    sender: RecordedSender
    clock: Clock
    media: Path


class AskedJobs(RecordedJobs):
    """Jobs that end as recorded, but for answers."""

    def ask_anew(self, anew: Anew, stage: Stage) -> None:
        """From now on. Call it once, before the first job."""
        Media(stage.media).prepare()
        prices = prices_of(stage.settings, stage.clock)
        purse = _Purse(anew, stage, prices)
        self["answer"] = _Body(self, _answering(anew.openai, stage, prices, purse), anew.account)
        self._ended: dict[str, anyio.Event] = {}

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        try:
            return await super().run(job)
        finally:
            self.end(job.id)

    async def ended(self, job: str) -> None:
        """See RecordedJobs."""
        await self._ended.setdefault(job, anyio.Event()).wait()

    def end(self, job: str) -> None:
        """Nothing more comes of this job's body."""
        self._ended.setdefault(job, anyio.Event()).set()


class _Body:
    """See engine.runtime.behaviour.JobBody."""

    def __init__(self, jobs: AskedJobs, answering: Answering, account: Account) -> None:
        self._jobs = jobs
        self._answering = answering
        self._account = account

    async def run(self, job: Job) -> JobResult:
        await self._jobs.turn_of(job.id).wait()
        try:
            return await self._result(job)
        except BudgetUsedUp as refusal:
            self._account.refusal = str(refusal)
            self._jobs.end(job.id)
            await anyio.sleep_forever()  # the replay ends here
            raise
        finally:
            self._jobs.end(job.id)

    async def _result(self, job: Job) -> JobResult:
        if job.stopping or _has_files(job.decode_order(AnswerOrder)):
            self._account.kept += 1
            return await self.crashed(job)
        result = await self._answering.run(job)
        self._account.settle(job.id, result.lines)
        return result

    async def crashed(self, job: Job) -> JobResult:
        return await self._jobs.crashed(job)


def _has_files(order: AnswerOrder) -> bool:
    return bool(order.files or order.documents)


def _answering(openai: AsyncOpenAI, stage: Stage, prices: Prices, purse: Purse) -> Answering:
    settings, database, clock = stage.settings, stage.database, stage.clock
    responses = Responses(openai)
    return Answering(
        database=database,
        responses=responses,
        booking=Booking(responses, Counting(database, responses), Lines(prices, clock), background=False),
        asking=Asking(
            model=settings.openai_model,
            system_prompt=settings.system_prompt,
            zone=house_of(settings, prices).zone,
            secret=secrets.token_bytes(32),
            background=False,
        ),
        supplies=_NoFiles(),
        outcomes=Outcomes(Containers(openai), Media(stage.media)),
        purse=purse,
        previews=Previews(
            database, RecordedTelegram(), Unhurried(anyio.current_time), stage.sender.peer, anyio.current_time
        ),
        clock=clock,
    )


class _NoFiles(Supplies):
    """Of questions that bring none."""

    def __init__(self) -> None:
        pass

    async def provide(self, job: Job, order: AnswerOrder) -> Provisions:
        """See Supplies."""
        del job, order
        return Provisions()


class _Purse(Purse):
    """A purse with the replay's own budget above all recorded limits."""

    def __init__(self, anew: Anew, stage: Stage, prices: Prices) -> None:
        self._responses = Responses(anew.openai)
        super().__init__(stage.database, prices, Counting(stage.database, self._responses), stage.clock)
        self._account = anew.account
        self._known = prices

    async def affordable(self, job: Job, order: Order, call: str, request: AnswerRequest) -> AnswerRequest:
        """See Purse. Raises BudgetUsedUp, too, and what counting the input raises: without it there is no bound."""
        request = await super().affordable(job, order, call, request)
        if self._account.budget_nanousd is None:
            return request
        if self._known.price(request.model, Usage(output_tokens=1)).cost_nanousd is None:
            raise BudgetUsedUp(f"nobody knows what {request.model} costs; OPENAI_PRICE_PER_1K_TOKENS says it")
        left = self._account.left_nanousd
        fitting = bounded(self._known, request, await self._responses.count_input(request), left)
        longest = min(request.max_output_tokens or ANSWER_TOKENS_MOST, TOKENS_LEAST)
        if fitting is None or (fitting.request.max_output_tokens or 0) < longest:
            rest = dollars(max(0, left))
            raise BudgetUsedUp(f"the next answer might cost more than the {rest} that are left (--budget)")
        logger.debug("job {} may cost {}", job.id, dollars(fitting.cost_nanousd))
        self._account.hold(job.id, fitting.cost_nanousd)
        return fitting.request
