"""The tables. Plain text where nobody looks at a terminal; each cell is a median, with the extremes behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.memory import Known
from bench.start import Start
from bench.streams import Streaming
from bench.talking import Talk

WIDTH = 118
"""Columns, where the terminal does not say."""
T = TypeVar("T")

OTHERS = (
    ("seed project (aiogram)", (22.8, 31.7, 22, 16.5, 177)),
    ("most used bot (python-telegram-bot)", (39.6, 77, 29, 10, 105)),
    ("bare loop: no framework, nothing durable", (3.7, 0.9, 6, 622, 40)),
)
"""From issue 2 and docs/speed.md, measured on a machine of this kind: read them as ratios."""

console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=WIDTH)


def say(sentence: str) -> None:
    """A line between tables."""
    console.print(Text(sentence))


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One table: the first column is words, the others are figures."""
    drawn = Table(title=title, title_justify="left", title_style="bold")
    for number, name in enumerate(head):
        drawn.add_column(name, justify="right" if number else "left")
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)
    console.print()


def middle(runs: Sequence[T], figure: Callable[[T], float], digits: int = 1) -> str:
    """The median of a figure, and the least and most if there are several runs."""
    figures = [value for run in runs if not math.isnan(value := figure(run))]
    if not figures:
        return "–"
    said = f"{median(figures):,.{digits}f}"
    return said if len(figures) == 1 else f"{said} ({min(figures):,.{digits}f}–{max(figures):,.{digits}f})"


def talks(alone: Sequence[Talk], crowd: Sequence[Talk]) -> None:
    """Parts 1 and 2."""
    rows = [
        ["CPU ms/message", middle(alone, lambda t: t.cpu_ms, 2), "6", middle(crowd, lambda t: t.cpu_ms, 2), "4"],
        ["first visible text, ms", middle(alone, lambda t: t.first_ms), "15", "–", "–"],
        ["messages/s", middle(alone, lambda t: t.per_s, 0), "–", middle(crowd, lambda t: t.per_s, 0), "200"],
        ["peak MB", middle(alone, lambda t: t.peak_mb, 0), "150", middle(crowd, lambda t: t.peak_mb, 0), "150"],
        ["stand-ins' CPU ms/message", *_stand_ins(alone), *_stand_ins(crowd)],
    ]
    noise = [middle(runs, lambda t: t.machine_ms) for runs in (alone, crowd)]
    rows.append(["a fixed piece of Python, CPU ms (how busy the machine was)", noise[0], "–", noise[1], "–"])
    for fault in alone[0].faults:
        counted = [str(sum(talk.faults[fault] for talk in runs)) for runs in (alone, crowd)]
        rows.append([fault, counted[0], "0", counted[1], "0"])
    head = ("", f"one at a time ({alone[0].messages})", "target", f"a crowd ({crowd[0].messages})", "target")
    table("What a message costs", head, rows)


def _stand_ins(runs: Sequence[Talk]) -> tuple[str, str]:
    return middle(runs, lambda t: t.stand_in_cpu_s * 1000 / t.messages, 2), "–"


def others(alone: Sequence[Talk], crowd: Sequence[Talk]) -> None:
    """Ours beside the bots of issue 2, as ratios."""
    ours = (
        median(t.cpu_ms for t in alone),
        median(t.cpu_ms for t in crowd),
        median(t.first_ms for t in alone),
        median(t.per_s for t in crowd),
        median(t.peak_mb for t in crowd),
    )
    rows = [["this bot", *(f"{figure:,.1f}" for figure in ours)]]
    for name, figures in OTHERS:
        ratios = [f"{theirs:,g} ({theirs / own:.2f})" for theirs, own in zip(figures, ours, strict=True)]
        rows.append([name, *ratios])
    head = ("(in brackets: theirs / ours)", "CPU ms, one", "CPU ms, crowd", "first text ms", "messages/s", "peak MB")
    table("Beside others", head, rows)


def where(title: str, talk: Talk) -> None:
    """Part 3: where the CPU of a message goes."""
    parts: dict[str, float] = dict(talk.profile["parts"])
    parts["SQLite (two threads, and waiting for them)"] = parts.pop("SQLite", 0.0) + talk.sqlite_cpu_s
    ours = sum(seconds for name, seconds in parts.items() if name.startswith("ours"))
    total = sum(parts.values())
    rows = [
        [name, f"{seconds * 1000 / talk.messages:.2f}", f"{seconds / total:.0%}"]
        for name, seconds in sorted(parts.items(), key=lambda part: -part[1])
        if seconds / total >= 0.001
    ]
    rows.append(["all of ours together", f"{ours * 1000 / talk.messages:.2f}", f"{ours / total:.0%}"])
    rows.append(["in all", f"{total * 1000 / talk.messages:.2f}", "100%"])
    table(title, ("part", "CPU ms/message", "share"), rows)


def streams(runs: Sequence[Sequence[Streaming]]) -> None:
    """Part 4: one column for each number of chats."""
    head = ("", *(f"{column[0].chats:,} answers" for column in runs))

    def row(name: str, figure: Callable[[Streaming], float], digits: int = 2) -> list[str]:
        return [name, *(middle(column, figure, digits) for column in runs)]

    rows = [
        row("bot's CPU, cores", lambda s: s.cores),
        row("bot's CPU for 500 answers, cores", lambda s: s.cores * 500 / s.chats),
        row("bot's CPU for an event, µs, previews included", lambda s: s.cpu_us, 0),
        row("events/s", lambda s: s.events / s.wall_s, 0),
        row("previews/s", lambda s: s.previews / s.wall_s, 0),
        row("gap between previews in a chat, p50, s", lambda s: s.gap_s(50)),
        row("the same, p99, s", lambda s: s.gap_s(99)),
        row("the same, most, s", lambda s: s.gap_s(100)),
        row("answers complete, word for word", lambda s: s.complete, 0),
        row("memory for a running answer, kB", lambda s: s.kb_each, 0),
        row("stand-ins' CPU, cores", lambda s: s.stand_in_cpu_s / s.wall_s),
        row("an event was sent too late by at most, ms", lambda s: s.latest_ms, 0),
    ]
    table("Many answers at once, 16 events/s each", head, rows)


def memory(runs: Sequence[Known]) -> None:
    """Part 5."""
    rows = [
        ["an empty bot, MB", middle(runs, lambda k: k.empty_mb)],
        [f"with {runs[0].chats:,} known idle chats, MB", middle(runs, lambda k: k.full_mb)],
        ["more, MB (target: 30)", middle(runs, lambda k: k.more_mb)],
        ["for each, bytes", middle(runs, lambda k: k.more_mb * 1e6 / k.chats, 0)],
        ["the database file, MB", middle(runs, lambda k: k.database_mb, 0)],
    ]
    table("Known idle chats", ("", "resident memory"), rows)


def start(runs: Sequence[Start], most: int = 14) -> None:
    """Part 6."""

    def row(library: str) -> list[str]:
        return [library, middle(runs, lambda s: s.libraries_ms.get(library, 0.0), 0)]

    rows = [row(library) for library in list(runs[0].libraries_ms)[:most]]
    rows.append(["CPU of the whole import, ms (without -X importtime)", middle(runs, lambda s: s.cpu_s * 1000, 0)])
    rows.append(["resident memory after it, MB", middle(runs, lambda s: s.rss_mb, 0)])
    table("Imports: each library's own modules", ("library", "ms"), rows)
