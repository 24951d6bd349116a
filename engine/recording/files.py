"""Recordings on disk: JSON Lines, compressed (zstd) where the name ends in .zst."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
import zstandard

from engine.core.errors import ConfigurationError
from engine.recording.lines import VERSION, AnyLine, Header, decode, encode

LINE_BYTES = 64 * 1024 * 1024
"""The longest line that is read."""


def write_lines(path: Path, lines: Iterable[AnyLine]) -> int:
    """Writes a recording, readable by its owner only; how many lines it has."""
    path.touch(mode=0o600)
    count = 0
    with _writing(path) as file:
        for line in lines:
            file.write(encode(line) + b"\n")
            count += 1
    return count


def read_lines(path: Path) -> Iterator[AnyLine]:
    """The lines of a recording. Raises ConfigurationError for a file that is none, or is of a newer version."""
    try:
        with _reading(path) as file:
            number = 0
            while text := file.readline(LINE_BYTES):
                number += 1
                yield _checked(decode(text), number, path)
    except (msgspec.MsgspecError, zstandard.ZstdError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}, line {max(number, 1)}, is not a recording's: {error}") from error
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror}") from error
    if not number:
        raise ConfigurationError(f"{path} is empty")


def _checked(line: AnyLine, number: int, path: Path) -> AnyLine:
    if number == 1 and not isinstance(line, Header):
        raise ConfigurationError(f"{path} is no recording: its first line is no header")
    if isinstance(line, Header) and line.version > VERSION:
        raise ConfigurationError(f"{path} is a recording of version {line.version}; this program reads {VERSION}")
    return line


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as file:
        if path.suffix != ".zst":
            yield file
            return
        with zstandard.ZstdCompressor().stream_writer(file) as compressed:
            yield compressed


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if path.suffix != ".zst":
            yield file
            return
        with zstandard.ZstdDecompressor().stream_reader(file) as plain, io.BufferedReader(plain) as buffered:
            yield buffered
