"""What a response costs: to the nano-dollar what genai-prices says, and what it does not know from where it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from genai_prices import Usage as LibraryUsage
from genai_prices import calc_price, data_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ai.prices import Prices
from engine.core.ledger import Usage
from engine.core.money import nanousd

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
USAGE = Usage(input_tokens=10_000, cached_tokens=4_000, cache_write_tokens=1_000, output_tokens=500)


def prices(usd_per_1k_tokens: float | None = None) -> Prices:
    return Prices(usd_per_1k_tokens=usd_per_1k_tokens, now=lambda: NOW)


KNOWN = prices()


@cache
def text_models() -> dict[str, frozenset[str]]:
    """OpenAI's text models in genai-prices, and the service tiers whose price it knows now."""
    models = data_snapshot.find_provider_by_id(data_snapshot.get_snapshot().providers, "openai")
    assert models is not None
    found = {}
    for model in models.models:
        rates = model.get_prices(NOW)
        is_text = rates.input_mtok is not None and rates.output_mtok is not None and rates.input_audio_mtok is None
        if is_text and rates.input_image_mtok is None and model.is_match(model.id):
            variants = model.price_variants or []
            active = [variant for variant in variants if variant.constraint is None or variant.constraint.active(NOW)]
            found[model.id] = frozenset({v.when["service_tier"] for v in active if "service_tier" in v.when} | {""})
    return found


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    given_tokens = draw(st.integers(0, 1_000_000) | st.sampled_from([271_999, 272_000, 272_001, 200_001]))
    cached = draw(st.integers(0, given_tokens))
    written = draw(st.integers(0, given_tokens - cached))
    made = draw(st.integers(0, 128_000))
    return Usage(given_tokens, cached, written, made, draw(st.integers(0, made)))


@settings(max_examples=300, deadline=None)
@given(model=st.deferred(lambda: st.sampled_from(sorted(text_models()))), usage=usages())
def test_every_text_model_costs_what_genai_prices_says_to_the_nano_dollar(model: str, usage: Usage) -> None:
    for tier in sorted(text_models()[model]):
        theirs = calc_price(
            LibraryUsage(
                input_tokens=usage.input_tokens,
                cache_read_tokens=usage.cached_tokens,
                cache_write_tokens=usage.cache_write_tokens,
                output_tokens=usage.output_tokens,
            ),
            model,
            provider_id="openai",
            genai_request_timestamp=NOW,
            price_context={"service_tier": tier} if tier else None,
        )
        assert KNOWN.price(model, usage, tier).cost_nanousd == nanousd(theirs.total_price), tier


def test_enough_models_and_tiers_are_compared() -> None:
    assert len(text_models()) > 60
    assert {"", "flex", "priority"} <= text_models()["gpt-6.1-terra"]


@pytest.mark.parametrize(
    ("model", "tier", "usd"),
    [
        ("gpt-6-astra", "", "0.0915"),
        ("gpt-6-astra", "default", "0.0915"),
        ("gpt-6-astra", "flex", "0.04575"),
        ("gpt-6-astra", "priority", "0.183"),
        ("gpt-6.1-terra-2026-09-30", "default", "0.00895"),
        ("gpt-6.2-astra", "default", "0.0716"),
        ("gpt-6.2-sol", "", "0.0179"),
        ("gpt-6.2-sol-2026-11-18", "flex", "0.00895"),
        ("gpt-6.2-sol", "priority", "0.0358"),
    ],
)
def test_known_models_cost_what_their_price_list_says(model: str, tier: str, usd: str) -> None:
    assert prices().price(model, USAGE, tier).cost_nanousd == nanousd(usd)


def test_each_price_says_where_it_comes_from() -> None:
    assert prices().price("gpt-6.1-terra", USAGE).source.startswith("genai-prices ")
    assert prices().price("gpt-6.2-sol", USAGE).source == "prices.toml 2026-11-23, partly uncertain"
    assert prices(0.002).price("gpt-6.1-terra", USAGE).source.startswith("genai-prices ")
    assert prices(0.002).price("gpt-99", USAGE) == (21_000_000, "OPENAI_PRICE_PER_1K_TOKENS")


@pytest.mark.parametrize(
    ("model", "tier"), [("gpt-99", ""), ("gpt-6.1-terra", "ultrafast"), ("gpt-6.2-sol", "ultrafast"), ("", "")]
)
def test_what_nobody_knows_has_no_price(model: str, tier: str) -> None:
    assert prices().price(model, USAGE, tier) == (None, "")


def test_a_long_input_makes_every_token_dearer() -> None:
    short, long = Usage(272_000, output_tokens=1_000_000), Usage(272_001, output_tokens=1_000_000)
    for model in ("gpt-6.2-sol", "gpt-6-sol"):
        assert prices().price(model, short).cost_nanousd == nanousd("0.544") + nanousd(10)
        assert prices().price(model, long).cost_nanousd == nanousd("1.088004") + nanousd(15)


@pytest.mark.parametrize("model", ["gpt-6.1-terra", "gpt-6.2-sol", "gpt-4o"])
def test_searches_cost_the_same_with_every_model(model: str) -> None:
    assert prices().price(model, Usage(web_searches=3, file_searches=2)).cost_nanousd == nanousd("0.035")


def test_a_line_is_rounded_half_up_once() -> None:
    assert prices().price("gpt-6-luna", Usage(output_tokens=1), "flex").cost_nanousd == 250
    assert prices(0.0000005).price("gpt-99", Usage(input_tokens=1)).cost_nanousd == 1
    assert prices(0.0000005).price("gpt-99", Usage(input_tokens=1, output_tokens=1)).cost_nanousd == 1
    assert prices(0.0000004).price("gpt-99", Usage(input_tokens=1)).cost_nanousd == 0


def test_a_price_is_looked_up_again_when_it_has_become_old() -> None:
    """gpt-6.1-sol got its flex price on 12 October 2026: before, the library would silently give the standard one."""
    times = [datetime(2026, 10, 11, 23, 30, tzinfo=UTC)]
    moving = Prices(now=lambda: times[-1])
    assert moving.price("gpt-6.1-sol", USAGE, "flex").cost_nanousd is None
    times.append(times[-1] + timedelta(minutes=59))
    assert moving.price("gpt-6.1-sol", USAGE, "flex").cost_nanousd is None
    times.append(times[-1] + timedelta(minutes=2))
    assert moving.price("gpt-6.1-sol", USAGE, "flex").cost_nanousd == nanousd("0.00895")
