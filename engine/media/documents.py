"""Documents: how large they are in a reader's words, and whether they can be read at all."""

from __future__ import annotations

import codecs
import csv
import logging
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

import msgspec
from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, PdfObject

from engine.core.errors import UnreadableFileError
from engine.media.files import BROKEN, parsing, size_of

PDF_BYTES_MOST = 512 * 1024 * 1024
"""A larger one is `too_large`: OpenAI takes no larger file at all."""
PDF_MENDED_BYTES_MOST = 16 * 1024 * 1024
"""Up to here a file with faults is searched for its objects; that takes pypdf up to a second for each megabyte of
nonsense, so a larger file has to be in order."""
PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN = 1_024
"""Where readers look for the mark (ISO 32000-1, annex H.3.4.1 note 13)."""
PDF_END = b"%%EOF"
PDF_END_WITHIN = 64 * 1024
"""Of the file's end. Readers ask for the last 1,024 bytes; mail programs and scanners append more than that."""
PDF_DEPTH_MOST = 64
"""Of a page tree, to its first page."""

TABLE_BYTES_MOST = 256 * 1024 * 1024
"""A larger table is `too_large` to count; this one takes a few seconds."""
ROW_MOST = 1024 * 1024
"""Characters, over however many lines a quoted field spreads it; a longer row is no table's."""
SNIFFED_ROWS = 50
"""Rows that the delimiter is told from."""
DELIMITERS = ",;\t"

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it has an opinion on each fault of a file


class PdfLook(msgspec.Struct, frozen=True):
    """A PDF that can be read."""

    pages: int


class TableLook(msgspec.Struct, frozen=True):
    """A table in a text file: rows that are not blank, a heading among them, and the columns that most rows have."""

    rows: int
    columns: int


def look_at_pdf(source: Path) -> PdfLook:
    """How many pages a PDF has, as its page tree says: no page but the first is looked for.

    One with an owner's password only (no printing, no copying) can be read and is.

    Raises:
        UnreadableFileError: corrupt, encrypted, empty (also: no page), gone, too_large.
    """
    size = size_of(source)
    if size > PDF_BYTES_MOST:
        raise UnreadableFileError(code="too_large")
    with parsing(*BROKEN, PyPdfError, DependencyError), source.open("rb") as file:
        pages = _pages(file, is_mended=size <= PDF_MENDED_BYTES_MOST)
    if pages < 1:
        raise UnreadableFileError("no page", code="empty")
    return PdfLook(int(pages))  # pypdf has a number class of its own


def look_at_table(source: Path, name: str = "", mime: str = "") -> TableLook:
    """How large a CSV or TSV is. Commas, semicolons and tabs are told apart by what gives even rows; `name` and `mime`
    settle it for tabs. Text in any encoding of ASCII's family, or UTF-16 with its mark.

    Raises:
        UnreadableFileError: corrupt (no text, or a line without end), empty (also: blank), gone, too_large.
    """
    if size_of(source) > TABLE_BYTES_MOST:
        raise UnreadableFileError(code="too_large")
    is_tabbed = mime == "text/tab-separated-values" or name.lower().endswith((".tsv", ".tab"))
    delimiter = "\t" if is_tabbed else _delimiter(source)
    try:
        return _counted(_rows(source, delimiter))
    except csv.Error:  # a quotation mark that nobody closes makes one endless field: then it is a letter like others
        pass
    try:
        return _counted(_rows(source, delimiter, is_quoted=False))
    except csv.Error as error:
        raise UnreadableFileError("no table", code="corrupt") from error


def _pages(file: BinaryIO, *, is_mended: bool) -> int:
    if not _has_marks(file, is_mended=is_mended):
        raise UnreadableFileError("no PDF, or half of one", code="corrupt")
    reader = PdfReader(file, strict=not is_mended)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableFileError(code="encrypted")
    root = _dictionary(reader.root_object["/Pages"])
    count = root.get("/Count", 0).get_object()
    if not isinstance(count, int):
        raise UnreadableFileError("no count of pages", code="corrupt")
    if count > 0:
        _find_first_page(root)
    return count


def _has_marks(file: BinaryIO, *, is_mended: bool) -> bool:
    """Whether it begins and ends as a PDF does. Without the mark at its end, on a line of its own where the file is
    large, pypdf would look for it from line to line up to the beginning."""
    start = file.read(PDF_MARK_WITHIN)
    file.seek(max(0, file.seek(0, SEEK_END) - PDF_END_WITHIN))
    end = file.read()
    file.seek(0)
    ends = (PDF_END,) if is_mended else (b"\n" + PDF_END, b"\r" + PDF_END)
    return PDF_MARK in start and any(mark in end for mark in ends)


def _find_first_page(node: DictionaryObject) -> None:
    """Follows the first branches of the page tree; a file that was cut off usually has lost them."""
    for _ in range(PDF_DEPTH_MOST):
        if "/Kids" not in node and node.get("/Type") != "/Pages":
            return
        kids = node.get("/Kids", ArrayObject()).get_object()
        if not isinstance(kids, ArrayObject) or not kids:
            break
        node = _dictionary(kids[0])
    raise UnreadableFileError("no first page", code="corrupt")


def _dictionary(value: PdfObject) -> DictionaryObject:
    node = value.get_object()
    if not isinstance(node, DictionaryObject):
        raise UnreadableFileError("a page tree with a hole", code="corrupt")
    return node


def _counted(rows: Iterator[list[str]]) -> TableLook:
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        raise UnreadableFileError("no row", code="empty")
    return TableLook(rows=widths.total(), columns=_usual(widths))


def _usual(widths: Counter[int]) -> int:
    """The width of most rows; of two, the larger."""
    return max(widths, key=lambda width: (widths[width], width))


def _delimiter(source: Path) -> str:
    """The one that gives the most of the first rows the same number of columns, more than one."""
    chances = {}
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in islice(_rows(source, delimiter), SNIFFED_ROWS) if len(row) > 1)
        except csv.Error:
            continue
        if widths:
            chances[delimiter] = (widths[_usual(widths)], _usual(widths))
    return max(chances, key=lambda delimiter: chances[delimiter], default=DELIMITERS[0])


def _rows(source: Path, delimiter: str, *, is_quoted: bool = True) -> Iterator[list[str]]:
    """The rows, one at a time in memory.

    Raises:
        UnreadableFileError: corrupt (no text, or a row that does not end).
        csv.Error: a field that does not end.
    """
    unfinished = 0

    def lines() -> Iterator[str]:
        nonlocal unfinished
        for line in _lines(source):
            unfinished += len(line)
            if unfinished >= ROW_MOST or "\0" in line:
                raise UnreadableFileError("no table", code="corrupt")
            yield line

    for row in csv.reader(lines(), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE):
        unfinished = 0
        yield row


def _lines(source: Path) -> Iterator[str]:
    """The lines of a text file; what cannot be decoded is replaced, for it is only counted."""
    with source.open("rb") as file:
        start = file.read(2)
    is_wide = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    with source.open(encoding="utf-16" if is_wide else "utf-8-sig", errors="replace", newline="") as text:
        while line := text.readline(ROW_MOST):
            yield line
