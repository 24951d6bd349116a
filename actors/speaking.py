"""The job that speaks: an answer becomes a voice note. Whose voice, says engine/ai/speech.py."""

from __future__ import annotations

from functools import partial

import anyio
import msgspec
from loguru import logger

from actors.alerts import alerts
from actors.booking import Lines, PaidCalls, owed, unpriced_models
from actors.events import ErrandFailed, SpeechReady
from actors.failures import failure_of
from actors.fetching import on_disk
from actors.heavy import in_thread
from actors.orders import SpeechOrder
from actors.purse import Purse
from engine.ai.retries import with_retries
from engine.ai.speech import Speech, Spoken, expected_of, most_of
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.errors import GpttgError
from engine.core.files import StoredFile
from engine.core.ledger import LedgerLine, Usage
from engine.media import sound
from engine.runtime.behaviour import Job, JobResult
from engine.store.database import Database
from engine.store.media import Media
from engine.telegram.actions import ChatActions
from engine.telegram.text import styled

SPEECH_TIMEOUT_S = 300.0
"""The longest that it may take."""


class _Paid(msgspec.Struct, frozen=True):
    model: str
    usage: Usage


class Speaking:
    """The body of jobs of kind "speak"."""

    def __init__(
        self,
        *,
        database: Database,
        speech: Speech,
        media: Media,
        lines: Lines,
        purse: Purse,
        model: str,
        voice: str,
        actions: ChatActions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._speech = speech
        self._media = media
        self._lines = lines
        self._purse = purse
        self._model = model
        self._voice = voice
        self._actions = actions
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(SpeechOrder)
        calls = PaidCalls(self._database, self._lines, self._purse, job, order, "speech")
        text = styled(order.text).text
        try:
            if not job.result:
                await calls.book_lost(expected_of(text))
                with anyio.fail_after(SPEECH_TIMEOUT_S):
                    async with self._actions.busy(place(job.conversation), "record_voice"):
                        await self._spoken(job, calls, text)
            voice = await self._voice_note(job)
        except (GpttgError, TimeoutError) as error:
            logger.warning("job {} failed: {} {}", job.id, type(error).__name__, error)
            if getattr(error, "may_have_run", isinstance(error, TimeoutError)):
                calls.book_under_way(expected_of(text))
            failed = ErrandFailed(at=self._clock(), job=job.id, kind="speak", reason=failure_of(error).reason)
            return self._result(job, calls, failed)
        return self._result(job, calls, SpeechReady(at=self._clock(), job=job.id, voice=voice, reply_to=order.reply_to))

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = ErrandFailed(at=now, job=job.id, kind="speak", reason="crash")
        return JobResult(event, await owed(job, partial(self._bill, job)), alerts("crash", job.id, now))

    async def _bill(self, job: Job) -> list[LedgerLine]:
        order = job.decode_order(SpeechOrder)
        calls = PaidCalls(self._database, self._lines, self._purse, job, order, "speech")
        calls.book_under_way(expected_of(styled(order.text).text))
        _book_paid(job, calls)
        return calls.booked

    async def _spoken(self, job: Job, calls: PaidCalls, text: str) -> None:
        spoken = await with_retries(partial(self._asked, calls, text))
        with anyio.CancelScope(shield=True):  # it is paid for: it must come to disk
            try:
                with on_disk():
                    await in_thread(self._media.write, self._media.incoming(f"{job.id}.sound"), spoken.data)
            except GpttgError:
                calls.book_lost_result(0, spoken.model, spoken.usage)
                raise
            await calls.brought(msgspec.json.encode(_Paid(spoken.model, spoken.usage)))

    async def _asked(self, calls: PaidCalls, text: str) -> Spoken:
        await calls.begin(0, self._model, most_of(text))
        return await calls.answered(0, self._speech.speak(text, voice=self._voice))

    async def _voice_note(self, job: Job) -> StoredFile:
        spoken, target = self._media.incoming(f"{job.id}.sound"), self._media.made(f"{job.id}.ogg")
        with on_disk():
            note = await in_thread(sound.voice_note, spoken, target)
        await anyio.Path(spoken).unlink(missing_ok=True)
        return StoredFile(
            path=self._media.relative(target),
            kind="voice",
            name="voice.ogg",
            mime="audio/ogg",
            duration_s=note.duration_s,
            waveform=note.waveform,
        )

    def _result(self, job: Job, calls: PaidCalls, event: SpeechReady | ErrandFailed) -> JobResult:
        _book_paid(job, calls)
        models = unpriced_models(calls.booked)
        posts = [post for model in models for post in alerts("unknown-price", model, self._clock())]
        return JobResult(event, calls.booked, posts)


def _book_paid(job: Job, calls: PaidCalls) -> None:
    if job.result:
        paid = msgspec.json.decode(job.result, type=_Paid)
        calls.book(0, paid.model, paid.usage)
