"""Long sounds in pieces: where they are cut, and what cannot be cut."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from engine.core.errors import UnreadableFileError
from engine.media.pieces import OVERLAP_S, Piece, cut_speech, middle_of_silence
from engine.media.sound import is_speech_ready, look_at_sound
from tests import made

PLENTY = 26_000_000
GIGABYTE = 1024**3


class Stopped(BaseException):
    """Somebody pressed Stop."""


def places(pieces: list[Piece]) -> list[tuple[int, int]]:
    return [(piece.start_ms, piece.end_ms) for piece in pieces]


def test_it_is_cut_in_the_middle_of_the_longest_silence_before_the_limit(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(12, 1.0), (4, 0.5), (9, 0.4), (4, 1.2), (3, 0.4), (6, 0)])
    pieces = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=20)
    assert [piece.start_ms for piece in pieces] == pytest.approx([0, 12_500, 31_500], abs=40)
    assert all(piece.overlap_ms == 0 for piece in pieces)


def test_nothing_is_missing_between_pieces(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(3.3, 0.5)] * 20)
    pieces = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=15)
    assert all(before == after for (_, before), (after, _) in pairwise(places(pieces)))
    assert pieces[-1].end_ms == pytest.approx(76_000, abs=40)
    assert all(piece.end_ms - piece.start_ms <= 15_000 for piece in pieces)


def test_pieces_are_what_openai_takes_and_as_long_as_they_say(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(3.3, 0.5)] * 8)
    for piece in cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=12):
        assert is_speech_ready(piece.path, PLENTY)
        assert look_at_sound(piece.path).duration_s * 1000 == pytest.approx(piece.end_ms - piece.start_ms, abs=60)


def test_without_a_silence_two_pieces_share_what_is_around_the_cut(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(100, 0)])
    pieces = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=40)
    shared = [before - after for (_, before), (after, _) in pairwise(places(pieces))]
    assert shared == [round(OVERLAP_S * 1000)] * len(shared)
    assert [piece.overlap_ms for piece in pieces] == [0, *shared]
    assert pieces[-1].end_ms == pytest.approx(100_000, abs=40)
    assert all(piece.end_ms - piece.start_ms <= 40_000 for piece in pieces)


def test_a_pause_in_a_noisy_room_is_a_silence_too(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(7.5, 0.6)] * 4, hum=700)
    pieces = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=20)
    assert pieces[0].end_ms % 8_100 == pytest.approx(7_800, abs=40)
    assert pieces[1].overlap_ms == 0


def test_pieces_stay_under_the_limit_of_bytes(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(4, 0.5)] * 15)
    pieces = cut_speech(talk, tmp_path / "pieces", most_bytes=60_000)
    assert len(pieces) > 3
    assert all(piece.path.stat().st_size <= 60_000 for piece in pieces)


def test_only_the_beginning_if_that_is_wanted(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(4, 0.5)] * 10)
    pieces = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, until_s=10)
    assert places(pieces) == [(0, 10_000)]


def test_a_short_sound_is_one_piece(tmp_path: Path) -> None:
    voice = tmp_path / "voice.oga"
    voice.write_bytes(made.sound(2))
    [piece] = cut_speech(voice, tmp_path / "pieces", most_bytes=PLENTY)
    assert piece.end_ms == pytest.approx(2_000, abs=60)


def test_the_same_file_gives_the_same_pieces(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(4, 0.5)] * 8)
    first = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=12)
    assert cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=12) == first


def test_stop_leaves_nothing_behind(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(4, 0.5)] * 10)
    frames = iter(range(1_200))

    def still_wanted() -> None:
        if next(frames, None) is None:
            raise Stopped

    with pytest.raises(Stopped):
        cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY, piece_s=10, still_wanted=still_wanted)
    assert not list((tmp_path / "pieces").iterdir())


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("zeros.mp3", made.zeros(100_000), "corrupt"),
        ("empty.mp3", b"", "empty"),
        ("half.mp4", made.film(3)[: len(made.film(3)) // 2], "corrupt"),
        ("silent.mp4", made.film(1, has_sound=False), "no_sound"),
        ("letter.mp3", b"Dear Alice, " * 1_000, "corrupt"),
    ],
)
def test_what_is_no_sound_is_said_and_leaves_nothing(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(UnreadableFileError) as refused:
        cut_speech(file, tmp_path / "pieces", most_bytes=PLENTY)
    assert refused.value.code == code
    assert not list(tmp_path.glob("pieces/*"))


def test_two_gigabytes_of_zeros_named_mp3_are_no_sound(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        cut_speech(made.hole(tmp_path / "song.mp3", 2 * GIGABYTE), tmp_path / "pieces", most_bytes=PLENTY)
    assert refused.value.code == "corrupt"


@pytest.mark.parametrize(("form", "codec"), [("mp3", "libmp3lame"), ("adts", "aac"), ("flac", "flac")])
def test_zeros_behind_a_real_beginning_end_the_sound(tmp_path: Path, form: str, codec: str) -> None:
    file = tmp_path / "half.mp3"
    file.write_bytes(made.sound(12, form=form, codec=codec))
    with file.open("r+b") as half:
        half.truncate(2 * GIGABYTE)
    [piece] = cut_speech(file, tmp_path / "pieces", most_bytes=PLENTY)
    assert piece.end_ms == pytest.approx(12_000, abs=100)


def test_long_silence_in_plain_samples_is_no_end(tmp_path: Path) -> None:
    talk = made.talk(tmp_path / "talk.wav", [(2, 150), (2, 0)])
    [piece] = cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY)
    assert piece.end_ms == pytest.approx(154_000, abs=60)


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        cut_speech(tmp_path / "nothing.mp3", tmp_path / "pieces", most_bytes=PLENTY)
    assert refused.value.code == "gone"


def test_a_sound_that_plays_too_long_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.media.pieces.PLAYED_MOST_S", 20)
    talk = made.talk(tmp_path / "talk.wav", [(4, 0.5)] * 10)
    with pytest.raises(UnreadableFileError) as refused:
        cut_speech(talk, tmp_path / "pieces", most_bytes=PLENTY)
    assert refused.value.code == "too_large"


def test_a_silence_is_a_third_of_a_second_at_least() -> None:
    loud = [12_000] * 50
    assert middle_of_silence(loud + [100] * 14 + loud) is None
    assert middle_of_silence(loud + [100] * 16 + loud) == 58
