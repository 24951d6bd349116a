"""A long recording that is known word for word, and an ear that hears which of its words are in a part of it.

The ear goes by the sound alone: it looks for the place in the recording where the loudness rises and falls like that,
so it hears a piece that was cut, encoded and sent just as well as the file itself. A word that is cut through is heard
torn.

    lecture = Lecture.spoken(sentences, voice)
    lecture.write(path)
    model.listens(lecture.heard_in)
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import wave
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

HZ = 16_000
STEP_S = 0.02
STEP = int(HZ * STEP_S)
GAP_S = 0.04
"""Between words."""
TORN_S = 0.06
"""More than this must be missing of a word for it to be torn: the place is known to two steps."""
FLOOR = 100.0
"""What is quieter counts as silence."""
ESPEAK = "espeak-ng"

Samples = NDArray[np.int16]
Voice = Callable[[str], Samples]
"""How a word sounds: 16 kHz, one channel."""


class Spoken(NamedTuple):
    """A word, and where it is."""

    text: str
    start_s: float
    end_s: float


class Lecture:
    """See the module. `words` is what was said."""

    def __init__(self, samples: Samples, words: Sequence[Spoken]) -> None:
        self.words = words
        self.duration_s = len(samples) / HZ
        self._samples = samples
        self._loudness = _loudness(samples)

    @classmethod
    def spoken(cls, sentences: Iterable[tuple[Sequence[str], float]], voice: Voice) -> Lecture:
        """Sentences, and how many seconds of silence come after each."""
        parts: list[Samples] = []
        words: list[Spoken] = []
        at = 0
        for sentence, pause_s in sentences:
            for number, word in enumerate(sentence):
                sound = voice(word)
                words.append(Spoken(word, at / HZ, (at + len(sound)) / HZ))
                is_last = number == len(sentence) - 1
                parts += [sound, np.zeros(round(HZ * (pause_s if is_last else GAP_S)), np.int16)]
                at += len(parts[-2]) + len(parts[-1])
        return cls(np.concatenate(parts), words)

    def write(self, path: Path) -> None:
        """As WAV."""
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(HZ)
            file.writeframes(self._samples.tobytes())

    def heard_in(self, content: bytes) -> str:
        """The words in a part of it, as a model writes them: a capital at the start, a full stop at the end."""
        part = _decoded(content)
        start_s = self._place(_loudness(part)) * STEP_S
        words = " ".join(_within(self.words, start_s, start_s + len(part) / HZ))
        return f"{words[:1].upper()}{words[1:]}." if words else ""

    def _place(self, part: NDArray[np.float64]) -> int:
        """The step of the recording where it is most like `part`."""
        whole = self._loudness
        if len(part) >= len(whole):
            return 0
        size = 1 << (len(whole) + len(part)).bit_length()
        product = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)
        return int(np.argmax(product[: len(whole) - len(part) + 3]))


def _within(words: Sequence[Spoken], start_s: float, end_s: float) -> Iterator[str]:
    for word in words:
        missing_s = max(0.0, start_s - word.start_s), max(0.0, word.end_s - end_s)
        long_s = word.end_s - word.start_s
        if sum(missing_s) >= long_s - TORN_S:
            continue
        first, last = (round(len(word.text) * part / long_s) if part > TORN_S else 0 for part in missing_s)
        if heard := word.text[first : len(word.text) - last]:
            yield heard


def _loudness(samples: Samples) -> NDArray[np.float64]:
    """Of each step, as far from the average as it is."""
    whole = samples[: len(samples) // STEP * STEP].reshape(-1, STEP).astype(np.float64)
    logs = np.log(np.maximum(np.sqrt((whole**2).mean(axis=1)), FLOOR))
    centred: NDArray[np.float64] = logs - logs.mean()
    return centred


def _decoded(content: bytes) -> Samples:
    with av.open(io.BytesIO(content), "r") as container:
        resampler = AudioResampler(format="s16", layout="mono", rate=HZ)
        frames = [made for frame in container.decode(audio=0) for made in resampler.resample(frame)]
        frames += resampler.resample(None)
    blocks: list[Any] = [frame.to_ndarray()[0] for frame in frames]
    return np.concatenate(blocks).astype(np.int16) if blocks else np.zeros(0, np.int16)


# ── what is said, and how ───────────────────────────────────────────────────────────────────────────────────────────


def sentences(
    vocabulary: Sequence[str], duration_s: float, is_breathless: Callable[[float], bool], seed: int = 1
) -> Iterator[tuple[list[str], float]]:
    """Random sentences for about so long, with pauses; none where somebody speaks without taking breath."""
    chance = random.Random(seed)
    at_s = 0.0
    while at_s < duration_s:
        words = chance.choices(vocabulary, k=chance.randint(6, 14))
        pause_s = GAP_S if is_breathless(at_s) else chance.uniform(0.4, 1.2)
        at_s += sum(0.12 + 0.06 * len(word) for word in words) + pause_s
        yield words, pause_s


@cache
def noise(word: str) -> Samples:
    """A voice that needs nothing: a burst of noise, the same for the same word, as long as the word."""
    seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
    generator = np.random.default_rng(seed)
    steps = 6 + 3 * len(word)
    loudness = np.repeat(generator.uniform(1_500, 9_000, steps), STEP)
    return (generator.uniform(-1, 1, len(loudness)) * loudness).astype(np.int16)


@cache
def espeak(word: str) -> Samples:
    """A word as espeak-ng says it, without the silence around it. Raises LookupError where that is not installed."""
    program = shutil.which(ESPEAK)
    if program is None:
        raise LookupError(f"{ESPEAK} is not installed")
    said = subprocess.run([program, "--stdout", "-s", "160", word], check=True, capture_output=True)  # noqa: S603
    samples = _decoded(said.stdout)
    loud = np.flatnonzero(np.abs(samples) > FLOOR)
    return samples[loud[0] : loud[-1] + 1] if len(loud) else samples
