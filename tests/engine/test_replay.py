"""Replays: from the beginning, from the middle, of one chat, of what led to one event; and what they find."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import jsonschema_rs
import msgspec
import pytest
from typer.testing import CliRunner

from actors.vocabulary import vocabulary
from engine.cli import app
from engine.core.clock import Clock
from engine.core.errors import ConfigurationError
from engine.core.events import Event as CoreEvent
from engine.recording.beginnings import Selection
from engine.recording.export import export
from engine.recording.files import read_lines, write_lines
from engine.recording.lines import AnyLine, Event, Header, Outbox, Start, Step, encode, json_schema
from engine.recording.redact import Redaction
from engine.replay.cast import own_actors
from engine.replay.compare import Difference, first_difference
from engine.replay.ground import UNRECORDED_ID, ground
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.store import inbox
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.architecture.source import ROOT
from tests.conversations.test_desk_figures_quarantine import quarantined
from tests.corpus import CORPUS
from tests.replaying import RECORDINGS, replays_as_recorded

pytestmark = pytest.mark.anyio

RECORDING = RECORDINGS / "thread.jsonl"
UNKNOWN = CoreEvent(at=datetime(2026, 11, 25, tzinfo=UTC))


def lines_of(bot: BotUnderTest, **selection: Any) -> list[AnyLine]:
    """What is recorded of a running bot."""
    return list(export(bot.settings.database_path, Selection(**selection), bot.clock()))


async def difference_in(lines: list[AnyLine]) -> Difference | None:
    """The first difference of a replay."""
    async with replaying(Script(lines), own_actors) as replayed:
        return await first_difference(replayed)


async def two_days(alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    """Alice asks today and tomorrow; Boris only today."""
    await alice.says("First")
    await bot.says("First")
    await boris.says("Привет")
    await bot.next_message(boris)
    await bot.waits(hours=24)
    model.takes(seconds=10)
    await alice.says("Second")
    await alice.says("Third")
    await bot.says("Second")
    await bot.says("Third")
    await quiet()


async def test_a_recording_of_one_chat_has_nothing_of_another(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await two_days(alice, boris, bot, model)
    lines = lines_of(bot, chat=boris.id)
    assert "First" not in b"".join(map(encode, lines)).decode()
    assert [line.conversation for line in lines if isinstance(line, Start)] == [str(boris.id)]
    await replays_as_recorded(lines)


async def test_a_recording_may_begin_in_the_middle_of_a_conversation(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, clock: Clock
) -> None:
    await two_days(alice, boris, bot, model)
    lines = lines_of(bot, chat=alice.id, since=clock() - timedelta(hours=12))
    (start,) = [line for line in lines if isinstance(line, Start)]
    assert start.memory is not None
    assert [row["question"] for row in start.rows["turns"]] == ["First"]
    assert len([line for line in lines if isinstance(line, Event)]) == 4
    await replays_as_recorded(lines)


async def test_a_reply_to_what_was_said_before_the_beginning_is_understood(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, clock: Clock
) -> None:
    await alice.says("First")
    first = await bot.says("First")
    await alice.says("Second")
    await bot.says("Second")
    await bot.waits(hours=24)
    await alice.says("Go on from the first", reply_to=first)
    await bot.says("Go on")
    await quiet()
    await replays_as_recorded(lines_of(bot, since=clock() - timedelta(hours=12)))


async def test_a_job_that_was_under_way_at_the_beginning_still_ends(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, clock: Clock
) -> None:
    model.takes(seconds=500)
    await alice.says("Take your time")
    await bot.waits(hours=0.1)
    since = clock()
    await alice.says("Still there?")
    await bot.says("Take your time")
    await bot.says("Still there?")
    await quiet()
    lines = lines_of(bot, since=since)
    (start,) = [line for line in lines if isinstance(line, Start)]
    assert [row["id"] for row in start.rows["jobs"]] == ["1"]
    await replays_as_recorded(lines)


async def test_what_led_to_an_event_ends_with_it(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await two_days(alice, boris, bot, model)
    events = [line.id for line in lines_of(bot, chat=alice.id) if isinstance(line, Event)]
    lines = lines_of(bot, event=events[2])
    assert [line.id for line in lines if isinstance(line, Event)] == events[:3]
    await replays_as_recorded(lines)


async def test_there_must_be_something_to_export(alice: Someone, bot: BotUnderTest) -> None:
    with pytest.raises(ConfigurationError, match="nothing is recorded"):
        lines_of(bot, chat=12345)
    with pytest.raises(ConfigurationError, match="no event 7"):
        lines_of(bot, event=7)


def changed(lines: list[AnyLine], kind: type, number: int, **fields: Any) -> list[AnyLine]:
    """The same recording with another line in the place of the `number`th of that kind."""
    place = [at for at, line in enumerate(lines) if isinstance(line, kind)][number]
    return [*lines[:place], msgspec.structs.replace(lines[place], **fields), *lines[place + 1 :]]


@pytest.mark.parametrize(
    ("kind", "fields", "where"),
    [
        (Step, {"state": "drawing"}, "the step of event 1"),
        (Step, {"memory": {"key": "1"}}, "the step of event 1"),
        (Step, {"effects": "Send 00"}, "the step of event 1"),
        (Outbox, {"effect": {"type": "Delete", "ref": "x"}}, "call 2/0"),
        (Outbox, {"chat_id": 7}, "call 2/0"),
        (Event, {"message_id": 99}, "event 1 (m:100001:1)"),
    ],
)
async def test_whatever_came_out_otherwise_is_found(kind: type, fields: dict[str, Any], where: str) -> None:
    lines = list(read_lines(RECORDING))
    found = await difference_in(changed(lines, kind, 0, **fields))
    assert found is not None
    assert found.where == where
    shown = "\n".join(beside(found))
    assert where in shown
    assert "|" in shown or "<" in shown


async def test_where_a_phrase_has_changed_the_words_are_shown_beside_each_other() -> None:
    lines = list(read_lines(RECORDING))
    call = next(line for line in lines if isinstance(line, Outbox))
    step = [line for line in lines if isinstance(line, Step)][1]
    assert call.effect is not None
    names, _, _ = step.effects.rpartition(" ")
    otherwise = changed(lines, Step, 1, effects=f"{names} 0000000000000000")
    reworded = call.effect | {"content": call.effect["content"] | {"text": "It said this then."}}
    found = await difference_in(changed(otherwise, Outbox, 0, effect=reworded))
    assert found is not None
    assert found.where == f"call {call.cause}"
    shown = "\n".join(beside(found))
    assert "It said this then." in shown
    assert call.effect["content"]["text"][:20] in shown
    found = await difference_in(otherwise)
    assert found is not None
    assert found.where == f"the step of event {step.event_id}"


@pytest.mark.parametrize("name", ["picture", "settings", "waiting-messages"])
async def test_a_redacted_step_has_the_same_kinds_of_effects(name: str) -> None:
    lines = list(Redaction(bytes(32), vocabulary()).redacted(read_lines(RECORDINGS / f"{name}.jsonl")))
    assert await difference_in(lines) is None
    first = next(line for line in lines if isinstance(line, Step))
    found = await difference_in(changed(lines, Step, 0, effects=f"{first.effects} EndThread".strip()))
    assert found is not None
    assert found.where == f"the step of event {first.event_id}"
    assert "EndThread" in "\n".join(beside(found))


async def test_a_call_that_was_not_recorded_is_found() -> None:
    lines = [line for line in read_lines(RECORDING) if not (isinstance(line, Outbox) and line.cause == "2/0")]
    found = await difference_in(lines)
    assert found is not None
    assert (found.where, found.recorded) == ("one more call, 2/0", None)


async def test_a_call_that_was_forgotten_is_compared_without_its_words() -> None:
    lines = list(read_lines(RECORDING))
    gone = {"effect": None, "ref": "", "message_id": None}
    assert await difference_in(changed(lines, Outbox, -1, **gone)) is None
    assert await difference_in(changed(lines, Outbox, -1, **gone, chat_id=7)) is not None


async def test_an_event_that_does_not_come_is_found() -> None:
    lines = list(read_lines(RECORDING))
    found = await difference_in(changed(lines, Event, 1, key="timer:100001:caption:1", cause="timer"))
    assert found is not None
    assert found.replayed is None


async def test_an_event_that_comes_earlier_than_recorded_keeps_its_id() -> None:
    lines = list(read_lines(RECORDINGS / "two-people.jsonl"))
    script = Script(lines)
    with ground(script) as database:
        for event in reversed(script.events):
            database.expect(script.events[0].id)
            arrival = inbox.Arrival(event.key, event.conversation, UNKNOWN, event.message_id)
            await database.write(partial(inbox.accept, arrivals=[arrival], now=event.received_at))
        found = await database.read(lambda db: dict(db.execute("SELECT key, id FROM inbox").fetchall()))
    assert found == script.ids


async def test_what_waited_for_the_disk_is_handled_after_what_came_before_it() -> None:
    """In the recording a wish of Alice's (event 5) is written down after a later command of an admin's (event 7)."""
    late: list[AnyLine] = []
    lines: list[AnyLine] = []
    for line in Script(read_lines(RECORDINGS / "access.jsonl")).until(7).lines:
        if isinstance(line, Event) and line.id == 5:
            late.append(msgspec.structs.replace(line, id=8))
        elif isinstance(line, Step) and line.event_id == 5:
            late.append(msgspec.structs.replace(line, event_id=8))
        else:
            lines.append(line)
    async with replaying(Script([*lines, *late]), own_actors) as replayed:
        order = "SELECT event_id FROM steps WHERE conversation = 'desk' ORDER BY id"
        found = await replayed.database.read(lambda db: db.execute(order).fetchall())
    assert [event_id for (event_id,) in found] == [7, 8]


@pytest.mark.parametrize("private_first", [True, False])
async def test_what_came_together_is_handled_in_the_order_in_which_it_was(
    private_first: bool, alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    """What Alice chooses in private while the bot is down is in force in her group, or not yet."""
    friends = telegram.group("Friends", [alice.person], kind="basic")
    await alice.says("/settings")
    await bot.next_message(alice)
    await alice.presses("Time zone")
    await alice.presses("✍️ Write it")
    await bot.stops()
    said = [("Tokyo", None), ("@gpttg_bot what time is it?", friends)]
    for words, chat in said if private_first else reversed(said):
        await alice.says(words, to=chat)
    await bot.starts()
    await quiet()
    await bot.waits(hours=0.1)
    await replays_as_recorded(lines_of(bot))


async def test_what_was_released_and_is_quarantined_again_has_two_steps(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await quarantined(bot, alice, admin)
    await admin.says("/quarantine")
    message = await bot.says("⚠️ 1 event could not be handled", to=admin)
    await admin.presses(message.buttons[0].text)
    await quiet()
    await alice.says("and again")
    await bot.next_message(alice)
    await quiet()
    await replays_as_recorded(lines_of(bot))


async def test_what_is_not_in_the_recording_gets_an_id_far_away() -> None:
    with ground(Script(read_lines(RECORDING))) as database:
        database.expect(1)
        arrivals = [inbox.Arrival(key, "1", UNKNOWN) for key in ("new", "newer")]
        await database.write(partial(inbox.accept, arrivals=arrivals, now=UNKNOWN.at))
        found = await database.read(lambda db: db.execute("SELECT id FROM inbox ORDER BY id").fetchall())
    assert all(id_ >= UNRECORDED_ID for (id_,) in found)
    assert len(found) == 2


async def test_a_failed_call_fails_again() -> None:
    lines = list(read_lines(RECORDINGS / "blocked.jsonl"))
    assert [line.error for line in lines if isinstance(line, Outbox) and line.status == "failed"]
    assert await difference_in(lines) is None


@pytest.mark.parametrize("name", sorted(CORPUS))
def test_every_line_is_as_the_schema_says(name: str) -> None:
    validator = jsonschema_rs.validator_for(json.loads((ROOT / "docs/recording.schema.json").read_text("utf-8")))
    for text in (RECORDINGS / f"{name}.jsonl").read_text("utf-8").splitlines():
        validator.validate(json.loads(text))


def test_the_schema_in_the_documents_is_the_programs_own() -> None:
    assert json.loads((ROOT / "docs/recording.schema.json").read_text("utf-8")) == json_schema()


def test_a_recording_is_the_same_when_it_was_compressed(tmp_path: Path) -> None:
    lines = list(read_lines(RECORDING))
    packed = tmp_path / "thread.jsonl.zst"
    assert write_lines(packed, lines) == len(lines)
    assert list(read_lines(packed)) == lines
    assert packed.stat().st_size < RECORDING.stat().st_size / 2
    assert packed.stat().st_mode & 0o077 == 0


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    file = tmp_path / "letter.jsonl"
    for text, told in (("Dear aunt", "is not a recording's"), ("", "is empty"), ('{"kind":"update"}\n', "line 1")):
        file.write_text(text, "utf-8")
        with pytest.raises(ConfigurationError, match=told):
            list(read_lines(file))


def test_a_recording_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    header = next(iter(read_lines(RECORDING)))
    assert isinstance(header, Header)
    file = tmp_path / "new.jsonl"
    write_lines(file, [msgspec.structs.replace(header, version=99)])
    with pytest.raises(ConfigurationError, match="version 99"):
        list(read_lines(file))
    file.write_text('{"kind":"preface","format":"gpttg-recording","version":7,"bots":["echo","relay"]}\n', "utf-8")
    with pytest.raises(ConfigurationError, match="is a recording of version 7; this program reads 1"):
        list(read_lines(file))


def test_the_command_tells_the_conversation() -> None:
    result = CliRunner().invoke(app, ["replay", str(RECORDING), "--strict"])
    assert result.exit_code == 0
    assert "as recorded" in result.output
    assert "idle → generating" in result.output
    assert "$ 0.0" in result.output


def test_the_command_ends_with_1_where_something_came_out_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "other.jsonl"
    write_lines(file, changed(list(read_lines(RECORDING)), Step, 1, state="drawing"))
    result = CliRunner().invoke(app, ["replay", str(file), "--strict"])
    assert result.exit_code == 1
    assert "first difference: the step of event 2" in result.output
    assert CliRunner().invoke(app, ["replay", str(file)]).exit_code == 0
    assert CliRunner().invoke(app, ["replay", str(file), "--strict", "--until", "1"]).exit_code == 0
    beyond = CliRunner().invoke(app, ["replay", str(file), "--until", "999"])
    assert beyond.exit_code == 2
    assert "there is no event 999 in this recording" in beyond.output


async def test_a_running_bots_database_can_be_exported_by_command(
    alice: Someone, bot: BotUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.says("Hello")
    await bot.says("Hello")
    await quiet()
    for name in ("BOT_TOKEN", "OPENAI_API_KEY", "ADMIN_ID", "TELEGRAM_API_ID", "TELEGRAM_API_HASH"):
        monkeypatch.delenv(name, raising=False)  # who only exports needs none of them
    monkeypatch.setenv("DATABASE_PATH", str(bot.settings.database_path))
    file = tmp_path / "out.jsonl"
    result = await anyio.to_thread.run_sync(
        lambda: CliRunner().invoke(app, ["record", "export", str(file), "--env-file", os.devnull])
    )
    assert result.exit_code == 0, result.output
    assert "Hello" in file.read_text("utf-8")
    redacted = tmp_path / "redacted.jsonl"
    arguments = ["record", "export", str(redacted), "--redact", "--env-file", os.devnull]
    result = await anyio.to_thread.run_sync(lambda: CliRunner().invoke(app, arguments))
    assert result.exit_code == 0, result.output
    assert "Hello, " not in redacted.read_text("utf-8")
    assert str(alice.id) not in redacted.read_text("utf-8")
