"""How the desk names people, scopes, periods, limits and moments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from actors.desk.reports.files import FORMATS
from actors.desk.reports.periods import PERIODS
from actors.phrases import Phrases
from actors.wording import one_line
from engine.core.budget import BOT, Period, Room, checked_scope
from engine.core.money import dollars, nanousd

LIMIT_MOST_USD = 1_000_000
"""The largest limit that can be typed."""
OFF = "off"
"""What lifts a limit, typed or in a button."""


def named(name: str, username: str, person_id: int) -> str:
    """A person in a list: "Alice (@alice)"."""
    shown = one_line(name) or str(person_id)
    return f"{shown} (@{username})" if username else shown


def scope_named(words: Phrases, scope: str, name: str = "") -> str:
    """What is limited: "the whole bot", "all guests together", "Alice"."""
    kind, _, id_ = scope.partition(":")
    if scope == BOT:
        return words.text("scope-bot")
    if kind == "person" and name:
        return name
    return words.text(f"scope-{kind}", id=role_named(words, id_) if kind == "role" else id_)


def role_named(words: Phrases, role: str) -> str:
    """A role in words."""
    return words.text(f"role-{role}") if role in ("admin", "member", "guest", "blocked", "stranger") else role


def period_named(words: Phrases, period: str) -> str:
    """A period in words: "a month"."""
    return words.text(f"period-{period}")


def room_line(words: Phrases, room: Room, name: str = "") -> str:
    """A limit and what is used of it."""
    return words.text(
        "desk-room",
        scope=scope_named(words, room.scope, name),
        period=period_named(words, room.period),
        spent=dollars(room.spent_nanousd),
        limit=dollars(room.limit_nanousd),
        percent=round(room.spent_nanousd * 100 / room.limit_nanousd) if room.limit_nanousd else 100,
    )


def moment(words: Phrases, at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment on somebody's clock: "24 November, 09:00"; with the year where it is another one."""
    local = at.astimezone(zone)
    form = "d MMMM, HH:mm" if local.year == now.astimezone(zone).year else "d MMMM y, HH:mm"
    return format_datetime(local, form, locale=words.language)


def day_named(words: Phrases, day: date) -> str:
    """A day: "2 June 2027"."""
    return format_date(day, "d MMMM y", locale=words.language)


def detail_named(words: Phrases, name: str, value: object) -> str:
    """A detail of the audit in words; "" for one that says nothing."""
    match name, value:
        case _, None | 0 | "":
            return ""
        case "role", _:
            return role_named(words, str(value))
        case "period", _:
            return period_named(words, str(value))
        case "uses" | "days" | "characters" | "people" | "sent", _:
            return words.text(f"detail-{name}", count=value)
        case "kind", _:
            return words.text(f"detail-kind-{value}")
        case "amount" | "model", str() if value == OFF:
            return words.text(f"detail-no-{name}")
        case "what", str():
            return ", ".join(_taken_named(words, one) for one in value.split())
        case _, list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _taken_named(words: Phrases, what: str) -> str:
    """What a file that was taken holds: a period, a form, or people's words."""
    if what in PERIODS:
        period = words.text(f"lines-of-{what}")
        return period[:1].lower() + period[1:]
    return what.upper() if what in FORMATS else words.text("detail-whole") if what == "whole" else what


def amount_typed(text: str) -> int | None:
    """Nano-dollars of what somebody has typed ("5", "$2.50", "off"); None lifts a limit. Raises ValueError."""
    if text.lower() == OFF:
        return None
    try:
        usd = Decimal(text.strip("$").replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(f"no amount: {text!r}") from error
    if not (usd.is_finite() and 0 <= usd <= LIMIT_MOST_USD):
        raise ValueError(f"no amount: {text!r}")
    return nanousd(usd)


def limit_typed(words: list[str]) -> tuple[str, Period, int | None]:
    """What /limits was told: "person 42 month 5", "bot day 10", "role guest month off". Raises ValueError."""
    *scope, period, amount = words if len(words) >= 3 else ["", "", ""]
    return checked_scope(":".join(scope).lower()), Period(period.lower()), amount_typed(amount)
