"""What a call may cost at most, before it is made; and what it has probably used, where OpenAI does not say (stopped,
cut off, killed)."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.ai.prices import Price, Prices
from engine.ai.responses import AnswerRequest
from engine.core.ledger import Usage

BYTES_PER_TOKEN = 4
"""UTF-8 bytes of an English token. Cyrillic has more, so its estimate is on the high side."""
TOKENS_PER_ITEM = 4
"""What frames a message."""
OUTPUT_TOKENS_MOST = 128_000
"""No other model makes more in one response (2026-11, litellm's table; a test compares). Reasoning is in it."""
OUTPUT_TOKENS_OF_ITS_OWN = {"gpt-5-pro": 272_000}
OUTPUT_TOKENS_LEAST = 16
"""OpenAI refuses a smaller `max_output_tokens`."""


def written_tokens(request: AnswerRequest) -> int:
    """About what the words of a request come to; neither its files nor the thread before are in it."""
    written = _text_bytes(request.instructions) + _text_bytes(request.input)
    return -(-written // BYTES_PER_TOKEN) + TOKENS_PER_ITEM * (1 + len(request.input))


def estimated_usage(input_tokens: int, said: str, deltas: int) -> Usage:
    """Of an answer that was cut off. A delta carries at least one token. Reasoning that nobody saw is not in it."""
    return Usage(input_tokens=input_tokens, output_tokens=max(deltas, -(-len(said.encode()) // BYTES_PER_TOKEN)))


def _text_bytes(value: Any) -> int:
    """Of all that is text in an item; files and pictures are not: their bytes say nothing about their tokens."""
    match value:
        case str():
            return len(value.encode())
        case list():
            return sum(_text_bytes(item) for item in value)
        case dict():
            return sum(_text_bytes(value[name]) for name in ("content", "text", "output") if name in value)
        case _:
            return 0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one call may use at most."""

    input_tokens: int
    """as OpenAI counts them for this request"""
    output_tokens: int = OUTPUT_TOKENS_MOST
    """the request's `max_output_tokens`; where it has none, `output_tokens_most(model)`"""
    tool_calls: int = 0
    """the request's `max_tool_calls`: after each of them the model reads everything again"""
    found_tokens: int = 0
    """what each of them adds to the input"""
    web_searches: int = 0
    file_searches: int = 0
    container_minutes: int = 0
    audio_ms: int = 0

    def but(self, **changes: int) -> Limits:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)

    @property
    def read_tokens(self) -> int:
        """All that is read: the input in each round, what the calls before have found, and what was written before."""
        calls = self.tool_calls
        found = self.found_tokens * calls * (calls + 1) // 2
        return self.input_tokens * (calls + 1) + found + self.output_tokens * calls

    def usages(self) -> tuple[Usage, Usage]:
        """The dearest ways to use all of it: everything is read afresh, or everything is written into the cache."""
        fresh = Usage(
            input_tokens=self.read_tokens,
            output_tokens=self.output_tokens,
            web_searches=self.web_searches,
            file_searches=self.file_searches,
            container_minutes=self.container_minutes,
            audio_ms=self.audio_ms,
        )
        return fresh, msgspec.structs.replace(fresh, cache_write_tokens=self.read_tokens)


def output_tokens_most(model: str) -> int:
    """The most that a model can answer, where the request sets no `max_output_tokens`. Dated ids are known, too."""
    for name, tokens in OUTPUT_TOKENS_OF_ITS_OWN.items():
        if model == name or model.startswith(f"{name}-20"):
            return tokens
    return OUTPUT_TOKENS_MOST


def worst_case(prices: Prices, model: str, limits: Limits, service_tier: str = "") -> Price:
    """The most that a call can cost within these limits: what is held for it. None where nobody knows the price."""
    found = [prices.price(model, usage, service_tier) for usage in limits.usages()]
    costs = [price.cost_nanousd for price in found if price.cost_nanousd is not None]
    return Price(max(costs, default=None), found[0].source)


def affordable_output(
    prices: Prices, model: str, limits: Limits, left_nanousd: int, service_tier: str = ""
) -> int | None:
    """How many tokens the answer may have so that the call fits into what is left: the request's `max_output_tokens`.

    At most `limits.output_tokens`, which it also is where nobody knows the price; None where not even
    OUTPUT_TOKENS_LEAST fit.
    """

    def fits(tokens: int) -> bool:
        cost = worst_case(prices, model, limits.but(output_tokens=tokens), service_tier).cost_nanousd
        return cost is None or cost <= left_nanousd

    least, most = min(OUTPUT_TOKENS_LEAST, limits.output_tokens), limits.output_tokens
    if not fits(least):
        return None
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle) else (least, middle - 1)
    return least
