"""The desk: limits, marks that spending passes, and people who ask for more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from actors.desk.events import DESK, MoreAsked
from engine.core.budget import Period
from engine.core.clock import Clock
from engine.core.events import BudgetPassed, Person
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.store.inbox import Arrival
from engine.testing.chat import BotUnderTest, Someone
from tests.house import arrives, has_spent, rows

pytestmark = pytest.mark.anyio

DOLLAR = 1_000_000_000


def passed(scope: str, percent: int, *, at: datetime, limit: int = 10 * DOLLAR) -> Arrival:
    """Spending has reached a mark."""
    event = BudgetPassed(
        at=at,
        scope=scope,
        period=Period.MONTH,
        start=datetime(2026, 11, 1, tzinfo=UTC),
        percent=percent,
        spent_nanousd=limit * percent // 100,
        limit_nanousd=limit,
    )
    return Arrival(f"budget:{scope}:{percent}", DESK, event)


async def wants_more(someone: Someone, house: BotUnderTest, clock: Clock, name: str = "1") -> None:
    """The button under a refusal is pressed."""
    person = Person(someone.id, someone.person.name, someone.person.username or "", "en")
    event = MoreAsked(
        at=clock(), person=person, conversation=str(someone.id), scope=f"person:{someone.id}", period="month"
    )
    await arrives(house, Arrival(f"more:{name}", DESK, event))


# ── /limits ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_limit_is_set_in_words(alice: Someone, admin: Someone, house: BotUnderTest) -> None:
    await alice.says("/help")
    await house.next_message(alice)
    await admin.says(f"/limits person {alice.id} month 5")
    await house.says("Set. Alice, a month: $5.00", to=admin)
    await admin.says("/limits bot day 2.50")
    await house.says("Set. The whole bot, a day: $2.50", to=admin)
    await admin.says("/limits role guest once 7")
    await house.says("All together who are: guest, in all: $7.00", to=admin)
    await admin.says("/limits")
    listed = await house.says("Budgets", to=admin)
    assert "Alice, a month: $0 of $5.00 (0 %)" in listed.text
    assert "The whole bot, a day: $0 of $2.50 (0 %)" in listed.text


async def test_a_limit_is_lifted_in_words(admin: Someone, house: BotUnderTest) -> None:
    await admin.says("/limits bot month 5")
    await house.next_message(admin)
    await admin.says("/limits bot month off")
    await house.says("Lifted. The whole bot, a month: no limit", to=admin)
    assert await rows(house, "SELECT * FROM budgets") == []


@pytest.mark.parametrize("words", ["bot", "bot month", "bot week 5", "bot month -1", "bot month NaN", "cat 42 day 1"])
async def test_words_that_say_no_limit_are_explained(words: str, admin: Someone, house: BotUnderTest) -> None:
    await admin.says(f"/limits {words}")
    await house.says("To set one in words", to=admin)
    assert await rows(house, "SELECT * FROM budgets") == []


async def test_a_limit_is_set_with_buttons(admin: Someone, house: BotUnderTest) -> None:
    await admin.says("/limits")
    page = await house.says("There are no limits", to=admin)
    await admin.presses("The whole bot, a month", on=page)
    assert "no limit" in page.text
    await admin.presses("$50", on=page)
    assert "The whole bot, a month: $0 of $50.00 (0 %)" in page.text
    await admin.presses("← All limits", on=page)
    assert "The whole bot, a month: $0 of $50.00" in page.text
    await admin.presses("The whole bot, a month", on=page)
    await admin.presses("No limit", on=page)
    assert await rows(house, "SELECT * FROM budgets") == []
    assert [action for (action,) in await rows(house, "SELECT action FROM audit")] == ["limit", "limit"]


# ── marks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.not_recorded("what the test writes into the ledger (has_spent)")
async def test_spending_that_passes_a_mark_tells_every_admin_once(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await house.is_started_by(alice)
    await has_spent(house, alice, 7.9999)
    await admin.says("/limits bot month 10")
    await house.next_message(admin)
    for _ in range(2):
        model.says("Dear.")
        await alice.says("What do you cost?")
        await house.says("Dear.", to=alice)
    await house.says("The whole bot, a month: 80 % is used", to=admin)
    await house.says("Весь бот, в месяц: израсходовано 80 %", to=bella)
    await house.says_nothing_more()


async def test_a_person_is_told_when_their_budget_is_nearly_used(
    boris: Someone, admin: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await house.is_started_by(boris)
    await arrives(house, passed(f"person:{boris.id}", 50, at=clock()), passed(f"person:{boris.id}", 80, at=clock()))
    await house.says("Израсходовано 80 % вашего бюджета: $8.00 из $10.00 в месяц", to=boris)
    await house.says_nothing_more()


@pytest.fixture
async def two_models(
    telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path, boris: Someone, admin: Someone
) -> AsyncIterator[BotUnderTest]:
    """A house with a dear and a cheap model."""
    people: dict[str, Any] = {"admins": [admin.id], "members": [boris.id]}
    async with BotUnderTest(
        telegram, model, clock, tmp_path / "gpttg.db", openai_models=("gpt-6-luna",), **people
    ) as house:
        await house.is_started_by(admin, boris)
        yield house


@pytest.mark.not_recorded("what the test writes into the ledger (has_spent)")
async def test_whose_budget_is_nearly_used_up_is_moved_to_the_cheaper_model(
    boris: Someone, admin: Someone, two_models: BotUnderTest, model: LocalOpenAI, clock: Clock
) -> None:
    await admin.says("/limits cheaper gpt-6-luna")
    await two_models.says("gpt-6-luna answers whoever has used 80 %", to=admin)
    model.says("Дорогой.")
    await boris.says("Сколько ты стоишь?")
    await two_models.says("Дорогой.", to=boris)
    await has_spent(two_models, boris, 8.5)
    await admin.says(f"/limits person {boris.id} month 10")
    await two_models.next_message(admin)
    model.says("Дешёвый.")
    await boris.says("А теперь?")
    await two_models.says("Дешёвый.", to=boris)
    asked = [request.body["model"] for request in model.requests if request.operation == "create"]
    assert asked == ["gpt-6.1-terra", "gpt-6-luna"]


async def test_the_cheaper_model_is_one_of_those_that_there_are(admin: Someone, two_models: BotUnderTest) -> None:
    await admin.says("/limits cheaper gpt-0")
    await two_models.says("Of these models only: gpt-6.1-terra, gpt-6-luna", to=admin)
    await admin.says("/limits cheaper")
    await two_models.says("At present nobody is moved to another model.", to=admin)
    await admin.says("/limits cheaper off")
    await two_models.says("nobody is moved", to=admin)


async def test_the_cheaper_model_may_be_one_that_was_added_by_models(admin: Someone, two_models: BotUnderTest) -> None:
    await admin.says("/setmodel gpt-6.2-sol")
    await two_models.next_message(admin)
    await admin.says("/limits cheaper gpt-0")
    await two_models.says(
        "Of these models only: gpt-6.2-sol, gpt-6.1-terra, gpt-6-luna. /models adds others.", to=admin
    )
    await admin.says("/limits cheaper gpt-6.2-sol")
    await two_models.says("Set: gpt-6.2-sol answers", to=admin)


async def test_a_role_that_does_not_exist_has_no_limit(admin: Someone, house: BotUnderTest) -> None:
    await admin.says("/limits role king month 20")
    await house.says("There is no role “king”. Limits are for: admin, member, guest", to=admin)
    assert await rows(house, "SELECT scope FROM budgets WHERE scope = 'role:king'") == []


async def test_the_limit_is_raised_under_the_alert(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await house.is_started_by(alice)
    await admin.says(f"/limits person {alice.id} month 10")
    await house.next_message(admin)
    await arrives(house, passed(f"person:{alice.id}", 100, at=clock()))
    card = await house.says("Alice, a month: 100 % is used, $10.00 of $10.00", to=admin)
    other = await house.says("Alice, в месяц: израсходовано 100 %", to=bella)
    await admin.presses("+$5", on=card)
    assert "Ada has raised it by $5.00 to $15.00" in card.text
    assert "Лимит увеличен на $5.00, теперь $15.00: Ada" in other.text
    await admin.presses("⏸ Pause this person", on=card)
    await alice.says("Hello?")
    await house.says("An admin has paused my answers to you for now.", to=alice)
    assert await rows(house, "SELECT limit_nanousd FROM budgets") == [(15 * DOLLAR,)]


# ── asking for more ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("button", "more", "told"), [("+$1", 1, "$1.00 higher now"), ("+$5", 5, "$5.00 higher now")])
async def test_who_asks_for_more_gets_it(
    button: str, more: int, told: str, alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await house.is_started_by(alice)
    await admin.says(f"/limits person {alice.id} month 2")
    await house.next_message(admin)
    await wants_more(alice, house, clock)
    await house.says("I have asked my admins for more", to=alice)
    card = await house.says("Alice (@alice) asks for a larger budget", to=admin)
    assert "$0 of $2.00 are used" in card.text
    other = await house.says("Alice (@alice) просит увеличить бюджет", to=bella)
    await admin.presses(button, on=card)
    await house.says(told, to=alice)
    assert "✅ Лимит увеличен на" in other.text
    assert await rows(house, "SELECT limit_nanousd FROM budgets") == [((2 + more) * DOLLAR,)]
    assert (await rows(house, "SELECT action, object FROM audit"))[-1] == ("raise", f"person:{alice.id}")


async def test_two_admins_decide_a_wish_once(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await house.is_started_by(alice)
    await admin.says(f"/limits person {alice.id} month 2")
    await house.next_message(admin)
    await wants_more(alice, house, clock)
    card = [await house.next_message(one) for one in (alice, admin, bella)]
    bella.person.presses("❌ Отказать", card[2])
    late = await admin.presses("+$5", on=card[1])
    assert late.answer == "That is decided already."
    await house.says("decided not to raise your budget", to=alice)
    assert await rows(house, "SELECT limit_nanousd FROM budgets") == [(2 * DOLLAR,)]


async def test_asking_for_more_twice_is_said_to_be_so(
    alice: Someone, admin: Someone, house: BotUnderTest, clock: Clock
) -> None:
    await house.is_started_by(alice)
    await admin.says(f"/limits person {alice.id} month 2")
    await wants_more(alice, house, clock)
    await house.says("I have asked my admins for more", to=alice)
    await wants_more(alice, house, clock, "2")
    await house.says("You have asked for more already", to=alice)


async def test_a_limit_that_is_gone_needs_no_raise(alice: Someone, house: BotUnderTest, clock: Clock) -> None:
    await house.is_started_by(alice)
    await wants_more(alice, house, clock)
    await house.says("That limit is gone", to=alice)
