"""Texts that are too large, in parts: every line stays whole, every part of a table has its head."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.errors import UnreadableFileError
from engine.media.splitting import split_lines
from tests import made


class Stopped(BaseException):
    """Somebody pressed Stop."""


def parts_of(folder: Path, content: bytes, **how: bool | int) -> list[bytes]:
    source = folder / "sent.csv"
    source.write_bytes(content)
    return [path.read_bytes() for path in split_lines(source, folder / "parts", **how)]  # type: ignore[arg-type]


def test_a_table_keeps_its_head_in_every_part(tmp_path: Path) -> None:
    table = made.table(1_000)
    parts = parts_of(tmp_path, table, is_table=True, part_bytes=5_000)
    head = b"date,amount,city\n"
    assert len(parts) > 3
    assert all(part.startswith(head) and part.endswith(b"\n") and len(part) <= 5_000 for part in parts)
    assert head + b"".join(part.removeprefix(head) for part in parts) == table


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), min_size=1).filter(any))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_is_the_same_when_its_parts_are_put_together(tmp_path: Path, lines: list[bytes]) -> None:
    text = b"plain\n" + b"\n".join(lines)
    parts = parts_of(tmp_path, text, is_table=False, part_bytes=31 + len(text) // 10)
    assert b"".join(parts) == text
    assert all(part.endswith(b"\n") for part in parts[:-1])


def test_a_row_with_lines_in_a_field_is_not_cut(tmp_path: Path) -> None:
    row = b'1,"first line\nsecond ""line""\nthird",x\n'
    parts = parts_of(tmp_path, b"a,b,c\n" + row * 50, is_table=True, part_bytes=200)
    assert all((len(part) - 6) % len(row) == 0 for part in parts)


def test_a_quotation_mark_that_nobody_closes_is_a_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.media.splitting.ROW_MOST", 60)
    table = b"size,name\n" + b'15",monitor\n' * 51
    parts = parts_of(tmp_path, table, is_table=True, part_bytes=150)
    assert b"size,name\n" + b"".join(part.removeprefix(b"size,name\n") for part in parts) == table


def test_utf_16_becomes_utf_8(tmp_path: Path) -> None:
    text = "дата;сумма\n" + "вчера;100\n" * 40
    parts = parts_of(tmp_path, text.encode("utf-16"), is_table=True, part_bytes=200)
    assert len(parts) > 2
    assert all(part.decode().startswith("дата;сумма\nвчера") for part in parts)


def test_a_table_of_its_head_alone_is_one_part(tmp_path: Path) -> None:
    assert parts_of(tmp_path, b"a,b,c\n", is_table=True, part_bytes=100) == [b"a,b,c\n"]


def test_a_row_that_fits_nowhere_is_too_large_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        parts_of(tmp_path, b"a\n" + b"1\n" * 20 + b"x" * 100, is_table=True, part_bytes=10)
    assert refused.value.code == "too_large"
    assert not list((tmp_path / "parts").iterdir())


def test_too_many_parts_are_too_large(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        parts_of(tmp_path, made.table(1_000), is_table=True, part_bytes=40)
    assert refused.value.code == "too_large"


def test_two_gigabytes_of_zeros_are_cut_where_no_line_ends(tmp_path: Path) -> None:
    calls = iter(range(2))

    def still_wanted() -> None:
        if next(calls, None) is None:
            raise Stopped

    source = made.hole(tmp_path / "zeros.txt", 2 * 1024**3)
    with pytest.raises(Stopped):
        split_lines(source, tmp_path / "parts", is_table=False, part_bytes=2**30, still_wanted=still_wanted)
    assert not list((tmp_path / "parts").iterdir())
