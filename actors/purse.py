"""The purse: before a paid call, the most that it may cost is set aside under every limit of whoever asked for it.

    limits? ─► count the input ─► how long may the answer be, with how many calls of tools? ─► hold ─► the call
       │                                  └► not even a short one without tools fits: OverBudgetError
       └► none ─► hold an estimate ─► the call

Limits are asked for at the call: one may have been set since its job was ordered. Who has none has nothing counted;
what is held for them counts as soon as there is a limit, though it is no bound. What is held is gone when the job ends,
in the transaction that books what the call has really cost (`engine.store.jobs.finish`), so calls that run side by side
can't overshoot.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import NamedTuple

from actors.counting import Counting, known_tokens
from actors.orders import Order
from engine.ai.estimate import Limits, affordable_output, worst_case
from engine.ai.prices import Prices
from engine.ai.responses import AnswerRequest
from engine.core.budget import Payer, Verdict
from engine.core.clock import Clock
from engine.core.errors import OverBudgetError
from engine.core.ledger import Usage
from engine.runtime.behaviour import Job
from engine.store import budgets
from engine.store.database import Database

ANSWER_TOKENS_MOST = 16_384
"""The longest answer, its reasoning included, that money is set aside for where there are limits: it is also the
request's own limit, and "Continue" goes on from there."""
ANSWER_TOKENS_LEAST = 256
"""Nobody is asked for a shorter one: all of it may be thoughts, or it breaks off after a word, and is paid for."""
TOOL_CALLS = (8, 4, 2, 1)
"""How many calls of tools an answer may make where there are limits (the request's `max_tool_calls`): the first of them
that fits. Without tools where none does."""
SEVERAL_SHARE = 4
"""More than one only where the longest answer with them takes a quarter of what is left at most: others ask, too, while
money is set aside."""
AMPLE_TOKENS = 4_096
"""One only where it leaves an answer this length."""
FOUND_TOKENS = {"web_search": 8_000, "file_search": 16_000, "code_interpreter": 8_000}
"""What one call of a tool is assumed to add to the input. A file search brings up to 20 chunks of 800 tokens; of the
others OpenAI names no bound."""
WEIGHED_MOST = 3
"""How often the length of an answer is weighed again because another call was quicker."""


class Purse:
    """Holds money for calls. One for all jobs."""

    def __init__(self, database: Database, prices: Prices, counting: Counting, clock: Clock) -> None:
        self._database = database
        self._prices = prices
        self._counting = counting
        self._clock = clock

    async def hold(self, job: Job, order: Order, call: str, model: str, usage: Usage) -> None:
        """Sets aside what a call will use. Raises OverBudgetError where it does not fit. `call` names it within its
        job; holding again takes the place of what was held."""
        amount = self._prices.price(model, usage).cost_nanousd or 0
        verdict = await self._held(job, order, call, amount)
        if verdict.refused is not None:
            raise _over(verdict)

    async def has_held(self, job: Job, order: Order, call: str) -> bool:
        """Whether this call may have been made by an attempt that was cut off: where there are limits, none is made
        before money is set aside for it; without any, nobody waits until that is on disk."""

        def held(db: sqlite3.Connection) -> bool:
            return budgets.is_held(db, _key(job, call)) or not budgets.is_limited(db, _payer(job, order))

        return await self._database.read(held)

    async def affordable(self, job: Job, order: Order, call: str, request: AnswerRequest) -> AnswerRequest:
        """The request with the length and the calls of tools that whoever asks can pay, which are set aside; as it
        is where there are no limits. Raises OverBudgetError."""
        free = partial(self._free, payer=_payer(job, order), job=job, call=call, request=request)
        if (held := await self._database.read(free)) is not None:
            self._database.write_later(partial(budgets.set_aside, call=held, now=self._clock()))  # nobody waits
            return request
        counted = await self._counting.input_tokens(request)
        for _ in range(WEIGHED_MOST):
            scopes, key = _payer(job, order).scopes, _key(job, call)
            rooms = await self._database.read(partial(budgets.rooms, scopes=scopes, now=self._clock(), without=key))
            left = Verdict(0, rooms).left_nanousd
            fitting = bounded(self._prices, request, counted, left)
            if fitting is None:
                raise _over(Verdict((left or 0) + 1, rooms))
            verdict = await self._held(job, order, call, fitting.cost_nanousd)
            if verdict.fits:
                return fitting.request
        raise _over(verdict)

    def _free(
        self, db: sqlite3.Connection, payer: Payer, job: Job, call: str, request: AnswerRequest
    ) -> budgets.Call | None:
        """What the call may cost, as far as it is known here; None where there are limits."""
        if budgets.is_limited(db, payer):
            return None
        limits = Limits(input_tokens=known_tokens(db, request), output_tokens=ANSWER_TOKENS_MOST)
        amount = worst_case(self._prices, request.model, limits).cost_nanousd or 0
        return budgets.Call(_key(job, call), job.id, job.attempt, payer, amount)

    async def _held(self, job: Job, order: Order, call: str, amount_nanousd: int) -> Verdict:
        held = budgets.Call(_key(job, call), job.id, job.attempt, _payer(job, order), amount_nanousd)
        return await self._database.write(partial(budgets.hold, call=held, now=self._clock()))


class Bounded(NamedTuple):
    """A request, and the most that it may cost; 0 where nobody knows the price."""

    request: AnswerRequest
    cost_nanousd: int


def bounded(prices: Prices, request: AnswerRequest, input_tokens: int, left_nanousd: int | None) -> Bounded | None:
    """The request with as many calls of tools and as long an answer as fit into what is left (None: no limit). None
    where not even the shortest answer fits without tools. It never allows more than the request did."""
    kinds = {tool["type"] for tool in request.tools}
    longest = min(request.max_output_tokens or ANSWER_TOKENS_MOST, ANSWER_TOKENS_MOST)
    allowed = [calls for calls in TOOL_CALLS if calls <= (request.max_tool_calls or TOOL_CALLS[0])]
    for calls in (*(allowed if kinds else ()), 0):
        limits = Limits(
            input_tokens=input_tokens,
            output_tokens=longest,
            tool_calls=calls,
            found_tokens=max((FOUND_TOKENS.get(kind, 0) for kind in kinds), default=0),
            web_searches=calls if "web_search" in kinds else 0,
            file_searches=calls if "file_search" in kinds else 0,
        )
        room, least = left_nanousd, min(AMPLE_TOKENS if calls else ANSWER_TOKENS_LEAST, longest)
        if calls > 1 and left_nanousd is not None:
            room, least = left_nanousd // SEVERAL_SHARE, longest
        tokens = longest if room is None else affordable_output(prices, request.model, limits, room)
        if tokens is not None and tokens >= least:
            cost = worst_case(prices, request.model, limits.but(output_tokens=tokens)).cost_nanousd or 0
            fitting = request.but(max_output_tokens=tokens)
            tools = {"max_tool_calls": calls} if calls else {"tools": [], "include": [], "max_tool_calls": None}
            return Bounded(fitting.but(**tools), cost)
    return None


def _key(job: Job, call: str) -> str:
    """A call's name among all that money is held for."""
    return f"{job.id}:{call}"


def _payer(job: Job, order: Order) -> Payer:
    return Payer(order.person.id, job.conversation, order.role)


def _over(verdict: Verdict) -> OverBudgetError:
    room = verdict.refused or verdict.rooms[0]
    return OverBudgetError(code="over_budget", limit=f"{room.scope}:{room.period.value}")
