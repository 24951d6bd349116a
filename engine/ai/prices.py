"""What a response costs: rates as whole numbers, looked up once per model, multiplied exactly, rounded once.

Sources, in this order: prices.toml (what the library lacks), genai-prices, OPENAI_PRICE_PER_1K_TOKENS if the admin has
set it. Where none of them knows the model, the cost is None: the line is booked without one, and the admins are told.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from importlib.resources import files
from typing import Any, NamedTuple

from engine.core.ledger import Usage
from engine.core.money import nanousd

MILLION = 1_000_000
STANDARD_TIERS = frozenset({"", "auto", "default", "scale"})
"""Service tiers that cost what no tier costs."""
KNOWN_FOR_S = 3600.0
"""How long a looked-up rate is used: prices have dates."""


class Price(NamedTuple):
    """What a call cost, and who says so. None and "" where nobody knows."""

    cost_nanousd: int | None
    source: str


Steps = tuple[tuple[int, int], ...]
"""(from how many input tokens on, nano-dollars for a million), the highest first; the last one begins at 0."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A model's rates in nano-dollars: tokens by the million, tool calls by the thousand."""

    input: Steps
    cached: Steps
    cache_write: Steps
    output: Steps
    web_searches: int
    file_searches: int
    source: str

    def cost_nanousd(self, usage: Usage) -> int:
        """Exact, rounded half up at the end."""
        fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
        asked = usage.input_tokens
        total = (
            fresh * _at(self.input, asked)
            + usage.cached_tokens * _at(self.cached, asked)
            + usage.cache_write_tokens * _at(self.cache_write, asked)
            + usage.output_tokens * _at(self.output, asked)
            + usage.web_searches * self.web_searches * 1000
            + usage.file_searches * self.file_searches * 1000
        )
        return (total + MILLION // 2) // MILLION


class Prices:
    """All that is known about prices."""

    def __init__(
        self, *, usd_per_1k_tokens: float | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._fallback = None if usd_per_1k_tokens is None else _flat(usd_per_1k_tokens)
        self._now = now
        self._overrides = _read_overrides()
        self._known: dict[tuple[str, str], tuple[datetime, Rates | None]] = {}

    def price(self, model: str, usage: Usage, service_tier: str = "") -> Price:
        """The price of one response. `model` as answered (dated ids too), `service_tier` as OpenAI reports it."""
        rates = self._rates(model, "" if service_tier in STANDARD_TIERS else service_tier)
        return Price(None, "") if rates is None else Price(rates.cost_nanousd(usage), rates.source)

    def _rates(self, model: str, tier: str) -> Rates | None:
        now = self._now()
        known = self._known.get((model, tier))
        if known is None or (now - known[0]).total_seconds() > KNOWN_FOR_S:
            known = self._known[model, tier] = (now, self._look_up(model, tier, now))
        return known[1]

    def _look_up(self, model: str, tier: str, now: datetime) -> Rates | None:
        for starts, rates in self._overrides.items():
            if model == starts or model.startswith(f"{starts}-20"):
                return rates if not tier else None
        return _library_rates(model, tier, now) or self._fallback


def _library_rates(model: str, tier: str, now: datetime) -> Rates | None:
    from genai_prices import data_snapshot  # noqa: PLC0415 - half a second, and only when the first answer is booked

    try:
        _, known = data_snapshot.get_snapshot().find_provider_model(model, None, "openai", None)
    except LookupError:
        return None
    if tier and not any(variant.when.get("service_tier") == tier for variant in known.price_variants or ()):
        return None  # the library would silently give the standard price
    prices: Any = known.get_prices(now, {"service_tier": tier} if tier else None)
    given = getattr(prices, "input_mtok", None)
    made = getattr(prices, "output_mtok", None)
    if given is None or made is None:
        return None
    return Rates(
        input=_steps(given),
        cached=_steps(getattr(prices, "cache_read_mtok", None) or given),
        cache_write=_steps(getattr(prices, "cache_write_mtok", None) or given),
        output=_steps(made),
        web_searches=nanousd(getattr(prices, "web_searches_kcount", None) or 0),
        file_searches=nanousd(getattr(prices, "storage_searches_kcount", None) or 0),
        source=f"genai-prices {version('genai-prices')}",
    )


def _steps(price: Any) -> Steps:
    if isinstance(price, Decimal):
        return ((0, nanousd(price)),)
    above = [(tier.start + 1, nanousd(tier.price)) for tier in price.tiers]  # a tier holds for more than its start
    return (*sorted(above, reverse=True), (0, nanousd(price.base)))


def _at(steps: Steps, input_tokens: int) -> int:
    return next(rate for start, rate in steps if input_tokens >= start)


def _flat(usd_per_1k: float) -> Rates:
    rate = _one_step(Decimal(str(usd_per_1k)) * 1000)
    return Rates(rate, rate, rate, rate, 0, 0, "OPENAI_PRICE_PER_1K_TOKENS")


def _read_overrides() -> dict[str, Rates]:
    table = tomllib.loads((files("engine.ai") / "prices.toml").read_text("utf-8"))
    return {
        entry["starts"]: Rates(
            input=_one_step(entry["input"]),
            cached=_one_step(entry["cached"]),
            cache_write=_one_step(entry["cache_write"]),
            output=_one_step(entry["output"]),
            web_searches=nanousd(10),
            file_searches=nanousd("2.5"),
            source=f"prices.toml {entry['read']}",
        )
        for entry in table["model"]
    }


def _one_step(usd: Decimal | str) -> Steps:
    return ((0, nanousd(usd)),)
