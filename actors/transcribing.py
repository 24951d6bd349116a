"""The job that listens: sound from Telegram becomes words, paid once for each piece of it, and never twice."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import anyio
import msgspec
from loguru import logger

from actors.alerts import alerts
from actors.arriving import Told
from actors.booking import Lines, PaidCalls, unpriced_models
from actors.events import SoundPriced, Transcribed, TranscriptionFailed
from actors.failures import failure_of
from actors.fetching import in_thread
from actors.hearing import PIECES_OF_A_SOUND, Hearing, Kept, Notes, Sound
from actors.interpret import STOP_BUTTON, button_name
from actors.orders import TranscriptionOrder
from actors.outlining import OUTLINE_CALL, Outlining
from actors.phrases import phrases
from actors.purse import Purse
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.effects import Button
from engine.core.errors import GpttgError
from engine.core.files import StoredFile
from engine.core.ledger import Usage
from engine.media.stitching import as_markdown, as_srt, as_text, stitched
from engine.runtime.behaviour import Job, JobResult
from engine.store.database import Database
from engine.store.media import Media
from engine.telegram.actions import ChatActions
from engine.telegram.standing import EDIT_GAP_S, StandingTexts

TRANSCRIPTION_TIMEOUT_S = 3_600.0
"""The longest that it may take, downloads and retries included."""
LONG_SOUND_S = 5 * 60.0
"""Of a longer one there are subtitles and a text with times, too."""

Ended = Transcribed | TranscriptionFailed | SoundPriced


class Transcribing:
    """The body of jobs of kind "transcribe". `ask_above_nanousd`: what costs more is asked about first."""

    def __init__(
        self,
        *,
        database: Database,
        hearing: Hearing,
        media: Media,
        lines: Lines,
        purse: Purse,
        ask_above_nanousd: int,
        outlining: Outlining,
        standing: StandingTexts,
        actions: ChatActions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._hearing = hearing
        self._media = media
        self._lines = lines
        self._purse = purse
        self._ask_above_nanousd = ask_above_nanousd
        self._outlining = outlining
        self._standing = standing
        self._actions = actions
        self._clock = clock

    async def run(self, job: Job) -> JobResult:
        """See JobBody."""
        order = job.decode_order(TranscriptionOrder)
        calls = PaidCalls(self._database, self._lines, self._purse, job, order, "transcription", (OUTLINE_CALL,))
        notes = msgspec.json.decode(job.result, type=Notes) if job.result else Notes()
        sounds: list[Sound] = []
        error: GpttgError | TimeoutError | None = None
        is_done = False
        usage = partial(self._estimated, order, notes)
        try:
            await calls.book_lost(usage)
            with job.stoppable(), anyio.fail_after(TRANSCRIPTION_TIMEOUT_S):
                async with self._actions.busy(place(job.conversation), "typing"):
                    told = Told(order.ref, order.language, "arriving-then-listen")
                    async with self._hearing.telling(job, told, order.sounds) as telling:
                        for number, attachment in enumerate(order.sounds):
                            sounds.append(await self._hearing.fetched(job, number, attachment, order.until_s, telling))
                    if (priced := self._priced(job, order, sounds, notes)) is not None:
                        return self._result(calls, priced)
                    error = await self._heard(job, order, calls, sounds, notes)
                    if error is None and _is_long(sounds):
                        await self._outlined(job, order, calls, sounds[0], notes)
                is_done = True
        except (GpttgError, TimeoutError) as raised:
            error = raised
        for number, transcript in notes.heard.items():
            calls.book(number, transcript.model, transcript.usage)
        if notes.outlined is not None:
            calls.book_response(notes.outlined)
        calls.book_under_way(usage)
        await self._hearing.discard(sounds, notes)
        kept = [self._hearing.words(one, notes) for one in sounds]
        for one, words in zip(sounds, kept, strict=True):
            if words != one.known:
                await self._hearing.keep(one, words)
        if error is None and not is_done:
            return self._result(calls, TranscriptionFailed(at=self._clock(), job=job.id, reason="stopped"))
        if error is not None and not any(words.text for one in kept for words in one.words):
            return self._failed(job, calls, error)
        return await self._transcribed(job, calls, sounds, kept, error)

    def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = TranscriptionFailed(at=now, job=job.id, reason="crash")
        return JobResult(event, posts=alerts("crash", job.id, now))

    def _priced(self, job: Job, order: TranscriptionOrder, sounds: Sequence[Sound], notes: Notes) -> SoundPriced | None:
        """The question whether it is worth its price; None if it is cheap, agreed to, or has begun already."""
        duration_s = sum(one.duration_s for one in sounds if not one.known.is_whole)
        cost = self._lines.estimate_nanousd(self._hearing.model, Usage(audio_ms=round(duration_s * 1000)))
        if _is_long(sounds) and sounds[0].known.outline is None and cost is not None:
            outlined = self._outlining.expected(sounds[0].duration_s)
            cost += self._lines.estimate_nanousd(self._outlining.model, outlined) or 0
        if order.is_agreed or notes.heard or cost is None or cost <= self._ask_above_nanousd:
            return None
        return SoundPriced(at=self._clock(), job=job.id, duration_s=duration_s, cost_nanousd=cost)

    async def _heard(
        self, job: Job, order: TranscriptionOrder, calls: PaidCalls, sounds: Sequence[Sound], notes: Notes
    ) -> GpttgError | None:
        """Everything that can be heard; why something can't."""
        for one in sounds:
            await self._hearing.cut(job, one, notes)
        await calls.brought(msgspec.json.encode(notes))  # after a kill each piece is booked by its own length
        say = phrases(order.language)

        async def show(done: int, total: int) -> None:
            if total > 1:
                line = say.styled("transcribing-pieces", done=done, total=total)
                await self._standing.show(job.conversation, order.ref, line, _stop(job, order))

        failures = await self._hearing.hear(calls, sounds, notes, show)
        return next(iter(failures.values()), None)

    async def _outlined(self, job: Job, order: TranscriptionOrder, calls: PaidCalls, one: Sound, notes: Notes) -> None:
        """A summary of what has been heard."""
        line = phrases(order.language).styled("transcribing-outline")

        async def show() -> None:
            await anyio.sleep(EDIT_GAP_S)  # the last piece has just been told
            await self._standing.show(job.conversation, order.ref, line, _stop(job, order))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(show)
            await self._outlining.outline(calls, self._hearing, one, notes)
            tasks.cancel_scope.cancel()

    async def _transcribed(
        self,
        job: Job,
        calls: PaidCalls,
        sounds: Sequence[Sound],
        kept: Sequence[Kept],
        error: GpttgError | TimeoutError | None,
    ) -> JobResult:
        text = "\n\n".join(filter(None, map(_text, kept)))
        event = Transcribed(
            at=self._clock(),
            job=job.id,
            text=text,
            language=next((one.language for one in kept if one.language), ""),
            document=await self._document(job, "txt", "text/plain", text) if text else None,
            timed=await self._timed(job, sounds, kept) if text else (),
            missing=sum(words.text is None for one in kept for words in one.words),
            pieces=sum(len(one.words) for one in kept),
            cost_nanousd=calls.cost_nanousd(),
        )
        return self._result(calls, event, *_raised(error))

    async def _timed(self, job: Job, sounds: Sequence[Sound], kept: Sequence[Kept]) -> tuple[StoredFile, ...]:
        """The transcript with times, of one long sound."""
        if not _is_long(sounds):
            return ()
        said = stitched(kept[0].words)
        return (
            await self._document(job, "srt", "application/x-subrip", as_srt(said)),
            await self._document(job, "md", "text/markdown", as_markdown(said, kept[0].outline)),
        )

    async def _document(self, job: Job, ending: str, mime: str, text: str) -> StoredFile:
        path = self._media.made(f"{job.id}.{ending}")
        size = await in_thread(self._media.write, path, text.encode())
        return StoredFile(path=self._media.relative(path), name=f"transcript.{ending}", mime=mime, size=size)

    def _estimated(self, order: TranscriptionOrder, notes: Notes, number: int) -> Usage:
        """What OpenAI would bill for a piece of this length, or for the outline."""
        at, piece = divmod(number, PIECES_OF_A_SOUND)
        duration_s = order.sounds[at].duration_s
        if number == OUTLINE_CALL:
            return self._outlining.expected(duration_s)
        cuts = notes.cuts.get(at, ())
        if piece < len(cuts):
            return Usage(audio_ms=cuts[piece].end_ms - cuts[piece].start_ms)
        return Usage(audio_ms=round(duration_s * 1000))

    def _failed(self, job: Job, calls: PaidCalls, error: GpttgError | TimeoutError) -> JobResult:
        logger.warning("job {} failed: {} {}", job.id, type(error).__name__, error)
        failure = failure_of(error)
        event = TranscriptionFailed(
            at=self._clock(),
            job=job.id,
            reason=failure.reason,
            retry_after_s=failure.retry_after_s,
            name=getattr(error, "name", ""),
            limit=failure.limit,
        )
        return self._result(calls, event, *_raised(error))

    def _result(self, calls: PaidCalls, event: Ended, *raised: tuple[str, str]) -> JobResult:
        told = [*raised, *(("unknown-price", model) for model in unpriced_models(calls.booked))]
        posts = [post for kind, detail in told for post in alerts(kind, detail, self._clock())]
        return JobResult(event, calls.booked, posts)


def _stop(job: Job, order: TranscriptionOrder) -> tuple[tuple[Button, ...], ...]:
    return ((Button(phrases(order.language).text("button-stop"), button_name(STOP_BUTTON, job.id)),),)


def _is_long(sounds: Sequence[Sound]) -> bool:
    """Whether there are subtitles, and a text with a summary and times: of one long sound."""
    return len(sounds) == 1 and sounds[0].duration_s >= LONG_SOUND_S


def _text(kept: Kept) -> str:
    """A sound's words as one text; those of a single piece stay as the model has set them."""
    if len(kept.words) == 1:
        return (kept.words[0].text or "").strip()
    return as_text(stitched(kept.words)) if any(words.text for words in kept.words) else ""


def _raised(error: GpttgError | TimeoutError | None) -> list[tuple[str, str]]:
    failure = None if error is None else failure_of(error)
    return [(failure.alert, failure.detail)] if failure is not None and failure.alert else []
