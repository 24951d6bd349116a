"""Recordings on disk: JSON Lines, compressed (zstd) where the name ends in .zst."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec
import zstandard

from engine.core.errors import ConfigurationError
from engine.recording.lines import FORMAT, VERSION, AnyLine, Header, decode, encode

LINE_BYTES = 64 * 1024 * 1024
"""The longest line that is read."""


def write_lines(path: Path, lines: Iterable[AnyLine]) -> int:
    """Writes a recording, readable by its owner only; how many lines it has. What was there before stays until the
    whole of it is written.

    Raises ConfigurationError where nothing can be written, and what `lines` raises.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise ConfigurationError(f"{path} is no file")
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise ConfigurationError(f"{path} can't be written: {error.strerror}") from error
    count = 0
    try:
        with os.fdopen(number, "wb") as file, _packing(file, path) as packed:
            for line in lines:
                packed.write(encode(line) + b"\n")
                count += 1
        Path(name).replace(target)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ConfigurationError(f"{path} can't be written: {error.strerror}") from error
        raise
    return count


def read_lines(path: Path) -> Iterator[AnyLine]:
    """The lines of a recording. Raises ConfigurationError for a file that is none, or is of a newer version."""
    try:
        with _reading(path) as file:
            number = 0
            while text := file.readline(LINE_BYTES):
                number += 1
                if not text.strip():
                    raise ConfigurationError(f"{path}, line {number}, is blank")
                if number == 1:
                    _refuse_newer(text, path)
                yield _checked(decode(text), number, path)
    except (msgspec.MsgspecError, zstandard.ZstdError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}, line {max(number, 1)}, is not a recording's: {error}") from error
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror}") from error
    if not number:
        raise ConfigurationError(f"{path} is {'cut off' if path.stat().st_size else 'empty'}")


class _Version(msgspec.Struct):
    """What every header has, whatever else a later version has put into it."""

    format: str = ""
    version: int = 0


def _refuse_newer(text: bytes, path: Path) -> None:
    with suppress(msgspec.MsgspecError):  # it is no header of any version: its line says so when it is read
        told = msgspec.json.decode(text, type=_Version)
        if told.format == FORMAT and told.version > VERSION:
            raise ConfigurationError(f"{path} is a recording of version {told.version}; this program reads {VERSION}")


def _checked(line: AnyLine, number: int, path: Path) -> AnyLine:
    if number == 1 and not isinstance(line, Header):
        raise ConfigurationError(f"{path} is no recording: its first line is no header")
    return line


@contextmanager
def _packing(file: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    if path.suffix != ".zst":
        yield file
        return
    with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as compressed:
        yield compressed


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if path.suffix != ".zst":
            yield file
            return
        with zstandard.ZstdDecompressor().stream_reader(file) as plain, io.BufferedReader(plain) as buffered:
            yield buffered
