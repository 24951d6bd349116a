"""What everybody has spent, in words and as a picture: /stat and the digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from babel.dates import format_date

from actors.desk.reports.orders import Buttons, page_button, titled
from actors.phrases import Phrases
from engine.core.money import dollars
from engine.core.styled import Styled
from engine.media.spending import SERIES_MOST, Bar, Ranked, SpendingPicture
from engine.store.figures import TOP, Figures, Share

KINDS = ("response", "picture", "transcription", "speech", "container", "storage")
"""Kinds of calls that have a name and a colour of their own, in the order of the colours; the others are one."""
OTHER = "other"
SHOWN = ("today", "week", "month")
"""The spans that /stat has a button for."""
IN_WORDS = 3
"""How many people, models and kinds are named in the text."""

assert len(KINDS) < SERIES_MOST


def spending_text(figures: Figures, span: str, words: Phrases) -> Styled:
    """Five lines: title, sum, kinds, models, people; a sixth where something has no known price."""
    if not figures.total.calls:
        return titled(words.text(f"spent-{span}", dates=dates(figures, words)), [words.text("spent-nothing")])
    lines = [
        f"{dollars(figures.total.cost_nanousd)} · {counted(figures, words)}",
        words.text("spent-kinds", list=_listed(_named_kinds(figures.kinds, words))),
        words.text("spent-models", list=_listed(figures.models)),
        words.text("spent-people", list=_listed(figures.people)),
    ]
    if figures.total.unpriced:
        lines.append(words.text("stats-unpriced", calls=figures.total.unpriced))
    return titled(words.text(f"spent-{span}", dates=dates(figures, words)), lines)


def counted(figures: Figures, words: Phrases) -> str:
    """ "1,204 calls · 37 people"."""
    calls = words.text("spent-calls", calls=figures.total.calls)
    return f"{calls} · {words.text('spent-of-people', people=figures.people_count)}"


def dates(figures: Figures, words: Phrases) -> str:
    """The first and the last day of the span."""
    first, last = figures.begins.date(), (figures.ends - timedelta(microseconds=1)).date()
    last_named = format_date(last, "d MMMM y", words.language)
    if first == last:
        return last_named
    pattern = "d" if (first.year, first.month) == (last.year, last.month) else "d MMMM"
    return f"{format_date(first, pattern, words.language)} – {last_named}"


def spending_picture(figures: Figures, span: str, words: Phrases) -> SpendingPicture:
    """The same to look at."""
    kinds = [kind for kind in (*KINDS, OTHER) if any(_of_kind(day.kinds, kind) for day in figures.days)]
    bars = tuple(
        Bar(
            _day(day.begins, words),
            tuple(_of_kind(day.kinds, kind) for kind in kinds),
            is_outside=day.begins < figures.begins,
        )
        for day in figures.days
    )
    return SpendingPicture(
        title=words.text(f"spent-title-{span}"),
        dates=dates(figures, words),
        total=dollars(figures.total.cost_nanousd),
        details=counted(figures, words),
        bars_title=words.text("spent-by-day"),
        kinds=tuple(words.text(f"kind-{kind}") for kind in kinds),
        colours=tuple((*KINDS, OTHER).index(kind) for kind in kinds),
        bars=bars,
        lists=(
            (words.text("spent-top-people"), _ranked(figures.people)),
            (words.text("spent-top-models"), _ranked(figures.models)),
        ),
        nothing=words.text("stats-none"),
    )


def spending_buttons(card: str, span: str, words: Phrases, *, dark: bool) -> Buttons:
    """The other spans, and the other colours."""
    spans = tuple(page_button(words, f"button-span-{one}", "stat", card, one) for one in SHOWN if one != span)
    theme = page_button(words, "button-light" if dark else "button-dark", "theme", card, span, "" if dark else "dark")
    return (spans, (theme,))


def _listed(shares: Sequence[Share]) -> str:
    return ", ".join(f"{share.name} {dollars(share.cost_nanousd)}" for share in shares[:IN_WORDS])


def _named_kinds(kinds: Sequence[Share], words: Phrases) -> list[Share]:
    named = [Share(words.text(f"kind-{kind}"), 0, _of_kind(kinds, kind)) for kind in (*KINDS, OTHER)]
    return sorted((share for share in named if share.cost_nanousd), key=lambda share: -share.cost_nanousd)


def _of_kind(kinds: Sequence[Share], kind: str) -> int:
    if kind == OTHER:
        return sum(share.cost_nanousd for share in kinds if share.name not in KINDS)
    return sum(share.cost_nanousd for share in kinds if share.name == kind)


def _ranked(shares: Sequence[Share]) -> tuple[Ranked, ...]:
    dearest = max((share.cost_nanousd for share in shares), default=0) or 1
    return tuple(
        Ranked(share.name, dollars(share.cost_nanousd), share.cost_nanousd / dearest, otherwise="…")
        for share in shares[:TOP]
    )


def _day(day: date | datetime, words: Phrases) -> str:
    return format_date(day, "d MMM", words.language)
