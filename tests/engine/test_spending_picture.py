"""The picture of what was spent: any name, any amount, any number of days can be drawn."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from engine.media.spending import Bar, Ranked, SpendingPicture, drawn
from tests.architecture.source import ROOT

NANOUSD = 1_000_000_000
BYTES_SHOWN = 150_000


def picture(amount: int, days: int, names: tuple[str, ...] = ("Alice",)) -> SpendingPicture:
    """So many days of one amount, and these people."""
    ranked = tuple(Ranked(name, "$1", 1 / number, otherwise="42") for number, name in enumerate(names, 1))
    return SpendingPicture(
        title="Spending",
        dates="24 November 2026",
        total="$1.00",
        details="1 call",
        bars_title="By day",
        kinds=("Answers", "Расшифровки"),
        colours=(0, 2),
        bars=tuple(Bar(f"{day} Nov", (amount, amount // 2), is_outside=day < days) for day in range(1, days + 1)),
        lists=(("People", ranked), ("Models", ())),
        nothing="nothing",
    )


@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
@pytest.mark.parametrize(("amount", "days"), [(0, 7), (1, 7), (NANOUSD, 31), (99_999 * NANOUSD, 28)])
def test_every_amount_and_every_month_can_be_drawn(amount: int, days: int, dark: bool) -> None:
    png, width, height = drawn(picture(amount, days), dark=dark)
    with Image.open(BytesIO(png)) as shown:
        assert shown.size == (width, height)
        assert width == 1080


def test_what_the_font_has_no_shape_for_is_left_out() -> None:
    """matplotlib warns of each missing shape, and a warning fails the test."""
    names = ("🚀🚀", "田中さん", "Ада 🚀", "ﷺ", "a" * 300)
    assert drawn(picture(NANOUSD, 7, names), dark=False)[0]


def test_marks_of_formulas_are_only_marks() -> None:
    assert drawn(picture(NANOUSD, 7, ("$x^2_$", r"\frac", "%s {0}")), dark=False)[0]


def test_the_pictures_of_the_readme_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").glob("*.png")}
    assert len(sizes) == 4
    assert not {name: size for name, size in sizes.items() if size > BYTES_SHOWN}
