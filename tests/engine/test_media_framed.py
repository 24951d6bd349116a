"""Sounds that are nothing but frames: where they end, and what may be before and between their frames."""

from __future__ import annotations

import os
import random
import struct
from functools import cache
from pathlib import Path

import pytest

from engine.core.errors import UnreadableFileError
from engine.media import ffmpeg
from engine.media.sound import extract_speech, look_at_sound
from tests import made

MIB = 1024 * 1024
KINDS = {"mp3": ("mp3", "libmp3lame"), "flac": ("flac", "flac"), "aac": ("adts", "aac"), "ac3": ("ac3", "ac3")}
"""How such files are named, and made."""


def song(kind: str) -> bytes:
    """Three seconds of a tone."""
    form, codec = KINDS[kind]
    return made.sound(3.0, form=form, codec=codec)


def pictured(flac: bytes, *pictures: bytes) -> bytes:
    """A FLAC file with pictures behind its STREAMINFO (RFC 9639, section 8)."""
    about = struct.pack(">2L", 3, 10) + b"image/jpeg" + bytes(20)
    blocks = [about + struct.pack(">L", len(picture)) + picture for picture in pictures]
    packed = [struct.pack(">L", 6 << 24 | len(block)) + block for block in blocks]
    return flac[:4] + b"\0" + flac[5:42] + b"".join(packed) + flac[42:]


@cache
def cover() -> bytes:
    """As a JPEG is: nothing in it looks like the beginning of a frame."""
    return random.Random(1).randbytes(12 * MIB).replace(b"\xff", b"\xfe")


def plays(path: Path) -> tuple[float, float]:
    """How long it plays, as it is counted, and as it is heard."""
    return look_at_sound(path).duration_s, extract_speech(path, path.with_name("speech.ogg"), most_bytes=MIB)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("filling", [b"\0", b"A", b"\xff"], ids=["zeros", "A", "ones"])
def test_a_sound_ends_where_nothing_like_a_frame_follows_for_long(tmp_path: Path, kind: str, filling: bytes) -> None:
    source = tmp_path / f"a.{kind}"
    source.write_bytes(song(kind) + filling * (ffmpeg.FRAMELESS_BYTES_MOST + MIB) + song(kind))
    assert plays(source) == pytest.approx((3, 3), abs=0.1)


def test_a_file_of_one_letter_has_nothing_to_play(tmp_path: Path) -> None:
    source = tmp_path / "a.mp3"
    source.write_bytes(b"A" * (ffmpeg.FRAMELESS_BYTES_MOST + MIB) + song("mp3"))
    with pytest.raises(UnreadableFileError) as caught:
        plays(source)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize("kind", ["mp3", "aac"])
def test_large_covers_before_a_sound_are_no_end_of_it(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"a.{kind}"
    source.write_bytes(made.tag(cover()) + made.tag(cover()) + song(kind))
    assert source.stat().st_size > ffmpeg.FRAMELESS_BYTES_MOST
    assert plays(source) == pytest.approx((3, 3), abs=0.1)


def test_large_pictures_in_a_flac_are_no_end_of_it(tmp_path: Path) -> None:
    source = tmp_path / "a.flac"
    source.write_bytes(pictured(song("flac"), cover(), cover()))
    assert plays(source) == pytest.approx((3, 3), abs=0.1)


def test_songs_behind_one_another_are_one_although_each_has_its_cover(tmp_path: Path) -> None:
    source = tmp_path / "a.mp3"
    source.write_bytes((made.tag(cover()) + song("mp3")) * 2)
    assert plays(source) == pytest.approx((6, 6), abs=0.2)


def test_pictures_without_end_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "HEAD_BYTES_MOST", 20 * MIB)
    source = tmp_path / "a.flac"
    source.write_bytes(pictured(song("flac"), cover(), cover()))
    with pytest.raises(UnreadableFileError) as caught:
        plays(source)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize("kind", ["mp3", "aac"])
def test_a_tag_is_passed_over_however_large_it_is(tmp_path: Path, kind: str) -> None:
    source = tmp_path / f"a.{kind}"
    with source.open("wb") as file:
        file.write(made.tag(b"")[:6] + bytes(80 * MIB >> shift & 127 for shift in (21, 14, 7, 0)))
        file.seek(80 * MIB, os.SEEK_CUR)
        file.write(song(kind))
    assert plays(source) == pytest.approx((3, 3), abs=0.1)


def test_a_tag_with_a_footer_is_passed_over_to_its_end(tmp_path: Path) -> None:
    source = tmp_path / "a.mp3"
    tagged = bytearray(made.tag(b"\0" * MIB))
    tagged[3], tagged[5] = 4, 0x10
    source.write_bytes(tagged + b"3DI" + tagged[3:10] + song("mp3"))
    assert plays(source) == pytest.approx((3, 3), abs=0.1)


@pytest.mark.parametrize("size", [2**28 - 1, 4 * MIB])
def test_a_tag_that_goes_on_behind_the_end_leaves_nothing_to_play(tmp_path: Path, size: int) -> None:
    source = tmp_path / "a.mp3"
    source.write_bytes(b"ID3\3\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + song("mp3"))
    with pytest.raises(UnreadableFileError) as caught:
        plays(source)
    assert caught.value.code == "corrupt"


@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "aac"), ("webm", "libopus"), ("ogg", "libopus"), ("wav", "pcm_s16le")]
)
def test_whatever_is_no_file_of_frames_alone_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, codec: str
) -> None:
    """A film of a day has an index of many megabytes at its beginning."""
    monkeypatch.setattr(ffmpeg, "FRAMELESS_BYTES_MOST", 100)
    source = tmp_path / f"a.{form}"
    source.write_bytes(made.sound(3.0, form=form, codec=codec))
    assert plays(source) == pytest.approx((3, 3), abs=0.1)


def test_counting_ends_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    asked: list[bool] = []

    def give_up_soon() -> None:
        asked.append(True)
        if len(asked) == 3:
            raise KeyboardInterrupt

    source = tmp_path / "a.mp3"
    source.write_bytes(song("mp3"))
    with pytest.raises(KeyboardInterrupt):
        look_at_sound(source, give_up_soon)
    assert len(asked) == 3
