"""What is known about prices, as a list for people: each model with its rates, who says so, and since when."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from engine.ai.prices import library_source

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

ENDS_SOON_DAYS = 60
"""How long before a model's end the admins are told."""

_TOML_UNITS = {
    "input": "input_mtok",
    "cached": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
}
_TOML_OTHER = frozenset({"id", "read", "source", "uncertain"})


class KnownPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A model's standard rates. Units are genai-prices' own: `input_mtok` is US dollars for 1,000,000 tokens,
    `input_audio_hours` for an hour of sound, `web_searches_kcount` for 1,000 searches, and so on."""

    model: str
    names: tuple[str, ...] = ()
    """other ids that cost the same"""
    rates: dict[str, Decimal]
    long_rates: dict[str, Decimal] = {}
    """what they become when the input is longer than `long_tokens`"""
    long_tokens: int = 0
    tiers: tuple[str, ...] = ()
    """service tiers whose prices are known besides the standard one"""
    source: str
    as_of: date | None = None
    """the day on which it was read, or since when it holds; None where the source does not say"""
    note: str = ""
    """what the source did not state"""
    is_deprecated: bool = False
    shutdown: date | None = None
    """when OpenAI ends the model, as its models list says"""


def price_list(now: datetime, shutdowns: Mapping[str, date] | None = None) -> list[KnownPrice]:
    """Every OpenAI model whose price is known, by name; prices.toml before genai-prices, as `Prices` has it. Takes half
    a second or more the first time (the library's import)."""
    known = {one.model: one for one in (*_of_library(now), *_of_toml())}
    ends = shutdowns or {}
    return [msgspec.structs.replace(known[model], shutdown=ends.get(model)) for model in sorted(known)]


def ending(
    models: Iterable[str], shutdowns: Mapping[str, date], today: date, within_days: int = ENDS_SOON_DAYS
) -> list[tuple[date, str]]:
    """Those of the models in use that end within so many days, or have ended; the first to go first."""
    last = today + timedelta(days=within_days)
    return sorted((shutdowns[model], model) for model in set(models) if model in shutdowns and shutdowns[model] <= last)


def _of_library(now: datetime) -> Iterator[KnownPrice]:
    from genai_prices import data_snapshot  # noqa: PLC0415 - it takes half a second or more

    snapshot = data_snapshot.get_snapshot()
    provider = data_snapshot.find_provider_by_id(snapshot.providers, "openai")
    for model in () if provider is None else provider.models:
        yield _library_price(model, now, library_source())


def _library_price(model: ModelInfo, now: datetime, source: str) -> KnownPrice:
    rates, long_rates, long_tokens = {}, {}, 0
    for unit, price in vars(model.get_prices(now)).items():
        if isinstance(price, Decimal):
            rates[unit] = price
        elif price is not None:
            rates[unit] = price.base
            dearest = max(price.tiers, key=lambda tier: tier.start)
            long_rates[unit], long_tokens = dearest.price, dearest.start
    return KnownPrice(
        model=model.id,
        names=_names(model),
        rates=rates,
        long_rates=long_rates,
        long_tokens=long_tokens,
        tiers=_tiers(model, now),
        source=source,
        as_of=_since(model, now),
        is_deprecated=bool(model.deprecated),
    )


def _names(model: ModelInfo) -> tuple[str, ...]:
    """The ids that the library takes for this model, where it lists them."""
    listed = getattr(model.match, "or_", ())
    return tuple(one.equals for one in listed if hasattr(one, "equals") and one.equals != model.id)


def _tiers(model: ModelInfo, now: datetime) -> tuple[str, ...]:
    known = {
        variant.when["service_tier"]
        for variant in model.price_variants or ()
        if "service_tier" in variant.when and (variant.constraint is None or variant.constraint.active(now))
    }
    return tuple(sorted(known - {"default"}))


def _since(model: ModelInfo, now: datetime) -> date | None:
    """The day from which on the present price holds, where the library dates it."""
    if not isinstance(model.prices, list):
        return None
    for dated in reversed(model.prices):
        if dated.constraint is None or dated.constraint.active(now):
            return getattr(dated.constraint, "start_date", None)
    return None


def _of_toml() -> Iterator[KnownPrice]:
    """Of every list of the file: whatever in an entry is a figure is a rate."""
    table: dict[str, Any] = tomllib.loads((files("engine.ai") / "prices.toml").read_text("utf-8"))
    for entries in table.values():
        for entry in entries if isinstance(entries, list) else ():
            figures = ((name, _figure(value)) for name, value in entry.items() if name not in _TOML_OTHER)
            yield KnownPrice(
                model=entry["id"],
                rates={_TOML_UNITS.get(name, name): figure for name, figure in figures if figure is not None},
                source="prices.toml: " + entry.get("source", ""),
                as_of=entry.get("read"),
                note=entry.get("uncertain", ""),
            )


def _figure(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
