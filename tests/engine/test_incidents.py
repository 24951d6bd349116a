"""An incident as a recording: an admin takes it out of the quarantine, the shell out of the database; it replays."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from typer.testing import CliRunner

from engine.cli import app
from engine.recording.files import read_lines
from engine.recording.lines import Event, encode
from engine.testing import replay
from engine.testing.chat import BotUnderTest, Someone
from tests.conversations.test_desk_figures_quarantine import quarantined
from tests.house import rows
from tests.made import picture

pytestmark = pytest.mark.anyio


async def the_incident(bot: BotUnderTest) -> int:
    """The number of the event in quarantine."""
    ((number,),) = await rows(bot, "SELECT id FROM inbox WHERE status = 'quarantined'")
    return int(number)


async def taken(admin: Someone, bot: BotUnderTest, button: str, file: Path) -> Path:
    """The file that the admin gets for pressing that button."""
    await admin.presses(button)
    message = await bot.sends("document", to=admin)
    assert message.media is not None
    await anyio.Path(file).write_bytes(message.media.whole)
    return file


async def test_an_admin_exports_an_incident_and_it_replays_to_the_same_quarantine(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, tmp_path: Path
) -> None:
    await boris.says("Это никого не касается")
    await bot.next_message(boris)
    await quarantined(bot, alice, admin)
    await alice.says("after the incident")
    await bot.next_message(alice)
    number = await the_incident(bot)
    await admin.says("/quarantine")
    await bot.says("1 event could not be handled", to=admin)
    file = await taken(admin, bot, f"📼 Export {number}", tmp_path / "incident.jsonl.zst")
    told = b"".join(encode(line) for line in read_lines(file))
    assert b"hello" not in told
    async with replay(file) as replayed:
        assert replayed.is_as_recorded, str(replayed)
        held = await replayed.database.read(
            lambda db: db.execute("SELECT id FROM inbox WHERE status = 'quarantined'").fetchall()
        )
    assert held == [(number,)]


async def test_a_fault_of_the_program_shows_again_in_the_replay_with_stand_ins(
    alice: Someone, admin: Someone, bot: BotUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.is_started_by(admin, alice)
    await alice.says("hello")
    await bot.next_message(alice)
    monkeypatch.setattr("actors.steps.questions.route", None)
    await alice.sends_photo(picture("JPEG"), caption="What is this?")
    await bot.says("I could not handle your last message", to=alice)
    await bot.says("An event could not be handled", to=admin)
    await admin.says("/quarantine")
    await bot.says("TypeError", to=admin)
    file = await taken(admin, bot, f"📼 Export {await the_incident(bot)}", tmp_path / "incident.jsonl.zst")
    async with replay(file) as replayed:
        assert replayed.is_as_recorded, str(replayed)
    monkeypatch.undo()
    async with replay(file) as mended:
        assert mended.difference is not None
        assert mended.difference.recorded is not None
        assert mended.difference.recorded["outcome"] == "quarantined"


async def test_with_the_real_words_it_holds_what_was_said_in_that_conversation_only(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest, tmp_path: Path
) -> None:
    await boris.says("Это никого не касается")
    await bot.next_message(boris)
    await quarantined(bot, alice, admin)
    number = await the_incident(bot)
    await admin.says("/quarantine")
    await bot.says("1 event could not be handled", to=admin)
    await taken(admin, bot, f"📼 Export {number}", tmp_path / "redacted.jsonl.zst")
    file = await taken(admin, bot, "📼 With the real words", tmp_path / "whole.jsonl.zst")
    told = b"".join(encode(line) for line in read_lines(file)).decode()
    assert "hello" in told
    assert "касается" not in told
    async with replay(file) as replayed:
        assert replayed.is_as_recorded, str(replayed)


async def test_the_shell_exports_the_same(alice: Someone, admin: Someone, bot: BotUnderTest, tmp_path: Path) -> None:
    await quarantined(bot, alice, admin)
    number = await the_incident(bot)
    await admin.says("/quarantine")
    await bot.says("1 event could not be handled", to=admin)
    await taken(admin, bot, f"📼 Export {number}", tmp_path / "redacted.jsonl.zst")
    theirs = await taken(admin, bot, "📼 With the real words", tmp_path / "whole.jsonl.zst")
    ours = tmp_path / "shell.jsonl.zst"
    arguments = ["record", "export", str(ours), "--event", str(number), "--env-file", os.devnull]
    settings = {
        "BOT_TOKEN": "1:abc",
        "OPENAI_API_KEY": "sk-secret",
        "ADMIN_ID": str(admin.id),
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "0123456789abcdef" * 2,
        "DATABASE_PATH": str(bot.settings.database_path),
    }
    result = await anyio.to_thread.run_sync(lambda: CliRunner().invoke(app, arguments, env=settings))
    assert result.exit_code == 0, result.output
    assert list(read_lines(ours))[1:] == list(read_lines(theirs))[1:]
    *_, last = [line for line in read_lines(ours) if isinstance(line, Event)]
    assert (last.id, last.status) == (number, "quarantined")
