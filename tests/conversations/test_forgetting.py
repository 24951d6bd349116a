"""/forget and /export: what was said, out of here and out of OpenAI, or into a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger
from tests.conversations.test_settings import settings
from tests.house import rows
from tests.made import pdf, picture, sound, table, zipped

pytestmark = pytest.mark.anyio


async def test_forget_deletes_everything_but_the_money(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, ledger: Ledger
) -> None:
    await alice.sends_photo(picture("JPEG"), caption="Look")
    await bot.next_message()
    await alice.sends_file(table(10), name="sales.csv", mime="text/csv", caption="Count")
    await bot.next_message()
    before = await ledger.lines()
    await alice.says("/forget")
    ask = await bot.says("Delete everything")
    assert [button.text for button in ask.buttons] == ["🗑 Delete everything", "Keep it"]
    await alice.presses("🗑 Delete everything")
    receipt = await bot.says("🗑 Deleted:")
    assert receipt.text.splitlines() == [
        "🗑 Deleted:",
        "• 2 questions and their answers here",
        "• 2 answers at OpenAI",
        "• 2 files at OpenAI",
        "• 1 container at OpenAI",
    ]
    gone = {"delete", "file_delete", "container_delete"}
    assert gone <= {request.operation for request in model.requests}
    assert await ledger.lines() == before
    assert bot.running is not None
    left = "SELECT (SELECT count(*) FROM turns) + (SELECT count(*) FROM remote_things WHERE status <> 'gone')"
    assert await bot.running.database.read(lambda db: db.execute(left).fetchone()[0]) == 0


async def test_where_there_is_nothing_to_count_that_is_a_sentence(
    alice: Someone, boris: Someone, bot: BotUnderTest
) -> None:
    await alice.says("/forget")
    await bot.says("Delete everything")
    await alice.presses("🗑 Delete everything")
    receipt = await bot.says("🗑 Done", to=alice)
    assert receipt.text == "🗑 Done: nothing of this conversation is left."
    await boris.says("/forget")
    await bot.next_message(boris)
    await boris.presses("🗑 Удалить всё")
    await bot.says("🗑 Готово: от этого разговора ничего не осталось.", to=boris)


async def test_nothing_is_deleted_unless_it_is_meant(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.says("hello")
    await bot.next_message()
    await alice.says("/forget")
    await bot.says("Delete everything")
    await alice.presses("Keep it")
    await bot.says_nothing_more()
    assert "delete" not in {request.operation for request in model.requests}


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_what_was_in_an_archive_is_not_known_any_more(
    is_forgotten: bool, alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    archive = media.document(zipped({"diary.txt": b"Dear"}), name="things.zip", mime="application/zip")
    for is_first in (True, False):
        await alice.sends(archive)
        await bot.next_message()
        before = telegram.count("upload.getFile")
        await alice.presses("What is inside?")
        await bot.says("diary.txt")
        assert (telegram.count("upload.getFile") > before) == (is_first or is_forgotten)
        await alice.says("/forget" if is_forgotten else "/new")
        await bot.next_message()
        if is_forgotten:
            await alice.presses("🗑 Delete everything")
            await bot.says("🗑 D")


async def test_a_deletion_that_fails_is_tried_again(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await alice.sends_file(pdf(1), name="a.pdf", mime="application/pdf", caption="Read")
    await bot.next_message()
    model.fails(503, times=2, on="file_delete")
    await alice.says("/forget")
    await bot.next_message()
    await alice.presses("🗑 Delete everything")
    receipt = await bot.says("🗑 Deleted:")
    assert "1 thing could not be deleted at OpenAI yet" in receipt.text
    await bot.waits(hours=6)
    tries = [request.status for request in model.requests if request.operation == "file_delete"]
    assert tries[-1] == 200


async def test_files_are_deleted_when_their_conversation_ends(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await alice.sends_file(pdf(1), name="a.pdf", mime="application/pdf", caption="Read")
    await bot.next_message()
    await alice.says("/reset")
    await bot.says("A new conversation")
    await bot.waits(hours=1)
    assert "file_delete" in {request.operation for request in model.requests}


async def test_no_file_that_was_made_here_stays_either(alice: Someone, bot: BotUnderTest, boris: Someone) -> None:
    await alice.sends_voice(sound(2.0), 2)
    await bot.next_message()
    await bot.next_message()
    await boris.sends_voice(sound(3.0), 3)
    await bot.next_message()
    await bot.next_message()
    await alice.says("/forget")
    await bot.says("Delete everything", to=alice)
    await alice.presses("🗑 Delete everything")
    await bot.says("🗑 Deleted:", to=alice)
    (boriss,) = (bot.settings.media_directory / "made").iterdir()
    assert boriss.suffix == ".txt"


async def test_a_clock_that_goes_back_hides_nothing(
    alice: Someone, model: LocalOpenAI, telegram: LocalTelegram, clock: Clock, tmp_path: Path
) -> None:
    back = [timedelta()]
    bot = BotUnderTest(
        telegram, model, lambda: clock() - back[-1], tmp_path / "gpttg.db", admins=[1], members=[alice.id]
    )
    async with bot:
        await alice.sends_voice(sound(2.0), 2)
        await bot.next_message()
        await bot.next_message()
        back.append(timedelta(minutes=10))
        await alice.says("/forget")
        await bot.says("Delete everything")
        await alice.presses("🗑 Delete everything")
        receipt = await bot.says("🗑 Deleted:")
        assert "• 1 answer at OpenAI" in receipt.text.splitlines()
        assert list((bot.settings.media_directory / "made").iterdir()) == []


async def test_nothing_is_told_of_an_archive_that_is_looked_into_meanwhile(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 30.0)
    await alice.sends_file(zipped({"diary.txt": b"Anna"}), name="secret.zip", mime="application/zip")
    await bot.next_message()
    await alice.presses("What is inside?")
    await bot.next_message()
    await anyio.sleep(5)
    await alice.says("/forget")
    await bot.says("Delete everything", to=alice)
    await alice.presses("🗑 Delete everything")
    await bot.says("🗑 Done: nothing", to=alice)
    await bot.waits(hours=1)
    assert not any("diary" in message.text for message in alice.chat.messages)
    assert await rows(bot, "SELECT event FROM inbox WHERE event LIKE '%secret%'") == []


async def test_what_is_being_said_meanwhile_is_forgotten_too(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("A secret. " * 20)
    model.takes(seconds=30)
    model.never_answers(on="retrieve")
    model.never_answers(on="count")
    await alice.says("Tell me a secret")
    await anyio.sleep(10)
    await alice.says("/forget")
    await bot.says("Delete everything", to=alice)
    await alice.presses("🗑 Delete everything")
    await bot.says("🗑 Done: nothing", to=alice)
    await bot.waits(hours=1)
    left = await rows(bot, "SELECT event FROM inbox WHERE event LIKE '%secret%'")
    assert left == []


async def test_the_conversation_comes_as_a_file(alice: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    model.says("Paris.", "The Seine.")
    await alice.says("Capital of France?")
    await bot.says("Paris.")
    await alice.says("Its river?")
    await bot.says("The Seine.")
    await alice.says("/export")
    file = await bot.sends("document")
    assert file.text == "2 questions and their answers"
    assert file.media is not None
    text = file.media.whole.decode()
    assert "> Capital of France?" in text
    assert "The Seine." in text


async def test_there_is_nothing_to_export_at_first(boris: Someone, bot: BotUnderTest, model: LocalOpenAI) -> None:
    await boris.says("/export")
    await bot.next_message()
    await bot.says_nothing_more()
    assert model.requests == []


@pytest.mark.parametrize("what", ["speech", "export"])
async def test_what_goes_on_beside_is_forgotten_too(
    what: str, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    if what == "speech":
        await settings(alice, bot)
        await alice.presses("Spoken answers")
        await alice.presses("always")
    model.says("A secret plan.")
    model.takes(seconds=30, on="speak")
    await alice.says("hello")
    await bot.says("A secret plan.", to=alice)
    if what == "export":
        await alice.says("/export")
    await alice.says("/forget")
    ask = next(message for message in reversed(alice.chat.messages) if "Delete everything" in message.text)
    await alice.presses("🗑 Delete everything", on=ask)
    await bot.waits(hours=1)
    assert await rows(bot, "SELECT id FROM jobs WHERE job_order LIKE '%secret%'") == []
    assert list((bot.settings.media_directory / "made").iterdir()) == []
    assert "Deleted" in alice.chat.messages[-1].text


async def test_a_file_that_is_on_its_way_is_forgotten_too(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, telegram: LocalTelegram
) -> None:
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.sends(media.document(Synthetic(60 * 2**20), name="secret.bin"), "What is this?")
    await bot.says("📥", to=alice)
    await anyio.sleep(5)
    await alice.says("/forget")
    await bot.says("Delete everything", to=alice)
    await alice.presses("🗑 Delete everything")
    await bot.waits(hours=1)
    assert await rows(bot, "SELECT key FROM cached_files") == []
    assert [path for path in (bot.settings.media_directory / "cache").iterdir() if path.is_file()] == []
    assert "file_create" not in {request.operation for request in model.requests}
