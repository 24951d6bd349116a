"""The job that listens: sound from Telegram becomes words, paid once for each piece of it, and never twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import anyio
import msgspec
from loguru import logger

from actors.alerts import alerts
from actors.arriving import Arriving, Told, beside, stop_button
from actors.booking import Lines, PaidCalls, owed, unpriced_models
from actors.events import SoundPriced, Transcribed, TranscriptionFailed
from actors.failures import failure_of
from actors.fetching import on_disk
from actors.hearing import PIECES_OF_A_SOUND, Hearing, Kept, Notes, Sound
from actors.heavy import in_thread
from actors.orders import TranscriptionOrder
from actors.outlining import OUTLINE_CALL, Outlining
from actors.phrases import phrases
from actors.purse import Purse
from engine.core.clock import Clock
from engine.core.conversation import place
from engine.core.errors import ExhaustedError, GpttgError, OverBudgetError, TransientError, UnreadableFileError
from engine.core.files import Attachment, StoredFile
from engine.core.ledger import LedgerLine, Usage
from engine.media.stitching import as_markdown, as_srt, as_text, stitched
from engine.runtime.behaviour import Job, JobResult
from engine.store.database import Database
from engine.store.media import Media
from engine.telegram.actions import ChatActions
from engine.telegram.standing import EDIT_GAP_S, StandingTexts

ARRIVING_TIMEOUT_S = 3_600.0
"""The longest that the sounds may take to come, their places in the queue included."""
CUTTING_TIMEOUT_S = 3_600.0
"""The longest that it may take to cut them, their turns included."""
TRANSCRIPTION_TIMEOUT_S = 3_600.0
"""The longest that the rest may take, retries included."""
AGREED_PERCENT = 125
"""Of a price that was agreed to: what costs more is asked about again."""
LONG_SOUND_S = 5 * 60.0
"""Of a longer one there are subtitles and a text with times, too."""

Ended = Transcribed | TranscriptionFailed | SoundPriced


@dataclass
class Here:
    """The sounds that are here, and what is wrong with the files that are none."""

    sounds: list[Sound] = field(default_factory=list)
    unread: list[UnreadableFileError] = field(default_factory=list)

    @contextmanager
    def reading(self, one: Sound | None = None) -> Iterator[None]:
        """A file that can't be used inside the block is `unread`, and `one` is here no longer."""
        try:
            yield
        except UnreadableFileError as error:
            self.unread.append(error)
            if one in self.sounds:
                self.sounds.remove(one)

    def check(self) -> None:
        """Raises UnreadableFileError if no sound is left."""
        if not self.sounds:
            raise self.unread[0]


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
        calls, notes, here = self._calls(job, order), _notes(job), Here()
        error: GpttgError | TimeoutError | None = None
        is_done = False
        try:
            await calls.book_lost(partial(self._estimated, order, notes))
            with job.stoppable():
                async with self._actions.busy(place(job.conversation), "typing"):
                    with anyio.fail_after(ARRIVING_TIMEOUT_S):
                        await self._fetched(job, order, here, notes)
                    with anyio.fail_after(CUTTING_TIMEOUT_S):
                        priced = await self._cut_if_cheap(job, order, here, notes)
                    if priced is not None:
                        return self._result(calls, priced)
                    with anyio.fail_after(TRANSCRIPTION_TIMEOUT_S):
                        error = await self._heard(job, order, calls, here.sounds, notes)
                        if error is None and _is_long(here.sounds):
                            await self._outlined(job, order, calls, here.sounds[0], notes)
                is_done = True
        except (GpttgError, TimeoutError) as raised:
            error = raised
        self._book(order, calls, notes)
        await self._hearing.discard(here.sounds, notes)
        kept = [self._hearing.words(one, notes) for one in here.sounds]
        for one, words in zip(here.sounds, kept, strict=True):
            if words != one.known:
                await self._hearing.keep(one, words)
        if error is None and not is_done:
            return self._result(calls, TranscriptionFailed(at=self._clock(), job=job.id, reason="stopped"))
        if error is not None and not any(words.text for one in kept for words in one.words):
            return self._failed(job, calls, error)
        try:
            return await self._transcribed(job, order, calls, here, kept, error)
        except TransientError as full:
            return self._failed(job, calls, full)

    async def crashed(self, job: Job) -> JobResult:
        """See JobBody."""
        now = self._clock()
        event = TranscriptionFailed(at=now, job=job.id, reason="crash")
        return JobResult(event, await owed(job, partial(self._bill, job)), alerts("crash", job.id, now))

    async def _bill(self, job: Job) -> list[LedgerLine]:
        order = job.decode_order(TranscriptionOrder)
        calls = self._calls(job, order)
        self._book(order, calls, _notes(job))
        return calls.booked

    def _calls(self, job: Job, order: TranscriptionOrder) -> PaidCalls:
        return PaidCalls(self._database, self._lines, self._purse, job, order, "transcription", (OUTLINE_CALL,))

    def _book(self, order: TranscriptionOrder, calls: PaidCalls, notes: Notes) -> None:
        """All that the calls have cost: as OpenAI says, or as estimated where nobody heard their end."""
        for number, transcript in notes.heard.items():
            if transcript.is_billed:
                calls.book(number, transcript.model, transcript.usage)
        if notes.outlined is not None:
            calls.book_response(notes.outlined)
        calls.book_under_way(partial(self._estimated, order, notes))

    async def _fetched(self, job: Job, order: TranscriptionOrder, here: Here, notes: Notes) -> None:
        """Brings the sounds, where an earlier attempt has left something to do with them; the same one twice is heard
        once. Raises UnreadableFileError if none can be used."""
        told = Told(order.ref, order.language, "arriving-then-listen")
        async with self._hearing.telling(job, told, order.sounds) as telling:
            for number, attachment in enumerate(order.sounds):
                with here.reading():
                    one = await self._hearing.recalled(job, number, attachment, notes)
                    one = one or await self._brought(job, number, attachment, order.until_s, telling, notes)
                    twin = next((other for other in here.sounds if other.key == one.key), one)
                    here.sounds.append(replace(one, place=twin.place))
        here.check()

    async def _brought(
        self, job: Job, place: int, attachment: Attachment, until_s: float, telling: Arriving, notes: Notes
    ) -> Sound:
        """From Telegram; or, where it is not to be had a second time, what was heard of it."""
        try:
            return await self._hearing.fetched(job, place, attachment, until_s, telling)
        except GpttgError as error:
            if (one := await self._hearing.recalled(job, place, attachment, notes, lost=error)) is None:
                raise
            logger.info("job {}: sound {} can't be brought again: {}", job.id, place, error)
            return one

    async def _cut_if_cheap(self, job: Job, order: TranscriptionOrder, here: Here, notes: Notes) -> SoundPriced | None:
        """The pieces; or the question whether they are worth their price: before they are cut, and after that, for
        what a header says and what is there may differ."""
        if (priced := self._priced(job, order, here.sounds, notes)) is None:
            await self._cut(job, order, here, notes)
            priced = self._priced(job, order, here.sounds, notes)
        return priced

    async def _cut(self, job: Job, order: TranscriptionOrder, here: Here, notes: Notes) -> None:
        """Their pieces. Raises UnreadableFileError if none can be used."""
        told = Told(order.ref, order.language, "arriving-then-listen")
        for one in tuple(here.sounds):
            with here.reading(one):
                await self._hearing.cut(job, one, notes, told)
        here.check()

    def _priced(self, job: Job, order: TranscriptionOrder, sounds: Sequence[Sound], notes: Notes) -> SoundPriced | None:
        """The question whether what is left of it is worth its price; None if it is cheap, agreed to, or has begun."""
        duration_s = sum(self._hearing.left_s(one, notes) for one in {one.place: one for one in sounds}.values())
        cost: int | None = 0
        if duration_s:
            cost = self._lines.estimate_nanousd(self._hearing.model, Usage(audio_ms=round(duration_s * 1000)))
        if _is_long(sounds) and sounds[0].known.outline is None and cost is not None:
            outlined = self._outlining.expected(sounds[0].duration_s)
            cost += self._lines.estimate_nanousd(self._outlining.model, outlined) or 0
        most = max(self._ask_above_nanousd, order.agreed_nanousd * AGREED_PERCENT // 100)
        if notes.heard or cost is None or cost <= most:
            return None
        duration_s = duration_s or sum(one.duration_s for one in sounds)
        return SoundPriced(at=self._clock(), job=job.id, duration_s=duration_s, cost_nanousd=cost)

    async def _heard(
        self, job: Job, order: TranscriptionOrder, calls: PaidCalls, sounds: Sequence[Sound], notes: Notes
    ) -> GpttgError | None:
        """Everything that can be heard; why something can't."""
        await calls.brought(msgspec.json.encode(notes))  # after a kill each piece is booked by its own length
        say = phrases(order.language)

        async def show(done: int, total: int) -> None:
            if total > 1:
                line = say.styled("transcribing-pieces", done=done, total=total)
                await self._standing.show(job.conversation, order.ref, line, stop_button(job, phrases(order.language)))

        failures = await self._hearing.hear(calls, sounds, notes, show)
        lost = [one.lost for one in sounds if one.lost is not None]
        return min([*failures.values(), *lost], key=_importance, default=None)

    async def _outlined(self, job: Job, order: TranscriptionOrder, calls: PaidCalls, one: Sound, notes: Notes) -> None:
        """A summary of what has been heard."""
        line = phrases(order.language).styled("transcribing-outline")

        async def show() -> None:
            await anyio.sleep(EDIT_GAP_S)  # the last piece has just been told
            await self._standing.show(job.conversation, order.ref, line, stop_button(job, phrases(order.language)))

        async with beside(show):
            await self._outlining.outline(calls, self._hearing, one, notes)

    async def _transcribed(
        self,
        job: Job,
        order: TranscriptionOrder,
        calls: PaidCalls,
        here: Here,
        kept: Sequence[Kept],
        error: GpttgError | TimeoutError | None,
    ) -> JobResult:
        """What has been heard. Raises TransientError where the disk has no room for it."""
        is_heard = any(words.text for one in kept for words in one.words)
        text = "\n\n".join(filter(None, map(_text, kept))) if is_heard else ""
        missing = sum(words.text is None for one in kept for words in one.words)
        is_partial = missing or len(here.sounds) + len(here.unread) < len(order.sounds)
        why = failure_of(error) if error is not None and is_partial else None
        event = Transcribed(
            at=self._clock(),
            job=job.id,
            text=text,
            language=next((one.language for one in kept if one.language), ""),
            document=await self._document(job, "txt", "text/plain", text) if text else None,
            timed=await self._timed(job, here.sounds, kept) if text else (),
            missing=missing,
            pieces=sum(len(one.words) for one in kept),
            reason=why.reason if why else "",
            name=getattr(error, "name", ""),
            retry_after_s=why.retry_after_s if why else 0.0,
            limit=why.limit if why else "",
            unread=tuple((error.code, error.name) for error in here.unread),
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
        with on_disk():
            size = await in_thread(self._media.write, path, text.encode())
        return StoredFile(path=self._media.relative(path), name=f"transcript.{ending}", mime=mime, size=size)

    def _estimated(self, order: TranscriptionOrder, notes: Notes, number: int) -> Usage:
        """What OpenAI would bill for a piece of this length, or for the outline."""
        at, piece = divmod(number, PIECES_OF_A_SOUND)
        if number == OUTLINE_CALL:
            told = [*(sound.duration_s for sound in order.sounds), *(one.duration_s for one in notes.sounds.values())]
            return self._outlining.expected(max(told))
        cuts = notes.cuts.get(at, ())
        if piece < len(cuts):
            return Usage(audio_ms=cuts[piece].end_ms - cuts[piece].start_ms)
        return Usage(audio_ms=round(order.sounds[at].duration_s * 1000))

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


def _notes(job: Job) -> Notes:
    """What earlier attempts have got."""
    return msgspec.json.decode(job.result, type=Notes) if job.result else Notes()


def _is_long(sounds: Sequence[Sound]) -> bool:
    """Whether there are subtitles, and a text with a summary and times: of one long sound."""
    return len(sounds) == 1 and sounds[0].duration_s >= LONG_SOUND_S


def _text(kept: Kept) -> str:
    """A sound's words as one text, with the times of what is missing; those of a single piece stay as the model has
    set them."""
    if len(kept.words) == 1 and (only := kept.words[0].text) is not None:
        return only.strip()
    return as_text(stitched(kept.words))


def _importance(error: GpttgError) -> int:
    """Of several reasons, the one comes first that somebody has to do something about."""
    return 0 if isinstance(error, ExhaustedError) else 1 if isinstance(error, OverBudgetError) else 2


def _raised(error: GpttgError | TimeoutError | None) -> list[tuple[str, str]]:
    failure = None if error is None else failure_of(error)
    return [(failure.alert, failure.detail)] if failure is not None and failure.alert else []
