"""What the sandbox's code interpreter computes from a CSV file: rows, columns, and the mean of each numeric column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

ROWS_MAX = 100_000
"""So many rows are read at most, for the sake of the event loop."""
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of one CSV file; `means` has the numeric columns only, by name."""

    name: str
    rows: int
    columns: tuple[str, ...]
    means: dict[str, float]

    def line(self) -> str:
        """As the interpreter prints it."""
        means = ", ".join(f"{name}={mean:g}" for name, mean in self.means.items()) or "none"
        return f"{self.name}: rows={self.rows}, columns={len(self.columns)}, means: {means}"


def is_table(name: str) -> bool:
    """Whether a file is one to compute from."""
    return name.lower().endswith((".csv", ".tsv"))


def table_of(name: str, content: bytes) -> Table:
    """Compute a file's figures; its first line names the columns."""
    text = content.decode("utf-8-sig", errors="replace")
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = tuple(name.strip() for name in next(reader, []))
    rows = [row for row in islice(reader, ROWS_MAX) if any(cell.strip() for cell in row)]
    means = {column: _mean(rows, index) for index, column in enumerate(columns)}
    return Table(name, len(rows), columns, {column: mean for column, mean in means.items() if mean is not None})


def summary_csv(tables: Sequence[Table]) -> bytes:
    """The figures of some tables, as a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["file", "rows", "column", "mean"])
    for table in tables:
        writer.writerows([table.name, table.rows, column, f"{mean:g}"] for column, mean in table.means.items())
    return out.getvalue().encode()


def _mean(rows: Sequence[Sequence[str]], index: int) -> float | None:
    """The mean of a column; None when any cell in it is no number."""
    numbers: list[float] = []
    for row in rows:
        cell = row[index].strip() if index < len(row) else ""
        if not cell:
            continue
        try:
            numbers.append(float(cell.replace(",", ".")))
        except ValueError:
            return None
    return sum(numbers) / len(numbers) if numbers else None
