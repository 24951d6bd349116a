"""What the desk reads and names: quiet hours, limits that are typed, buttons that fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from actors.desk.events import MoreAsked
from actors.desk.quiet import QuietHours, quiet_hours
from actors.desk.saying import desk_button
from actors.desk.wording import detail_named, limit_typed
from actors.events import HandedOver
from actors.interpret import MORE_BUTTON, button_name, interpret
from actors.phrases import phrases
from actors.sizes import size_shown
from engine.core.budget import Period
from engine.core.errors import ConfigurationError
from engine.core.events import ButtonPressed, Person
from engine.core.roles import Role
from engine.settings import load_settings

BERLIN = ZoneInfo("Europe/Berlin")
BUTTON_BYTES = 64
"""Telegram's limit."""


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    """A moment of November 2026 in Berlin."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("hours", "moment", "is_quiet"),
    [
        ("23-8", at(22, 59), False),
        ("23-8", at(23), True),
        ("23-8", at(3), True),
        ("23-8", at(7, 59), True),
        ("23-8", at(8), False),
        ("8-12", at(9), True),
        ("8-12", at(12), False),
        ("0-1", at(0, 30), True),
    ],
)
def test_it_is_quiet_between_its_hours(hours: str, moment: datetime, is_quiet: bool) -> None:
    found = quiet_hours(hours)
    assert found is not None
    assert found.holds(moment.astimezone(UTC), BERLIN) is is_quiet


@pytest.mark.parametrize(("moment", "end"), [(at(23, 30), at(8, day=25)), (at(3), at(8)), (at(7, 59), at(8))])
def test_the_night_ends_in_the_morning(moment: datetime, end: datetime) -> None:
    assert QuietHours(23, 8).over_at(moment.astimezone(UTC), BERLIN) == end


def test_every_quiet_moment_of_a_year_ends_within_a_day_at_the_hour() -> None:
    hours, moment = QuietHours(23, 8), datetime(2026, 1, 1, tzinfo=UTC)
    while moment.year == 2026:
        if hours.holds(moment, BERLIN):
            end = hours.over_at(moment, BERLIN)
            assert timedelta(0) < end - moment <= timedelta(hours=10)
            assert end.astimezone(BERLIN).hour == 8
        moment += timedelta(minutes=30)


def test_no_quiet_hours_is_a_setting_too() -> None:
    assert quiet_hours("") is None


@pytest.mark.parametrize("value", ["23", "8-8", "24-1", "night", "1-2-3"])
def test_hours_that_are_none_are_a_fault_of_the_settings(value: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        load_settings(
            None,
            bot_token="1:abc",
            openai_api_key="sk-x",
            admin_id=1,
            telegram_api_id=1,
            telegram_api_hash="0123456789abcdef" * 2,
            quiet_hours=value,
        )
    assert fault.value.remedies == ("QUIET_HOURS is not valid: two hours of the day, as 23-8, or nothing",)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("person 42 month 5", ("person:42", Period.MONTH, 5_000_000_000)),
        ("chat -1001234 day $2,50", ("chat:-1001234", Period.DAY, 2_500_000_000)),
        ("BOT once OFF", ("bot", Period.ONCE, None)),
        ("role guest month 0", ("role:guest", Period.MONTH, 0)),
    ],
)
def test_a_limit_is_read(words: str, meant: tuple[str, Period, int | None]) -> None:
    assert limit_typed(words.split()) == meant


@pytest.mark.parametrize("words", ["", "bot", "person x month 5", "bot month Infinity", "bot month 10000000", "bot 5"])
def test_words_that_are_no_limit_are_none(words: str) -> None:
    with pytest.raises(ValueError):
        limit_typed(words.split())


@pytest.mark.parametrize(
    ("name", "value", "russian", "english"),
    [
        ("allowed", ["gpt-6.1-terra", "gpt-6.1-sol"], "gpt-6.1-terra, gpt-6.1-sol", "gpt-6.1-terra, gpt-6.1-sol"),
        ("what", "last_month xlsx", "прошлый месяц, XLSX", "last month, XLSX"),
        ("what", "whole", "с настоящими словами", "with the real words"),
        ("what", "", "", ""),
        ("kind", "outage", "сбой OpenAI", "OpenAI's outage"),
        ("people", 3, "3 человека", "3 people"),
        ("sent", 21, "отправлено: 21", "sent: 21"),
        ("amount", "off", "без лимита", "no limit"),
        ("amount", "$5.00", "$5.00", "$5.00"),
    ],
)
def test_what_the_audit_keeps_is_told_in_words(name: str, value: object, russian: str, english: str) -> None:
    assert detail_named(phrases("ru"), name, value) == russian
    assert detail_named(phrases("en"), name, value) == english


@pytest.mark.parametrize(("size", "shown"), [(1, "1 байт"), (102, "102 байта"), (1002, "1002 байта"), (11, "11 байт")])
def test_few_bytes_are_counted_as_people_count(size: int, shown: str) -> None:
    assert size_shown(size, phrases("ru")).replace("\xa0", "") == shown


def test_the_longest_buttons_fit() -> None:
    card, words = "9" * 10, phrases("ru")
    longest = [
        desk_button(words, "button-no-limit", "setlimit", card, "chat:-1009999999999", "month", "off"),
        desk_button(words, "button-behind", "users", card, 99999, "ф" * 12),
        desk_button(words, "button-deny", "approve", card, 2**43, 20),
        desk_button(words, "button-invite-make", "make", card, "member", 100, 30, 20),
    ]
    assert all(len(button.name.encode()) <= BUTTON_BYTES for button in longest)


def test_the_button_under_a_refusal_asks_for_more() -> None:
    pressed = ButtonPressed(
        at=at(9),
        person=Person(42),
        message_id=1,
        query_id=7,
        button=button_name(MORE_BUTTON, "chat:-1001234", "month"),
    )
    meant = interpret(pressed, Role.MEMBER, "-1001234:7")
    assert isinstance(meant, HandedOver)
    assert isinstance(meant.what, MoreAsked)
    assert (meant.what.scope, meant.what.period, meant.what.conversation) == ("chat:-1001234", "month", "-1001234:7")
    assert meant.what.query_id == 7
