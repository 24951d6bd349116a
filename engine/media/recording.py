"""Speech on its way into a file: any sound as frames of one channel, and the OGG/Opus that is written of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from engine.core.errors import UnreadableFileError
from engine.media.ffmpeg import frames, moving_picture

SOUND_MOST_S = 8 * 3600
"""Longer sounds are `too_large`: silence packs so well that the file's size is no bound."""
FRAME_S = Fraction(1, 50)
"""Opus's usual frame, and the step in which loudness is measured."""


class Recording:
    """An OGG/Opus file being written. `finish` ends it well; the block's end closes it in any case."""

    def __init__(self, path: Path, hz: int, bits_per_s: int, application: str) -> None:
        self._path = path
        self._hz = hz
        self._options = {"b": str(bits_per_s), "application": application, "vbr": "constrained"}
        self._bytes = 0
        self._samples = 0

    def __enter__(self) -> Recording:
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


def first_sound(container: InputContainer) -> AudioStream | None:
    """The first stream of sound that there is a decoder for. Without a rate it only looks like one: FFmpeg takes any
    bytes named .mp3 for sound at first."""
    streams = (stream for stream in container.streams.audio if stream.codec_context is not None)
    return next((stream for stream in streams if stream.codec_context.sample_rate), None)


def mono(container: InputContainer, hz: int) -> Iterator[AudioFrame]:
    """A file's sound in frames of 20 ms, 16 bit, one channel.

    A file may change its rate or its channels half-way (chained OGG, radio recordings): then a new resampler begins.
    """
    stream = first_sound(container)
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


def peak(frame: AudioFrame) -> int:
    """The loudest sample, 0..32,768."""
    samples = memoryview(frame.planes[0])[: frame.samples * 2].cast("h")
    highest, lowest = max(samples, default=0), min(samples, default=0)
    return max(highest, -lowest)
