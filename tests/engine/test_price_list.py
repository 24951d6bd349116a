"""The list of prices, and what a second public table (litellm's) says about the same models."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ai.estimate import OUTPUT_TOKENS_LEAST, Limits, affordable_output, output_tokens_most, worst_case
from engine.ai.price_list import KnownPrice, ending, price_list
from engine.ai.prices import Prices
from engine.core.ledger import Usage
from engine.core.money import nanousd

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PRICES = Prices(now=lambda: NOW)

UNITS = {
    "input_cost_per_token": ("input_mtok", 10**6),
    "output_cost_per_token": ("output_mtok", 10**6),
    "cache_read_input_token_cost": ("cache_read_mtok", 10**6),
    "cache_creation_input_token_cost": ("cache_write_mtok", 10**6),
    "input_cost_per_audio_token": ("input_audio_mtok", 10**6),
    "output_cost_per_audio_token": ("output_audio_mtok", 10**6),
    "input_cost_per_image_token": ("input_image_mtok", 10**6),
    "output_cost_per_image_token": ("output_image_mtok", 10**6),
    "cache_read_input_image_token_cost": ("cache_image_read_mtok", 10**6),
    "input_cost_per_second": ("input_audio_hours", 3600),
}

KNOWN_DISAGREEMENTS = {
    ("gpt-4o-transcribe", "input_audio_mtok"): "litellm has the price of text for sound",
    ("gpt-4o-mini-transcribe", "input_audio_mtok"): "litellm has the price of text for sound",
    ("gpt-4o-mini-tts", "output_mtok"): "genai-prices has sound, litellm text (which the model does not make)",
}


@cache
def theirs() -> dict[str, dict[str, Any]]:
    """litellm's table: model → field → figure."""
    text = (Path(__file__).parent / "prices_litellm.json").read_text("utf-8")
    models: dict[str, dict[str, Any]] = json.loads(text)["models"]
    return models


@cache
def ours() -> dict[str, KnownPrice]:
    return {one.model: one for one in price_list(NOW)}


def compared(suffix: str = "") -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """(model, unit) → (our figure, theirs), where both have one."""
    found = {}
    for model in sorted(theirs().keys() & ours().keys()):
        rates = ours()[model].long_rates if suffix else ours()[model].rates
        for field, (unit, times) in UNITS.items():
            figure = theirs()[model].get(field + suffix)
            if figure is not None and unit in rates:
                found[model, unit] = (rates[unit], Decimal(str(figure)) * times)
    return found


def test_both_tables_agree_wherever_both_have_a_figure() -> None:
    found = compared()
    assert {both for both, (mine, other) in found.items() if mine != other} == KNOWN_DISAGREEMENTS.keys()
    assert len(found) > 150


def test_both_tables_agree_about_long_inputs() -> None:
    found = compared("_above_272k_tokens")
    assert not {both: figures for both, figures in found.items() if figures[0] != figures[1]}
    assert len(found) > 40


@pytest.mark.parametrize("tier", ["", "flex", "priority"])
def test_a_text_models_calls_cost_what_litellm_says_dated_ids_and_tiers_too(tier: str) -> None:
    """200,000 tokens of each kind, by `Prices`, which the ledger uses."""
    usages = {
        "input_cost_per_token": Usage(input_tokens=200_000),
        "cache_read_input_token_cost": Usage(input_tokens=200_000, cached_tokens=200_000),
        "output_cost_per_token": Usage(output_tokens=200_000),
    }
    wrong, compared_figures = {}, 0
    for model, figures in theirs().items():
        suffix = f"_{tier}" if tier else ""
        if figures["mode"] not in ("chat", "responses") or "input_cost_per_audio_token" in figures:
            continue
        if "search-preview" in model:  # without a cached rate in genai-prices: full price, which is on the safe side
            continue
        for field, usage in usages.items():
            cost = PRICES.price(model, usage, tier).cost_nanousd
            if cost is not None and field + suffix in figures:
                compared_figures += 1
                expected = nanousd(Decimal(figures[field + suffix]) * 200_000)
                if cost != expected:
                    wrong[model, field] = (cost, expected)
    assert not wrong
    assert compared_figures > 60


def test_the_list_says_where_each_price_comes_from() -> None:
    assert ours()["gpt-6.1-terra"].source.startswith("genai-prices ")
    assert ours()["gpt-6.1-terra"].rates["input_mtok"] == 1
    assert ours()["gpt-6.1-sol"].tiers == ("fast", "flex", "priority")
    assert ours()["gpt-6.1-sol"].long_tokens == 272_000
    assert ours()["gpt-6.1-sol"].long_rates["output_mtok"] == 15
    assert ours()["gpt-transcribe"].rates["input_audio_hours"] == Decimal("0.27")
    assert [one.model for one in price_list(NOW)] == sorted(ours())


def test_what_prices_toml_says_comes_before_the_library() -> None:
    sol = ours()["gpt-6.2-sol"]
    assert sol.rates["input_mtok"] == 2
    assert sol.rates["cache_read_mtok"] == Decimal("0.1")
    assert sol.as_of == date(2026, 11, 23)
    assert sol.source.startswith("prices.toml: ")
    assert "cache_write" in sol.note


def test_what_is_in_the_list_can_be_priced_for_the_ledger() -> None:
    for model in theirs().keys() & ours().keys():
        if {"input_mtok", "output_mtok"} <= ours()[model].rates.keys():
            assert PRICES.price(model, Usage(input_tokens=1)).cost_nanousd is not None, model


def test_models_that_end_soon_are_told_the_first_first() -> None:
    ends = {"tts-1": date(2027, 1, 6), "old": date(2026, 11, 1), "gpt-6-sol": date(2027, 9, 1)}
    soon = ending(["gpt-6-sol", "tts-1", "old", "old", "gpt-6.1-terra"], ends, NOW.date())
    assert soon == [(date(2026, 11, 1), "old"), (date(2027, 1, 6), "tts-1")]
    shown = {one.model: one.shutdown for one in price_list(NOW, ends)}
    assert (shown["tts-1"], shown["gpt-6.1-terra"]) == (date(2027, 1, 6), None)


# the bound that is held before a call

MODELS = ["gpt-6.1-terra", "gpt-6-astra", "gpt-6.2-sol", "gpt-5.4", "gpt-4.1"]


def test_no_model_answers_with_more_than_its_bound() -> None:
    most = {
        model: figures["max_output_tokens"] for model, figures in theirs().items() if "max_output_tokens" in figures
    }
    assert not {model: tokens for model, tokens in most.items() if tokens > output_tokens_most(model)}
    assert len(most) > 60


@st.composite
def bounded(draw: st.DrawFn) -> tuple[Limits, Usage]:
    """Limits, and a usage that keeps to them."""
    limits = Limits(
        input_tokens=draw(st.integers(0, 600_000) | st.sampled_from([272_000, 272_001])),
        output_tokens=draw(st.integers(0, 128_000)),
        tool_calls=draw(st.integers(0, 5)),
        found_tokens=draw(st.integers(0, 16_000)),
        web_searches=draw(st.integers(0, 5)),
    )
    given_tokens = draw(st.integers(0, limits.read_tokens))
    cached = draw(st.integers(0, given_tokens))
    written = draw(st.integers(0, given_tokens - cached))
    made, searches = draw(st.integers(0, limits.output_tokens)), draw(st.integers(0, limits.web_searches))
    return limits, Usage(given_tokens, cached, written, made, web_searches=searches)


@settings(max_examples=300, deadline=None)
@given(model=st.sampled_from(MODELS), tier=st.sampled_from(["", "flex", "priority"]), call=bounded())
def test_no_call_within_its_limits_costs_more_than_its_bound(model: str, tier: str, call: tuple[Limits, Usage]) -> None:
    limits, usage = call
    actual, bound = PRICES.price(model, usage, tier), worst_case(PRICES, model, limits, tier)
    assert (actual.cost_nanousd is None) == (bound.cost_nanousd is None)
    assert (actual.cost_nanousd or 0) <= (bound.cost_nanousd or 0)


@settings(max_examples=200, deadline=None)
@given(model=st.sampled_from(MODELS), call=bounded(), left=st.integers(0, 3 * 10**9))
def test_an_answer_is_shortened_to_what_is_left_and_no_further(
    model: str, call: tuple[Limits, Usage], left: int
) -> None:
    limits, _ = call

    def cost(tokens: int) -> int:
        bound = worst_case(PRICES, model, msgspec.structs.replace(limits, output_tokens=tokens)).cost_nanousd
        assert bound is not None
        return bound

    tokens = affordable_output(PRICES, model, limits, left)
    if tokens is None:
        assert cost(min(OUTPUT_TOKENS_LEAST, limits.output_tokens)) > left
    else:
        assert cost(tokens) <= left
        assert tokens == limits.output_tokens or cost(tokens + 1) > left


def test_each_call_of_a_tool_is_followed_by_a_round_that_reads_everything_again() -> None:
    limits = Limits(input_tokens=1_000, output_tokens=500, tool_calls=2, found_tokens=8_000)
    assert limits.read_tokens == 1_000 + (1_000 + 8_000 + 500) + (1_000 + 16_000 + 500)
    assert limits.but(tool_calls=0).read_tokens == 1_000


def test_where_nobody_knows_the_price_there_is_no_bound_and_no_shortening() -> None:
    limits = Limits(input_tokens=1000)
    assert worst_case(PRICES, "gpt-99", limits) == (None, "")
    assert affordable_output(PRICES, "gpt-99", limits, 5) == limits.output_tokens
