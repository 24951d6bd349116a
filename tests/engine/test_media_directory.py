"""The media directory: what is on its way there goes with its job, or when it is too old."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.store.media import INCOMING_DAYS, Media


@pytest.fixture
def media(tmp_path: Path) -> Media:
    """An empty one."""
    made = Media(tmp_path / "media")
    made.prepare()
    return made


def unpacked(media: Media, job: str) -> Path:
    """What a kill leaves when it falls between two files that come out of an archive."""
    folder = media.root / "incoming" / f"{job}-77-ab.txt.unpacked"
    folder.mkdir()
    (folder / "0002.txt").write_bytes(b"Letter 2")
    return folder


def test_what_a_job_has_unpacked_goes_with_it(media: Media) -> None:
    ours, theirs = unpacked(media, "5"), unpacked(media, "6")
    (media.root / "incoming" / "5-77-ab.txt").write_bytes(b"Letter 1")
    media.clear("5-77-ab")
    assert list((media.root / "incoming").iterdir()) == [theirs]
    assert not ours.exists()


def test_what_is_too_old_goes_at_the_start(media: Media) -> None:
    old, new = unpacked(media, "5"), unpacked(media, "6")
    at = new.stat().st_mtime - (INCOMING_DAYS + 1) * 86_400
    os.utime(old, (at, at))
    media.prepare()
    assert list((media.root / "incoming").iterdir()) == [new]
