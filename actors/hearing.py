"""Hearing: a sound is fetched, cut into pieces where it is long, and the pieces are written down side by side.

Each piece is one paid call with a number of its own (`number_of`); what it has brought is on disk before anything else,
so a job that was killed goes on with the pieces that are missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from pathlib import Path

import anyio
import anyio.from_thread
import msgspec
from loguru import logger

from actors.arriving import Arriving, Told
from actors.booking import PaidCalls
from actors.fetching import Fetching, on_disk, stem_of
from actors.heavy import in_thread
from engine.ai.finished import FinishedResponse
from engine.ai.outlines import read_outline
from engine.ai.retries import with_retries
from engine.ai.transcription import SOUND_BYTES, Transcript, Transcriptions
from engine.core.clock import Clock
from engine.core.errors import ExhaustedError, GpttgError, UnreadableFileError
from engine.core.files import Attachment
from engine.core.ledger import Usage
from engine.core.outline import Outline
from engine.media import files, pieces, sound
from engine.media.stitching import Words
from engine.runtime.behaviour import Job
from engine.store import transcripts
from engine.store.database import Database

PIECES_AT_ONCE = 4
"""Pieces of one job that are with OpenAI at the same moment."""
CUTS_AT_ONCE = 1
"""Short sounds that are cut at the same moment, in all jobs: each takes a processor."""
LONG_CUT_S = 30 * 60.0
"""A longer sound takes a while to cut: it waits for its turn among all that is heavy, shorter ones don't."""
PIECES_OF_A_SOUND = 1_000
"""Room for the numbers of one sound's pieces: PLAYED_MOST_S has 72."""


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a sound: its file's name in incoming/ ("" for what is known already), and its place."""

    name: str
    start_ms: int
    end_ms: int
    overlap_ms: int = 0


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """A sound that an attempt has cut."""

    name: str
    duration_s: float
    key: transcripts.Sound


class Notes(msgspec.Struct):
    """What a job has got so far: its sounds and their pieces by the sound's place, and what paid calls heard in
    them."""

    sounds: dict[int, Noted] = {}
    cuts: dict[int, tuple[Cut, ...]] = {}
    heard: dict[int, Transcript] = {}
    outlined: FinishedResponse | None = None
    """the outline of the one sound, where it is long (`actors.outlining`)"""


class Kept(msgspec.Struct, frozen=True):
    """What is known of a sound from before: the same conversation had the same file."""

    words: tuple[Words, ...] = ()
    language: str = ""
    outline: Outline | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is left to be heard."""
        return bool(self.words) and all(words.text is not None for words in self.words)


@dataclass(frozen=True)
class Sound:
    """A sound that is here, or (`lost` says why it can't be brought again) of which an earlier attempt has heard
    pieces. `known` is what earlier jobs heard in it, `beginning` what they heard in a part of it: a piece that is the
    same is not heard again."""

    place: int
    path: Path | None
    name: str
    duration_s: float
    key: transcripts.Sound
    known: Kept
    beginning: Kept
    lost: GpttgError | None = None

    @property
    def begun(self) -> tuple[Words, ...]:
        """The pieces of its beginning that are known; the whole is cut behind them, if it was not cut otherwise."""
        words = tuple(takewhile(lambda one: one.text is not None, self.beginning.words))
        borders = [(one.start_ms, one.end_ms) for one in words]
        is_so = [(one.start_ms, one.end_ms) for one in self.known.words[: len(words)]] == borders
        return words if is_so or not self.known.words else ()

    @property
    def told(self) -> dict[tuple[int, int], str]:
        """What is known, by where it begins and ends (milliseconds)."""
        every = (*self.begun, *self.known.words)
        return {(words.start_ms, words.end_ms): words.text for words in every if words.text is not None}


_kept = msgspec.json.Decoder(Kept)


def _stem(job: Job, place: int) -> str:
    """How the names of a sound's pieces begin."""
    return f"{job.id}-{place}"


def number_of(place: int, piece: int) -> int:
    """The paid call for a piece of a sound."""
    return place * PIECES_OF_A_SOUND + piece


class Hearing:
    """Does this for all jobs."""

    def __init__(
        self, database: Database, transcriptions: Transcriptions, fetching: Fetching, model: str, clock: Clock
    ) -> None:
        self._database = database
        self._transcriptions = transcriptions
        self._fetching = fetching
        self.model = model
        self._clock = clock
        self._cutting_short = anyio.Semaphore(CUTS_AT_ONCE)

    def telling(self, job: Job, told: Told, files: Sequence[Attachment]) -> AbstractAsyncContextManager[Arriving]:
        """See Fetching."""
        return self._fetching.telling(job, told, files)

    async def fetched(self, job: Job, place: int, attachment: Attachment, until_s: float, telling: Arriving) -> Sound:
        """A sound on the disk, what it plays, and what is known of it. Raises UnreadableFileError with its name."""
        with naming(attachment.name):
            path = await self._fetching.fetch(job, attachment, telling)
            look_at = partial(sound.look_at_sound, path, anyio.from_thread.check_cancelled)
            look = await self._fetching.heavily(job, look_at, attachment.size)
            if not look.has_sound:
                raise UnreadableFileError("pictures only", code="no_sound")
            hashed = partial(files.sha256, path, anyio.from_thread.check_cancelled)
            digest = await self._fetching.heavily(job, hashed, attachment.size)
        key = transcripts.Sound(job.conversation, digest, round(until_s * 1000), self.model)
        duration_s = min(look.duration_s, until_s) if until_s else look.duration_s
        return await self._sound(place, path, Noted(attachment.name, duration_s, key))

    async def recalled(
        self, job: Job, place: int, attachment: Attachment, notes: Notes, lost: GpttgError | None = None
    ) -> Sound | None:
        """A sound that an earlier attempt has cut, without its file: where nothing is missing but pieces that are on
        the disk; or, as it is `lost`, where anything has been heard of it."""
        noted = notes.sounds.get(place)
        if noted is None:
            return None
        one = await self._sound(place, None, noted, lost)
        if await self._are_there(one, notes):
            self._fetching.claim(job, _stem(job, place))
            self._fetching.claim(job, stem_of(job, attachment))
            return replace(one, lost=None)
        return one if lost and any(number // PIECES_OF_A_SOUND == place for number in notes.heard) else None

    async def _sound(self, place: int, path: Path | None, noted: Noted, lost: GpttgError | None = None) -> Sound:
        value = await self._database.read(partial(transcripts.find, sound=noted.key))
        shorter: str | None = None
        if not noted.key.until_ms:
            shorter = await self._database.read(partial(transcripts.find_beginning, sound=noted.key))
        known, beginning = (Kept() if one is None else _kept.decode(one) for one in (value, shorter))
        return Sound(place, path, noted.name, noted.duration_s, noted.key, known, beginning, lost)

    async def cut(self, job: Job, one: Sound, notes: Notes, told: Told) -> None:
        """Its pieces, in files; those that an earlier attempt has left are used. Nothing for what is known whole, or
        lost. The message of `told` says if it has to wait. Raises UnreadableFileError, and TransientError where the
        disk is full."""
        if one.path is None or one.known.is_whole or await self._are_there(one, notes):
            return
        notes.sounds[one.place] = Noted(one.name, one.duration_s, one.key)
        until_s = one.key.until_ms / 1000 or None
        stem = _stem(job, one.place)
        self._fetching.claim(job, stem)
        whole = one.duration_s <= pieces.PIECE_MOST_S and until_s is None and not one.begun
        if whole and await in_thread(sound.is_speech_ready, one.path, SOUND_BYTES):
            notes.cuts[one.place] = (Cut(one.path.name, 0, round(one.duration_s * 1000)),)
            return
        cut = partial(
            pieces.cut_speech,
            one.path,
            one.path.parent,
            most_bytes=SOUND_BYTES,
            piece_s=pieces.PIECE_MOST_S,
            until_s=until_s,
            behind_ms=one.begun[-1].end_ms if one.begun else 0,
            stem=stem,
            still_wanted=anyio.from_thread.check_cancelled,
        )
        with naming(one.name), on_disk():
            if one.duration_s > LONG_CUT_S:
                made = await self._fetching.heavily(job, cut, told=told)
            else:
                async with self._cutting_short:
                    made = await in_thread(cut)
        begun = [Cut("", words.start_ms, words.end_ms, words.overlap_ms) for words in one.begun]
        cuts = [Cut(piece.path.name, piece.start_ms, piece.end_ms, piece.overlap_ms) for piece in made]
        notes.cuts[one.place] = (*begun, *cuts)

    async def hear(
        self, calls: PaidCalls, sounds: Sequence[Sound], notes: Notes, show: Callable[[int, int], Awaitable[None]]
    ) -> dict[int, GpttgError]:
        """All pieces that nobody has heard yet, PIECES_AT_ONCE at a time; the errors of those that can't be. `show`
        is told how many of all are done."""
        different = {one.place: one for one in sounds if one.lost is None}.values()
        names = {one.place: one.name for one in different}
        missing = [number for one in different for number in self.missing(one, notes)]
        total = sum(len(notes.cuts.get(one.place, one.known.words)) for one in different)
        failures: dict[int, GpttgError] = {}
        limiter = anyio.Semaphore(PIECES_AT_ONCE)

        async def one_piece(number: int) -> None:
            async with limiter:
                if any(isinstance(error, ExhaustedError) for error in failures.values()):
                    return  # the others would be refused, too
                try:
                    with naming(names[number // PIECES_OF_A_SOUND]):
                        await self._heard(calls, notes, number)
                except GpttgError as error:
                    failures[number] = error
            await show(total - len([each for each in missing if each not in notes.heard]), total)

        async with anyio.create_task_group() as tasks:
            for number in missing:
                tasks.start_soon(one_piece, number)
        return failures

    def missing(self, one: Sound, notes: Notes) -> list[int]:
        """The calls that are still to be made for a sound."""
        told = one.told
        numbers = ((number_of(one.place, at), cut) for at, cut in enumerate(notes.cuts.get(one.place, ())))
        return [
            number for number, cut in numbers if number not in notes.heard and (cut.start_ms, cut.end_ms) not in told
        ]

    def left_s(self, one: Sound, notes: Notes) -> float:
        """How much of a sound is still to be heard: counted where it is cut already, else by its header."""
        if one.place in notes.cuts:
            cuts = (notes.cuts[one.place][number % PIECES_OF_A_SOUND] for number in self.missing(one, notes))
            return sum(cut.end_ms - cut.start_ms - cut.overlap_ms for cut in cuts) / 1000
        told_ms = sum(end_ms - start_ms for start_ms, end_ms in one.told)
        return 0.0 if one.known.is_whole else max(0.0, one.duration_s - told_ms / 1000)

    def words(self, one: Sound, notes: Notes) -> Kept:
        """All that is known of a sound by now."""
        outline = read_outline(notes.outlined.text) if notes.outlined else one.known.outline
        if one.place not in notes.cuts:
            return msgspec.structs.replace(one.known, outline=outline)
        told = one.told
        heard = [notes.heard.get(number_of(one.place, at)) for at in range(len(notes.cuts[one.place]))]
        words = tuple(
            Words(
                cut.start_ms, cut.end_ms, new.text if new else told.get((cut.start_ms, cut.end_ms)), (), cut.overlap_ms
            )
            for cut, new in zip(notes.cuts[one.place], heard, strict=True)
        )
        before = one.known.language or one.beginning.language
        language = next((new.language for new in heard if new and new.language), before)
        return Kept(words, language, outline)

    async def keep(self, one: Sound, kept: Kept) -> None:
        """It is known for the next time."""
        value = msgspec.json.encode(kept).decode()
        await self._database.write(partial(transcripts.keep, sound=one.key, value=value, now=self._clock()))

    async def discard(self, sounds: Sequence[Sound], notes: Notes) -> None:
        """Neither sounds nor pieces are needed any more."""
        names = [self._fetching.media.incoming(cut.name) for cuts in notes.cuts.values() for cut in cuts if cut.name]
        with anyio.CancelScope(shield=True):
            await self._fetching.discard(*names, *(one.path for one in sounds if one.path is not None))

    async def _are_there(self, one: Sound, notes: Notes) -> bool:
        cuts = notes.cuts.get(one.place, ())
        needed = {cuts[number % PIECES_OF_A_SOUND].name for number in self.missing(one, notes)}
        return bool(cuts) and all([await anyio.Path(self._fetching.media.incoming(name)).exists() for name in needed])

    async def _heard(self, calls: PaidCalls, notes: Notes, number: int) -> None:
        try:
            transcript = await with_retries(partial(self._asked, calls, notes, number))
        except GpttgError as error:
            logger.info("job {}: piece {} can't be heard: {}", calls.job.id, number, error)
            raise
        with anyio.CancelScope(shield=True):  # it is paid for: it must come to disk
            notes.heard[number] = transcript
            await calls.brought(msgspec.json.encode(notes), number)

    async def _asked(self, calls: PaidCalls, notes: Notes, number: int) -> Transcript:
        cut = notes.cuts[number // PIECES_OF_A_SOUND][number % PIECES_OF_A_SOUND]
        await calls.begin(number, self.model, Usage(audio_ms=cut.end_ms - cut.start_ms))
        path = self._fetching.media.incoming(cut.name)
        hearing = self._transcriptions.transcribe(path, name="voice.ogg", mime="audio/ogg", model=self.model)
        return await calls.answered(number, hearing)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Errors about a file inside the block get its name."""
    try:
        yield
    except UnreadableFileError as error:
        error.name = error.name or name
        raise
