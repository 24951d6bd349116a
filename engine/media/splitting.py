"""Texts and tables that are larger than OpenAI takes, in parts that end where a line ends."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from engine.core.errors import UnreadableFileError
from engine.media.files import arriving, size_of

PARTS_MOST = 1_000
"""Of 8 MB each: more than 8 GB is no text that somebody sends."""
LINE_MOST = 1024 * 1024
"""Bytes (characters in UTF-16); a longer line of text is cut."""
ROW_MOST = 4 * 1024 * 1024
"""Bytes of a table's row, over however many lines a quoted field spreads it; with a longer one the quotation marks are
taken for letters."""
WANTED_EVERY = 100
"""Lines between two questions whether it is still wanted."""


def split_lines(
    source: Path,
    folder: Path,
    *,
    is_table: bool,
    part_bytes: int,
    still_wanted: Callable[[], object] = lambda: None,
) -> list[Path]:
    """A text in parts of at most `part_bytes`, cut between lines; in a table each begins with the first row, and no
    row is cut that has lines in a quoted field. UTF-16 (with its mark) becomes UTF-8, all else stays as it is.

    What fails leaves nothing behind. It reads some 200 MB a second.

    Raises:
        UnreadableFileError: too_large (a row that does not fit, too many parts), empty, gone.
    """
    size_of(source)
    rows = _rows(_lines(source)) if is_table else _lines(source)
    parts = _Parts(folder, source.suffix, part_bytes)
    try:
        if is_table:
            parts.head = next(rows, b"")
        for number, row in enumerate(rows):
            if number % WANTED_EVERY == 0:
                still_wanted()
            parts.add(row)
        return parts.finish()
    except BaseException:
        parts.give_up(*sys.exc_info())
        raise


class _Parts:
    """The parts that are being written."""

    def __init__(self, folder: Path, suffix: str, most: int) -> None:
        self.head = b""
        self._folder = folder
        self._suffix = suffix
        self._most = most
        self._paths: list[Path] = []
        self._open = ExitStack()
        self._file: BinaryIO | None = None
        self._size = 0

    def add(self, row: bytes) -> None:
        """One more line or row."""
        if self._file is None or self._size + len(row) > self._most:
            self._begin()
        if self._file is None or self._size + len(row) > self._most:
            raise UnreadableFileError("a row that fits nowhere", code="too_large")
        self._file.write(row)
        self._size += len(row)

    def finish(self) -> list[Path]:
        """All parts; a table of its head alone is one."""
        if self._file is None:
            self._begin()
        self._open.close()
        return self._paths

    def give_up(self, *raised: Any) -> None:
        """Nothing stays."""
        self._open.__exit__(*raised)
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._open.close()
        if len(self._paths) == PARTS_MOST:
            raise UnreadableFileError("too many parts", code="too_large")
        path = self._folder / f"part-{len(self._paths) + 1:03}{self._suffix}"
        self._file = self._open.enter_context(self._open.enter_context(arriving(path)).open("wb"))
        self._paths.append(path)
        self._size = self._file.write(self.head)


def _lines(source: Path) -> Iterator[bytes]:
    """Lines with their ends, the last with one, too."""
    with source.open("rb") as file:
        if file.read(2) not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            file.seek(0)
            while line := file.readline(LINE_MOST):
                yield line
            return
    with source.open(encoding="utf-16", errors="replace", newline="") as text:
        while words := text.readline(LINE_MOST):
            yield words.encode()


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines put together where a quotation mark is still open. One that nobody closes is a letter like others."""
    held: list[bytes] = []
    size, is_open = 0, False
    for line in lines:
        is_open ^= line.count(b'"') % 2 == 1
        if not is_open and not held:
            yield line
            continue
        held.append(line)
        size += len(line)
        if not is_open:
            yield b"".join(held)
        elif size > ROW_MOST:
            yield from held
        else:
            continue
        held, size, is_open = [], 0, False
    yield from held
