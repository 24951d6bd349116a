"""A model's rates as whole numbers, and the exact arithmetic of one call's cost."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.core.ledger import Usage
from engine.core.money import nanousd

MILLION = 1_000_000
HOUR_MS = 3_600_000
PARTS = 18 * MILLION
"""What amounts are reckoned in, so that tokens by the million, searches by the thousand, sound by the hour and minutes
of a container add up exactly: one nano-dollar has so many parts."""

Steps = tuple[tuple[int, int], ...]
"""(from how many input tokens on, nano-dollars for a million), the highest first; the last one begins at 0."""
NOTHING: Steps = ((0, 0),)


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Nano-dollars: tokens by the million, tool calls by the thousand. A long input raises the rate of every token."""

    input: Steps = NOTHING
    cached: Steps = NOTHING
    cache_write: Steps = NOTHING
    output: Steps = NOTHING
    audio_input: int = 0
    audio_output: int = 0
    image_input: int = 0
    image_output: int = 0
    """for a million tokens of their kind, which are part of the input or the output"""
    audio_hour: int = 0
    """of sound listened to"""
    container_minute: int = 0
    web_searches: int = 0
    file_searches: int = 0
    source: str

    def cost_nanousd(self, usage: Usage) -> int:
        """Exact, rounded half up once, at the end."""
        asked = usage.input_tokens
        heard_or_seen = usage.audio_input_tokens + usage.image_input_tokens
        fresh = max(0, asked - usage.cached_tokens - usage.cache_write_tokens - heard_or_seen)
        written = max(0, usage.output_tokens - usage.audio_output_tokens - usage.image_output_tokens)
        by_million = (
            fresh * _at(self.input, asked)
            + usage.cached_tokens * _at(self.cached, asked)
            + usage.cache_write_tokens * _at(self.cache_write, asked)
            + written * _at(self.output, asked)
            + usage.audio_input_tokens * self.audio_input
            + usage.image_input_tokens * self.image_input
            + usage.audio_output_tokens * self.audio_output
            + usage.image_output_tokens * self.image_output
            + usage.web_searches * self.web_searches * 1000
            + usage.file_searches * self.file_searches * 1000
        )
        total = (
            by_million * (PARTS // MILLION)
            + usage.audio_ms * self.audio_hour * (PARTS // HOUR_MS)
            + usage.container_minutes * self.container_minute * PARTS
        )
        return (total + PARTS // 2) // PARTS


def steps(base_usd: Decimal, *above: tuple[int, Decimal]) -> Steps:
    """Dollars for a million tokens; `above` holds what they cost when the input is longer than so many tokens."""
    return (*sorted(((tokens + 1, nanousd(usd)) for tokens, usd in above), reverse=True), (0, nanousd(base_usd)))


def flat(usd_per_1k: Decimal, source: str) -> Rates:
    """One rate for every token, whatever it is."""
    rate = steps(usd_per_1k * 1000)
    each = nanousd(usd_per_1k * 1000)
    return Rates(
        input=rate,
        cached=rate,
        cache_write=rate,
        output=rate,
        audio_input=each,
        audio_output=each,
        image_input=each,
        image_output=each,
        source=source,
    )


def _at(rate: Steps, input_tokens: int) -> int:
    return next(nanousd_per_million for start, nanousd_per_million in rate if input_tokens >= start)
