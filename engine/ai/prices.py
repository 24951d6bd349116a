"""What a call costs: rates looked up once per model and hour, then multiplied exactly.

Sources, in this order: prices.toml (what the library lacks), genai-prices, and as the last resort what the admin has
set: DALLE_PRICE for a picture, WHISPER_PRICE for sound that is listened to, OPENAI_PRICE_PER_1K_TOKENS for any tokens.
Where none of them knows, the cost is None: the line is booked without one, and the admins are told.
"""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from engine.ai.rates import Rates, Steps, by_minute, flat, steps
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

_DATE = re.compile(r"-20\d\d-\d\d-\d\d$")


class Price(NamedTuple):
    """What a call cost, and who says so. None and "" where nobody knows."""

    cost_nanousd: int | None
    source: str


UNKNOWN = Price(None, "")


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
        """The three are last resorts: None where there is none."""
        self._tokens, self._sound = _exact(usd_per_1k_tokens), _exact(usd_per_minute)
        self._picture = _exact(usd_per_picture)
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
        cost_nanousd = None if rates is None else rates.cost_nanousd(usage)
        if rates is None or cost_nanousd is None:
            return self._last_resort(usage)
        return Price(cost_nanousd, rates.source)

    def _last_resort(self, usage: Usage) -> Price:
        if usage.image_output_tokens:
            return UNKNOWN if self._picture is None else Price(nanousd(self._picture), "DALLE_PRICE")
        if usage.audio_ms:
            rates = None if self._sound is None else by_minute(self._sound, "WHISPER_PRICE")
        else:
            rates = None if self._tokens is None else flat(self._tokens, "OPENAI_PRICE_PER_1K_TOKENS")
        cost_nanousd = None if rates is None else rates.cost_nanousd(usage)
        return UNKNOWN if rates is None or cost_nanousd is None else Price(cost_nanousd, rates.source)

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


def _exact(usd: float | None) -> Decimal | None:
    return None if usd is None else Decimal(str(usd))


# genai-prices


def _library_model(model: str) -> ModelInfo | None:
    """The library's entry; for a dated id that it does not have, that of the model without its date."""
    from genai_prices import data_snapshot  # noqa: PLC0415 - it takes half a second or more: see `warm`

    try:
        return data_snapshot.get_snapshot().find_provider_model(model, None, "openai", None)[1]
    except LookupError:
        undated = _DATE.sub("", model)
        return None if undated == model else _library_model(undated)


@cache
def library_source() -> str:
    """Who says so, where the library does (looked up once: it reads files)."""
    return f"genai-prices {version('genai-prices')}"


def _library_rates(model: str, tier: str, now: datetime) -> Rates | None:
    known = _library_model(model)
    if known is None or (tier and not _has_tier(known, tier, now)):
        return None
    prices = known.get_prices(now, {"service_tier": tier} if tier else None)
    given, made, hour = _steps(prices.input_mtok), _steps(prices.output_mtok), prices.input_audio_hours
    if (given is None or made is None) and hour is None:
        return None
    return Rates(
        input=given,
        cached=_steps(prices.cache_read_mtok),
        cache_write=_steps(prices.cache_write_mtok),
        output=made,
        audio_input=_steps(prices.input_audio_mtok),
        audio_output=_steps(prices.output_audio_mtok),
        image_input=_steps(prices.input_image_mtok),
        image_output=_steps(prices.output_image_mtok),
        web_searches=_per_1k(prices.web_searches_kcount, WEB_SEARCH_USD_PER_1K),
        file_searches=_per_1k(prices.storage_searches_kcount, FILE_SEARCH_USD_PER_1K),
        audio_hour=nanousd(hour) if isinstance(hour, Decimal) else None,
        source=library_source(),
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


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    read: date
    source: str
    uncertain: str = ""

    @property
    def named(self) -> str:
        return f"prices.toml {self.read}" + (", partly uncertain" if self.uncertain else "")


class _Model(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal


class _Drawing(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    input: Decimal
    cached: Decimal
    image_input: Decimal
    image_output: Decimal


class _Container(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    minute: Decimal


class _Storage(_Entry, frozen=True, forbid_unknown_fields=True, kw_only=True):
    gib_day: Decimal


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    long_tokens: int
    long_input: Decimal
    long_output: Decimal
    tiers: dict[str, Decimal]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: _Rules
    model: list[_Model] = []
    drawing: list[_Drawing] = []
    container: list[_Container] = []
    storage: list[_Storage] = []


def _overrides() -> Iterator[tuple[str, dict[str, Rates]]]:
    """Model id → service tier → rates."""
    text: Any = tomllib.loads((files("engine.ai") / "prices.toml").read_text("utf-8"))
    table = msgspec.convert(text, _Table)
    for entry in table.model:
        tiers = {"": Decimal(1), **table.rules.tiers}
        yield entry.id, {tier: _model_rates(entry, table.rules, times) for tier, times in tiers.items()}
    for drawing in table.drawing:
        yield drawing.id, {"": _drawing_rates(drawing)}
    for container in table.container:
        yield container.id, {"": Rates(container_minute=nanousd(container.minute), source=container.named)}
    for storage in table.storage:
        yield storage.id, {"": Rates(storage_gib_day=nanousd(storage.gib_day), source=storage.named)}


def _model_rates(entry: _Model, rules: _Rules, times: Decimal) -> Rates:
    def given(usd: Decimal) -> Steps:
        return steps(usd * times, (rules.long_tokens, usd * times * rules.long_input))

    return Rates(
        input=given(entry.input),
        cached=given(entry.cached),
        cache_write=given(entry.cache_write),
        output=steps(entry.output * times, (rules.long_tokens, entry.output * times * rules.long_output)),
        web_searches=nanousd(WEB_SEARCH_USD_PER_1K),
        file_searches=nanousd(FILE_SEARCH_USD_PER_1K),
        source=entry.named,
    )


def _drawing_rates(entry: _Drawing) -> Rates:
    return Rates(
        input=steps(entry.input),
        cached=steps(entry.cached),
        output=steps(entry.image_output),
        image_input=steps(entry.image_input),
        image_output=steps(entry.image_output),
        source=entry.named,
    )
