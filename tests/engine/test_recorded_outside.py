"""What no step has brought about: limits from the shell, a start with other settings, what a kill has cost. A recording
has it at its place, wherever it begins, and replays the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import pytest
from typer.testing import CliRunner

from actors.vocabulary import vocabulary
from engine.cli import app
from engine.core.errors import ConfigurationError
from engine.recording.files import read_lines
from engine.recording.known import known_in
from engine.recording.lines import AnyLine, Changed, Event, Ledger, Step
from engine.recording.redact import Redaction
from engine.replay.script import Script
from engine.sandbox.openai import LocalOpenAI
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.engine.test_middles import answered, lines_of, moments, replays
from tests.house import rows

pytestmark = pytest.mark.anyio


async def shell(bot: BotUnderTest, *arguments: str) -> None:
    """Runs a command beside the running bot, with its database."""
    settings = {"BOT_TOKEN": "1:abc", "OPENAI_API_KEY": "sk-x", "ADMIN_ID": "1", "TELEGRAM_API_ID": "1"}
    env = {**settings, "TELEGRAM_API_HASH": "0123456789abcdef" * 2, "DATABASE_PATH": str(bot.settings.database_path)}
    whole = [*arguments, "--env-file", os.devnull]
    result = await anyio.to_thread.run_sync(lambda: CliRunner(env=env).invoke(app, whole))
    assert result.exit_code == 0, result.output


async def cuts_replay(bot: BotUnderTest, *people: Someone) -> list[AnyLine]:
    """All recordings that can be made of it replay, redacted ones, too. The lines of the whole."""
    chosen: list[dict[str, Any]] = [{}, *({"chat": one.id} for one in people)]
    chosen += [{"since": since} for since in await moments(bot)]
    chosen += [{"event": event} for (event,) in await rows(bot, "SELECT id FROM inbox ORDER BY id")]
    for one in chosen:
        lines = await lines_of(bot, **one)
        await replays(lines, one)
        await replays(list(Redaction(b"secret", vocabulary(), known_in(lines)).redacted(lines)), ("redacted", one))
    return await lines_of(bot)


def changed(lines: list[AnyLine], name: str) -> list[Changed]:
    """What has changed of a table."""
    return [line for line in lines if isinstance(line, Changed) and line.name == name]


async def test_a_limit_that_was_set_from_the_shell_holds_in_a_replay(
    alice: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await bot.is_started_by(admin)
    await answered(alice, "Hello", bot)
    await shell(bot, "budget", f"person:{alice.id}", "day", "0.000001")
    await answered(alice, "Is there money for this?", bot)
    await answered(admin, "/audit", bot)
    await shell(bot, "budget", f"person:{alice.id}", "day", "off")
    await answered(alice, "And now?", bot)
    await answered(admin, f"/limits person {alice.id} month 5", bot)
    await answered(admin, "/audit", bot)
    await shell(bot, "budget", "bot", "month", "100")
    lines = await cuts_replay(bot, alice, admin)
    limits = changed(lines, "budgets")
    assert [(line.row["scope"], line.is_gone) for line in limits] == [
        (f"person:{alice.id}", False),
        (f"person:{alice.id}", True),
        ("bot", False),
    ], "what the desk has decided comes of its step"
    assert [line.row["admin_id"] for line in changed(lines, "audit")] == [0, 0, 0]
    asked = next(at for at, line in enumerate(lines) if isinstance(line, Event) and "money for" in str(line.event))
    assert lines.index(limits[0]) < asked < lines.index(limits[1])


async def test_a_recording_of_one_chat_has_limits_from_the_shell_that_are_its_own(
    alice: Someone, boris: Someone, bot: BotUnderTest
) -> None:
    await answered(alice, "Hello", bot)
    await shell(bot, "budget", f"person:{alice.id}", "day", "1")
    await shell(bot, "budget", f"person:{boris.id}", "day", "2")
    await shell(bot, "budget", "bot", "month", "100")
    await answered(alice, "Hello again", bot)
    lines = await lines_of(bot, chat=alice.id)
    assert [line.row["scope"] for line in changed(lines, "budgets")] == [f"person:{alice.id}", "bot"]
    assert not changed(lines, "audit"), "nobody looks at it there"


async def test_what_a_start_with_an_open_door_grants_to_guests_is_there(
    alice: Someone, stranger: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    await bot.is_started_by(admin)
    await answered(alice, "Hello", bot)
    await bot.stops()
    bot.settings = bot.settings.model_copy(update={"access": "open"})
    await bot.starts()
    await answered(stranger, "I am a guest", bot)
    await answered(admin, "/limits", bot)
    lines = await cuts_replay(bot, alice, stranger)
    assert [line.row["scope"] for line in changed(lines, "budgets")] == ["role:guest"]


async def test_what_changed_after_an_event_came_holds_when_it_is_handled(alice: Someone, bot: BotUnderTest) -> None:
    await answered(alice, "Hello", bot)
    await shell(bot, "budget", f"person:{alice.id}", "day", "0.000001")
    await answered(alice, "Is there money for this?", bot)
    lines = await lines_of(bot)
    (limit,) = changed(lines, "budgets")
    lines.remove(limit)
    asked = next(at for at, line in enumerate(lines) if isinstance(line, Event) and "money for" in str(line.event))
    assert isinstance(lines[asked + 1], Step)
    lines.insert(asked + 1, limit)
    await replays(lines, "between the event and its step")


async def is_killed_while_answering(alice: Someone, bot: BotUnderTest, model: LocalOpenAI, text: str) -> None:
    """The bot starts again, and asks once more; that takes long, too."""
    model.takes(seconds=20)
    await alice.says(text)
    await anyio.sleep(5)
    await bot.stops()
    model.takes(seconds=40)
    await bot.starts()
    await anyio.sleep(3)


async def test_what_a_kill_has_cost_is_known_from_the_restart_on(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await bot.is_started_by(admin)
    await answered(boris, "Hello", bot)
    await is_killed_while_answering(alice, bot, model, "A slow one")
    await answered(alice, "/stats", bot)
    assert "1 call" in alice.chat.messages[-1].text
    await answered(admin, "/users", bot)
    await anyio.sleep(60)
    await quiet()
    await answered(alice, "/stats", bot)
    assert "2 calls" in alice.chat.messages[-1].text
    lines = await cuts_replay(bot, alice, boris, admin)
    (lost,) = [line for line in lines if isinstance(line, Ledger) and line.is_ahead]
    assert lost.line["status"] == "estimated"
    assert isinstance(lines[lines.index(lost) - 1], Step), "that of the question"
    asked = next(line.id for line in lines if isinstance(line, Event) and "A slow one" in str(line.event))
    short = Script(lines).until(asked + 1)
    assert [one.line for one in short.brought] == [lost]


async def test_a_kill_may_close_a_budget(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await bot.is_started_by(admin)
    model.takes(seconds=20)
    await alice.says("A slow one")
    await answered(admin, "/limits role member day 0.00008", bot)
    await bot.stops()
    await bot.starts()
    await answered(boris, "And me?", bot)
    await anyio.sleep(120)
    await quiet()
    ((passed,),) = await rows(bot, "SELECT count(*) FROM inbox WHERE key LIKE 'budget:%'")
    assert passed, "a mark was passed, and the desk was told"
    await cuts_replay(bot, alice, boris, admin)


async def test_what_a_kill_has_cost_is_there_while_its_job_goes_on(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await answered(alice, "Hello", bot)
    await is_killed_while_answering(alice, bot, model, "A slow one")
    lines = await lines_of(bot)
    assert isinstance(lines[-1], Ledger), "after all that has happened"
    assert lines[-1].is_ahead
    await replays(lines, "a job that goes on")


async def test_a_container_is_paid_for_when_it_is_made(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await bot.is_started_by(admin)
    model.takes(seconds=30)
    await alice.sends_file(b"a,b\n1,2\n" * 20, name="t.csv", mime="text/csv", caption="What is in it?")
    await anyio.sleep(10)
    await answered(admin, "/users", bot)
    assert "$0.030 this month" in admin.chat.messages[-1].text
    await anyio.sleep(60)
    await quiet()
    lines = await cuts_replay(bot, alice, admin)
    assert [line.line["kind"] for line in lines if isinstance(line, Ledger)] == ["container", "response"]


@pytest.mark.parametrize(
    "since", ["20261124", "2026", "1795510800", "2026-13-01", "2026-W48-2", "yesterday", "2026-11-24T9"]
)
def test_only_iso_dates_and_times_are_moments(since: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["record", "export", str(tmp_path / "out.jsonl"), "--since", since])
    assert result.exit_code == 2
    assert "2026-11-24T09:30" in result.output.replace("\n", "")
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("since", "count"),
    [("2026-11-24", 2), ("2026-11-24T09:30", 1), ("2026-11-24 12:30:00.5+03:00", 1), ("2026-11-24T09:30:00Z", 1)],
)
async def test_an_export_begins_at_a_day_or_at_a_moment(
    since: str, count: int, alice: Someone, bot: BotUnderTest, tmp_path: Path
) -> None:
    await answered(alice, "Hello", bot)
    await anyio.sleep(3600)
    await answered(alice, "Hello again", bot)
    file = tmp_path / "out.jsonl"
    await shell(bot, "record", "export", str(file), "--since", since)
    lines = list(read_lines(file))
    assert sum(isinstance(line, Event) and line.key.startswith("m:") for line in lines) == count


@pytest.mark.parametrize("event", ["99999999999999999999999", "-99999999999999999999999", "0", str(2**63 - 1)])
async def test_an_event_that_no_database_has_is_told_in_a_sentence(
    event: str, alice: Someone, bot: BotUnderTest, tmp_path: Path
) -> None:
    await answered(alice, "Hello", bot)
    with pytest.raises(ConfigurationError, match=f"there is no event {event} in this database"):
        await lines_of(bot, event=int(event))
