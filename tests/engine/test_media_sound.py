"""Sounds: real containers, made here, whole and broken."""

from __future__ import annotations

import math
import random
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from telethon.utils import encode_waveform

from engine.core.errors import UnreadableFileError
from engine.media.recording import SOUND_MOST_S
from engine.media.sound import (
    SPEECH_BITS_PER_S,
    extract_speech,
    is_speech_ready,
    look_at_sound,
    packed_waveform,
    voice_note,
    waveform,
)
from tests import made

PLENTY = 26_214_400
"""Bytes that OpenAI takes for a transcription."""
LOUD = 20_000
"""Of 32,767."""
CONTAINERS = {
    "song.mp3": ("mp3", "libmp3lame", 44_100, "mono"),
    "song.m4a": ("mp4", "aac", 44_100, "stereo"),
    "voice.oga": ("ogg", "libopus", 48_000, "mono"),
    "song.flac": ("flac", "flac", 96_000, "stereo"),
    "old.wav": ("wav", "pcm_s16le", 22_050, "stereo"),
    "round.mp4": ("mp4", "aac", 48_000, "mono"),
    "clip.webm": ("webm", "libopus", 48_000, "stereo"),
}


def write_tone(
    path: Path,
    kind: str,
    codec: str,
    hz: int,
    layout: str,
    seconds: float = 2.0,
    loudness: Any = lambda _: LOUD,
    picture: bool = False,
    **options: Any,
) -> Path:
    """A tone of 440 Hz; `loudness` says its peak at a second. With `picture`, a black video goes with it."""
    with av.open(str(path), "w", format=kind, **options) as container:
        sound = container.add_stream(codec, rate=hz)
        sound.codec_context.layout = layout
        if picture:
            write_black(container)
        for start in range(0, int(seconds * hz), 1_024):
            frame = av.AudioFrame(format="s16", layout="mono", samples=1_024)
            frame.sample_rate, frame.pts, frame.time_base = hz, start, Fraction(1, hz)
            at = [(start + offset) / hz for offset in range(1_024)]
            frame.planes[0].update(array("h", [int(loudness(s) * math.sin(s * 440 * math.tau)) for s in at]).tobytes())
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def write_black(container: Any, width: int = 64, height: int = 48) -> None:
    """Ten frames of nothing, in a container that is open."""
    stream = container.add_stream("libx264", rate=10)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    for number in range(10):
        frame = av.VideoFrame(width, height, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 10)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def silent_film(path: Path) -> Path:
    """A video without a stream of sound."""
    with av.open(str(path), "w", format="mp4") as container:
        write_black(container)
    return path


def speech_of(path: Path, **limits: Any) -> float:
    """The seconds of speech in a file; what was made of it lies in speech.ogg beside it."""
    return extract_speech(path, path.with_name("speech.ogg"), **{"most_bytes": PLENTY, **limits})


def bars(packed: bytes) -> list[int]:
    """A packed waveform, read as the bits that it is."""
    bits = int.from_bytes(packed, "little")
    return [bits >> (5 * place) & 31 for place in range(100)]


def left_behind(folder: Path) -> list[str]:
    """What lies in a folder besides the sources."""
    return [
        name for name in (path.name for path in folder.iterdir()) if name.endswith((".part", "speech.ogg", "note.ogg"))
    ]


@pytest.mark.parametrize("name", CONTAINERS)
def test_speech_comes_out_of_every_container_as_mono_opus(tmp_path: Path, name: str) -> None:
    source = write_tone(tmp_path / name, *CONTAINERS[name])
    assert speech_of(source) == pytest.approx(2.0, abs=0.1)
    with av.open(str(tmp_path / "speech.ogg")) as made:
        stream = made.streams.audio[0]
        assert (made.format.name, stream.codec_context.name, stream.codec_context.layout.name) == (
            "ogg",
            "opus",
            "mono",
        )
        assert sum(frame.samples for frame in made.decode(stream)) == pytest.approx(2.0 * 48_000, abs=4_800)


def test_speech_takes_no_more_room_than_it_is_meant_to(tmp_path: Path) -> None:
    source = write_tone(tmp_path / "a.wav", "wav", "pcm_s16le", 16_000, "mono", seconds=20)
    speech_of(source)
    assert (tmp_path / "speech.ogg").stat().st_size < 20 * SPEECH_BITS_PER_S / 8 * 1.2


def test_a_file_says_what_it_plays(tmp_path: Path) -> None:
    look = look_at_sound(write_tone(tmp_path / "a.mp4", "mp4", "aac", 44_100, "stereo", picture=True))
    assert look.duration_s == pytest.approx(2.0, abs=0.1)
    assert (look.has_sound, look.has_picture, look.width, look.height) == (True, True, 64, 48)


def test_a_recording_without_a_length_in_its_header_has_one_all_the_same(tmp_path: Path) -> None:
    """As browsers write WEBM while they record."""
    source = write_tone(tmp_path / "a.webm", "webm", "libopus", 48_000, "mono", options={"live": "1"})
    with av.open(str(source)) as container:
        assert container.duration is None
    assert look_at_sound(source).duration_s == pytest.approx(2.0, abs=0.1)


def test_how_long_frames_without_a_header_play_is_counted(tmp_path: Path) -> None:
    """FFmpeg guesses it by the rate of the first ones."""
    half_silent = write_tone(tmp_path / "a.aac", "adts", "aac", 44_100, "mono", 40, loudness=lambda s: LOUD * (s > 30))
    with av.open(str(half_silent)) as container:
        assert (container.duration or 0) / av.time_base > 60
    assert look_at_sound(half_silent).duration_s == pytest.approx(40, abs=0.5)


def test_a_chained_ogg_plays_as_long_as_its_links_together(tmp_path: Path) -> None:
    chain = tmp_path / "chain.ogg"
    chain.write_bytes(made.sound(3) + made.sound(5, hertz=500))
    assert look_at_sound(chain).duration_s == pytest.approx(8, abs=0.1)


def test_a_film_without_sound_has_no_speech(tmp_path: Path) -> None:
    source = silent_film(tmp_path / "a.mp4")
    assert look_at_sound(source).has_sound is False
    with pytest.raises(UnreadableFileError) as caught:
        speech_of(source)
    assert caught.value.code == "no_sound"
    assert not left_behind(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("zeros.mp3", bytes(100_000), "corrupt"),
        ("noise.mp3", random.Random(1).randbytes(100_000), "corrupt"),
        ("text.ogg", b"Dear Sir or Madam\n" * 100, "corrupt"),
        ("empty.ogg", b"", "empty"),
        ("page.mp4", b"<!DOCTYPE html><html></html>", "corrupt"),
    ],
    ids=["zeros", "noise", "text", "nothing", "HTML"],
)
def test_what_is_no_sound_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    for read in (look_at_sound, speech_of, lambda path: voice_note(path, tmp_path / "note.ogg")):
        with pytest.raises(UnreadableFileError) as caught:
            read(source)
        assert caught.value.code == code
    assert not is_speech_ready(source, PLENTY)
    assert not left_behind(tmp_path)


def test_a_file_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        speech_of(tmp_path / "a.mp3")
    assert caught.value.code == "gone"


def test_a_film_that_was_cut_off_before_its_index_is_corrupt(tmp_path: Path) -> None:
    whole = write_tone(tmp_path / "a.mp4", "mp4", "aac", 44_100, "stereo").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFileError) as caught:
        speech_of(tmp_path / "half.mp4")
    assert caught.value.code == "corrupt"


def test_of_a_recording_that_was_cut_off_what_is_there_is_heard(tmp_path: Path) -> None:
    whole = write_tone(tmp_path / "a.mp3", "mp3", "libmp3lame", 44_100, "mono", seconds=4).read_bytes()
    (tmp_path / "half.mp3").write_bytes(whole[: len(whole) // 2])
    assert speech_of(tmp_path / "half.mp3") == pytest.approx(2.0, abs=0.2)


def test_a_hole_in_a_recording_is_skipped(tmp_path: Path) -> None:
    whole = write_tone(tmp_path / "a.mp3", "mp3", "libmp3lame", 44_100, "mono", seconds=4).read_bytes()
    third = len(whole) // 3
    (tmp_path / "hole.mp3").write_bytes(whole[:third] + bytes(3_000) + whole[2 * third :])
    assert speech_of(tmp_path / "hole.mp3") == pytest.approx(2.7, abs=0.3)


def test_recordings_behind_one_another_are_one_although_their_rates_differ(tmp_path: Path) -> None:
    slow = write_tone(tmp_path / "a.mp3", "mp3", "libmp3lame", 22_050, "mono").read_bytes()
    fast = write_tone(tmp_path / "b.mp3", "mp3", "libmp3lame", 44_100, "stereo").read_bytes()
    (tmp_path / "both.mp3").write_bytes(slow + fast)
    assert speech_of(tmp_path / "both.mp3") == pytest.approx(4.0, abs=0.4)


def test_titles_in_any_encoding_do_not_matter(tmp_path: Path) -> None:
    """Russian MP3s say Windows-1251 where the standard says Latin-1 or UTF-8."""
    riff = write_tone(tmp_path / "a.wav", "wav", "pcm_s16le", 16_000, "mono").read_bytes()
    title = "Привет".encode("cp1251")
    listed = b"INFOINAM" + len(title).to_bytes(4, "little") + title
    body = riff[8:] + b"LIST" + len(listed).to_bytes(4, "little") + listed
    (tmp_path / "titled.wav").write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    assert speech_of(tmp_path / "titled.wav") == pytest.approx(2.0, abs=0.1)


def test_a_playlist_does_not_read_other_files(tmp_path: Path) -> None:
    secret = write_tone(tmp_path / "secret.mp3", "mp3", "libmp3lame", 44_100, "mono")
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    for name, content in (
        ("a.mp3", playlist),
        ("a.m3u8", playlist),
        ("a.ogg", "ffconcat version 1.0\nfile secret.mp3\n"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(UnreadableFileError):
            speech_of(tmp_path / name)


def test_speech_that_does_not_fit_is_too_large(tmp_path: Path) -> None:
    source = write_tone(tmp_path / "a.wav", "wav", "pcm_s16le", 16_000, "mono", seconds=10)
    with pytest.raises(UnreadableFileError) as caught:
        speech_of(source, most_bytes=10_000)
    assert caught.value.code == "too_large"
    assert not left_behind(tmp_path)


def test_days_of_silence_are_too_large_however_small_they_are_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SOUND_MOST_S > 2 * 3600
    monkeypatch.setattr("engine.media.recording.SOUND_MOST_S", 1)
    source = write_tone(tmp_path / "a.flac", "flac", "flac", 16_000, "mono", loudness=lambda _: 0)
    with pytest.raises(UnreadableFileError) as caught:
        speech_of(source)
    assert caught.value.code == "too_large"


def test_extraction_ends_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    asked = []

    def give_up_soon() -> None:
        asked.append(True)
        if len(asked) == 3:
            raise KeyboardInterrupt

    source = write_tone(tmp_path / "a.wav", "wav", "pcm_s16le", 16_000, "mono", seconds=4)
    with pytest.raises(KeyboardInterrupt):
        speech_of(source, still_wanted=give_up_soon)
    assert len(asked) == 3
    assert not left_behind(tmp_path)


def test_mono_opus_in_ogg_is_ready_as_it_is(tmp_path: Path) -> None:
    mono = write_tone(tmp_path / "mono.oga", *CONTAINERS["voice.oga"])
    assert is_speech_ready(mono, PLENTY)
    assert not is_speech_ready(mono, mono.stat().st_size - 1)
    assert not is_speech_ready(write_tone(tmp_path / "stereo.oga", "ogg", "libopus", 48_000, "stereo"), PLENTY)
    assert not is_speech_ready(write_tone(tmp_path / "a.webm", *CONTAINERS["clip.webm"]), PLENTY)
    assert not is_speech_ready(write_tone(tmp_path / "a.mp3", *CONTAINERS["song.mp3"]), PLENTY)
    speech_of(mono)
    assert is_speech_ready(tmp_path / "speech.ogg", PLENTY)


def test_a_voice_note_is_drawn_as_loud_as_it_is(tmp_path: Path) -> None:
    source = write_tone(
        tmp_path / "a.wav",
        "wav",
        "pcm_s16le",
        48_000,
        "stereo",
        seconds=4,
        loudness=lambda second: LOUD if second < 1 else LOUD / 2 if second < 2 else 0,
    )
    note = voice_note(source, tmp_path / "note.ogg")
    assert note.duration_s == pytest.approx(4.0, abs=0.1)
    assert len(note.waveform) == 63
    drawn = bars(note.waveform)
    assert min(drawn[2:23]) >= 29
    assert max(drawn) == 31
    assert {14, 15, 16} >= set(drawn[28:48])
    assert set(drawn[53:]) == {0}
    with av.open(str(tmp_path / "note.ogg")) as made:
        assert made.streams.audio[0].codec_context.layout.name == "mono"


def test_a_whisper_is_not_drawn_as_a_shout(tmp_path: Path) -> None:
    source = write_tone(tmp_path / "a.wav", "wav", "pcm_s16le", 48_000, "mono", loudness=lambda _: 250)
    assert max(bars(voice_note(source, tmp_path / "note.ogg").waveform)) <= 4


def test_a_voice_note_may_be_shorter_than_its_waveform_has_bars(tmp_path: Path) -> None:
    source = write_tone(tmp_path / "a.wav", "wav", "pcm_s16le", 48_000, "mono", seconds=0.1)
    note = voice_note(source, tmp_path / "note.ogg")
    assert 0.05 < note.duration_s < 0.2
    assert min(bars(note.waveform)) > 20


def test_the_waveform_is_packed_as_telegram_packs_it() -> None:
    chance = random.Random(5)
    values = [chance.randrange(32) for _ in range(100)]
    assert packed_waveform(values) == encode_waveform(bytes(values))
    assert bars(packed_waveform(values)) == values
    assert packed_waveform([1, 0, 0, 0, 0, 0, 0, 31]) == bytes([1, 0, 0, 0, 0xF8])


def test_a_waveform_has_a_hundred_bars_whatever_it_is_made_from() -> None:
    assert waveform([]) == [0] * 100
    assert waveform([32_768]) == [31] * 100
    assert waveform([0] * 99 + [10_000]) == [0] * 99 + [31]
    assert len(waveform(range(1_234))) == 100
