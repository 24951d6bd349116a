"""Exports: what they may overwrite, what of the house and of the past is in them, and where they end."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
from typer.testing import CliRunner

from actors.vocabulary import vocabulary
from engine.cli import app
from engine.core.clock import Clock, from_micros
from engine.core.errors import ConfigurationError
from engine.core.ledger import LedgerLine
from engine.recording.beginnings import Selection
from engine.recording.export import export, write_recording
from engine.recording.files import read_lines, write_lines
from engine.recording.lines import AnyLine, Changed, Event, Header, encode
from engine.recording.redact import Redaction
from engine.replay.cast import own_actors
from engine.replay.compare import first_difference
from engine.replay.run import replaying
from engine.replay.script import Script
from engine.replay.sides import beside
from engine.runtime.pruning import Pruning
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.store import ledger
from engine.store.database import schema
from engine.store.media import Media
from engine.store.recording import prune
from engine.testing.chat import BotUnderTest, Someone, passes, quiet
from tests.corpus import CORPUS
from tests.house import rows
from tests.replaying import RECORDINGS

pytestmark = pytest.mark.anyio


async def lines_of(bot: BotUnderTest, **selection: Any) -> list[AnyLine]:
    """What is recorded of a running bot."""
    path, now = bot.settings.database_path, bot.clock()
    return await anyio.to_thread.run_sync(lambda: list(export(path, Selection(**selection), now)))


async def replays(script: Script, told: object = "") -> None:
    """Fails with both sides of the first difference."""
    async with replaying(script, own_actors) as replayed:
        difference = await first_difference(replayed)
    assert difference is None, "\n".join((str(told), *beside(difference)))
    assert not replayed.missing, told


async def answered(someone: Someone, text: str, bot: BotUnderTest) -> None:
    """Says something, and waits for what comes of it."""
    await someone.says(text)
    await bot.next_message(someone)
    await quiet()


# ── the file ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_export_never_overwrites_the_database(alice: Someone, bot: BotUnderTest) -> None:
    await answered(alice, "Hello", bot)
    database = bot.settings.database_path
    for file in (database, database.parent / "." / database.name, database.with_name(f"{database.name}-wal")):
        with pytest.raises(ConfigurationError, match="is the bot's database"):
            await anyio.to_thread.run_sync(write_recording, file, Selection(), bot.settings.database_path, bot.clock())
    await answered(alice, "Still there?", bot)


@pytest.mark.parametrize("selection", [Selection(chat=999), Selection(event=999)])
async def test_a_refused_export_leaves_what_was_there(
    alice: Someone, bot: BotUnderTest, tmp_path: Path, selection: Selection
) -> None:
    await answered(alice, "Hello", bot)
    file = anyio.Path(tmp_path / "kept.jsonl")
    await file.write_text("precious", "utf-8")
    with pytest.raises(ConfigurationError):
        await anyio.to_thread.run_sync(write_recording, Path(file), selection, bot.settings.database_path, bot.clock())
    assert await file.read_text("utf-8") == "precious"
    assert [path.name async for path in anyio.Path(tmp_path).glob("*kept*")] == ["kept.jsonl"]


async def test_a_recording_is_its_owners_only_also_in_the_place_of_another_file(
    alice: Someone, bot: BotUnderTest, tmp_path: Path
) -> None:
    await answered(alice, "Hello", bot)
    file = anyio.Path(tmp_path / "told.jsonl.zst")
    await file.write_text("older", "utf-8")
    await file.chmod(0o644)
    await anyio.to_thread.run_sync(write_recording, Path(file), Selection(), bot.settings.database_path, bot.clock())
    assert (await file.stat()).st_mode & 0o777 == 0o600
    assert len(list(read_lines(Path(file)))) > 4


def test_where_nothing_can_be_written_or_read_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "BOT_TOKEN": "1:abc",
        "OPENAI_API_KEY": "sk-secret",
        "ADMIN_ID": "1",
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
        "DATABASE_PATH": str(tmp_path / "g.db"),
    }.items():
        monkeypatch.setenv(name, value)

    def told(file: str, *more: str) -> str:
        command = ["record", "export", file, "--env-file", os.devnull, *more]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2, result.output
        return result.output

    assert "there is no such file" in told(str(tmp_path / "x.jsonl"))
    (tmp_path / "g.db").write_text("Dear aunt, this is no database at all.", "utf-8")
    assert "is not a usable database" in told(str(tmp_path / "x.jsonl"))
    assert "is not a usable database" in told(str(tmp_path / "x.jsonl"), "--redact")
    assert "no_such_package" in told(str(tmp_path / "x.jsonl"), "--redact", "--actors", "no_such_package")
    assert "can't be written" in told("/nowhere/at/all.jsonl")
    assert "leave out" in told(str(tmp_path / "x.jsonl"), "--chat", "1", "--event", "2")
    assert not (tmp_path / "x.jsonl").exists()


def test_a_cut_recording_is_not_called_empty(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl.zst"
    write_lines(file, read_lines(RECORDINGS / "thread.jsonl"))
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(ConfigurationError, match="is cut off"):
        list(read_lines(file))


async def test_a_recording_writes_no_file_of_the_one_who_replays_it(tmp_path: Path) -> None:
    victim = anyio.Path(tmp_path / "victim.txt")
    await victim.write_text("mine", "utf-8")
    text = (RECORDINGS / "export.jsonl").read_text("utf-8")
    paths = {line.split('"', 1)[0] for line in text.split('"path":"')[1:]}
    assert paths
    for path in paths:
        text = text.replace(f'"path":"{path}"', f'"path":"{victim}"')
    evil = tmp_path / "evil.jsonl"
    evil.write_text(text, "utf-8")
    async with replaying(Script(read_lines(evil)), own_actors):
        pass
    assert await victim.read_text("utf-8") == "mine"


# ── where they end ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_led_to_an_event_is_also_what_it_waited_for(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.takes(seconds=20)
    await alice.says("A long one")
    await anyio.sleep(2)
    await alice.says("One that waits")
    await anyio.sleep(60)
    await quiet()
    ((waited, times),) = await rows(
        bot, "SELECT event_id, count(*) FROM steps GROUP BY event_id HAVING count(*) > 1 LIMIT 1"
    )
    assert times == 2
    lines = await lines_of(bot, event=waited)
    assert sum(getattr(line, "event_id", 0) == waited for line in lines) == 2
    await replays(Script(lines))


async def test_what_led_to_an_event_ends_before_what_waited_for_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.takes(seconds=20)
    await alice.says("A long one")
    for text in ("One that waits", "Another"):
        await anyio.sleep(2)
        await alice.says(text)
    await anyio.sleep(90)
    await quiet()
    for event, key in await rows(bot, "SELECT id, key FROM inbox ORDER BY id"):
        lines = await lines_of(bot, event=event)
        assert isinstance(lines[0], Header)
        assert lines[0].until == event
        await replays(Script(lines), key)
        await replays(Script(Redaction(bytes(32), vocabulary()).redacted(lines)), key)
    result = await rows(bot, "SELECT min(id) FROM inbox WHERE cause LIKE 'job:%'")
    told = [(line.id, line.status) for line in await lines_of(bot, event=result[0][0]) if isinstance(line, Event)]
    assert told == [(1, "done"), (2, "pending"), (3, "postponed"), (4, "done")]


@pytest.mark.parametrize("name", sorted(CORPUS))
async def test_a_recording_replays_up_to_each_of_its_events(name: str) -> None:
    script = Script(read_lines(RECORDINGS / f"{name}.jsonl"))
    for event in script.events:
        await replays(script.until(event.id), event.id)


# ── the house, and the past ─────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_spent_elsewhere_counts_in_a_recording_of_one_chat(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    group = telegram.group("Friends", [alice.person, boris.person])
    await answered(admin, "/limits bot day 2.50", bot)
    await answered(alice, "in private", bot)
    await answered(boris, "in private, too", bot)
    await alice.says("@gpttg_bot in the group", to=group)
    await quiet()
    await anyio.sleep(60)
    await answered(alice, "/stats", bot)
    await answered(alice, "and once more", bot)
    await answered(alice, "/stats", bot)
    lines = await lines_of(bot, chat=alice.id)
    elsewhere = [line.row for line in lines if isinstance(line, Changed) and line.name == "ledger"]
    assert {row["person_id"] for row in elsewhere} == {alice.id, 0}
    assert str(boris.id).encode() not in b"".join(map(encode, lines[1:]))  # the header has the settings
    await replays(Script(lines))
    for (at,) in await rows(bot, f"SELECT DISTINCT at FROM steps WHERE conversation = '{alice.id}'"):
        await replays(Script(await lines_of(bot, chat=alice.id, since=from_micros(at))), at)
    ((last,),) = await rows(bot, f"SELECT max(id) FROM inbox WHERE conversation = '{alice.id}'")
    await replays(Script(await lines_of(bot, event=last)))


async def test_a_long_past_of_paid_calls_is_none_of_what_happens(
    alice: Someone, bot: BotUnderTest, clock: Clock
) -> None:
    assert bot.running is not None
    past = clock() - timedelta(days=300)

    def book(db: sqlite3.Connection) -> None:
        for number in range(600):
            line = LedgerLine(
                key=f"old{number}",
                at=past,
                person_id=alice.id,
                conversation=str(alice.id),
                job=f"old{number}",
                model="gpt-6.1-terra",
                cost_nanousd=1_000,
            )
            ledger.book(db, line)

    await bot.running.database.write(book)
    await answered(alice, "Hello", bot)
    await answered(alice, "/stats", bot)
    lines = await lines_of(bot)
    assert sum(type(line).__name__ == "Ledger" for line in lines) == 1
    await replays(Script(lines))


async def test_a_recording_of_an_old_bot_begins_where_all_is_kept(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, clock: Clock
) -> None:
    await answered(boris, "/start", bot)
    for number in range(4):
        await answered(alice, f"Old question {number}", bot)
    first = clock()
    await passes(timedelta(days=40).total_seconds())
    await answered(alice, "A young question", bot)
    await answered(boris, "Привет", bot)
    await answered(admin, "/users", bot)
    assert bot.running is not None
    await Pruning(bot.running.database, Media(bot.settings.media_directory), 30, clock).sweep()
    old = "SELECT conversation, count(*) FROM steps WHERE at < ? GROUP BY conversation"
    kept = await bot.running.database.read(
        lambda db: db.execute(old, (int((first + timedelta(days=1)).timestamp() * 1e6),)).fetchall()
    )
    assert dict(kept) == {str(alice.id): 1, str(boris.id): 1}
    await replays(Script(await lines_of(bot)))
    with pytest.raises(ConfigurationError, match="is not kept any more"):
        await lines_of(bot, event=2)


def test_of_old_steps_one_for_each_conversation_stays_however_many_there_were() -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(schema())
    hour = 3_600_000_000
    rows_made = [
        (1 + chat + 60 * turn, str(chat), turn * hour // 4, 0, 0, "done", "idle", b"", "", "")
        for turn in range(4 * 24 * 3)
        for chat in range(60)
    ]
    columns = "event_id, conversation, at, newest_id, is_first, outcome, state, memory, effects, seen"
    db.executemany(f"INSERT INTO steps ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows_made)
    for moment in range(24, 72):
        sweep: Callable[[], bool] = partial(prune, db, from_micros(moment * hour))
        while sweep():
            pass
        (stayed,) = db.execute("SELECT count(*) FROM steps WHERE at < ?", (moment * hour,)).fetchone()
        assert stayed == 60
    db.close()


@pytest.mark.parametrize(
    ("was", "damaged", "told"),
    [
        ('"type":"AnswerReady"', '"type":"Nope"', "event 2 is of a type that these actors don't know: Nope"),
        ('"cause":"update:', '"cause":"event:xyz', "event 1 of this recording can't be read"),
        ('"tl":"', '"tl":"AAAA', "event 1 of this recording can't be read"),
        ('"status":"complete"', '"status":"paid"', "line 7: event 2 of this recording can't be read"),
        ('"line":{"key":', '"line":{"kez":', "line 7: event 2 of this recording can't be read"),
        ('"at":1795510800000000', '"at":null', "line 7: event 2 of this recording can't be read"),
        ('"id":2,', '"id":1,', "line 7: event 1 (job:1) is there already"),
        ('"key":"job:1"', '"key":"m:100001:1"', "line 7: event 2 (m:100001:1) is there already"),
        (
            '"id":2,',
            '"id":18446744073709551615,',
            "line 7, is not a recording's: Expected `int` <= 9223372036854775807",
        ),
        ('"id":2,', '"id":99999999999999999999,', "line 7, is not a recording's"),
        ('"received_at":"2026-11-24T09:00:00Z"', '"received_at":"2026-11-24T09:00:00"', "line 3, is not a recording's"),
        ('{"kind":"step"', '\n{"kind":"step"', "line 5, is blank"),
        ('"memory":null}', '"memory":{"state":"idle"}}', "line 2: the memory of conversation 100001 of this recording"),
        ('"memory":null}', '"memory":{"key":7}}', "line 2: the memory of conversation 100001 of this recording"),
        (
            '"memory":null}',
            '"memory":null,"rows":{"inbox":[{"id":9223372036854775808}]}}',
            "line 2: the beginning of conversation 100001 of this recording",
        ),
        (
            '"memory":null}',
            '"memory":null,"rows":{"invites":[{"token_hash":7}]}}',
            "line 2: the beginning of conversation 100001 of this recording",
        ),
        (
            '"memory":null}',
            '"memory":null,"rows":{"outbox":[{"chat_id":7}]}}',
            "line 2: the beginning of conversation 100001 of this recording can't be read: there is no 'id'",
        ),
        ('"redacted":false,"settings":{', '"redacted":false,"settings":{"database_path":7,', ""),
    ],
)
def test_what_is_damaged_in_a_recording_is_told_with_its_event(
    tmp_path: Path, was: str, damaged: str, told: str
) -> None:
    text = (RECORDINGS / "thread.jsonl").read_text("utf-8")
    assert was in text
    file = tmp_path / "damaged.jsonl"
    file.write_text(text.replace(was, damaged, 1), "utf-8")
    result = CliRunner().invoke(app, ["replay", str(file)])
    assert result.exit_code == (2 if told else 0), result.output
    assert told in result.output.replace("\n", " ")


def test_a_step_that_a_damaged_recording_leaves_no_room_for_is_a_difference(tmp_path: Path) -> None:
    text = (RECORDINGS / "thread.jsonl").read_text("utf-8")
    taken = '"memory":null,"rows":{"jobs":[{"id":"1","conversation":"9","kind":"x","job_order":"{}","started_at":1}]}}'
    file = tmp_path / "damaged.jsonl"
    file.write_text(text.replace('"memory":null}', taken, 1), "utf-8")
    result = CliRunner().invoke(app, ["replay", "--strict", str(file)])
    assert result.exit_code == 1, result.output
    assert "first difference: event 2" in result.output
