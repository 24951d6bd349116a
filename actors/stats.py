"""What /stats says: three spans, by model, and their sums."""

from __future__ import annotations

from collections.abc import Sequence

from actors.context import Figures
from actors.phrases import Phrases
from engine.core.money import dollars
from engine.core.styled import Mark, Styled
from engine.store.ledger import Spending
from engine.telegram.text import utf16_length


def table(figures: Figures, say: Phrases) -> Styled:
    """The whole message; its title and the names of the spans are bold."""
    lines: list[tuple[str, bool]] = [(say.text("stats-title"), True)]
    for name, spent in (("today", figures.today), ("month", figures.month), ("all", figures.all_time)):
        lines += [("", False), (say.text(f"stats-{name}"), True), *((line, False) for line in _span(spent, say))]
    marks, offset = [], 0
    for line, bold in lines:
        if bold:
            marks.append(Mark("bold", offset, utf16_length(line)))
        offset += utf16_length(line) + 1
    return Styled("\n".join(line for line, _ in lines), tuple(marks))


def _span(spent: Sequence[Spending], say: Phrases) -> list[str]:
    if not spent:
        return [say.text("stats-none")]
    lines = [_line(row, say) for row in spent]
    if unpriced := sum(row.unpriced for row in spent):
        lines.append(say.text("stats-unpriced", calls=unpriced))
    if len(spent) > 1:
        lines.append(say.text("stats-sum", amount=dollars(sum(row.cost_nanousd for row in spent))))
    return lines


def _line(row: Spending, say: Phrases) -> str:
    """Of a model, or of what has no tokens: sound by the minute, a container."""
    tokens = row.input_tokens + row.output_tokens
    calls = say.text("stats-calls", calls=row.calls)
    used = f"{calls}, {say.text('stats-tokens', tokens=tokens)}" if tokens else calls
    return f"{row.model}: {used}, {dollars(row.cost_nanousd)}"
