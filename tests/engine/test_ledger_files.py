"""The ledger as a file: any amount survives, more lines than a sheet holds go into the next one."""

from __future__ import annotations

import csv
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.desk.reports import files
from engine.core.money import NANOUSD_PER_USD
from engine.store.lines import COLUMNS
from engine.telegram.pacing import Pacing


def row(cost: int | None, name: str = "Alice") -> tuple[Any, ...]:
    """A line as the store reads it."""
    values = dict.fromkeys(COLUMNS, 0) | {"at": 1_795_000_000_000_000, "name": name, "cost_nanousd": cost}
    return tuple(values[column] for column in COLUMNS)


@given(st.integers(0, 10**15))
def test_dollars_are_exact_to_the_ninth_place(cost: int) -> None:
    assert Decimal(files.exact_usd(cost)) * NANOUSD_PER_USD == cost


@pytest.mark.parametrize("name", ["=1+1", "+7 900", "@ada", "-x", "\tx"])
def test_no_name_is_a_formula(tmp_path: Path, name: str) -> None:
    path = tmp_path / "ledger.csv"
    files.write_ledger(path, [row(1, name)], ZoneInfo("UTC"), "csv")
    (read,) = csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True))
    assert read["name"] == f"'{name}"


def test_a_full_sheet_is_followed_by_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SHEET_ROWS", 2)
    path = tmp_path / "ledger.xlsx"
    assert files.write_ledger(path, [row(cost) for cost in (1, 2, 3, None, 5)], ZoneInfo("UTC"), "xlsx") == 5
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        rows = [book.read(name).decode().count("<row ") for name in sheets]
    assert rows == [3, 3, 2]


def test_an_empty_ledger_is_a_heading(tmp_path: Path) -> None:
    for form in files.FORMATS:
        assert files.write_ledger(tmp_path / form, [], ZoneInfo("UTC"), form) == 0
        assert (tmp_path / form).stat().st_size > 0


def test_flood_waits_are_counted_while_they_last() -> None:
    now = 0.0
    pacing = Pacing(lambda: now)
    pacing.flooded(5, 30)
    pacing.flooded(6, 10)
    assert pacing.floods() == (2, 30)
    now = 11.0
    assert pacing.floods() == (1, 19)
    now = 31.0
    assert pacing.floods() == (0, 0)
