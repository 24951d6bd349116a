"""What OpenAI charges, reckoned here on its own: the bot's ledger has to come to the same nano-dollar by its own way.

Dollars for 1,000,000 tokens, from OpenAI's price list as of 2026-11 (for gpt-6.2: second hand).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from engine.sandbox.openai.usage import Usage

NANOUSD = Decimal(1_000_000_000)
MILLION = Decimal(1_000_000)
LONG_TOKENS = 272_000
"""Above so many input tokens, input costs twice as much and output half as much again."""
TIERS = {"default": Decimal(1), "flex": Decimal("0.5"), "priority": Decimal(2)}
WEB_SEARCH_USD = Decimal("0.01")
FILE_SEARCH_USD = Decimal("0.0025")
CONTAINER_USD_PER_MINUTE = Decimal("0.0015")
"""Of a container with 1 GB: $0.03 for its 20 minutes. More memory costs in proportion."""
STORAGE_USD_PER_GIB_DAY = Decimal("0.10")
"""Of what lies in vector stores; the first GiB is free (engine/sandbox/openai/storage.py)."""

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Rate:
    """One model's prices; `audio_minute` is of sound listened to."""

    given: str = "0"
    cached: str = "0"
    cache_write: str = "0"
    made: str = "0"
    audio_given: str = "0"
    audio_made: str = "0"
    image_given: str = "0"
    image_made: str = "0"
    audio_minute: str = "0"
    is_long_dearer: bool = False
    has_tiers: bool = False


def _answering(given: str, cached: str, cache_write: str, made: str) -> Rate:
    return Rate(given, cached, cache_write, made, is_long_dearer=True, has_tiers=True)


def _older(given: str, cached: str, made: str, *, is_long_dearer: bool = False) -> Rate:
    """Writing to the cache costs what any input does; their tiers follow no rule, so they have none here."""
    return Rate(given, cached, given, made, is_long_dearer=is_long_dearer)


_DRAWING = Rate("5", "1.25", "5", "30", image_given="8", image_made="30")

RATES = {
    "gpt-6.2-astra": _answering("8", "0.4", "10", "40"),
    "gpt-6.2-sol": _answering("2", "0.1", "2.5", "10"),
    "gpt-6.1-sol": _answering("2", "0.1", "2.5", "10"),
    "gpt-6.1-terra": _answering("1", "0.05", "1.25", "5"),
    "gpt-6-astra": _answering("10", "1", "12.5", "50"),
    "gpt-6-sol": _answering("2", "0.2", "2.5", "10"),
    "gpt-6-luna": _answering("0.1", "0.01", "0.125", "0.5"),
    "gpt-5.6-sol": _answering("4", "0.4", "5", "20"),
    "gpt-5.6-terra": _answering("2", "0.2", "2.5", "12"),
    "gpt-5.6-luna": _answering("0.2", "0.02", "0.25", "1.2"),
    "gpt-5.5": _older("5", "0.5", "30", is_long_dearer=True),
    "gpt-5.4": _older("2.5", "0.25", "15", is_long_dearer=True),
    "gpt-5.4-mini": _older("0.75", "0.075", "4.5"),
    "gpt-5.4-nano": _older("0.2", "0.02", "1.25"),
    "gpt-5.1": _older("1.25", "0.125", "10"),
    "gpt-5": _older("1.25", "0.125", "10"),
    "gpt-5-mini": _older("0.25", "0.025", "2"),
    "gpt-4.1": _older("2", "0.5", "8"),
    "gpt-4.1-mini": _older("0.4", "0.1", "1.6"),
    "gpt-4o": _older("2.5", "1.25", "10"),
    "gpt-4o-mini": _older("0.15", "0.075", "0.6"),
    "gpt-audio-1.5": Rate("2.5", "2.5", "2.5", "10", audio_given="32", audio_made="64"),
    "gpt-transcribe": Rate(audio_minute="0.0045"),
    "whisper-1": Rate(audio_minute="0.006"),
    "gpt-4o-transcribe": Rate("2.5", "2.5", "2.5", "10", audio_given="6"),
    "gpt-4o-mini-transcribe": Rate("1.25", "1.25", "1.25", "5", audio_given="3"),
    "gpt-image-2.6-sunburst": _DRAWING,
    "gpt-image-2.6-flare": _DRAWING,
    "gpt-image-2.5-sunburst": _DRAWING,
    "gpt-image-2.5-flare": _DRAWING,
    "gpt-image-2": _DRAWING,
    "container-1g": Rate(),
    "container-4g": Rate(),
    "container-16g": Rate(),
    "container-64g": Rate(),
    "vector-storage": Rate(),
}
"""Model without its date → its prices. A container is billed by its minutes alone, storage by its bytes and days."""


def cost_nanousd(model: str, usage: Usage, service_tier: str = "default") -> int | None:
    """What a call cost, rounded half up once, at the end; None where the price is not known here."""
    name = _DATE.sub("", model)
    rate, times = RATES.get(name), TIERS.get(service_tier)
    if rate is None or times is None or (times != 1 and not rate.has_tiers):
        return None
    is_long = rate.is_long_dearer and usage.input_tokens > LONG_TOKENS
    given = _given(rate, usage) * (2 if is_long else 1)
    made = _made(rate, usage) * (Decimal("1.5") if is_long else 1)
    total = (given + made) * times / MILLION + _beside(name, rate, usage)
    return int((total * NANOUSD).to_integral_value(ROUND_HALF_UP))


def _given(rate: Rate, usage: Usage) -> Decimal:
    special = usage.cached_tokens + usage.cache_write_tokens + usage.audio_input_tokens + usage.image_input_tokens
    return (
        (usage.input_tokens - special) * Decimal(rate.given)
        + usage.cached_tokens * Decimal(rate.cached)
        + usage.cache_write_tokens * Decimal(rate.cache_write)
        + usage.audio_input_tokens * Decimal(rate.audio_given)
        + usage.image_input_tokens * Decimal(rate.image_given)
    )


def _made(rate: Rate, usage: Usage) -> Decimal:
    return (
        (usage.output_tokens - usage.audio_output_tokens - usage.image_output_tokens) * Decimal(rate.made)
        + usage.audio_output_tokens * Decimal(rate.audio_made)
        + usage.image_output_tokens * Decimal(rate.image_made)
    )


def _beside(name: str, rate: Rate, usage: Usage) -> Decimal:
    """What is not billed by the token."""
    gigabytes = int(name.removeprefix("container-").removesuffix("g")) if name.startswith("container-") else 1
    return (
        usage.web_searches * WEB_SEARCH_USD
        + usage.file_searches * FILE_SEARCH_USD
        + usage.audio_ms * Decimal(rate.audio_minute) / 60_000
        + usage.container_minutes * CONTAINER_USD_PER_MINUTE * gigabytes
        + usage.storage_byte_days * STORAGE_USD_PER_GIB_DAY / 2**30
    )
