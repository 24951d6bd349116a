"""A model's rates as whole numbers, and the exact arithmetic of one response's cost."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.core.ledger import Usage
from engine.core.money import nanousd

MILLION = 1_000_000

Steps = tuple[tuple[int, int], ...]
"""(from how many input tokens on, nano-dollars for a million), the highest first; the last one begins at 0."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Nano-dollars: tokens by the million, tool calls by the thousand. A long input raises the rate of every token."""

    input: Steps
    cached: Steps
    cache_write: Steps
    output: Steps
    web_searches: int
    file_searches: int
    source: str

    def cost_nanousd(self, usage: Usage) -> int:
        """Exact, rounded half up once, at the end."""
        asked = usage.input_tokens
        fresh = max(0, asked - usage.cached_tokens - usage.cache_write_tokens)
        total = (
            fresh * _at(self.input, asked)
            + usage.cached_tokens * _at(self.cached, asked)
            + usage.cache_write_tokens * _at(self.cache_write, asked)
            + usage.output_tokens * _at(self.output, asked)
            + usage.web_searches * self.web_searches * 1000
            + usage.file_searches * self.file_searches * 1000
        )
        return (total + MILLION // 2) // MILLION


def steps(base_usd: Decimal, *above: tuple[int, Decimal]) -> Steps:
    """Dollars for a million tokens; `above` holds what they cost when the input is longer than so many tokens."""
    return (*sorted(((tokens + 1, nanousd(usd)) for tokens, usd in above), reverse=True), (0, nanousd(base_usd)))


def flat(usd_per_1k: Decimal, source: str) -> Rates:
    """One rate for every token, whatever it is."""
    rate = steps(usd_per_1k * 1000)
    return Rates(input=rate, cached=rate, cache_write=rate, output=rate, web_searches=0, file_searches=0, source=source)


def _at(rate: Steps, input_tokens: int) -> int:
    return next(nanousd_per_million for start, nanousd_per_million in rate if input_tokens >= start)
