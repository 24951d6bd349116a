"""A model's rates as whole numbers, and the exact arithmetic of one call's cost."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from engine.core.ledger import Usage
from engine.core.money import nanousd

WHOLE = 2**30 * 140_625
"""The smallest number of which a million (tokens), a thousand (tool calls), an hour (in ms) and a GiB are parts."""
PER_MILLION = WHOLE // 1_000_000
PER_THOUSAND = WHOLE // 1_000
PER_HOUR_IN_MS = WHOLE // 3_600_000
PER_GIB = WHOLE // 2**30

Steps = tuple[tuple[int, int], ...]
"""(from how many input tokens on, nano-dollars for a million), the highest first; the last one begins at 0."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Nano-dollars: tokens by the million, tool calls by the thousand. A long input raises the rate of every token.

    None where the model has no such unit, or nobody knows what it costs.
    """

    source: str
    input: Steps | None = None
    """text, and all that has no rate of its own below"""
    cached: Steps | None = None
    cache_write: Steps | None = None
    output: Steps | None = None
    audio_input: Steps | None = None
    audio_output: Steps | None = None
    image_input: Steps | None = None
    image_output: Steps | None = None
    web_searches: int = 0
    file_searches: int = 0
    audio_hour: int | None = None
    container_minute: int | None = None
    storage_gib_day: int | None = None

    def cost_nanousd(self, usage: Usage) -> int | None:
        """Exact, rounded half up once, at the end. None where something was used whose rate is unknown, and where
        sound is billed by time and no time is reported."""
        if self.input is None and self.audio_hour is not None and not usage.audio_ms:
            return None
        total = 0
        for count, rate in self._parts(usage):
            if count and rate is None:
                return None
            total += count * (rate or 0)
        return (total + WHOLE // 2) // WHOLE

    def _parts(self, usage: Usage) -> Iterator[tuple[int, int | None]]:
        """How much of each unit, and nano-dollars for WHOLE of it."""
        asked = usage.input_tokens
        special = usage.cached_tokens + usage.cache_write_tokens + usage.audio_input_tokens + usage.image_input_tokens
        tokens = (
            (max(0, asked - special), self.input),
            (usage.cached_tokens, self.cached or self.input),
            (usage.cache_write_tokens, self.cache_write or self.input),
            (usage.audio_input_tokens, self.audio_input or self.input),
            (usage.image_input_tokens, self.image_input or self.input),
            (max(0, usage.output_tokens - usage.audio_output_tokens - usage.image_output_tokens), self.output),
            (usage.audio_output_tokens, self.audio_output or self.output),
            (usage.image_output_tokens, self.image_output or self.output),
        )
        for count, rate in tokens:
            yield count, None if rate is None else _at(rate, asked) * PER_MILLION
        yield usage.web_searches, self.web_searches * PER_THOUSAND
        yield usage.file_searches, self.file_searches * PER_THOUSAND
        yield usage.audio_ms, None if self.audio_hour is None else self.audio_hour * PER_HOUR_IN_MS
        yield usage.container_minutes, None if self.container_minute is None else self.container_minute * WHOLE
        stored = usage.storage_byte_days
        yield stored, None if self.storage_gib_day is None else self.storage_gib_day * PER_GIB


def steps(base_usd: Decimal, *above: tuple[int, Decimal]) -> Steps:
    """Dollars for a million tokens; `above` holds what they cost when the input is longer than so many tokens."""
    return (*sorted(((tokens + 1, nanousd(usd)) for tokens, usd in above), reverse=True), (0, nanousd(base_usd)))


def flat(usd_per_1k: Decimal, source: str) -> Rates:
    """One rate for every token, whatever it is."""
    rate = steps(usd_per_1k * 1000)
    return Rates(input=rate, output=rate, source=source)


def by_minute(usd: Decimal, source: str) -> Rates:
    """One rate for sound, by its length."""
    return Rates(audio_hour=nanousd(usd * 60), source=source)


def _at(rate: Steps, input_tokens: int) -> int:
    return next(nanousd_per_million for start, nanousd_per_million in rate if input_tokens >= start)
