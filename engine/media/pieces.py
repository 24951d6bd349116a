"""Long sounds cut into pieces that OpenAI takes: at silences, in one pass, with the memory of a minute's sound."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from av.audio.frame import AudioFrame

from engine.core.errors import UnreadableFileError
from engine.media.ffmpeg import opened
from engine.media.files import arriving
from engine.media.recording import FRAME_S, Recording, mono, peak
from engine.media.sound import SPEECH_BITS_PER_S, SPEECH_HZ

PIECE_MOST_S = 20 * 60.0
"""Short enough that hours are written down side by side, long enough that few words stand at a border."""
PIECE_LEAST_S = 10.0
WINDOW_S = 60.0
"""How long before the limit a silence may be: a minute of speech without a pause for breath is rare."""
SILENCE_LEAST_S = 0.3
"""Shorter gaps are stops within words."""
SILENCE_PEAK = 400
"""Of 32,767 (-38 dB): what is below it is silence anywhere."""
SILENCE_SHARE = 0.08
"""Of the loud parts' peak: what is below it is silence in a noisy room (-22 dB)."""
OVERLAP_S = 3.0
"""How much two pieces share where no silence parts them, so that the word at the border is whole in one of them."""
PACKED_MOST = 1.3
"""How much more than its rate a short piece may take: Opus varies it, Ogg has pages."""
PLAYED_MOST_S = 24 * 3600.0
"""Longer sounds are `too_large`."""

_FRAMES_PER_S = int(1 / FRAME_S)


class Piece(msgspec.Struct, frozen=True):
    """A part of a long sound, as mono OGG/Opus. Times are those of the whole, counted in samples heard."""

    path: Path
    start_ms: int
    end_ms: int
    overlap_ms: int = 0
    """how much of its start is the end of the piece before it, too"""


class _Heard(msgspec.Struct, frozen=True):
    frame: AudioFrame
    peak: int


def cut_speech(
    source: Path,
    folder: Path,
    *,
    most_bytes: int,
    piece_s: float = PIECE_MOST_S,
    until_s: float | None = None,
    behind_ms: int = 0,
    stem: str = "piece",
    still_wanted: Callable[[], object] = lambda: None,
) -> list[Piece]:
    """The first sound of a file in pieces of at most `piece_s` and `most_bytes`, written into `folder` as
    <stem>-001.ogg and so on.

    The same file gives the same pieces under the same names, so that they can be made again after a kill. `until_s`:
    only so much of the beginning. `behind_ms`: what is before is known; the first piece shares OVERLAP_S with it, for
    it need not have ended between two words, and there is no piece if the sound ends there, too. `still_wanted` is
    called between frames and may raise to end it. What fails leaves no piece behind.

    Raises:
        UnreadableFileError: no_sound, corrupt, empty, gone, too_large (more than PLAYED_MOST_S).
    """
    piece_s = max(PIECE_LEAST_S, min(piece_s, most_bytes * 8 / SPEECH_BITS_PER_S / PACKED_MOST))
    cutter = _Cutter(folder / stem, round(piece_s * _FRAMES_PER_S), behind_ms * _FRAMES_PER_S // 1000)
    try:
        with opened(source) as container:
            wanted = None if until_s is None else max(1, round(until_s * _FRAMES_PER_S))
            for number, frame in enumerate(islice(mono(container, SPEECH_HZ), wanted)):
                still_wanted()
                if number >= cutter.begins:
                    cutter.add(_Heard(frame, peak(frame)))
        return cutter.finish(most_bytes)
    except BaseException:
        cutter.give_up(*sys.exc_info())
        raise


class _Cutter:
    """Writes frames into pieces. The last WINDOW_S before the limit are held back until it is known where to cut."""

    def __init__(self, stem: Path, most: int, behind: int) -> None:
        self._stem = stem
        self._most = most
        self._window = min(round(WINDOW_S * _FRAMES_PER_S), most // 2)
        self._overlap = min(round(OVERLAP_S * _FRAMES_PER_S), self._window // 4)
        self._held: deque[_Heard] = deque()
        self._pieces: list[Piece] = []
        self._open = ExitStack()
        self._recording: Recording | None = None
        self._shared = min(self._overlap, behind)
        self.begins = self._start = behind - self._shared
        self._written = 0

    def add(self, heard: _Heard) -> None:
        """One more frame."""
        if self._start + self._written + len(self._held) > PLAYED_MOST_S * _FRAMES_PER_S:
            raise UnreadableFileError("it plays too long", code="too_large")
        self._held.append(heard)
        if self._written + len(self._held) >= self._most:
            self._cut()
        elif len(self._held) > self._window:
            self._write(self._held.popleft())

    def finish(self, most_bytes: int) -> list[Piece]:
        """Ends the last piece, if there is more in it than in the one before; all of them."""
        if self._written + len(self._held) > self._shared or not (self._pieces or self.begins):
            while self._held:
                self._write(self._held.popleft())
            self._close()
        if any(piece.path.stat().st_size > most_bytes for piece in self._pieces):
            raise UnreadableFileError("a piece of speech is larger than it may be", code="too_large")
        return self._pieces

    def give_up(self, *raised: Any) -> None:
        """Nothing stays."""
        self._open.__exit__(*raised)
        for piece in self._pieces:
            piece.path.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        """Of the piece that is being written."""
        return self._stem.with_name(f"{self._stem.name}-{len(self._pieces) + 1:03}.ogg")

    def _cut(self) -> None:
        peaks = [heard.peak for heard in self._held]
        at = middle_of_silence(peaks)
        shared = 0
        if at is None:
            shared = self._overlap
            at = _quietest(peaks, shared)
        for _ in range(at - shared):
            self._write(self._held.popleft())
        for heard in islice(self._held, shared):
            self._write(heard)
        self._close()
        self._start -= shared
        self._shared = shared

    def _write(self, heard: _Heard) -> None:
        if self._recording is None:
            part = self._open.enter_context(arriving(self._path))
            self._recording = self._open.enter_context(Recording(part, SPEECH_HZ, SPEECH_BITS_PER_S, "voip"))
        self._recording.add(heard.frame)
        self._written += 1

    def _close(self) -> None:
        if self._recording is None:
            raise UnreadableFileError("nothing to hear", code="no_sound")
        self._recording.finish()
        self._open.close()
        end = self._start + self._written
        self._pieces.append(Piece(self._path, _ms(self._start), _ms(end), _ms(self._shared)))
        self._recording, self._start, self._written, self._shared = None, end, 0, 0


def middle_of_silence(peaks: list[int]) -> int | None:
    """The middle of the longest silence among frames of 20 ms, told by their peaks; None if there is no silence."""
    loud = sorted(peaks)[len(peaks) * 9 // 10]
    runs = list(_runs(peaks, max(SILENCE_PEAK, round(loud * SILENCE_SHARE))))
    start, end = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    if end - start < SILENCE_LEAST_S * _FRAMES_PER_S:
        return None
    return max(1, (start + end) // 2)


def _runs(peaks: list[int], limit: int) -> Iterator[tuple[int, int]]:
    """Where it is no louder than `limit`: starts, and ends that are past it."""
    start: int | None = None
    for place, value in enumerate([*peaks, limit + 1]):
        if value <= limit and start is None:
            start = place
        elif value > limit and start is not None:
            yield start, place
            start = None


def _quietest(peaks: list[int], room: int) -> int:
    """The end of what two pieces share: around the quietest tenth of a second that has room on its left for it."""
    breadth = _FRAMES_PER_S // 10
    places = range(room // 2, len(peaks) - room // 2 - breadth)
    best = min(places, key=lambda place: sum(peaks[place : place + breadth]), default=len(peaks) // 2)
    return min(len(peaks), max(room + 1, best + breadth // 2 + room // 2))


def _ms(frames: int) -> int:
    return int(frames * FRAME_S * 1000)
