"""What lies in vector stores costs money every day: it is booked to whom it was kept for, beyond the free GiB."""

from __future__ import annotations

from typing import Any

import pytest

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.testing.chat import BotUnderTest, Someone
from tests.house import rows

pytestmark = pytest.mark.anyio

GIB = 2**30
GIB_DAY_NANOUSD = 100_000_000
LARGE = "".join(f"Line {number} has nothing to say about anything.\n" for number in range(40_000)).encode()
"""1.7 MB: too large to be read whole, so it is searched."""


async def keeps(someone: Someone, bot: BotUnderTest, size: int = len(LARGE)) -> None:
    """Someone asks about a document that lies in a vector store from then on."""
    await someone.sends_file(LARGE[:size], name="book.txt", mime="text/plain", caption="What is in it?")
    await bot.next_message(someone)


async def storage(bot: BotUnderTest) -> list[tuple[Any, ...]]:
    """(person, day, bytes, nano-dollars, status) of what was booked, the oldest first."""
    query = (
        "SELECT person_id, substr(key, -8), storage_byte_days, cost_nanousd, status FROM ledger WHERE kind = 'storage'"
        " ORDER BY id"
    )
    return await rows(bot, query)


async def limits(admin: Someone, bot: BotUnderTest, someone: Someone, usd: float) -> None:
    """An admin sets a person's limit for a month."""
    await admin.says(f"/limits person {someone.id} month {usd}")
    await bot.says("Set.", to=admin)


def searched(model: LocalOpenAI) -> list[str]:
    """The vector stores that the last answer could search."""
    body = [request.body for request in model.requests if request.operation == "create"][-1]
    return [store for tool in body.get("tools", []) for store in tool.get("vector_store_ids", [])]


async def test_what_fits_into_the_free_gib_costs_nothing(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await keeps(alice, bot)
    await bot.waits(hours=48)
    assert await storage(bot) == []
    assert [request.operation for request in model.requests].count("vector_store_list") == 2


async def test_who_keeps_nothing_is_not_asked_about(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("Hello")
    await bot.next_message()
    await bot.waits(hours=48)
    assert "vector_store_list" not in [request.operation for request in model.requests]


async def test_a_large_document_is_charged_every_day_to_whom_it_is_kept_for(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await bot.waits(hours=16)
    beyond = len(LARGE) * 1_000 - GIB
    cost = round(beyond * GIB_DAY_NANOUSD / GIB)
    assert await storage(bot) == [(alice.id, "20261125", beyond, cost, "complete")]
    await bot.waits(hours=12)
    assert len(await storage(bot)) == 1
    await bot.waits(hours=24)
    assert [(day, nanousd) for _, day, _, nanousd, _ in await storage(bot)] == [("20261125", cost), ("20261126", cost)]
    told = await rows(bot, "SELECT DISTINCT conversation, model, price_source, role FROM ledger WHERE kind = 'storage'")
    assert told == [(str(alice.id), "vector-storage", "prices.toml 2026-11-23, partly uncertain", "member")]


async def test_the_free_gib_is_shared_in_proportion(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await keeps(boris, bot, size=1_200_000)
    await bot.waits(hours=16)
    (hers, his) = await storage(bot)
    total = len(LARGE) * 1_000 + 1_200_000_000
    assert hers[2] + his[2] - (total - GIB) in (0, 1)
    assert hers[2] / his[2] == pytest.approx(len(LARGE) / 1_200_000)
    assert [hers[0], his[0]] == [alice.id, boris.id]


async def test_a_store_is_paid_until_it_is_deleted(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await bot.waits(hours=40)
    assert len(await storage(bot)) == 2
    await alice.says("/reset")
    await bot.next_message()
    await bot.waits(hours=72)
    assert len(await storage(bot)) == 2


async def test_a_store_that_nobody_uses_is_paid_until_openai_lets_it_go(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await bot.waits(hours=5 * 24)
    await alice.says("And what else?")
    await bot.next_message()
    await bot.waits(hours=9 * 24)
    assert [day for _, day, *_ in await storage(bot)] == [f"202611{day}" for day in range(25, 31)] + [
        f"2026120{day}" for day in range(1, 7)
    ]


async def test_a_kill_at_midnight_books_the_day_once(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await bot.waits(hours=14.99)
    model.takes(seconds=30, on="vector_store_list")
    await bot.waits(hours=0.01)
    await bot.stops()
    await bot.starts()
    await bot.waits(hours=2)
    assert [day for _, day, *_ in await storage(bot)] == ["20261125"]


async def test_days_on_which_the_bot_was_away_are_booked_when_it_is_back(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await bot.waits(hours=16)
    await bot.stops()
    await bot.waits(hours=72)
    await bot.starts()
    await bot.waits(hours=1)
    assert [(day, status) for _, day, _, _, status in await storage(bot)] == [
        ("20261125", "complete"),
        ("20261126", "estimated"),
        ("20261127", "estimated"),
        ("20261128", "complete"),
    ]


async def test_where_openai_cannot_be_asked_the_last_known_size_is_booked(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await bot.waits(hours=16)
    model.fails(500, on="vector_store_list", times=50)
    await bot.waits(hours=24)
    (first, second) = await storage(bot)
    assert second[2:] == (first[2], first[3], "estimated")


async def test_storage_counts_against_a_budget_and_stands_in_the_figures(
    alice: Someone, admin: Someone, bella: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=10_000)
    await house.is_started_by(alice)
    await admin.says(f"/limits person {alice.id} day 1")
    await house.next_message(admin)
    await keeps(alice, house)
    await house.waits(hours=16)
    await house.says("Alice, a day: 100 % is used, $1.60 of $1.00", to=admin)
    await admin.says("/stat")
    report = await house.next_message(admin)
    assert "For: Storage $1.60" in report.text


async def test_what_the_budget_cannot_keep_is_deleted_and_told_once(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.indexes_take(times=1_000)
    await keeps(alice, bot)
    await limits(admin, bot, alice, 0.1)
    await bot.waits(hours=64)
    assert len(await storage(bot)) == 1
    assert [request.operation for request in model.requests].count("vector_store_delete") == 1
    await limits(admin, bot, alice, 5)
    await alice.says("And what else is in it?")
    await bot.says("The documents I searched here are deleted at OpenAI", to=alice)
    assert searched(model) == []
    await alice.says("A pity.")
    assert "deleted" not in (await bot.next_message(alice)).text
    await keeps(alice, bot)
    assert len(searched(model)) == 1


async def test_what_costs_nothing_is_kept_without_a_budget(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await keeps(alice, bot)
    await limits(admin, bot, alice, 0)
    await bot.waits(hours=40)
    assert "vector_store_delete" not in [request.operation for request in model.requests]


async def test_in_a_group_each_pays_for_their_own_documents_and_both_are_searched(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    model.indexes_take(times=1_000)
    friends = telegram.group("Friends", [alice.person, boris.person])
    for someone, size in ((alice, len(LARGE)), (boris, 1_200_000)):
        caption = "@gpttg_bot What is in it?"
        await someone.sends_file(LARGE[:size], name="book.txt", mime="text/plain", caption=caption, to=friends)
        await bot.waits(hours=0.1)
    assert len(searched(model)) == 2
    await alice.says("@gpttg_bot And in both?", to=friends)
    await bot.waits(hours=0.1)
    assert len(searched(model)) == 2
    await bot.waits(hours=16)
    (hers, his) = await storage(bot)
    assert [hers[0], his[0]] == [alice.id, boris.id]
    assert hers[2] / his[2] == pytest.approx(len(LARGE) / 1_200_000)
