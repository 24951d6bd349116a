"""A chart as a page for people: a Mermaid diagram, the rows that hold everywhere, and every state times every event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.core.chart import EVERY, SAME, Chart, Row

AnyRow = Row[Any, Any]

LEGEND = (
    "An edge reads `event [guard] / step`; rows that change no state are left out of the drawing, and stand in the "
    "tables below it; the rows of a pair are tried from top to bottom."
)


def drawn(title: str, source: str, chart: Chart[Any, Any]) -> str:
    """The whole page in Markdown, the same text for the same chart. `source` is the file that the table is in."""
    return "\n".join(
        [
            f"# {title}",
            "",
            f"Drawn from the table in `{source}` by `make docs`: change the table, not this page.",
            LEGEND,
            "",
            *_diagram(chart),
            "",
            "## In every state",
            "",
            "These rows stand behind a state's own. “=” means that the state stays as it is.",
            "",
            *_table(["event", "guard", "step", "to"], _shared(chart)),
            "",
            "## Every state, every event",
            "",
            "“→” names the next state where it is another one.",
            "",
            *_table(["event", *chart.states], _every_pair(chart)),
            "",
        ]
    )


def _diagram(chart: Chart[Any, Any]) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield f"    [*] --> {chart.states[0]}"
    for row in chart.table:
        if row.source != EVERY and row.destination not in (SAME, row.source):
            yield f"    {row.source} --> {row.destination} : {row.event.__name__}{_guard(row)} / {row.step.__name__}"
    yield "```"


def _shared(chart: Chart[Any, Any]) -> Iterator[Sequence[str]]:
    for row in chart.table:
        if row.source == EVERY:
            guard = row.guard.__name__ if row.guard else ""
            yield row.event.__name__, guard, row.step.__name__, row.destination


def _every_pair(chart: Chart[Any, Any]) -> Iterator[Sequence[str]]:
    for event in sorted(chart.events, key=lambda event: event.__name__):
        cells = (
            _cell(row for row in chart.rows if row.source == state and row.event is event) for state in chart.states
        )
        yield event.__name__, *cells


def _cell(rows: Iterable[AnyRow]) -> str:
    return "<br>".join(
        f"{_guard(row).lstrip()} {row.step.__name__}".lstrip()
        + (f" → {row.destination}" if row.destination != row.source else "")
        for row in rows
    )


def _guard(row: AnyRow) -> str:
    return f" [{row.guard.__name__}]" if row.guard else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
