"""Time zones as people name them: by a city, in Russian or English, or by the IANA name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from actors.phrases import LANGUAGES
from actors.preferences import zone_named

ZONES = available_timezones()
ZONES_OFFERED = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Novosibirsk",
    "Asia/Irkutsk",
    "Asia/Vladivostok",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
)
"""Zones with a button; every other one can be written."""

_LARGE_CITIES = {
    "Europe/Moscow": "Санкт-Петербург Петербург Питер Казань Нижний_Новгород Краснодар Воронеж Ростов-на-Дону Сочи "
    "Saint_Petersburg St_Petersburg Kazan",
    "Europe/Samara": "Ижевск Тольятти",
    "Asia/Yekaterinburg": "Челябинск Уфа Пермь Тюмень Оренбург",
    "Asia/Almaty": "Астана Astana",
    "Asia/Shanghai": "Пекин Beijing",
    "Asia/Kolkata": "Дели Мумбаи Delhi Mumbai",
    "America/Los_Angeles": "Сан-Франциско Сиэтл San_Francisco Seattle",
    "Europe/Berlin": "Мюнхен Гамбург Munich Hamburg",
}
"""Cities that many live in and that no zone is named after."""


def zone_of(text: str) -> str | None:
    """The zone that somebody means; None for one that nobody knows."""
    return _by_name().get(_typed(text))


def zones_typed() -> frozenset[str]:
    """All that is taken for a time zone, lower case, "_" for a blank: cities, names, and what stands behind a "/" in
    one."""
    return frozenset(_by_name())


def zone_shown(zone: str, now: datetime, language: str) -> str:
    """A zone by its city and what the clocks there differ by: "Москва (UTC+3)"; by its name where it has no city."""
    if "/" not in zone:
        return zone
    offset = now.astimezone(zone_named(zone)).utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"{_city(zone, language)} (UTC{sign}{hours}{f':{rest:02}' if rest else ''})"


def _city(zone: str, language: str) -> str:
    names = Locale(language).time_zones.get(zone, {})
    return str(names.get("city") or zone.rpartition("/")[2].replace("_", " "))


def _typed(text: str) -> str:
    return text.strip().replace(" ", "_").lower()


@cache
def _by_name() -> Mapping[str, str]:
    """The zone of every name: of several zones that one may mean, the one whose own name is the shortest."""
    found: dict[str, str] = {}
    for zone in sorted(ZONES, key=lambda zone: (len(zone), zone)):
        parts = zone.lower().split("/")
        for name in ("/".join(parts[at:]) for at in range(len(parts))):
            found.setdefault(name, zone)
    for zone, cities in _LARGE_CITIES.items():
        found |= dict.fromkeys(_spellings(*cities.split()), zone)
    for language in LANGUAGES:
        for zone in map(str, Locale(language).time_zones):
            if zone in ZONES:
                for name in _spellings(_city(zone, language)):
                    found.setdefault(name, zone)
    return found


def _spellings(*names: str) -> set[str]:
    """With and without hyphens and the dots of ё."""
    typed = {_typed(name) for name in names}
    typed |= {name.replace("-", "_") for name in typed}
    return typed | {name.replace("ё", "е") for name in typed}
