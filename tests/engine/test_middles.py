"""A recording that begins in the middle: what was decided, chosen and spent before is there, and the rest comes out the
same, wherever it is cut."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from functools import partial
from typing import Any

import anyio
import jsonschema_rs
import msgspec
import pytest

from actors.vocabulary import vocabulary
from engine.core.clock import from_micros
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.known import known_in
from engine.recording.lines import AnyLine, Changed, House, encode, json_schema
from engine.recording.redact import Redaction
from engine.replay.cast import own_actors
from engine.replay.check import faults
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.time import StillLoop
from engine.testing import sandbox
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.house import rows

pytestmark = pytest.mark.anyio

PIRATE = "Talk like a Quokka from Zanzibar."


async def lines_of(bot: BotUnderTest, **selection: Any) -> list[AnyLine]:
    """What is recorded of a running bot."""
    path, now = bot.settings.database_path, bot.clock()
    return await anyio.to_thread.run_sync(lambda: list(export(path, Selection(**selection), now)))


async def replays(lines: list[AnyLine], told: object) -> None:
    """Fails with both sides of the first difference, and with where the recording began."""
    async with replaying(Script(lines), own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join((str(told), *beside(difference)))
    assert not replayed.missing, told


async def moments(bot: BotUnderTest) -> list[datetime]:
    """When anything was handled."""
    return [from_micros(at) for (at,) in await rows(bot, "SELECT DISTINCT at FROM steps ORDER BY at")]


async def answered(someone: Someone, text: str, bot: BotUnderTest) -> None:
    """Says something, and waits for what comes of it."""
    await someone.says(text)
    await bot.next_message(someone)
    await quiet()


async def a_day_of_the_house(alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest) -> None:
    """A stranger is let in with a budget, limits and models are set and changed, Alice makes her choices, all ask."""
    await house.is_started_by(alice)
    await answered(stranger, "/start", house)
    await stranger.presses("🙋 Ask for access")
    card = await house.says("Mallory (@mallory) asks to be let in", to=admin)
    await answered(alice, "before all that", house)
    await admin.presses("✅ $5 a month", on=card)
    await house.says("Your budget: $5.00 a month.", to=stranger)
    await answered(stranger, "thank you", house)
    await answered(admin, f"/limits person {alice.id} month 5", house)
    await answered(alice, "/settings", house)
    await alice.presses("Instructions")
    await alice.presses("✍️ Write it")
    await house.says("Write the instructions", to=alice)
    await answered(alice, PIRATE, house)
    await answered(alice, "in your new manner, please", house)
    await answered(admin, "/limits bot day 2.50", house)
    await answered(admin, f"/limits person {alice.id} month off", house)
    await answered(alice, "/stats", house)
    await answered(stranger, "and so on", house)
    await answered(admin, "/limits", house)


async def test_the_rest_comes_out_the_same_wherever_it_is_cut(
    alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    began = await moments(house)
    assert len(began) > 25
    for since in began:
        await replays(await lines_of(house, since=since), since)


async def test_who_waits_waits_in_the_same_order_wherever_it_is_cut(
    alice: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    model.takes(seconds=5, times=6)
    await house.is_started_by(alice)
    for number in range(6):
        message = await alice.says(f"question {number}" if number != 3 else "/img a hedgehog")
        await anyio.sleep(0.5)
    await alice.edits(message, "said otherwise")
    await anyio.sleep(60)
    await quiet()
    began = await moments(house)
    assert len(began) > 12
    for since in began:
        lines = await lines_of(house, since=since)
        await replays(lines, since)
        await replays(list(Redaction(b"secret", vocabulary(), known_in(lines)).redacted(lines)), since)


async def test_one_chat_knows_what_the_admins_have_changed_meanwhile(
    alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    seen = set()
    for since in (await moments(house))[:-6]:
        for someone in (alice, stranger):
            lines = await lines_of(house, chat=someone.id, since=since)
            await replays(lines, (since, someone))
            seen |= {(line.name, line.is_gone) for line in lines if isinstance(line, Changed)}
    assert {("budgets", False), ("budgets", True), ("roles", False)} <= seen


async def test_what_holds_is_not_called_broken_wherever_it_is_cut(
    alice: Someone, boris: Someone, stranger: Someone, admin: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    model.takes(seconds=20)
    for text in ("A long one", "One that waits", "Another"):
        await boris.says(text)
        await anyio.sleep(2)
    await alice.says("And I?")
    await anyio.sleep(90)
    await quiet()
    cuts: list[dict[str, Any]] = [{"chat": one.id} for one in (alice, boris, stranger, admin)]
    cuts += [{"since": since} for since in (await moments(house))[::3]]
    cuts += [{"chat": boris.id, "since": since} for since in (await moments(house))[-9:]]
    cuts += [{"event": event} for (event,) in await rows(house, "SELECT id FROM inbox ORDER BY id")]
    for cut in cuts:
        script = Script(await lines_of(house, **cut))
        async with replaying(script, own_actors) as replayed:
            assert await faults(replayed) == [], cut
            assert await first_difference(replayed) is None, cut


async def test_what_does_not_hold_is_found_in_a_part_of_a_recording(
    alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    middle = (await moments(house))[12]

    def spoil(db: sqlite3.Connection) -> None:
        db.execute("UPDATE spent SET cost_nanousd = cost_nanousd + 1")
        db.execute("DELETE FROM steps WHERE id = (SELECT max(id) FROM steps)")
        db.execute("UPDATE jobs SET status = 'running'")
        db.execute("UPDATE outbox SET message_id = 1000000 - id")

    for cut in ({"since": middle}, {"chat": alice.id, "since": middle}, {"chat": stranger.id}):
        async with replaying(Script(await lines_of(house, **cut)), own_actors) as replayed:
            await replayed.database.write(spoil)
            found = {fault.partition(":")[0] for fault in await faults(replayed)}
        assert found >= {"none is handled twice", "messages come in order", "nothing is open", "totals are sums"}, (
            cut,
            found,
        )


async def test_one_chat_tells_nothing_of_others(
    alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    began = (await moments(house))[:-6]
    for someone, other in ((stranger, alice), (alice, stranger)):
        lines = [line for since in began for line in await lines_of(house, chat=someone.id, since=since)]
        told = b"\n".join(encode(line) for line in lines if isinstance(line, House | Changed)).decode()
        assert f"person:{someone.id}" in told
        assert str(other.id) not in told
        assert (PIRATE in told) == (someone is alice)


async def test_nothing_of_the_house_keeps_a_word_in_a_redacted_recording(
    alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    await admin.says("/invite")
    await house.next_message(admin)
    await admin.presses("🔗 Make the link")
    await quiet()
    await answered(admin, "/limits bot month 100", house)
    await answered(admin, "/limits", house)
    ((token,),) = await rows(house, "SELECT hex(token_hash) FROM invites")
    secrets = ["Mallory", "mallory", "Quokka", "Zanzibar", token, *(str(one.id) for one in (alice, stranger, admin))]
    middle, validator, planted = (await moments(house))[-1], jsonschema_rs.validator_for(json_schema()), ""
    for selection in ({"since": middle}, {"chat": alice.id, "since": (await moments(house))[12]}):
        lines = await lines_of(house, **selection)
        redacted = list(Redaction(bytes(32), vocabulary()).redacted(lines))
        planted += b"\n".join(map(encode, lines)).decode()
        written = b"\n".join(map(encode, redacted)).decode()
        assert [secret for secret in secrets if secret in written] == []
        for line in redacted:
            validator.validate(msgspec.json.decode(encode(line)))
        await replays(redacted, selection)
    assert [secret for secret in secrets if secret not in planted] == []


async def test_what_is_forgotten_has_no_past(
    alice: Someone, stranger: Someone, admin: Someone, house: BotUnderTest
) -> None:
    await a_day_of_the_house(alice, stranger, admin, house)
    for someone in (alice, stranger):
        await answered(someone, "/forget", house)
        await someone.presses("🗑 Delete everything")
        await quiet()
    kept = "".join(was or "" for (was,) in await rows(house, "SELECT was FROM changes"))
    assert f"person:{alice.id}" in kept, "her limit was the admins' doing"
    assert [word for word in ("Mallory", "mallory", PIRATE) if word in kept] == []


async def test_an_ordinary_turn_writes_nothing_into_the_past(
    alice: Someone, house: BotUnderTest, model: LocalOpenAI
) -> None:
    await answered(alice, "Hello", house)
    count = await rows(house, "SELECT count(*) FROM changes")
    await answered(alice, "Hello again", house)
    assert len(model.requests) == 2
    assert await rows(house, "SELECT count(*) FROM changes") == count


def test_a_job_that_was_under_way_is_told_even_if_it_ended_at_once() -> None:
    anyio.run(_begins_behind_a_question, backend_options={"loop_factory": StillLoop})


async def _begins_behind_a_question() -> None:
    """What came before was forgotten, and no time passes between a question and its answer."""
    async with sandbox() as world:
        (alice,) = world.people
        for question in ("First", "Second"):
            await answered(alice, question, world.bot)
        assert world.bot.running is not None
        ((first, second),) = await rows(
            world.bot, "SELECT min(id), max(id) FROM steps WHERE effects LIKE '%StartJob %'"
        )
        assert await rows(world.bot, f"SELECT count(DISTINCT at) FROM steps WHERE id >= {second}") == [(1,)]
        await world.bot.running.database.write(partial(_forget_steps, first=first, before=second))
        await replays(await lines_of(world.bot), second)


def _forget_steps(db: sqlite3.Connection, first: int, before: int) -> None:
    db.execute("DELETE FROM steps WHERE id >= ? AND id < ?", (first, before))
