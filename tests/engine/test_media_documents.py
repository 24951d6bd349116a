"""Documents: PDFs and tables, whole, locked, broken and hostile."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from engine.core.errors import UnreadableFileError
from engine.media.documents import (
    PDF_MENDED_BYTES_MOST,
    ROW_MOST,
    PdfLook,
    TableLook,
    look_at_pdf,
    look_at_table,
)

MEBIBYTE = 1024 * 1024


def pdf(pages: int, **lock: str) -> bytes:
    """A PDF of blank pages; with passwords and an algorithm, locked."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if lock:
        writer.encrypt(**lock)  # type: ignore[arg-type]
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def looked_at(folder: Path, content: bytes, look: Any = look_at_pdf) -> Any:
    """What is seen in a file of this content."""
    (folder / "file").write_bytes(content)
    return look(folder / "file")


def refusal(folder: Path, content: bytes, look: Any = look_at_pdf) -> str:
    """The code with which it is refused."""
    with pytest.raises(UnreadableFileError) as caught:
        looked_at(folder, content, look)
    return caught.value.code


def test_a_pdf_has_as_many_pages_as_it_says(tmp_path: Path) -> None:
    assert looked_at(tmp_path, pdf(1)) == PdfLook(1)
    assert looked_at(tmp_path, pdf(300)) == PdfLook(300)


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_only_a_pdf_that_asks_for_a_password_is_locked(tmp_path: Path, algorithm: str) -> None:
    """An owner's password forbids printing, not reading."""
    locked = pdf(3, user_password="open", owner_password="sesame", algorithm=algorithm)
    assert refusal(tmp_path, locked) == "encrypted"
    assert looked_at(tmp_path, pdf(3, user_password="", owner_password="sesame", algorithm=algorithm)) == PdfLook(3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (pdf(0), "empty"),
        (bytes(10_000), "corrupt"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "corrupt"),
        (pdf(300)[:20_000], "corrupt"),
        (b"%PDF-1.7\n%%EOF", "corrupt"),
        (b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nendobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF", "corrupt"),
        (pdf(3).replace(b"/Kids", b"/Lost"), "corrupt"),
        (pdf(3).replace(b"/Count 3", b"/Count /"), "corrupt"),
    ],
    ids=["nothing", "no page", "zeros", "HTML", "half", "marks only", "nested", "no pages", "no count"],
)
def test_what_is_no_pdf_is_refused_with_the_reason(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path, content) == code


def test_a_pdf_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        look_at_pdf(tmp_path / "a.pdf")
    assert caught.value.code == "gone"


def test_a_page_tree_that_bites_its_tail_ends(tmp_path: Path) -> None:
    tree = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 9/Kids[2 0 R]>>endobj\n"
    assert refusal(tmp_path, b"%PDF-1.7\n" + tree + b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF") == "corrupt"


def test_a_pdf_with_a_wrong_index_is_read_all_the_same(tmp_path: Path) -> None:
    """As after a mail program has changed its line ends, or with a few bytes in front of it."""
    assert looked_at(tmp_path, b"\n\n\n" + pdf(5) + b"\n" * 1_000) == PdfLook(5)


def test_a_large_pdf_is_read_where_it_is_in_order_and_not_searched_where_it_is_not(tmp_path: Path) -> None:
    """pypdf takes a second for each megabyte of such nonsense: this would take most of the time that a test may."""
    writer = PdfWriter()
    for _ in range(5):
        writer.add_blank_page(200, 200)
    writer.add_attachment("film.bin", random.Random(1).randbytes(PDF_MENDED_BYTES_MOST + MEBIBYTE))
    written = io.BytesIO()
    writer.write(written)
    assert looked_at(tmp_path, written.getvalue()) == PdfLook(5)
    lines = b"1 0 obj\n" * (48 * MEBIBYTE // 8)
    assert refusal(tmp_path, b"%PDF-1.7\n" + lines) == "corrupt"
    assert refusal(tmp_path, b"%PDF-1.7\n" + lines + b"%%EOF") == "corrupt"


def test_damage_anywhere_ends_in_a_look_or_a_refusal(tmp_path: Path) -> None:
    whole = pdf(20)
    for seed in range(200):
        chance = random.Random(seed)
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20, 100))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            assert looked_at(tmp_path, bytes(damaged)).pages > 0
        except UnreadableFileError as error:
            assert error.code in ("corrupt", "encrypted", "empty")  # noqa: PT017 - each is right for some damage


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_a_table_has_rows_and_columns_in_every_office_dialect(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [["имя", "note", "price"], *(["Аня", '"a, b; c\t"', f"{number}"] for number in range(500))]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert looked_at(tmp_path, text.encode(encoding), look_at_table) == TableLook(501, 3)


def test_a_row_may_take_several_lines_and_a_blank_line_is_none(tmp_path: Path) -> None:
    content = b'id,text\n1,"first\n\nthird"\n\n,\n2,"say ""hi"""\n'
    assert looked_at(tmp_path, content, look_at_table) == TableLook(3, 2)


def test_decimal_commas_do_not_make_columns(tmp_path: Path) -> None:
    content = "".join(f"{number};1,5;2,5\n" for number in range(50)).encode()
    assert looked_at(tmp_path, b"id;low;high\n" + content, look_at_table) == TableLook(51, 3)


def test_the_name_or_the_type_settles_that_tabs_divide(tmp_path: Path) -> None:
    content = b"a,b,c\n1,2,3\n"
    assert looked_at(tmp_path, content, look_at_table) == TableLook(2, 3)
    assert look_at_table(tmp_path / "file", name="Data.TSV") == TableLook(2, 1)
    assert look_at_table(tmp_path / "file", mime="text/tab-separated-values") == TableLook(2, 1)


def test_a_list_is_a_table_of_one_column(tmp_path: Path) -> None:
    assert looked_at(tmp_path, b"apples\npears\n\nplums", look_at_table) == TableLook(3, 1)


def test_a_quotation_mark_that_nobody_closes_does_not_swallow_the_rest(tmp_path: Path) -> None:
    content = b'size,name\n1,24" screen\n2,"27 screen\n' + b"3,other\n" * 50_000
    assert looked_at(tmp_path, content, look_at_table) == TableLook(50_003, 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n,\n,,\n", "empty"),
        (b"PK\x03\x04" + bytes(1_000), "corrupt"),
        (b"a" * 200_000, "corrupt"),
        (b"a," * ROW_MOST, "corrupt"),
        (b'"\n",' * ROW_MOST, "corrupt"),
    ],
    ids=["nothing", "blank", "XLSX", "endless field", "endless line", "endless row"],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path: Path, content: bytes, code: str) -> None:
    """Among them one whose row never ends, in fields of two characters each: it would fill the memory."""
    assert refusal(tmp_path, content, look_at_table) == code


def test_files_beyond_the_limits_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.media.documents.PDF_BYTES_MOST", 100)
    monkeypatch.setattr("engine.media.documents.TABLE_BYTES_MOST", 100)
    assert refusal(tmp_path, pdf(1)) == "too_large"
    assert refusal(tmp_path, b"a,b\n" * 100, look_at_table) == "too_large"
