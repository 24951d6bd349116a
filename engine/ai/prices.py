"""What a call costs: rates looked up once per model and hour, then multiplied exactly.

Sources, in this order: prices.toml (what the library lacks), genai-prices, and as the last resort what the admin has
set: WHISPER_PRICE for a minute of sound, DALLE_PRICE for a picture, OPENAI_PRICE_PER_1K_TOKENS. Where none of them
knows, the cost is None: the line is booked without one, and the admins are told.
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

from engine.ai.rates import NOTHING, Rates, Steps, flat, steps
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
        self,
        *,
        usd_per_1k_tokens: float | None = None,
        usd_per_minute: float | None = None,
        usd_per_picture: float | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._per_token = (
            None if usd_per_1k_tokens is None else flat(Decimal(str(usd_per_1k_tokens)), "OPENAI_PRICE_PER_1K_TOKENS")
        )
        self._per_minute = (
            None
            if usd_per_minute is None
            else Rates(audio_hour=nanousd(Decimal(str(usd_per_minute)) * 60), source="WHISPER_PRICE")
        )
        self._per_picture = None if usd_per_picture is None else nanousd(usd_per_picture)
        self._now = now
        self._overrides = dict(_overrides())
        self._known: dict[tuple[str, str], tuple[datetime, Rates | None]] = {}

    def warm(self) -> None:
        """Begins to import genai-prices (0.4 to 2 s) in a thread of its own, so that no answer has to wait for it.

        Not a task: nobody waits for it, and a price that is asked for meanwhile waits for the import by itself.
        """
        threading.Thread(target=_library_model, args=("gpt-6-sol",), name="prices", daemon=True).start()

    def price(self, model: str, usage: Usage, service_tier: str = "") -> Price:
        """The price of one call. `model` as answered (dated ids too), `service_tier` as OpenAI reports it."""
        rates = self._rates(model, "" if service_tier in STANDARD_TIERS else service_tier)
        if rates is None or (usage.audio_ms and not rates.audio_hour):
            return self._last_resort(usage)
        return Price(rates.cost_nanousd(usage), rates.source)

    def _last_resort(self, usage: Usage) -> Price:
        if usage.image_output_tokens:
            return Price(self._per_picture, "" if self._per_picture is None else "DALLE_PRICE")
        rates = self._per_minute if usage.audio_ms else self._per_token
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
                return by_tier.get(tier)
        return _library_rates(model, tier, now)


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
    given, made, hour = _steps(prices.input_mtok), _steps(prices.output_mtok), prices.input_audio_hours
    if (given is None or made is None) and hour is None:
        return None
    return Rates(
        input=given or NOTHING,
        cached=_steps(prices.cache_read_mtok) or given or NOTHING,
        cache_write=_steps(prices.cache_write_mtok) or given or NOTHING,
        output=made or NOTHING,
        audio_input=_base(prices.input_audio_mtok, given),
        audio_output=_base(prices.output_audio_mtok, made),
        image_input=_base(prices.input_image_mtok, given),
        image_output=_base(prices.output_image_mtok, made),
        audio_hour=0 if hour is None else _base(hour, None),
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


def _base(price: Decimal | TieredPrices | None, usual: Steps | None) -> int:
    """A rate that no length changes; without one of its own, such a token costs what any other does."""
    if price is None:
        return usual[-1][1] if usual else 0
    return nanousd(price if isinstance(price, Decimal) else price.base)


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


class _Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has no service tiers and no dearer long prompts: pictures, containers."""

    id: str
    read: date
    source: str
    input: Decimal = Decimal(0)
    cached: Decimal = Decimal(0)
    output: Decimal = Decimal(0)
    image_input: Decimal = Decimal(0)
    image_output: Decimal = Decimal(0)
    container_minute: Decimal = Decimal(0)


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    long_tokens: int
    long_input: Decimal
    long_output: Decimal
    tiers: dict[str, Decimal]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: _Rules
    model: list[_Override]
    other: list[_Other]


def _overrides() -> Iterator[tuple[str, dict[str, Rates]]]:
    """Model id → service tier → rates."""
    text: Any = tomllib.loads((files("engine.ai") / "prices.toml").read_text("utf-8"))
    table = msgspec.convert(text, _Table)
    for entry in table.model:
        tiers = {"": Decimal(1), **table.rules.tiers}
        yield entry.id, {tier: _override_rates(entry, table.rules, times) for tier, times in tiers.items()}
    for other in table.other:
        yield other.id, {"": _other_rates(other)}


def _other_rates(entry: _Other) -> Rates:
    return Rates(
        input=steps(entry.input),
        cached=steps(entry.cached),
        cache_write=steps(entry.input),
        output=steps(entry.output),
        image_input=nanousd(entry.image_input),
        image_output=nanousd(entry.image_output),
        container_minute=nanousd(entry.container_minute),
        source=f"prices.toml {entry.read}",
    )


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
