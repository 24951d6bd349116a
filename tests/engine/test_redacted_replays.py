"""Redacted recordings come out as they were: what decides in them is the same with stand-ins."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest

from actors.desk.events import DESK, MoreAsked
from actors.vocabulary import vocabulary
from engine.core.clock import Clock, from_micros
from engine.core.events import Person
from engine.recording.beginnings import Selection
from engine.recording.export import write_recording
from engine.recording.files import read_lines
from engine.recording.known import known_in
from engine.recording.lines import Event
from engine.recording.vocabulary import Vocabulary
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.time import BEGINNING
from engine.store.inbox import Arrival
from engine.testing import replay
from engine.testing.chat import BotUnderTest, Someone, passes, quiet
from tests.house import arrives, rows
from tests.made import picture

pytestmark = pytest.mark.anyio


async def redacted_as_recorded(bot: BotUnderTest, folder: Path, **selection: Any) -> str:
    """Fails where the redacted recording comes out otherwise; what stands in it."""
    await quiet()
    file = folder / "redacted.jsonl"
    write_recording(file, Selection(**selection), bot.settings.database_path, BEGINNING, redact=vocabulary())
    async with replay(file) as replayed:
        assert replayed.is_as_recorded, str(replayed)
    return file.read_text("utf-8")


def _many_came_before(db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('inbox', 250000)")


async def test_an_installation_with_many_events(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, tmp_path: Path
) -> None:
    assert bot.running is not None
    await bot.running.database.write(_many_came_before)
    model.takes(seconds=30)
    for words in ("Quokka 250003", "Zanzibar"):
        await alice.says(words)
        await bot.next_message(alice)
        await bot.waits(hours=0.1)
    written = await redacted_as_recorded(bot, tmp_path)
    assert '"key":"job:250001"' in written
    assert [secret for secret in ("Quokka", "Quokka 250003", " 250003", str(alice.id)) if secret in written] == []


class Slow(Vocabulary):
    """A vocabulary that takes its time: meanwhile something comes."""

    __slots__ = ()
    database = Path()

    @property
    def labels(self) -> frozenset[str]:
        """See Vocabulary."""
        with closing(sqlite3.connect(self.database)) as db, db:
            db.execute(
                "INSERT INTO inbox (key, conversation, event, received_at, message_id, cause)"
                " SELECT 'later' || max(id), conversation, event, received_at, 99, '' FROM inbox WHERE id = 250001"
            )
        return frozenset()


async def test_what_comes_while_it_is_exported_is_not_in_it(alice: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    assert bot.running is not None
    await bot.running.database.write(_many_came_before)
    await alice.says("Quokka")
    await bot.next_message(alice)
    await quiet()
    Slow.database = bot.settings.database_path
    write_recording(tmp_path / "then.jsonl", Selection(), Slow.database, BEGINNING, redact=Slow(*vocabulary()))
    assert (await rows(bot, "SELECT count(*) FROM inbox WHERE key LIKE 'later%'")) == [(1,)]
    events = [line.id for line in read_lines(tmp_path / "then.jsonl") if isinstance(line, Event)]
    assert events == [250001, 250002]


async def test_ids_of_people_are_never_kept(alice: Someone, bot: BotUnderTest) -> None:
    await alice.says("hello")
    await bot.next_message(alice)
    lines = bot.recorded()
    known = known_in(lines)
    assert alice.id in known.people
    assert known.inbox == {line.id for line in lines if isinstance(line, Event)}
    hers = next(msgspec.structs.replace(line, id=alice.id) for line in lines if isinstance(line, Event))
    assert alice.id not in known_in([*lines, hers]).inbox


async def test_a_bot_that_has_run_for_days(alice: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    await alice.says("hello")
    await bot.next_message(alice)
    await passes(3 * 86_400)
    await alice.says("hello again")
    await bot.next_message(alice)
    written = await redacted_as_recorded(bot, tmp_path)
    assert '"stored_on":"2026-11-2' in written


async def let_in_later(stranger: Someone, admin: Someone, house: BotUnderTest) -> datetime:
    """A stranger asks; a while later, they are let in. The moment between."""
    await stranger.says("/start")
    await house.says("whom my admins have let in", to=stranger)
    await stranger.presses("🙋 Ask for access")
    await house.says("asks to be let in", to=admin)
    since = await now(house)
    await admin.presses("✅ $5 a month")
    await house.says("You are in", to=stranger)
    return since


async def now(house: BotUnderTest) -> datetime:
    """Right after all that has happened."""
    await quiet()
    ((at,),) = await rows(house, "SELECT max(at) + 1 FROM steps")
    return from_micros(at)


async def test_a_request_that_came_before_the_recording_begins(
    stranger: Someone, admin: Someone, house: BotUnderTest, tmp_path: Path
) -> None:
    since = await let_in_later(stranger, admin, house)
    await redacted_as_recorded(house, tmp_path, since=since)


async def test_what_can_not_be_written_down_is_told_as_a_difference(
    stranger: Someone, admin: Someone, house: BotUnderTest, tmp_path: Path
) -> None:
    since = await let_in_later(stranger, admin, house)
    file = anyio.Path(tmp_path / "damaged.jsonl")
    write_recording(tmp_path / "damaged.jsonl", Selection(since=since), house.settings.database_path, BEGINNING)
    text = await file.read_text("utf-8")
    assert '"origin":"private"' in text
    await file.write_text(text.replace('"origin":"private"', '"origin":"Quokka"'), "utf-8")
    async with replay(tmp_path / "damaged.jsonl") as replayed:
        assert not replayed.is_as_recorded
        assert str(replayed).startswith("first difference: call")


async def test_a_wish_for_more_that_came_before_the_recording_begins(
    alice: Someone, admin: Someone, house: BotUnderTest, clock: Clock, tmp_path: Path
) -> None:
    await house.is_started_by(alice)
    await admin.says(f"/limits person {alice.id} month 2")
    await house.next_message(admin)
    asked = MoreAsked(
        at=clock(),
        person=Person(alice.id, "Alice", "", "en"),
        conversation=str(alice.id),
        scope=f"person:{alice.id}",
        period="month",
    )
    await arrives(house, Arrival("more:1", DESK, asked))
    await house.says("I have asked my admins for more", to=alice)
    card = await house.says("asks for a larger budget", to=admin)
    since = await now(house)
    await admin.presses("+$5", on=card)
    await house.says("$5.00 higher now", to=alice)
    written = await redacted_as_recorded(house, tmp_path, since=since)
    (kept,) = set(re.findall(r'"card":"(\d)"', written))
    assert f":{kept}:5" in written


@pytest.mark.parametrize("begins", ["edit: make it blue", "Измени : на синий", "ОТРЕДАКТИРУЙ:blue"])
async def test_a_picture_that_is_to_be_changed(
    begins: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI, tmp_path: Path
) -> None:
    await alice.sends_photo(picture("JPEG", width=60, height=40), caption=begins)
    await bot.next_message(alice)
    await quiet()
    assert [request.operation for request in model.requests] == ["edit_picture"]
    written = await redacted_as_recorded(bot, tmp_path)
    assert [word for word in ("make", "blue", "синий") if word in written] == []


@pytest.mark.parametrize("typed", ["Buenos Aires", " europe/moscow ", "Нью Йорк"])
async def test_a_time_zone_that_is_typed(typed: str, alice: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    await alice.says("/settings")
    await bot.next_message(alice)
    await alice.presses("Time zone")
    await alice.presses("✍️ Write it")
    await bot.says("Write your city", to=alice)
    await alice.says(f"near {typed}")
    await bot.says("I don't know this city", to=alice)
    await alice.says(typed)
    await bot.says("Saved", to=alice)
    assert "near" not in await redacted_as_recorded(bot, tmp_path)


async def test_a_button_with_a_models_name(admin: Someone, alice: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    await admin.says("/models")
    await bot.says("🧠 Models", to=admin)
    await admin.presses("gpt-6.2-sol")
    await admin.presses("✓ gpt-6.1-terra")
    await quiet()
    assert '"button":"desk:allow:2:gpt-6.1-terra"' in await redacted_as_recorded(bot, tmp_path)
