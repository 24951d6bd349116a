"""The ledger as CSV or XLSX and the quarantine as JSON: written line by line into a file, money exact in both.

A spreadsheet counts in binary fractions of 15 digits, so the exact figure there is the whole number of nano-dollars;
the column in dollars beside it is for reading and adding up.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from engine.core.clock import from_micros
from engine.core.money import NANOUSD_PER_USD
from engine.store.lines import COLUMNS
from engine.store.quarantine import Quarantined

FORMATS = ("csv", "xlsx")
MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "zst": "application/zstd",
}
LINES_MOST = {"csv": 5_000_000, "xlsx": 500_000}
"""The most lines of a file that is sent: a gigabyte, or two minutes' work. The shell writes any number."""
SHEET_ROWS = 1_048_575
"""What fits into one sheet, besides its heading; the rest goes into the next one."""
DOLLARS_FORMAT = "0.000000000"
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"

_AT, _COST = COLUMNS.index("at"), COLUMNS.index("cost_nanousd")
HEADING = (*COLUMNS[: _COST + 1], "cost_usd", *COLUMNS[_COST + 1 :])

Row = tuple[Any, ...]

_FORMULA = re.compile(r"[=+@\t\r]|-(?![\d:]+$)")


def write_ledger(path: Path, rows: Iterable[Row], zone: ZoneInfo, form: str) -> int:
    """Writes the lines (`engine.store.lines`) in one of FORMATS; how many. Blocks its thread."""
    return (_write_csv if form == "csv" else _write_xlsx)(path, rows, zone)


def write_quarantine(path: Path, events: Iterable[Quarantined]) -> int:
    """Writes the events as they came, as JSON; how many. They hold what people have written: for the admins only."""
    told = [
        {
            "id": event.id,
            "conversation": event.conversation,
            "received_at": from_micros(event.received_at).isoformat(),
            "error": event.error,
            "event": _json_or_text(event.event),
        }
        for event in events
    ]
    path.write_bytes(msgspec.json.format(msgspec.json.encode({"version": 1, "events": told}), indent=2))
    return len(told)


def exact_usd(cost_nanousd: int | None) -> str:
    """All nine places; "" where nobody knows."""
    return "" if cost_nanousd is None else f"{Decimal(cost_nanousd) / NANOUSD_PER_USD:.9f}"


def _write_csv(path: Path, rows: Iterable[Row], zone: ZoneInfo) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel that it is UTF-8
        table = csv.writer(file)
        table.writerow(HEADING)
        for row in rows:
            at = from_micros(row[_AT]).astimezone(zone).isoformat(timespec="milliseconds")
            told = (*row[:_AT], at, *row[_AT + 1 : _COST + 1], exact_usd(row[_COST]), *row[_COST + 1 :])
            table.writerow([_harmless(value) for value in told])
            count += 1
    return count


def _write_xlsx(path: Path, rows: Iterable[Row], zone: ZoneInfo) -> int:
    from xlsxwriter import Workbook  # noqa: PLC0415 - for this one command

    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": DOLLARS_FORMAT})
        time = book.add_format({"num_format": TIME_FORMAT})
        sheet: Any = None
        for count, row in enumerate(rows, 1):
            if (line := (count - 1) % SHEET_ROWS) == 0:
                sheet = _new_sheet(book, bold)
            for column, value in _cells(row, zone):
                if column == _AT:
                    sheet.write_datetime(line + 1, column, value, time)
                elif column == _COST + 1:
                    sheet.write_number(line + 1, column, value, money)
                else:
                    sheet.write(line + 1, column, value)
        if sheet is None:
            _new_sheet(book, bold)
    return count


def _new_sheet(book: Any, bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(HEADING) - 1, 14)
    for column, name in enumerate(HEADING):
        sheet.write_string(0, column, name, bold)
    return sheet


def _cells(row: Row, zone: ZoneInfo) -> Iterator[tuple[int, Any]]:
    """(column, value); nothing where there is none. Times are the house's own: a sheet knows no zones."""
    for column, value in enumerate(row):
        if value is None:
            continue
        if column == _AT:
            yield column, from_micros(value).astimezone(zone).replace(tzinfo=None)
        elif column == _COST:
            yield column, value
            yield column + 1, value / NANOUSD_PER_USD
        else:
            yield column if column < _COST else column + 1, value


def _harmless(value: Any) -> Any:
    """What a table's program would take for a formula is told apart by an apostrophe; a chat's number is none."""
    is_formula = isinstance(value, str) and _FORMULA.match(value) is not None
    return f"'{value}" if is_formula else value


def _json_or_text(event: str) -> Any:
    try:
        return msgspec.json.decode(event)
    except msgspec.DecodeError:
        return event
