"""Sounds: what a file plays, the speech in it as OpenAI takes it, and voice notes as Telegram shows them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from engine.core.errors import UnreadableFileError
from engine.media.ffmpeg import duration_s, frames, moving_picture, opened
from engine.media.files import arriving, size_of

SPEECH_HZ = 16_000
SPEECH_BITS_PER_S = 24_000
"""Wideband mono: what a telephone call of today sounds like. OpenAI takes 26 MB: two hours and a quarter of it."""
VOICE_HZ = 48_000
VOICE_BITS_PER_S = 32_000
"""What Telegram's own clients record."""
SOUND_MOST_S = 8 * 3600
"""Longer sounds are `too_large`: silence packs so well that the file's size is no bound."""
FRAME_S = Fraction(1, 50)
"""Opus's usual frame, and the step in which loudness is measured."""
WAVEFORM_VALUES = 100
WAVEFORM_BITS = 5
WAVEFORM_TOP = 2**WAVEFORM_BITS - 1
QUIET_PEAK = 2_500
"""Of 32,767: a louder sound is drawn in relation to its own peak, a quieter one to this, so that noise stays small
(the Telegram clients' `getWaveform`, which has the same number)."""


class SoundLook(msgspec.Struct, frozen=True):
    """What a file of sound or video says about itself; width and height are 0 without a picture."""

    duration_s: float
    has_sound: bool
    has_picture: bool
    width: int
    height: int


class VoiceNote(msgspec.Struct, frozen=True):
    """A voice note that has been written, as Telegram wants it described."""

    duration_s: float
    waveform: bytes
    """63 bytes: `packed_waveform`"""


def look_at_sound(source: Path) -> SoundLook:
    """What a file plays and for how long, from its headers.

    Raises:
        UnreadableFileError: corrupt, empty, gone.
    """
    with opened(source) as container:
        sound = _first_sound(container)
        picture = moving_picture(container)
        if sound is None and picture is None:
            raise UnreadableFileError("nothing to play", code="corrupt")
        return SoundLook(
            duration_s=duration_s(container, sound or picture),
            has_sound=sound is not None,
            has_picture=picture is not None,
            width=picture.width if picture else 0,
            height=picture.height if picture else 0,
        )


def is_speech_ready(source: Path, most_bytes: int) -> bool:
    """Whether a file is what `extract_speech` makes anyway (OGG/Opus, mono, small enough), so that it goes as it is."""
    try:
        if size_of(source) > most_bytes:
            return False
        with opened(source) as container:
            sound = _first_sound(container)
            return (
                container.format.name == "ogg"
                and sound is not None
                and len(container.streams) == 1
                and sound.codec_context.name in ("opus", "libopus")
                and sound.codec_context.channels == 1
            )
    except UnreadableFileError:
        return False


def extract_speech(
    source: Path, target: Path, *, most_bytes: int, still_wanted: Callable[[], object] = lambda: None
) -> float:
    """The first sound of any file as mono OGG/Opus of at most `most_bytes`; how many seconds it plays.

    It takes about three seconds for ten minutes, and no more memory for hours of it. `still_wanted` is called between
    frames and may raise to end it, as `anyio.from_thread.check_cancelled` does.

    Raises:
        UnreadableFileError: no_sound, corrupt, empty, gone, or too_large (also for more than SOUND_MOST_S).
    """
    with (
        opened(source) as container,
        arriving(target) as part,
        _Recording(part, SPEECH_HZ, SPEECH_BITS_PER_S, "voip") as recording,
    ):
        for frame in _mono(container, SPEECH_HZ):
            still_wanted()
            if recording.add(frame) > most_bytes:
                raise UnreadableFileError("more speech than fits", code="too_large")
        recording.finish()
        if part.stat().st_size > most_bytes:
            raise UnreadableFileError("more speech than fits", code="too_large")
    return recording.duration_s


def voice_note(source: Path, target: Path) -> VoiceNote:
    """Any sound as Telegram's voice note: OGG/Opus, 48 kHz, mono, and the waveform that its bubble shows.

    Raises:
        UnreadableFileError: no_sound, corrupt, empty, gone, too_large (more than SOUND_MOST_S).
    """
    peaks = array("H")
    with (
        opened(source) as container,
        arriving(target) as part,
        _Recording(part, VOICE_HZ, VOICE_BITS_PER_S, "audio") as recording,
    ):
        for frame in _mono(container, VOICE_HZ):
            peaks.append(_peak(frame))
            recording.add(frame)
        recording.finish()
    return VoiceNote(duration_s=recording.duration_s, waveform=packed_waveform(waveform(peaks)))


def waveform(peaks: Sequence[int]) -> list[int]:
    """Loudness in 100 values of 0..31, from any number of peaks of 0..32,768, in relation to the loudest."""
    if not peaks:
        return [0] * WAVEFORM_VALUES
    top = max(peaks)
    top = max(top, QUIET_PEAK)
    bounds = [step * len(peaks) // WAVEFORM_VALUES for step in range(WAVEFORM_VALUES + 1)]
    loudest = [max(peaks[start : max(end, start + 1)]) for start, end in pairwise(bounds)]
    return [peak * WAVEFORM_TOP // top for peak in loudest]


def packed_waveform(values: Sequence[int]) -> bytes:
    """Values of 0..31, 5 bits each without gaps, the first in the lowest bits of the first byte.

    That is `documentAttributeAudio.waveform` as Telegram Desktop packs it: `documentWaveformEncode5bit` in
    data_document.cpp ors value i, shifted by 5i mod 8, into the little-endian 16-bit word at byte 5i div 8.
    """
    bits: int = sum((value & WAVEFORM_TOP) << (WAVEFORM_BITS * place) for place, value in enumerate(values))
    return bits.to_bytes(-(-len(values) * WAVEFORM_BITS // 8), "little")


class _Recording:
    """An OGG/Opus file being written. `finish` ends it well; the block's end closes it in any case."""

    def __init__(self, path: Path, hz: int, bits_per_s: int, application: str) -> None:
        self._path = path
        self._hz = hz
        self._options = {"b": str(bits_per_s), "application": application, "vbr": "constrained"}
        self._bytes = 0
        self._samples = 0

    def __enter__(self) -> _Recording:
        self._container: OutputContainer = av.open(str(self._path.absolute()), "w", format="ogg")
        self._stream: AudioStream = self._container.add_stream("libopus", rate=self._hz, options=self._options)
        self._stream.codec_context.layout = "mono"
        self._stream.codec_context.format = "s16"
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    @property
    def duration_s(self) -> float:
        return self._samples / self._hz

    def add(self, frame: AudioFrame | None) -> int:
        """Encodes a frame (None: what is left in the encoder); the bytes of sound so far."""
        if frame is not None:
            frame.pts = self._samples
            frame.time_base = Fraction(1, self._hz)
            self._samples += frame.samples
        if self.duration_s > SOUND_MOST_S:
            raise UnreadableFileError("it plays too long", code="too_large")
        for packet in self._stream.encode(frame):
            self._bytes += packet.size
            self._container.mux(packet)
        return self._bytes

    def finish(self) -> None:
        if not self._samples:
            raise UnreadableFileError("nothing to hear", code="no_sound")
        self.add(None)
        self._container.close()


def _first_sound(container: InputContainer) -> AudioStream | None:
    """The first stream of sound that there is a decoder for. Without a rate it only looks like one: FFmpeg takes any
    bytes named .mp3 for sound at first."""
    streams = (stream for stream in container.streams.audio if stream.codec_context is not None)
    return next((stream for stream in streams if stream.codec_context.sample_rate), None)


def _mono(container: InputContainer, hz: int) -> Iterator[AudioFrame]:
    """A file's sound in frames of 20 ms, 16 bit, one channel.

    A file may change its rate or its channels half-way (chained OGG, radio recordings): then a new resampler begins.
    """
    stream = _first_sound(container)
    if stream is None:
        raise UnreadableFileError("no stream of sound", code="no_sound" if moving_picture(container) else "corrupt")
    shape: tuple[str, str, int] | None = None
    resampler: AudioResampler | None = None
    for frame in frames(container, stream, stream.codec_context):
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler is None or now != shape:
            yield from _rest(resampler)
            resampler = AudioResampler(format="s16", layout="mono", rate=hz, frame_size=int(hz * FRAME_S))
            shape = now
        frame.pts = None
        yield from resampler.resample(frame)
    yield from _rest(resampler)


def _rest(resampler: AudioResampler | None) -> list[AudioFrame]:
    """What a resampler still holds back."""
    return resampler.resample(None) if resampler is not None else []


def _peak(frame: AudioFrame) -> int:
    """The loudest sample, 0..32,768."""
    samples = memoryview(frame.planes[0])[: frame.samples * 2].cast("h")
    highest, lowest = max(samples, default=0), min(samples, default=0)
    return max(highest, -lowest)
