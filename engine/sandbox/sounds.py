"""Speech of the sandbox: sounds that nobody understands but that carry their words in a tag, so that they can be heard.

The convention is here and nowhere else: the container's or the stream's comment is `words=` and the words. Whoever
makes a sound for the sandbox calls `speech`; LocalOpenAI listens with `listen`.
"""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import blake2b

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError

HZ = 24_000
CHARACTERS_PER_S = 15
"""How fast people talk."""
SHORTEST_S = 0.5
LONGEST_S = 1800.0
BYTES_PER_S = 2 * HZ
BITS_PER_S = 32_000
"""Of what is compressed with losses."""
TAG, MARK = "comment", "words="
PITCHES_HZ = (147, 165, 185, 196, 220, 247, 277, 294)
LOUDNESS = 6_000
GAP_SHARE = 0.2
"""Of each word's time, the silence after it."""
BLOCK_S = 10
FORMS: dict[str, tuple[str, str]] = {
    "opus": ("ogg", "libopus"),
    "mp3": ("mp3", "libmp3lame"),
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "aac": ("adts", "aac"),
}
"""What it is called → FFmpeg's container and codec; beside these, `pcm16` is the bare samples."""
HEARD_FORMATS = "flac,mp3,mov,mpeg,ogg,wav,matroska,aac"
"""The demuxers that may open a sound; none of them opens other files."""
PACKETS_MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Heard:
    """What there is to hear in a file."""

    duration_s: float
    words: str | None
    """None for a sound that the sandbox did not make."""


def lasts_s(words: str, speed: float = 1.0) -> float:
    """How long it takes to say this, in seconds: always the same for the same words."""
    spoken_s = len(" ".join(words.split())) / CHARACTERS_PER_S / speed
    return min(LONGEST_S, max(SHORTEST_S, round(spoken_s, 1)))


def speech(words: str, form: str = "opus", duration_s: float | None = None) -> bytes:
    """A sound that says these words, mono: a tone for each, as long as it takes to say it.

    `form` is one of FORMS, or "pcm16" for bare samples of 24 kHz, 16 bit, which have no place for the words.
    """
    samples = _samples(words, lasts_s(words) if duration_s is None else duration_s)
    if form == "pcm16":
        return samples
    format_, codec = FORMS[form]
    made = io.BytesIO()
    options = {"write_id3v2": "1"} if format_ == "adts" else {}
    with av.open(made, "w", format=format_, options=options) as container:
        _write(container, codec, samples, MARK + words)
    return made.getvalue()


def _write(container: OutputContainer, codec: str, samples: bytes, tag: str) -> None:
    stream = container.add_stream(codec, rate=HZ, layout="mono")
    assert isinstance(stream, AudioStream)
    stream.bit_rate = BITS_PER_S
    container.metadata[TAG] = tag
    stream.metadata[TAG] = tag
    resampler = AudioResampler(format=stream.format, layout="mono", rate=HZ)
    for block in _blocks(samples):
        for frame in resampler.resample(block):
            container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _blocks(samples: bytes) -> Iterator[AudioFrame]:
    step = BLOCK_S * BYTES_PER_S
    for start in range(0, len(samples), step):
        part = samples[start : start + step]
        frame = AudioFrame(format="s16", layout="mono", samples=len(part) // 2)
        plane = frame.planes[0]
        plane.update(part + bytes(plane.buffer_size - len(part)))
        frame.sample_rate, frame.pts, frame.time_base = HZ, start // 2, Fraction(1, HZ)
        yield frame


def _samples(words: str, duration_s: float) -> bytes:
    total = round(duration_s * HZ) * 2
    said = words.split() or ["hm"]
    letters = sum(len(word) + 1 for word in said)
    parts: list[bytes] = []
    for word in said:
        length = total * (len(word) + 1) // letters & ~1
        silence = int(length * GAP_SHARE) & ~1
        parts.append(_tone(_pitch(word), length - silence) + bytes(silence))
    made = b"".join(parts)
    return made + bytes(total - len(made))


def _pitch(word: str) -> int:
    return PITCHES_HZ[blake2b(word.encode(), digest_size=1).digest()[0] % len(PITCHES_HZ)]


def _tone(hertz: int, length: int) -> bytes:
    period = _one_second(hertz)
    return (period * (length // len(period) + 1))[:length]


@cache
def _one_second(hertz: int) -> bytes:
    turn = 2 * math.pi * hertz / HZ
    wave = (LOUDNESS * (math.sin(turn * at) + 0.4 * math.sin(3 * turn * at)) for at in range(HZ))
    return array("h", map(int, wave)).tobytes()


def listen(content: bytes | memoryview) -> Heard:
    """How long a sound of any kind plays, and the words in it.

    Raises ValueError for what is no sound, or one that cannot be decoded.
    """
    options = {"format_whitelist": HEARD_FORMATS}
    try:
        with av.open(io.BytesIO(content), "r", options=options, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise ValueError("no sound in it")
            next(container.decode(container.streams.audio[0]))
            words = _words(container.metadata) or _words(container.streams.audio[0].metadata)
            return Heard(_duration_s(container), words)
    except (FFmpegError, StopIteration) as error:
        raise ValueError("no sound that can be decoded") from error


def _words(tags: Mapping[str, str]) -> str | None:
    tag = next((value for name, value in tags.items() if name.lower() == TAG), "")
    return tag.removeprefix(MARK) if tag.startswith(MARK) else None


def _duration_s(container: InputContainer) -> float:
    stream = container.streams.audio[0]
    if container.duration is not None:
        return max(0.0, container.duration / av.time_base)
    if stream.duration is not None and stream.time_base is not None:
        return max(0.0, float(stream.duration * stream.time_base))
    end_s = 0.0
    for number, packet in enumerate(container.demux(stream)):
        if number >= PACKETS_MOST:
            break
        if packet.pts is not None and packet.time_base is not None:
            end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return end_s
