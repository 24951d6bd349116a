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


def prices(usd_per_1k_tokens: float | None = None, **seed: float) -> Prices:
    return Prices(usd_per_1k_tokens=usd_per_1k_tokens, now=lambda: NOW, **seed)


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


# ── sound, pictures, containers ─────────────────────────────────────────────────────────────────────────────────────

PICTURE = Usage(input_tokens=1_010, image_input_tokens=1_000, output_tokens=1_056, image_output_tokens=1_056)
SPEECH = Usage(input_tokens=100, output_tokens=260, audio_output_tokens=200)


@pytest.mark.parametrize(
    ("model", "usage", "usd"),
    [
        ("gpt-image-2.6-sunburst", PICTURE, "0.03973"),
        ("gpt-image-2.6-flare", PICTURE, "0.03973"),
        ("gpt-image-2.6-sunburst-2026-11-10", PICTURE, "0.03973"),
        ("gpt-image-2.5-sunburst", PICTURE, "0.03973"),
        ("gpt-image-2.6-sunburst", Usage(input_tokens=1_000, cached_tokens=400, output_tokens=0), "0.0035"),
        ("gpt-audio-1.5", SPEECH, "0.01365"),
        ("gpt-audio-1.5-2026-02-23", SPEECH, "0.01365"),
        ("gpt-audio-1.5", Usage(input_tokens=500, audio_input_tokens=400), "0.01305"),
        ("gpt-transcribe", Usage(audio_ms=60_000), "0.0045"),
        ("gpt-transcribe", Usage(audio_ms=1), "0.000000075"),
        ("whisper-1", Usage(audio_ms=60_000), "0.006"),
        ("gpt-4o-transcribe", Usage(input_tokens=120, audio_input_tokens=110, output_tokens=30), "0.000985"),
        ("container-1g", Usage(container_minutes=20), "0.03"),
        ("container-1g", Usage(container_minutes=5), "0.0075"),
        ("vector-storage", Usage(storage_byte_days=2**30), "0.1"),
        ("vector-storage", Usage(storage_byte_days=2**20), "0.00009765625"),
        ("vector-storage", Usage(storage_byte_days=6), "0.000000001"),
        ("vector-storage", Usage(storage_byte_days=5), "0"),
        ("vector-storage", Usage(storage_byte_days=100 * 2**40), "10240"),
    ],
)
def test_sound_pictures_and_containers_cost_what_their_price_list_says(model: str, usage: Usage, usd: str) -> None:
    price = prices(0.002, usd_per_minute=0.006, usd_per_picture=0.04).price(model, usage)
    assert price.cost_nanousd == nanousd(usd)
    assert price.source.startswith(("genai-prices ", "prices.toml 2026-11-23"))


@settings(max_examples=200, deadline=None)
@given(
    text=st.integers(0, 10_000),
    heard=st.integers(0, 100_000),
    words=st.integers(0, 5_000),
    spoken=st.integers(0, 90_000),
)
def test_spoken_answers_cost_what_genai_prices_says_to_the_nano_dollar(
    text: int, heard: int, words: int, spoken: int
) -> None:
    theirs = calc_price(
        LibraryUsage(
            input_tokens=text + heard,
            input_audio_tokens=heard,
            output_tokens=words + spoken,
            output_audio_tokens=spoken,
        ),
        "gpt-audio-1.5",
        provider_id="openai",
        genai_request_timestamp=NOW,
    )
    usage = Usage(
        input_tokens=text + heard,
        audio_input_tokens=heard,
        output_tokens=words + spoken,
        audio_output_tokens=spoken,
    )
    assert KNOWN.price("gpt-audio-1.5", usage).cost_nanousd == nanousd(theirs.total_price)


@given(st.integers(0, 24 * 3_600_000))
def test_a_minute_of_sound_has_an_exact_price(audio_ms: int) -> None:
    sound = Usage(audio_ms=audio_ms)
    assert prices(usd_per_minute=0.006).price("new-transcribe", sound).cost_nanousd in (
        [100 * audio_ms] if audio_ms else [None]
    )
    assert KNOWN.price("gpt-transcribe", sound).cost_nanousd == (75 * audio_ms or None)


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (PICTURE, (nanousd("0.04"), "DALLE_PRICE")),
        (Usage(audio_ms=90_000), (nanousd("0.009"), "WHISPER_PRICE")),
        (SPEECH, (nanousd("0.00072"), "OPENAI_PRICE_PER_1K_TOKENS")),
        (Usage(input_tokens=10, audio_input_tokens=10), (20_000, "OPENAI_PRICE_PER_1K_TOKENS")),
        (Usage(container_minutes=20), (None, "")),
    ],
)
def test_for_a_model_that_nobody_knows_the_seeds_variables_are_the_last_resort(
    usage: Usage, told: tuple[int | None, str]
) -> None:
    assert prices(0.002, usd_per_minute=0.006, usd_per_picture=0.04).price("new-model", usage) == told
    assert prices().price("new-model", usage) == (None, "")


def test_a_length_that_openai_does_not_report_is_not_free() -> None:
    for usage in (Usage(), Usage(input_tokens=100, audio_input_tokens=100, output_tokens=10)):
        assert prices().price("gpt-transcribe", usage) == (None, "")


def test_what_a_model_has_no_price_for_is_not_free() -> None:
    assert prices().price("gpt-6.1-terra", Usage(input_tokens=10, audio_ms=10)) == (None, "")
    assert prices().price("gpt-6.1-terra", Usage(container_minutes=1)) == (None, "")
    assert prices().price("container-1g", Usage(storage_byte_days=1)) == (None, "")
