"""Files on their way in and out: written whole or not at all, and read without trust."""

from __future__ import annotations

import errno
import hashlib
import secrets
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.core.errors import UnreadableFileError

BLOCK_BYTES = 1024 * 1024
"""What is read at once of a file that is only counted."""
MACHINE_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
"""Errors of the disk that say nothing about the file."""
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    AssertionError,
    MemoryError,
    struct.error,
    zlib.error,
    Warning,
)
"""What parsers written in Python (Pillow, pypdf) raise for bytes that make no sense: whatever reading them happens to
raise. (Warnings are raised where they are errors, as in the tests.)"""


@contextmanager
def parsing(*kinds: type[Exception]) -> Iterator[None]:
    """What a parser raises inside the block is told as `corrupt`, unless it is the machine's fault.

    Their messages may hold names and pieces of files and are therefore not repeated.
    """
    try:
        yield
    except kinds as error:
        if getattr(error, "errno", None) in MACHINE_FAULTS:
            raise
        raise UnreadableFileError(type(error).__name__, code="corrupt") from error


@contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to: it becomes `target` when the block ends well and is gone when it does not.

    After a kill a `*.part` may stay behind, for the janitor. The folder is made where it is missing.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def sha256(source: Path, still_wanted: Callable[[], object] = lambda: None) -> str:
    """What tells a file from all others; some 500 MB a second. `still_wanted` may raise between blocks to end it."""
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            still_wanted()
            digest.update(block)
    return digest.hexdigest()


def size_of(source: Path) -> int:
    """The bytes of a file that is to be read, at least one.

    Raises:
        UnreadableFileError: `gone` or `empty`.
    """
    try:
        size = source.stat().st_size
    except FileNotFoundError as error:
        raise UnreadableFileError(code="gone") from error
    if not size:
        raise UnreadableFileError(code="empty")
    return size
