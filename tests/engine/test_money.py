"""Money: whole nano-dollars, rounded once, read by people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.money import dollars, nanousd


@pytest.mark.parametrize(
    ("usd", "expected"),
    [("0", 0), ("1", 1_000_000_000), ("0.0000000005", 1), ("0.0000000004", 0), (0.1, 100_000_000), (2, 2_000_000_000)],
)
def test_dollars_become_whole_nano_dollars(usd: str | float, expected: int) -> None:
    assert nanousd(usd) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, "$0"),
        (412, "$0.00000041"),
        (3_100_000, "$0.0031"),
        (99_400_000, "$0.099"),
        (410_000_000, "$0.41"),
        (1_200_000_000, "$1.20"),
        (1_234_567_000_000, "$1234.57"),
        (-410_000_000, "-$0.41"),
    ],
)
def test_an_amount_is_shown_with_two_digits_that_mean_something(amount: int, expected: str) -> None:
    assert dollars(amount) == expected


@given(st.integers(min_value=1, max_value=10**15))
def test_what_is_shown_is_right_to_a_twentieth(amount: int) -> None:
    shown = nanousd(dollars(amount).removeprefix("$"))
    assert abs(shown - amount) <= amount / 20


@given(st.integers(min_value=0, max_value=10**15))
def test_an_amount_survives_being_written_in_dollars(amount: int) -> None:
    assert nanousd(f"{amount // 10**9}.{amount % 10**9:09}") == amount
