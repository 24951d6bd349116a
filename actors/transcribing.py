"""The job that listens: sound from Telegram becomes words, one paid call for each sound, none of them twice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import msgspec
from engine.ai.transcription import SOUND_BYTES, Transcript, Transcriptions
from loguru import logger

from actors.alerts import alerts
from actors.booking import Lines, PaidCalls, unpriced_models
from actors.events import Transcribed, TranscriptionFailed
from actors.failures import failure_of
from actors.orders import TranscriptionOrder
from actors.supplies import Fetching, in_thread
from engine.ai.retries import with_retries
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.errors import GpttgError
from engine.core.files import Attachment, StoredFile
from engine.core.ledger import Usage
from engine.media import sound
from engine.runtime.behaviour import Job, JobResult
from engine.store.database import Database
from engine.telegram.actions import ChatActions

TRANSCRIPTION_TIMEOUT_S = 3_600.0
"""The longest that it may take, downloads and retries included."""

_transcripts = msgspec.json.Decoder(list[Transcript])


class Transcribing:
    """The body of jobs of kind "transcribe"."""

    def __init__(
        self,
        *,
        database: Database,
        transcriptions: Transcriptions,
        fetching: Fetching,
        lines: Lines,
        model: str,
        actions: ChatActions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._transcriptions = transcriptions
        self._fetching = fetching
        self._lines = lines
        self._model = model
        self._actions = actions
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(TranscriptionOrder)
        calls = PaidCalls(self._database, self._lines, job, order.person.id, "transcription")
        heard = _transcripts.decode(job.result) if job.result else []
        is_done = False
        try:
            await calls.book_lost(_estimated(order.sounds[calls.lost or 0]))
            with job.stoppable(), anyio.fail_after(TRANSCRIPTION_TIMEOUT_S):
                async with self._actions.busy(place(job.conversation), "typing"):
                    for number, attachment in enumerate(order.sounds[len(heard) :], len(heard)):
                        heard.append(await self._heard(job, calls, number, attachment))
                        await calls.brought(msgspec.json.encode(heard))
                is_done = True
        except (GpttgError, TimeoutError) as error:
            return self._failed(job, order, calls, heard, error)
        for number, transcript in enumerate(heard):
            calls.book(number, transcript.model, transcript.usage)
        if not is_done:
            if (cut := calls.lost) is not None:
                calls.book_estimated(cut, self._model, _estimated(order.sounds[cut]))
            return self._result(calls, TranscriptionFailed(at=self._clock(), job=job.id, reason="stopped"))
        text = "\n\n".join(transcript.text.strip() for transcript in heard).strip()
        event = Transcribed(
            at=self._clock(),
            job=job.id,
            text=text,
            language=next((transcript.language for transcript in heard if transcript.language), ""),
            document=await self._document(job, text) if text else None,
            cost_nanousd=calls.cost_nanousd(),
        )
        return self._result(calls, event)

    def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = TranscriptionFailed(at=now, job=job.id, reason="crash")
        return JobResult(event, posts=alerts("crash", job.id, now))

    async def _heard(self, job: Job, calls: PaidCalls, number: int, attachment: Attachment) -> Transcript:
        path = await self._fetching.fetch(job.conversation, attachment)
        ready = path
        try:
            ready, name, mime = await self._ready(path)
            ask = partial(self._asked, calls, number, ready, name, mime)
            return await with_retries(ask)
        except GpttgError as error:
            if not getattr(error, "name", "") and hasattr(error, "name"):
                error.name = attachment.name
            raise
        finally:
            with anyio.CancelScope(shield=True):
                await self._fetching.discard(path, ready)

    async def _asked(self, calls: PaidCalls, number: int, path: Path, name: str, mime: str) -> Transcript:
        await calls.begin(number, self._model)
        return await self._transcriptions.transcribe(path, name=name, mime=mime, model=self._model)

    async def _ready(self, path: Path) -> tuple[Path, str, str]:
        """The sound as OpenAI takes it: a Telegram voice note as it is, everything else as speech in Opus."""
        if await in_thread(sound.is_speech_ready, path, SOUND_BYTES):
            return path, "voice.ogg", "audio/ogg"
        target = path.with_name(f"{path.name}.ogg")
        await in_thread(partial(sound.extract_speech, path, target, most_bytes=SOUND_BYTES))
        return target, "speech.ogg", "audio/ogg"

    async def _document(self, job: Job, text: str) -> StoredFile:
        path = self._fetching.media.made(f"{job.id}.txt")
        size = await in_thread(self._fetching.media.write, path, text.encode())
        return StoredFile(path=self._fetching.media.relative(path), name="transcript.txt", mime="text/plain", size=size)

    def _failed(
        self,
        job: Job,
        order: TranscriptionOrder,
        calls: PaidCalls,
        heard: list[Transcript],
        error: GpttgError | TimeoutError,
    ) -> JobResult:
        logger.warning("job {} failed: {} {}", job.id, type(error).__name__, error)
        for number, transcript in enumerate(heard):
            calls.book(number, transcript.model, transcript.usage)
        if (cut := calls.lost) is not None and getattr(error, "may_have_run", isinstance(error, TimeoutError)):
            calls.book_estimated(cut, self._model, _estimated(order.sounds[cut]))
        failure = failure_of(error)
        event = TranscriptionFailed(
            at=self._clock(),
            job=job.id,
            reason=failure.reason,
            retry_after_s=failure.retry_after_s,
            name=getattr(error, "name", ""),
        )
        return self._result(calls, event, *([(failure.alert, failure.detail)] if failure.alert else []))

    def _result(
        self, calls: PaidCalls, event: Transcribed | TranscriptionFailed, *raised: tuple[str, str]
    ) -> JobResult:
        told = [*raised, *(("unknown-price", model) for model in unpriced_models(calls.booked))]
        posts = [post for kind, detail in told for post in alerts(kind, detail, self._clock())]
        return JobResult(event, calls.booked, posts)


def _estimated(attachment: Attachment) -> Usage:
    """What OpenAI would bill for a sound of this length."""
    return Usage(audio_ms=round(attachment.duration_s * 1000))
