"""The picture of what everybody has spent: bars by day, stacked by kind, and lists of people and models.

Called in a worker thread: matplotlib is imported here at the first picture (1 to 2 s), and drawing takes half a second.
All lengths are in units of which the picture is WIDE across; it has two pixels for each, so that phones show it sharp.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from engine.core.money import NANOUSD_PER_USD
from engine.media.lettering import fitted, known, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 540
DOTS = 2
"""Pixels for each unit."""
EDGE = 26
GAP = 30
"""Between the two lists."""
BARS_TOP = EDGE + 128
BARS_HIGH = 205
ROW = 45
"""How high an entry of a list is."""
SERIES_MOST = 7
"""Kinds that have a colour of their own."""
LABELS_APART = 12
"""The least room between two labels under the bars."""
LEGEND_LINE = 22
LEGEND_GAP = 15
LEGEND_INK = 12.5


class Bar(NamedTuple):
    """One day: nano-dollars for each of the picture's kinds, in their order."""

    label: str
    parts: tuple[int, ...]
    is_outside: bool = False
    """before the span: drawn paler"""


class Ranked(NamedTuple):
    """An entry of a list. `share` of the largest is from 0 to 1."""

    name: str
    amount: str
    share: float
    otherwise: str = ""
    """the name where the font has no shape for any of its letters"""


class SpendingPicture(NamedTuple):
    """What is to be drawn: words as they are shown, and amounts."""

    title: str
    dates: str
    total: str
    details: str
    bars_title: str
    kinds: tuple[str, ...]
    colours: tuple[int, ...]
    """of each kind: the same kind has the same colour in every picture"""
    bars: tuple[Bar, ...]
    lists: tuple[tuple[str, tuple[Ranked, ...]], ...]
    """two: (title, entries)"""
    nothing: str
    """what stands in an empty list"""


class _Look(NamedTuple):
    paper: str
    ink: str
    faint: str
    line: str
    track: str
    series: tuple[str, ...]


LIGHT = _Look(
    paper="#ffffff",
    ink="#1c2230",
    faint="#687083",
    line="#e3e6ec",
    track="#eef0f5",
    series=("#3b6fe0", "#f0882d", "#1f9d84", "#a663b8", "#d9b021", "#c9536b", "#8a93a5"),
)
DARK = _Look(
    paper="#161b24",
    ink="#f0f2f7",
    faint="#9aa4b8",
    line="#2c3443",
    track="#252d3b",
    series=("#6d9bff", "#ffa55c", "#45c9ae", "#c98ad9", "#ecca4e", "#f07f96", "#8e98ac"),
)


def drawn(picture: SpendingPicture, *, dark: bool) -> tuple[bytes, int, int]:
    """PNG, and its width and height in pixels. Blocks for half a second (2 s the first time)."""
    from matplotlib import rc_context  # noqa: PLC0415 - it takes a second or two
    from matplotlib.figure import Figure  # noqa: PLC0415

    look = DARK if dark else LIGHT
    legend = _lines_of_legend(picture)
    lists_top = BARS_TOP + BARS_HIGH + 46 + len(legend) * LEGEND_LINE
    high = lists_top + 34 + max(1, *(len(entries) for _, entries in picture.lists)) * ROW + EDGE - 8
    with rc_context({"font.family": ["DejaVu Sans"], "text.parse_math": False}):
        figure = Figure(figsize=(WIDE / 72, high / 72), dpi=72 * DOTS, facecolor=look.paper)
        page = _Page(figure, look, high)
        page.heading(picture)
        page.bars(picture)
        page.legend(legend)
        page.lists(picture, lists_top)
        made = BytesIO()
        figure.savefig(made, format="png", facecolor=look.paper, metadata={"Software": None})
    return made.getvalue(), WIDE * DOTS, high * DOTS


class _Page:
    """The sheet, measured from its top left corner."""

    def __init__(self, figure: Figure, look: _Look, high: int) -> None:
        self._figure = figure
        self._look = look
        self._high = high
        self._sheet: Axes = figure.add_axes((0, 0, 1, 1))
        self._sheet.set(xlim=(0, WIDE), ylim=(high, 0))
        self._sheet.axis("off")

    def heading(self, picture: SpendingPicture) -> None:
        self._text(EDGE, EDGE + 14, picture.title, 19, bold=True, wide=WIDE - 2 * EDGE)
        self._text(EDGE, EDGE + 39, picture.dates, 14, faint=True, wide=WIDE - 2 * EDGE)
        taken = self._text(EDGE, EDGE + 84, picture.total, 36, bold=True, wide=WIDE * 0.6)
        left = EDGE + taken + 16
        self._text(left, EDGE + 83, picture.details, 14, faint=True, wide=WIDE - EDGE - left)

    def bars(self, picture: SpendingPicture) -> None:
        self._text(EDGE, BARS_TOP - 4, picture.bars_title, 15, bold=True, wide=WIDE - 2 * EDGE)
        widest = max((measured(bar.label, 13) for bar in picture.bars), default=0.0)
        left, high = EDGE + 46, BARS_HIGH - 14
        room = float(WIDE - EDGE - left)
        wide = room - max(0.0, (widest - room / (len(picture.bars) + 0.2)) / 2)  # the last day's name ends at the edge
        below = self._high - (BARS_TOP + 14 + high)
        axes = self._figure.add_axes((left / WIDE, below / self._high, wide / WIDE, high / self._high))
        for place, bar in enumerate(picture.bars):
            self._stack(axes, place, bar, picture.colours)
        self._scale(axes, picture.bars)
        self._name_days(axes, picture.bars, wide, widest)

    def _stack(self, axes: Axes, place: int, bar: Bar, colours: Sequence[int]) -> None:
        below = 0.0
        for part, number in zip(bar.parts, colours, strict=True):
            usd, colour = part / NANOUSD_PER_USD, self._look.series[number]
            shown = _mixed(colour, self._look.paper) if bar.is_outside else colour
            axes.bar(place, usd, 0.72, below, color=shown, linewidth=0)
            below += usd

    def _scale(self, axes: Axes, bars: Sequence[Bar]) -> None:
        steps = _ticks(max((sum(bar.parts) for bar in bars), default=0) / NANOUSD_PER_USD)
        axes.set(xlim=(-0.6, len(bars) - 0.4), ylim=(0, steps[-1]), facecolor=self._look.paper)
        axes.set_yticks(steps, [_usd(step, steps[1]) for step in steps])
        axes.tick_params(length=0, labelsize=13, labelcolor=self._look.faint, pad=6)
        axes.grid(axis="y", color=self._look.line, linewidth=1)
        axes.set_axisbelow(True)
        for name, spine in axes.spines.items():
            spine.set_visible(name == "bottom")
            spine.set_color(self._look.line)

    def _name_days(self, axes: Axes, bars: Sequence[Bar], wide: float, widest: float) -> None:
        """As many as there is room for, the last one always."""
        slot = wide / (len(bars) + 0.2)
        every = max(1, -int(-(widest + LABELS_APART) // slot))
        named = [place for place in range(len(bars)) if (len(bars) - 1 - place) % every == 0]
        axes.set_xticks(named, [bars[place].label for place in named])

    def legend(self, lines: Sequence[Sequence[tuple[int, str, float]]]) -> None:
        for number, line in enumerate(lines):
            y = BARS_TOP + BARS_HIGH + 42 + number * LEGEND_LINE
            for kind, name, left in line:
                self._box(left, y - 10, 11, 11, self._look.series[kind], 3)
                self._text(left + 16, y, name, LEGEND_INK, faint=True, wide=WIDE - EDGE - left - 14)

    def lists(self, picture: SpendingPicture, top: float) -> None:
        wide = (WIDE - 2 * EDGE - GAP) / 2
        for number, (title, entries) in enumerate(picture.lists):
            left = EDGE + number * (wide + GAP)
            self._text(left, top + 16, title, 15, bold=True, wide=wide)
            if not entries:
                self._text(left, top + 46, picture.nothing, 14, faint=True, wide=wide)
            for place, entry in enumerate(entries):
                self._entry(entry, left, top + 34 + place * ROW, wide, self._look.series[0 if number == 0 else 2])

    def _entry(self, entry: Ranked, left: float, top: float, wide: float, colour: str) -> None:
        taken = measured(entry.amount, 13)
        self._text(left, top + 14, known(entry.name) or entry.otherwise, 13.5, wide=wide - taken - 10)
        self._text(left + wide, top + 14, entry.amount, 13, faint=True, wide=wide, right=True)
        self._box(left, top + 22, wide, 7, self._look.track, 3.5)
        self._box(left, top + 22, max(7.0, wide * entry.share), 7, colour, 3.5)

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        wide: float,
        bold: bool = False,
        faint: bool = False,
        right: bool = False,
    ) -> float:
        """Writes on the line at `y`, cut where there is no more room; how wide it came out."""
        shown = fitted(known(text), size, wide, bold=bold)
        self._sheet.text(
            x,
            y,
            shown,
            fontsize=size,
            color=self._look.faint if faint else self._look.ink,
            fontweight="bold" if bold else "normal",
            ha="right" if right else "left",
            va="baseline",
        )
        return measured(shown, size, bold=bold)

    def _box(self, x: float, y: float, wide: float, high: float, colour: str, round_by: float) -> None:
        from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415

        box = FancyBboxPatch(
            (x + round_by, y + round_by),
            max(0.01, wide - 2 * round_by),
            max(0.01, high - 2 * round_by),
            boxstyle=f"round,pad={round_by}",
            linewidth=0,
            facecolor=colour,
        )
        self._sheet.add_patch(box)


def _lines_of_legend(picture: SpendingPicture) -> list[list[tuple[int, str, float]]]:
    """Lines of (colour of the kind, its name, where it begins)."""
    lines: list[list[tuple[int, str, float]]] = []
    left = float(WIDE)
    for colour, kind in zip(picture.colours, picture.kinds, strict=True):
        wide = 16 + measured(known(kind), LEGEND_INK)
        if left + wide > WIDE - EDGE:
            lines.append([])
            left = float(EDGE)
        lines[-1].append((colour, kind, left))
        left += wide + LEGEND_GAP
    return lines


def _mixed(colour: str, paper: str) -> str:
    """Halfway to the paper: paler, and nothing shines through."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(paper[1:]), strict=True)
    return "#" + bytes((one * 45 + other * 55) // 100 for one, other in pairs).hex()


def _ticks(highest: float) -> list[float]:
    """Round amounts from 0 to at least the highest, 3 to 5 of them."""
    if highest <= 0:
        return [0.0, 1.0]
    step = 10.0 ** max(-9, _magnitude(highest / 4))  # nothing costs less than a nano-dollar
    step = next(step * times for times in (1, 2, 2.5, 5, 10) if step * times * 4 >= highest)
    return [step * number for number in range(-int(-highest // step) + 1)]


def _magnitude(amount: float) -> int:
    return int(f"{amount:e}".partition("e")[2])


def _usd(amount: float, step: float) -> str:
    """An amount beside a line: whole dollars, or with as many places (two at least) as the step needs."""
    if not amount:
        return "$0"
    places = next(places for places in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10) if round(step, places) == round(step, 12))
    return f"${amount:,.{places}f}"
