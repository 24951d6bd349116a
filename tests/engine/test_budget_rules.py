"""Budgets as rules: whose money a call is, when days and months begin, and what still fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.budget import (
    Payer,
    Period,
    Room,
    Verdict,
    chat_scope,
    checked_scope,
    marks_passed,
    period_start,
    person_scope,
    role_scope,
)

ZONES = sorted(available_timezones() - {"localtime"})
MOMENTS = st.datetimes(datetime(2017, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@settings(max_examples=1500, deadline=None)
@given(zone=st.sampled_from(ZONES), now=MOMENTS, period=st.sampled_from([Period.DAY, Period.MONTH]))
def test_a_period_begins_with_the_first_instant_of_its_local_day_or_month(
    zone: str, now: datetime, period: Period
) -> None:
    here = ZoneInfo(zone)
    start = period_start(period, now, here)
    letters = "%Y-%m-%d" if period is Period.DAY else "%Y-%m"
    assert start <= now
    assert start.astimezone(here).strftime(letters) == now.astimezone(here).strftime(letters)
    just_before = (start - timedelta(microseconds=1)).astimezone(here)
    assert just_before.strftime(letters) < now.astimezone(here).strftime(letters)


@settings(max_examples=300, deadline=None)
@given(zone=st.sampled_from(ZONES), now=MOMENTS, period=st.sampled_from(Period))
def test_the_beginning_of_a_period_is_in_that_period(zone: str, now: datetime, period: Period) -> None:
    start = period_start(period, now, ZoneInfo(zone))
    assert period_start(period, start, ZoneInfo(zone)) == start


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        ("Europe/Berlin", "2026-03-29T12:00", "2026-03-28T23:00"),  # the day of 23 hours
        ("Europe/Berlin", "2026-10-25T12:00", "2026-10-24T22:00"),  # the day of 25 hours
        ("Africa/Cairo", "2026-04-24T09:00", "2026-04-23T22:00"),  # midnight itself is left out
        ("America/Havana", "2026-11-01T12:00", "2026-11-01T04:00"),  # midnight comes twice: the first one
        ("Pacific/Kiritimati", "2026-11-25T10:00", "2026-11-25T10:00"),
        ("Asia/Kathmandu", "2026-11-25T18:14", "2026-11-24T18:15"),
    ],
)
def test_a_day_begins_where_its_clocks_say(zone: str, now: str, start: str) -> None:
    begun = period_start(Period.DAY, datetime.fromisoformat(f"{now}Z"), ZoneInfo(zone))
    assert begun == datetime.fromisoformat(f"{start}Z")


def test_a_month_begins_in_the_zone_and_not_in_utc() -> None:
    night = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    assert period_start(Period.MONTH, night, ZoneInfo("Europe/Moscow")) == datetime(2026, 12, 31, 21, 0, tzinfo=UTC)
    assert period_start(Period.MONTH, night, UTC) == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_month_that_began_before_the_clocks_changed_began_at_their_old_midnight() -> None:
    november = datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert period_start(Period.MONTH, november, ZoneInfo("Europe/Berlin")) == datetime(2026, 9, 30, 22, tzinfo=UTC)


def test_a_call_is_charged_to_who_asked_their_group_their_role_and_the_bot() -> None:
    assert Payer(42, "42", "member").scopes == (person_scope(42), role_scope("member"), "bot")
    assert Payer(42, "-1001234:7", "guest").scopes == (
        person_scope(42),
        chat_scope(-1001234),
        role_scope("guest"),
        "bot",
    )
    assert Payer(42, "42").scopes == ("person:42", "bot")


@pytest.mark.parametrize("scope", ["person:42", "chat:-1001234", "role:guest", "bot"])
def test_a_scope_that_is_one_is_taken(scope: str) -> None:
    assert checked_scope(scope) == scope


@pytest.mark.parametrize("scope", ["", "person:", "person:x", "chat:7", "bots", "role:", "person:1\n", "everybody"])
def test_what_is_no_scope_is_refused(scope: str) -> None:
    with pytest.raises(ValueError, match=r"can.t be limited|there is no"):
        checked_scope(scope)


def test_the_last_nano_dollar_fits_and_the_next_does_not() -> None:
    room = Room("bot", Period.DAY, 100, 60, 30)
    assert room.left_nanousd == 10
    assert room.fits(10)
    assert not room.fits(11)


@pytest.mark.parametrize("amount", [0, 1])
def test_where_nothing_is_left_nothing_fits_not_even_what_may_be_free(amount: int) -> None:
    assert not Room("bot", Period.DAY, 100, 70, 30).fits(amount)
    assert not Room("bot", Period.DAY, 0, 0).fits(amount)


def test_a_limit_that_was_overspent_has_nothing_left() -> None:
    room = Room("bot", Period.DAY, 100, 130)
    assert room.left_nanousd == 0
    assert room.fraction == 1.3


def test_a_verdict_says_which_limit_refuses_the_narrowest_first() -> None:
    person, chat = Room("person:1", Period.DAY, 100, 80), Room("chat:-5", Period.MONTH, 100, 95)
    assert Verdict(20, (person, chat)).refused == chat
    assert Verdict(21, (person, chat)).refused == person
    assert Verdict(21, (person, chat)).refusals == (person, chat)
    assert Verdict(5, (person, chat)).fits
    assert Verdict(5, (person, chat)).left_nanousd == 5


def test_without_limits_everything_fits() -> None:
    assert Verdict(10**15).fits
    assert Verdict(10**15).left_nanousd is None


def test_a_warning_comes_at_eighty_percent_exactly() -> None:
    assert not Room("bot", Period.DAY, 1000, 700, 99).is_near
    assert Room("bot", Period.DAY, 1000, 700, 100).is_near
    near = Room("person:1", Period.DAY, 10, 8)
    assert Verdict(1, (near, Room("bot", Period.DAY, 100, 8))).near == (near,)


@given(limit=st.integers(1, 10**15), steps=st.lists(st.integers(0, 10**14), max_size=20))
def test_each_mark_is_passed_once_whatever_the_steps(limit: int, steps: list[int]) -> None:
    spent, passed = 0, []
    for step in steps:
        passed += marks_passed(limit, spent, spent + step)
        spent += step
    assert passed == [percent for percent in (50, 80, 100) if spent * 100 >= limit * percent]
