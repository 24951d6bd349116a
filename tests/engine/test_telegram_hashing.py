"""The hash of a file that is still on its way."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from engine.telegram.hashing import READ_BYTES, REMEMBERED_MOST, Hashes

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * (3 * READ_BYTES // 256) + b"the end"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "growing.bin"


def holds(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def sha256(length: int) -> bytes:
    return hashlib.sha256(CONTENT[:length]).digest()


async def test_it_goes_on_from_where_it_was(path: Path) -> None:
    hashes = Hashes()
    holds(path, b"")
    assert await hashes.sha256(path, "a", 0) == sha256(0)
    for length in (7, READ_BYTES, READ_BYTES, 2 * READ_BYTES + 1):
        holds(path, CONTENT[:length])
        assert await hashes.sha256(path, "a", length) == sha256(length)
    holds(path, bytes(2 * READ_BYTES + 1) + CONTENT[2 * READ_BYTES + 1 :])  # what was read is not read again
    assert await hashes.sha256(path, "a", len(CONTENT)) == sha256(len(CONTENT))


async def test_another_growth_begins_anew(path: Path) -> None:
    hashes = Hashes()
    holds(path, b"something else")
    await hashes.sha256(path, "a", 14)
    holds(path, CONTENT)
    assert await hashes.sha256(path, "b", len(CONTENT)) == sha256(len(CONTENT))


async def test_what_was_forgotten_is_read_from_its_beginning(path: Path) -> None:
    hashes = Hashes()
    holds(path, CONTENT)
    for growth in ("first", *map(str, range(REMEMBERED_MOST)), "first"):
        assert await hashes.sha256(path, growth, len(CONTENT)) == sha256(len(CONTENT))


async def test_a_file_that_has_become_shorter_is_told(path: Path) -> None:
    hashes = Hashes()
    holds(path, CONTENT)
    await hashes.sha256(path, "a", 10)
    holds(path, CONTENT[:20])
    with pytest.raises(OSError, match="shorter") as caught:
        await hashes.sha256(path, "a", 21)
    assert caught.value.errno == errno.EIO
