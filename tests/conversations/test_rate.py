"""Whoever asks too fast is told so once, and nothing is started; albums count once, admins are exempt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actors import pace
from actors.pace import Pace, Paces
from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOO_FAST = "You are asking faster than I may answer"


@pytest.fixture
async def slow(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, alice: Someone, admin: Someone
) -> AsyncIterator[BotUnderTest]:
    """A bot that answers three messages a minute."""
    house = BotUnderTest(
        telegram, model, clock, tmp_path / "gpttg.db", admins=[admin.id], members=[alice.id], rate_per_minute=3
    )
    async with house:
        yield house


def answers(model: LocalOpenAI) -> int:
    """How many answers were asked for."""
    return sum(request.path.endswith("/responses") for request in model.requests)


async def test_who_is_too_fast_is_told_once_and_nothing_is_started(
    alice: Someone, slow: BotUnderTest, model: LocalOpenAI
) -> None:
    for _ in range(3):
        await alice.says("Hello?")
        await slow.next_message(alice)
    for _ in range(4):
        await alice.says("Hello??")
    await slow.says(TOO_FAST, to=alice)
    assert answers(model) == 3
    await slow.says_nothing_more()
    assert answers(model) == 3
    await alice.says("Hello!")
    await slow.next_message(alice)
    assert answers(model) == 4


async def test_strangers_are_not_told_the_same_sentence_without_end(stranger: Someone, slow: BotUnderTest) -> None:
    for _ in range(9):
        await stranger.says("Hello?")
    await slow.waits(hours=0.01)
    said = [message.text for message in stranger.chat.messages if message.out]
    assert len(said) == 4
    assert TOO_FAST in said[-1]


async def test_admins_are_as_fast_as_they_like(admin: Someone, slow: BotUnderTest, model: LocalOpenAI) -> None:
    for _ in range(6):
        await admin.says("Hello?")
        await slow.next_message(admin)
    assert answers(model) == 6


async def test_what_waited_for_its_turn_is_not_counted_again(
    alice: Someone, slow: BotUnderTest, model: LocalOpenAI
) -> None:
    model.takes(seconds=50)
    for number in range(3):
        await alice.says(f"Question {number}")
    for _ in range(3):
        message = await slow.next_message(alice)
        assert TOO_FAST not in message.text
    await slow.says_nothing_more()


async def test_commands_are_always_answered(alice: Someone, slow: BotUnderTest) -> None:
    for _ in range(6):
        await alice.says("/help")
        await slow.next_message(alice)


def test_an_album_counts_once() -> None:
    paces = Paces(2)
    seen = [paces.weigh(1, "album:9", event, NOON) for event in range(10)]
    assert seen == [Pace.FREE] * 10
    assert paces.weigh(1, "event:11", 11, NOON) is Pace.FREE
    assert paces.weigh(1, "event:12", 12, NOON) is Pace.TOO_FAST


def test_the_minute_slides_and_each_person_has_their_own() -> None:
    paces = Paces(2)
    moments = [NOON + timedelta(seconds=second) for second in (0, 30, 59, 60, 61, 90)]
    verdicts = [paces.weigh(1, f"event:{at}", number, at) for number, at in enumerate(moments, 1)]
    assert verdicts == [Pace.FREE, Pace.FREE, Pace.TOO_FAST, Pace.FREE, Pace.TOLD, Pace.FREE]
    assert paces.weigh(2, "event:7", 7, NOON) is Pace.FREE


def test_an_event_that_is_looked_at_again_gets_the_same_verdict() -> None:
    paces = Paces(1)
    assert [paces.weigh(1, "event:1", 1, NOON) for _ in range(3)] == [Pace.FREE] * 3
    assert [paces.weigh(1, "event:2", 2, NOON) for _ in range(3)] == [Pace.TOO_FAST] * 3
    later = NOON + timedelta(minutes=5)
    assert paces.weigh(1, "event:3", 3, later) is Pace.FREE
    assert paces.weigh(1, "event:1", 1, NOON) is Pace.FREE  # it was postponed for five minutes
    assert paces.weigh(1, "event:4", 4, later) is Pace.TOO_FAST


def test_nought_is_no_limit() -> None:
    assert {Paces(0).weigh(1, f"event:{number}", number, NOON) for number in range(100)} == {Pace.FREE}


def test_only_so_many_people_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "PEOPLE_REMEMBERED", 2)
    paces = Paces(1)
    for person in (1, 2, 3):
        paces.weigh(person, f"event:{person}", person, NOON)
    assert paces.weigh(3, "event:4", 4, NOON) is Pace.TOO_FAST
    assert paces.weigh(1, "event:5", 5, NOON) is Pace.FREE
