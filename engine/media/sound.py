"""Sounds: what a file plays, the speech in it as OpenAI takes it, and voice notes as Telegram shows them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from engine.core.errors import UnreadableFileError
from engine.media.ffmpeg import duration_s, moving_picture, opened
from engine.media.files import arriving, size_of
from engine.media.recording import Recording, first_sound, mono, peak

SPEECH_HZ = 16_000
SPEECH_BITS_PER_S = 24_000
"""Wideband mono: what a telephone call of today sounds like. OpenAI takes 26 MB: two hours and a quarter of it."""
VOICE_HZ = 48_000
VOICE_BITS_PER_S = 32_000
"""What Telegram's own clients record."""
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


def look_at_sound(source: Path, still_wanted: Callable[[], object] = lambda: None) -> SoundLook:
    """What a file plays and for how long, from its headers, or counted. `still_wanted` is called between
    packets that are counted, and may raise to end it.

    Raises:
        UnreadableFileError: corrupt, empty, gone.
    """
    with opened(source) as container:
        sound = first_sound(container)
        picture = moving_picture(container)
        if sound is None and picture is None:
            raise UnreadableFileError("nothing to play", code="corrupt")
        return SoundLook(
            duration_s=duration_s(container, sound or picture, still_wanted),
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
            sound = first_sound(container)
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
        Recording(part, SPEECH_HZ, SPEECH_BITS_PER_S, "voip") as recording,
    ):
        for frame in mono(container, SPEECH_HZ):
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
        Recording(part, VOICE_HZ, VOICE_BITS_PER_S, "audio") as recording,
    ):
        for frame in mono(container, VOICE_HZ):
            peaks.append(peak(frame))
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
