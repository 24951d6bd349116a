"""The job that answers: from an order to the model's words, booked to the nano-dollar whatever becomes of it.

    fetch what an earlier attempt was waiting for ─► else ask, streaming previews ─► book ─► one event for the actor

What can go wrong, and what is done:
    429, 5xx before the answer began, no connection   asked again, with patience: nothing was billed
    the thread is unknown at OpenAI, or too long      rebuilt from the local transcript, asked again: nothing was billed
    the stream broke off                              the response is fetched by its id; if OpenAI does not have it, the
                                                      words so far are kept and the cost is estimated: not asked again
    stopped by a person                               the call is ended, the words so far are kept, the cost is booked
    killed                                            the next process fetches the response, or estimates it and asks
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

import anyio
from loguru import logger

from actors.alerts import alerts
from actors.behaviour import House
from actors.events import AnswerFailed, AnswerReady, AnswerStopped
from actors.interpret import STOP_BUTTON
from actors.orders import AnswerOrder, Exchange
from actors.phrases import language_of, phrases
from actors.steps import answer_ref
from engine.ai.estimate import estimated_usage
from engine.ai.prices import Prices
from engine.ai.responses import AnswerRequest, Responses
from engine.ai.retries import with_retries
from engine.ai.stream import Created, Finished, FinishedResponse, RefusalDelta, TextDelta
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.effects import Button
from engine.core.errors import (
    ContentRefusedError,
    ContextTooLongError,
    CredentialsRefusedError,
    CutStreamError,
    GpttgError,
    OutageError,
    QuotaExhaustedError,
    RateLimitedError,
    RefusedError,
    ThreadLostError,
    TransientError,
)
from engine.core.ledger import LedgerLine, LineStatus
from engine.runtime.behaviour import Job, JobResult
from engine.store import jobs, turns
from engine.store.database import Database
from engine.telegram.preview import Preview, Previews

ANSWER_TIMEOUT_S = 900.0
"""The longest that an answer may take, retries included."""
AFTER_STOP_S = 0.8
"""How long a stopped answer may look for its exact cost; then it is estimated."""
COMPACT_TOKENS = 150_000
"""When a thread is longer than this, OpenAI compacts it (context_management)."""
REBUILT_CHARACTERS = 60_000
"""The most of the local transcript that a rebuilt thread begins with."""


@dataclass
class Attempt:
    """One answer on its way."""

    request: AnswerRequest
    text: str = ""
    deltas: int = 0
    response_id: str | None = None
    model: str = ""
    refused: bool = False
    healed: bool = False
    may_be_billed: bool = False
    """a call is under way, and nothing has yet said how it ended"""
    lines: list[LedgerLine] = field(default_factory=list)


class Answering:
    """The body of jobs of kind "answer" (`engine.runtime.behaviour.JobBody`)."""

    def __init__(
        self,
        *,
        database: Database,
        responses: Responses,
        prices: Prices,
        previews: Previews,
        house: House,
        secret: bytes,
        model: str,
        system_prompt: str,
        background: bool,
        clock: Clock,
    ) -> None:
        self._database = database
        self._responses = responses
        self._prices = prices
        self._previews = previews
        self._house = house
        self._secret = secret
        self._model = model
        self._system_prompt = system_prompt
        self._background = background
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(AnswerOrder)
        attempt = Attempt(self._request(job, order, order.unheard, order.previous_response_id))
        if earlier := await self._earlier(job, order, attempt):
            return self._ready(job, order, attempt, earlier)
        if job.stopping:
            return self._stopped(job, attempt)
        preview = self._open_preview(job, order)
        finished: FinishedResponse | None = None
        try:
            with job.stoppable(), anyio.fail_after(ANSWER_TIMEOUT_S):
                finished = await self._answered(job, order, attempt, preview)
        except (GpttgError, TimeoutError) as error:
            await self._book_loose_end(job, order, attempt, LineStatus.FAILED)
            return self._failed(job, attempt, error)
        finally:
            with anyio.CancelScope(shield=True):
                await preview.close()
        if finished is None:
            await self._book_loose_end(job, order, attempt, LineStatus.STOPPED)
            return self._stopped(job, attempt)
        return self._ready(job, order, attempt, finished)

    def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        return JobResult(
            AnswerFailed(at=now, job=job.id, reason="crash"), posts=alerts(self._house.admins, "crash", job.id, now)
        )

    # ── before asking ───────────────────────────────────────────────────────────────────────────────────────────────

    def _request(
        self, job: Job, order: AnswerOrder, known: Sequence[Exchange], previous_response_id: str | None
    ) -> AnswerRequest:
        local = order.asked_at.astimezone(self._house.zone)
        clock_line = f"{local:%A, %d %B %Y, %H:%M} ({self._house.zone.key})"
        items: list[dict[str, Any]] = []
        for exchange in known:
            items.append({"role": "user", "content": exchange.question})
            if exchange.answer:
                items.append({"role": "assistant", "content": exchange.answer})
        items.append({"role": "developer", "content": f"The person's local date and time: {clock_line}"})
        items.append({"role": "user", "content": order.question})
        person = blake2b(str(order.person.id).encode(), key=self._secret, digest_size=16, person=b"safety").hexdigest()
        return AnswerRequest(
            model=self._model,
            input=items,
            instructions=self._system_prompt,
            previous_response_id=previous_response_id,
            safety_identifier=person,
            compact_threshold=COMPACT_TOKENS,
            background=self._background,
            metadata={"job": job.id},
        )

    async def _earlier(self, job: Job, order: AnswerOrder, attempt: Attempt) -> FinishedResponse | None:
        """What an attempt before a kill has left: its answer, or else an estimate of what it has cost."""
        if job.response_id is None:
            if job.attempt > 1:
                attempt.lines.append(await self._estimate(job, order, attempt, f"job:{job.id}:{job.attempt - 1}"))
            return None
        try:
            found = await with_retries(partial(self._responses.fetch, job.response_id))
        except GpttgError as error:
            logger.warning("response {} can't be fetched: {}", job.response_id, error)
            found = None
        if found is not None and found.status in ("completed", "incomplete"):
            return found
        attempt.response_id = job.response_id
        attempt.lines.append(await self._estimate(job, order, attempt, job.response_id))
        attempt.response_id = None
        return None

    def _open_preview(self, job: Job, order: AnswerOrder) -> Preview:
        label = phrases(language_of(order.person.language)).text("button-stop")
        return self._previews.open(
            place(job.conversation),
            draft_id=int.from_bytes(blake2b(job.id.encode(), key=self._secret, digest_size=7).digest(), "big"),
            ref=answer_ref(job.id),
            buttons=((Button(label, f"{STOP_BUTTON}:{job.id}"),),),
        )

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _answered(self, job: Job, order: AnswerOrder, attempt: Attempt, preview: Preview) -> FinishedResponse:
        try:
            return await self._patiently(job, attempt, preview)
        except (ThreadLostError, ContextTooLongError) as error:
            if not (order.previous_response_id or order.unheard):
                raise
            logger.info("job {}: the thread is rebuilt ({})", job.id, type(error).__name__)
        attempt.request = self._request(job, order, await self._transcript(job, order), None)
        attempt.healed = True
        return await self._patiently(job, attempt, preview)

    async def _patiently(self, job: Job, attempt: Attempt, preview: Preview) -> FinishedResponse:
        return await with_retries(partial(self._ask_once, job, attempt, preview))

    async def _ask_once(self, job: Job, attempt: Attempt, preview: Preview) -> FinishedResponse:
        attempt.may_be_billed = True
        try:
            return await self._stream(job, attempt, preview)
        except CutStreamError:
            if attempt.response_id is None:
                raise
            found = await self._responses.fetch(attempt.response_id)
            if found is None or found.status not in ("completed", "incomplete"):
                raise
            attempt.may_be_billed = False
            return found
        except TransientError as error:
            attempt.may_be_billed = error.may_have_run
            raise
        except GpttgError:
            attempt.may_be_billed = False
            raise

    async def _stream(self, job: Job, attempt: Attempt, preview: Preview) -> FinishedResponse:
        async with self._responses.ask(attempt.request) as events:
            async for event in events:
                match event:
                    case TextDelta(text=text) | RefusalDelta(text=text):
                        attempt.text += text
                        attempt.deltas += 1
                        preview.show(attempt.text)
                    case Created(response_id=response_id, model=model):
                        attempt.response_id, attempt.model = response_id, model
                        note = partial(jobs.note_response, job_id=job.id, response_id=response_id)
                        self._database.write_later(note)
                    case Finished(response=response):
                        attempt.may_be_billed = False
                        return response
        raise CutStreamError(code="no terminal event", may_have_run=True)

    async def _transcript(self, job: Job, order: AnswerOrder) -> list[Exchange]:
        """The last turns of this thread, oldest first, as much as a request may begin with."""
        kept: list[Exchange] = []
        room = REBUILT_CHARACTERS
        found = await self._database.read(
            partial(turns.last_turns, conversation=job.conversation, thread=order.thread)
        )
        for turn in reversed(found):
            room -= len(turn.question) + len(turn.answer)
            if room < 0:
                break
            kept.append(Exchange(turn.question, turn.answer))
        return kept[::-1]

    # ── how it ended ────────────────────────────────────────────────────────────────────────────────────────────────

    def _ready(self, job: Job, order: AnswerOrder, attempt: Attempt, finished: FinishedResponse) -> JobResult:
        if finished.status == "failed":
            return self._failed_response(job, order, attempt, finished)
        attempt.lines.append(self._line(job, order, finished, LineStatus.COMPLETE))
        event = AnswerReady(
            at=self._clock(),
            job=job.id,
            text=finished.text or finished.refusal,
            response_id=finished.id,
            cost_nanousd=_sum(attempt.lines),
            cut=finished.incomplete_reason or ("other" if finished.status == "incomplete" else ""),
            refused=not finished.text and bool(finished.refusal),
            healed=attempt.healed,
        )
        return JobResult(event, attempt.lines, self._price_alerts(attempt.lines))

    def _failed_response(
        self, job: Job, order: AnswerOrder, attempt: Attempt, finished: FinishedResponse
    ) -> JobResult:
        if finished.usage.input_tokens:
            attempt.lines.append(self._line(job, order, finished, LineStatus.FAILED))
        reason = {"rate_limit_exceeded": "rate", "server_error": "outage"}.get(finished.error_code, "refused")
        event = AnswerFailed(at=self._clock(), job=job.id, reason=reason, text=attempt.text)
        return JobResult(event, attempt.lines, self._price_alerts(attempt.lines))

    def _stopped(self, job: Job, attempt: Attempt) -> JobResult:
        event = AnswerStopped(
            at=self._clock(), job=job.id, text=attempt.text, cost_nanousd=_sum(attempt.lines)
        )
        return JobResult(event, attempt.lines, self._price_alerts(attempt.lines))

    def _failed(self, job: Job, attempt: Attempt, error: GpttgError | TimeoutError) -> JobResult:
        logger.warning("job {} failed: {} {}", job.id, type(error).__name__, error)
        now = self._clock()
        reason, alert = _reason(error)
        detail = getattr(error, "code", "") or type(error).__name__
        event = AnswerFailed(
            at=now,
            job=job.id,
            reason=reason,
            text=attempt.text,
            retry_after_s=(error.retry_after_s or 0.0) if isinstance(error, RateLimitedError) else 0.0,
        )
        posts = alerts(self._house.admins, alert, detail, now) if alert else []
        return JobResult(event, attempt.lines, [*posts, *self._price_alerts(attempt.lines)])

    # ── what it cost ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _book_loose_end(self, job: Job, order: AnswerOrder, attempt: Attempt, ending: LineStatus) -> None:
        """A call that was under way when it ended otherwise than by its terminal event: OpenAI's figures if it has
        any within a moment, else our estimate."""
        if not attempt.may_be_billed:
            return
        key = attempt.response_id or f"job:{job.id}:{job.attempt}"
        with anyio.move_on_after(AFTER_STOP_S):
            if attempt.response_id and (known := await self._end_call(attempt.response_id)):
                attempt.lines.append(self._line(job, order, known, ending))
                return
        attempt.lines.append(await self._estimate(job, order, attempt, key))

    async def _end_call(self, response_id: str) -> FinishedResponse | None:
        """Makes sure that OpenAI does not go on; what it says it used, if it does."""
        try:
            ended = await (self._responses.cancel if self._background else self._responses.look)(response_id)
        except GpttgError:
            return None
        return ended if ended is not None and ended.usage.input_tokens else None

    async def _estimate(self, job: Job, order: AnswerOrder, attempt: Attempt, key: str) -> LedgerLine:
        counted: int | None = None
        try:
            with anyio.move_on_after(AFTER_STOP_S):
                counted = await self._responses.count_input(attempt.request)
        except GpttgError as error:
            logger.info("the input of job {} can't be counted: {}", job.id, error)
        usage = estimated_usage(attempt.request, attempt.text, attempt.deltas, counted)
        model = attempt.model or attempt.request.model
        price = self._prices.price(model, usage)
        return LedgerLine(
            key=key,
            at=self._clock(),
            person_id=order.person.id,
            conversation=job.conversation,
            job=job.id,
            model=model,
            usage=usage,
            cost_nanousd=price.cost_nanousd,
            price_source=price.source,
            response_id=attempt.response_id,
            status=LineStatus.ESTIMATED,
        )

    def _line(self, job: Job, order: AnswerOrder, finished: FinishedResponse, status: LineStatus) -> LedgerLine:
        price = self._prices.price(finished.model, finished.usage, finished.service_tier)
        return LedgerLine(
            key=finished.id,
            at=self._clock(),
            person_id=order.person.id,
            conversation=job.conversation,
            job=job.id,
            model=finished.model,
            service_tier=finished.service_tier,
            usage=finished.usage,
            cost_nanousd=price.cost_nanousd,
            price_source=price.source,
            response_id=finished.id,
            status=status,
        )

    def _price_alerts(self, lines: Sequence[LedgerLine]) -> list[tuple[str, str, Any]]:
        unknown = {line.model for line in lines if line.cost_nanousd is None}
        now = self._clock()
        return [alert for model in sorted(unknown) for alert in alerts(self._house.admins, "unknown-price", model, now)]


def _sum(lines: Sequence[LedgerLine]) -> int | None:
    costs = [line.cost_nanousd for line in lines]
    return None if not costs or None in costs else sum(cost for cost in costs if cost is not None)


def _reason(error: GpttgError | TimeoutError) -> tuple[str, str]:
    """The sentence for the person (`failed-...`), and the alert for the admins ("" for none)."""
    match error:
        case QuotaExhaustedError():
            return "quota", "quota"
        case CredentialsRefusedError():
            return "credentials", "credentials"
        case RateLimitedError():
            return "rate", ""
        case CutStreamError():
            return "cut", ""
        case OutageError():
            return "outage", "outage"
        case ContextTooLongError():
            return "too_long", ""
        case ContentRefusedError():
            return "refused", ""
        case RefusedError():
            return "request", "request"
        case TimeoutError():
            return "late", ""
        case _:
            return "crash", "crash"
