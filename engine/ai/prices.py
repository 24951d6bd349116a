"""What a response costs: rates looked up once per model and hour, then multiplied exactly.

Sources, in this order: prices.toml (what the library lacks), genai-prices, OPENAI_PRICE_PER_1K_TOKENS if the admin has
set it. Where none of them knows the model, the cost is None: the line is booked without one, and the admins are told.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from engine.ai.rates import Rates, Steps, flat, steps
from engine.core.ledger import Usage
from engine.core.money import nanousd

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, TieredPrices

STANDARD_TIERS = frozenset({"", "auto", "default", "scale"})
"""Service tiers that cost what no tier costs."""
KNOWN_FOR_S = 3600.0
"""How long a looked-up rate is used: prices have dates."""
WEB_SEARCH_USD_PER_1K = Decimal(10)
FILE_SEARCH_USD_PER_1K = Decimal("2.5")
"""The same for every model (2026-11); the library has them for some models only."""


class Price(NamedTuple):
    """What a call cost, and who says so. None and "" where nobody knows."""

    cost_nanousd: int | None
    source: str


class Prices:
    """All that is known about prices."""

    def __init__(
        self, *, usd_per_1k_tokens: float | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._fallback = (
            None if usd_per_1k_tokens is None else flat(Decimal(str(usd_per_1k_tokens)), "OPENAI_PRICE_PER_1K_TOKENS")
        )
        self._now = now
        self._overrides = dict(_overrides())
        self._known: dict[tuple[str, str], tuple[datetime, Rates | None]] = {}

    def warm(self) -> None:
        """Begins to import genai-prices (0.4 to 2 s) in a thread of its own, so that no answer has to wait for it.

        Not a task: nobody waits for it, and a price that is asked for meanwhile waits for the import by itself.
        """
        threading.Thread(target=_library_model, args=("gpt-6-sol",), name="prices", daemon=True).start()

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
        for name, by_tier in self._overrides.items():
            if model == name or model.startswith(f"{name}-20"):
                return by_tier.get(tier) or self._fallback
        return _library_rates(model, tier, now) or self._fallback


# genai-prices


def _library_model(model: str) -> ModelInfo | None:
    from genai_prices import data_snapshot  # noqa: PLC0415 - it takes half a second or more: see `warm`

    try:
        return data_snapshot.get_snapshot().find_provider_model(model, None, "openai", None)[1]
    except LookupError:
        return None


def _library_rates(model: str, tier: str, now: datetime) -> Rates | None:
    known = _library_model(model)
    if known is None or (tier and not _has_tier(known, tier, now)):
        return None
    prices = known.get_prices(now, {"service_tier": tier} if tier else None)
    given, made = _steps(prices.input_mtok), _steps(prices.output_mtok)
    if given is None or made is None:
        return None
    return Rates(
        input=given,
        cached=_steps(prices.cache_read_mtok) or given,
        cache_write=_steps(prices.cache_write_mtok) or given,
        output=made,
        web_searches=_per_1k(prices.web_searches_kcount, WEB_SEARCH_USD_PER_1K),
        file_searches=_per_1k(prices.storage_searches_kcount, FILE_SEARCH_USD_PER_1K),
        source=f"genai-prices {version('genai-prices')}",
    )


def _has_tier(known: ModelInfo, tier: str, now: datetime) -> bool:
    """Where it has not, the library would silently give the standard price."""
    return any(
        variant.when.get("service_tier") == tier and (variant.constraint is None or variant.constraint.active(now))
        for variant in known.price_variants or ()
    )


def _steps(price: Decimal | TieredPrices | None) -> Steps | None:
    if price is None or isinstance(price, Decimal):
        return None if price is None else steps(price)
    return steps(price.base, *((tier.start, tier.price) for tier in price.tiers))


def _per_1k(price: Decimal | TieredPrices | None, usual: Decimal) -> int:
    return nanousd(price if isinstance(price, Decimal) else usual)


# prices.toml


class _Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal
    read: date
    source: str
    uncertain: str = ""


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    long_tokens: int
    long_input: Decimal
    long_output: Decimal
    tiers: dict[str, Decimal]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: _Rules
    model: list[_Override]


def _overrides() -> Iterator[tuple[str, dict[str, Rates]]]:
    """Model id → service tier → rates."""
    text: Any = tomllib.loads((files("engine.ai") / "prices.toml").read_text("utf-8"))
    table = msgspec.convert(text, _Table)
    for entry in table.model:
        tiers = {"": Decimal(1), **table.rules.tiers}
        yield entry.id, {tier: _override_rates(entry, table.rules, times) for tier, times in tiers.items()}


def _override_rates(entry: _Override, rules: _Rules, times: Decimal) -> Rates:
    def given(usd: Decimal) -> Steps:
        return steps(usd * times, (rules.long_tokens, usd * times * rules.long_input))

    return Rates(
        input=given(entry.input),
        cached=given(entry.cached),
        cache_write=given(entry.cache_write),
        output=steps(entry.output * times, (rules.long_tokens, entry.output * times * rules.long_output)),
        web_searches=nanousd(WEB_SEARCH_USD_PER_1K),
        file_searches=nanousd(FILE_SEARCH_USD_PER_1K),
        source=f"prices.toml {entry.read}" + (", partly uncertain" if entry.uncertain else ""),
    )
