"""The job that answers: from an order to the model's words, booked to the nano-dollar whatever becomes of it.

    fetch what an earlier attempt was waiting for ─► else supply the files, ask, streaming previews ─► book
        ─► fetch what the code interpreter has made ─► one event for the actor

What can go wrong, and what is done:
    429, 5xx before the answer began, no connection   asked again, with patience: nothing was billed
    the thread is unknown at OpenAI, or too long      rebuilt from the local transcript, asked again: nothing was billed
    the stream broke off                              the response is fetched by its id; if OpenAI does not have it, the
                                                      words so far are kept and the cost is estimated: not asked again
    stopped by a person                               the call is ended, the words so far are kept, the cost is booked
    killed                                            the next process fetches the response, or estimates it and asks
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractAsyncContextManager
from functools import partial
from hashlib import blake2b

import anyio
from loguru import logger

from actors.alerts import alerts
from actors.asking import Asking, transcript
from actors.booking import Attempt, Booking, owed, unpriced_models
from actors.events import AnswerFailed, AnswerReady, AnswerStopped
from actors.failures import failure_of
from actors.interpret import STOP_BUTTON, button_name
from actors.orders import AnswerOrder
from actors.outcomes import Outcomes
from actors.phrases import phrases
from actors.purse import Purse
from actors.supplies import Supplies
from engine.ai.errors import failure
from engine.ai.finished import FinishedResponse
from engine.ai.reading import EventStream
from engine.ai.responses import Responses
from engine.ai.retries import with_retries
from engine.ai.stream import Created, Finished, RefusalDelta, TextDelta
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.effects import Button
from engine.core.errors import (
    ContextTooLongError,
    CutStreamError,
    GpttgError,
    RefusedError,
    ThreadLostError,
    TransientError,
)
from engine.core.ledger import LedgerLine, LineStatus
from engine.runtime.behaviour import Job, JobResult
from engine.store import jobs
from engine.store.database import Database
from engine.telegram.preview import Preview, Previews

ANSWER_TIMEOUT_S = 900.0
"""The longest that an answer may take, retries included."""
SUPPLY_TIMEOUT_S = 3_600.0
"""The longest that its files may take on their way to OpenAI."""
SUPPLIED = "true"
"""The `result` of a job that brings files, from the moment on when they are all there: before, it has not asked, and a
kill has cost nothing."""
WHOLE = ("completed", "incomplete")
"""How a response that has an answer ends."""


class Answering:
    """The body of jobs of kind "answer" (`engine.runtime.behaviour.JobBody`)."""

    def __init__(
        self,
        *,
        database: Database,
        responses: Responses,
        booking: Booking,
        asking: Asking,
        supplies: Supplies,
        outcomes: Outcomes,
        purse: Purse,
        previews: Previews,
        clock: Clock,
    ) -> None:
        self._database = database
        self._responses = responses
        self._booking = booking
        self._asking = asking
        self._supplies = supplies
        self._outcomes = outcomes
        self._purse = purse
        self._previews = previews
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(AnswerOrder)
        attempt = await self._attempt(job, order)
        preview = self._open_preview(job, order)
        finished: FinishedResponse | None = None
        try:
            with job.stoppable():
                finished = await self._finished(attempt, preview)
        except (GpttgError, TimeoutError) as error:
            await self._booking.book_loose_end(attempt, LineStatus.FAILED)
            return self._failed(attempt, error)
        finally:
            with anyio.CancelScope(shield=True):
                await preview.close()
        if finished is None:
            await self._booking.book_loose_end(attempt, LineStatus.STOPPED)
            return self._stopped(attempt)
        return await self._ready(attempt, finished)

    async def _finished(self, attempt: Attempt, preview: Preview) -> FinishedResponse:
        with anyio.fail_after(ANSWER_TIMEOUT_S):
            if earlier := await self._earlier(attempt, preview):
                return earlier
        with anyio.fail_after(SUPPLY_TIMEOUT_S):
            attempt.provisions = await self._supplies.provide(attempt.job, attempt.order)
        attempt.request = self._asking.request(attempt.job.id, attempt.order, attempt.provisions)
        if _brings_files(attempt.order):
            await self._mark(attempt.job, SUPPLIED)
        with anyio.fail_after(ANSWER_TIMEOUT_S):
            return await self._answered(attempt, preview)

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = AnswerFailed(at=now, job=job.id, reason="crash")
        return JobResult(event, await owed(job, partial(self._bill, job)), alerts("crash", job.id, now))

    async def _bill(self, job: Job) -> list[LedgerLine]:
        attempt = await self._attempt(job, job.decode_order(AnswerOrder))
        await self._booking.book_loose_end(attempt, LineStatus.FAILED)
        return attempt.lines

    async def _attempt(self, job: Job, order: AnswerOrder) -> Attempt:
        """A new attempt, which knows what the one before has left under way."""
        attempt = Attempt(job, order, self._asking.request(job.id, order), job.attempt - 1)
        attempt.response_id, attempt.model = job.response_id, job.model
        attempt.may_be_billed = job.attempt > 1 and (job.result == SUPPLIED or not _brings_files(order))
        if attempt.response_id is None and attempt.may_be_billed:
            attempt.may_be_billed = await self._purse.has_held(job, order, "answer")
        return attempt

    def _open_preview(self, job: Job, order: AnswerOrder) -> Preview:
        label = phrases(order.language).text("button-stop")
        draft_id = int.from_bytes(blake2b(job.id.encode(), key=self._asking.secret, digest_size=7).digest(), "big")
        return self._previews.open(
            place(job.conversation),
            draft_id=draft_id,
            ref=order.ref,
            buttons=((Button(label, button_name(STOP_BUTTON, job.id)),),),
        )

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _earlier(self, attempt: Attempt, preview: Preview) -> FinishedResponse | None:
        """What an attempt before a kill has left: its answer; or nothing but its cost, which is booked."""
        job = attempt.job
        if attempt.may_be_billed:
            if found := await self._left(attempt, preview):
                return found
            await self._booking.book_loose_end(attempt, LineStatus.FAILED)
            # at once: the next kill would take these lines, and the id that the next response takes the place of
            await self._mark(job, "", begins=tuple(attempt.lines))
        attempt.number = job.attempt
        return None

    async def _mark(self, job: Job, result: str, begins: tuple[LedgerLine, ...] | None = None) -> None:
        """The job's result; with `begins`, which were lines of the attempts before, a new attempt begins with it."""

        def note(db: sqlite3.Connection) -> None:
            if begins is not None:
                jobs.begin_attempt(db, job.id, job.attempt, begins)
            jobs.note_result(db, job.id, result)

        job.result, job.response_id = result, None
        await self._database.write(note)

    async def _left(self, attempt: Attempt, preview: Preview) -> FinishedResponse | None:
        """The whole of an answer that was not listened to until its end, if OpenAI has it: a background one goes on
        being shown. Raises OutageError and the like: then nobody knows, and asking anew might pay twice."""
        if attempt.response_id is None:
            return None
        if self._asking.background:
            try:
                stream = self._responses.resume(attempt.response_id, attempt.sequence_number)
                ended = await self._listen(attempt, preview, stream)
            except (CutStreamError, RefusedError) as error:
                logger.info("response {} can't be listened to: {}", attempt.response_id, error)
            else:
                return ended if ended.status in WHOLE else None
        found = await with_retries(partial(self._responses.fetch, attempt.response_id))
        return found if found is not None and found.status in WHOLE else None

    async def _answered(self, attempt: Attempt, preview: Preview) -> FinishedResponse:
        job, order = attempt.job, attempt.order
        if not order.is_lost:
            try:
                return await with_retries(partial(self._ask, attempt, preview))
            except (ThreadLostError, ContextTooLongError) as error:
                if not (order.previous_response_id or order.unheard):
                    raise
                logger.info("job {}: the thread is rebuilt ({})", job.id, type(error).__name__)
            attempt.healed = True
        known = await transcript(self._database, job.conversation, order)
        attempt.request = self._asking.rebuilt(job.id, order, known, attempt.provisions)
        return await with_retries(partial(self._ask, attempt, preview))

    async def _ask(self, attempt: Attempt, preview: Preview) -> FinishedResponse:
        """One call, with what it may have cost on record until its end is known."""
        wanted = attempt.request
        attempt.request = await self._purse.affordable(attempt.job, attempt.order, "answer", wanted)
        if wanted.tools:
            attempt.lacks_tools = not attempt.request.tools
        attempt.begin()
        try:
            ended = await self._listen(attempt, preview, self._responses.ask(attempt.request))
        except CutStreamError:
            if found := await self._rest(attempt, preview):
                return found
            raise
        except TransientError as error:
            attempt.may_be_billed = error.may_have_run
            raise
        except GpttgError:
            attempt.may_be_billed = False
            raise
        if ended.status in WHOLE:
            return ended
        if ended.usage.input_tokens:
            self._booking.book(attempt, ended, LineStatus.FAILED)
            await self._mark(attempt.job, attempt.job.result, begins=tuple(attempt.lines))  # whatever comes next
        attempt.settled()
        raise failure(ended)

    async def _rest(self, attempt: Attempt, preview: Preview) -> FinishedResponse | None:
        """The whole of an answer whose stream broke off, if OpenAI has it."""
        try:
            return await self._left(attempt, preview)
        except GpttgError as error:  # whatever it is, it is no reason to ask the question again
            logger.warning("response {} can't be fetched: {}", attempt.response_id, error)
            return None

    async def _listen(
        self, attempt: Attempt, preview: Preview, stream: AbstractAsyncContextManager[EventStream]
    ) -> FinishedResponse:
        async with stream as events:
            async for event in events:
                attempt.sequence_number = events.sequence_number
                match event:
                    case TextDelta(text=text) | RefusalDelta(text=text):
                        attempt.text += text
                        attempt.deltas += 1
                        preview.show(attempt.text)
                    case Created(response_id=response_id, model=model):
                        self._note(attempt, response_id, model)
                    case Finished(response=response):
                        return response
        raise CutStreamError(code="no terminal event", may_have_run=True)

    def _note(self, attempt: Attempt, response_id: str, model: str) -> None:
        """Written down as soon as it is known: after a kill, the answer is looked for under this id."""
        attempt.response_id, attempt.model = response_id, model
        attempt.job.response_id = response_id
        self._database.write_later(
            partial(jobs.note_response, job_id=attempt.job.id, response_id=response_id, model=model)
        )

    # ── how it ended ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ready(self, attempt: Attempt, ended: FinishedResponse) -> JobResult:
        self._booking.book(attempt, ended, LineStatus.COMPLETE)
        outcome = await self._outcomes.of(attempt.job, attempt.order, ended)
        event = AnswerReady(
            at=self._clock(),
            job=attempt.job.id,
            text=outcome.text,
            response_id=ended.id,
            cost_nanousd=attempt.cost_nanousd(),
            cut=ended.incomplete_reason or ("other" if ended.status == "incomplete" else ""),
            refused=not ended.text and bool(ended.refusal),
            is_mute=not (ended.text or ended.refusal or outcome.files),
            healed=attempt.healed,
            lacks_tools=attempt.lacks_tools,
            sources=outcome.sources,
            files=outcome.files,
            given=outcome.given,
            document=outcome.document,
            unread=(*attempt.provisions.unread, *outcome.lost),
        )
        return self._result(event, attempt)

    def _stopped(self, attempt: Attempt) -> JobResult:
        event = AnswerStopped(
            at=self._clock(),
            job=attempt.job.id,
            text=attempt.text,
            cost_nanousd=attempt.cost_nanousd(),
            is_estimate=any(line.status is LineStatus.ESTIMATED for line in attempt.lines),
            healed=attempt.healed,
        )
        return self._result(event, attempt)

    def _failed(self, attempt: Attempt, error: GpttgError | TimeoutError) -> JobResult:
        logger.warning("job {} failed: {} {}", attempt.job.id, type(error).__name__, error)
        failure = failure_of(error)
        event = AnswerFailed(
            at=self._clock(),
            job=attempt.job.id,
            reason=failure.reason,
            text=attempt.text,
            retry_after_s=failure.retry_after_s,
            name=getattr(error, "name", ""),
            limit=failure.limit,
            healed=attempt.healed,
        )
        return self._result(event, attempt, *([(failure.alert, failure.detail)] if failure.alert else []))

    def _result(
        self, event: AnswerReady | AnswerStopped | AnswerFailed, attempt: Attempt, *raised: tuple[str, str]
    ) -> JobResult:
        told = [*raised, *(("unknown-price", model) for model in unpriced_models(attempt.lines))]
        posts = [post for kind, detail in told for post in alerts(kind, detail, self._clock())]
        return JobResult(event, attempt.lines, posts)


def _brings_files(order: AnswerOrder) -> bool:
    return bool(order.files or order.documents)
