"""A real bot process and files of real sizes: three minutes of voice, a PDF of 300 pages, a table of 50,000 rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.sandbox.telegram import media
from tests.acceptance.bot_process import Nursery
from tests.acceptance.verdict import open_work
from tests.acceptance.worlds import Worlds, until, worlds
from tests.made import pdf, sound, table

pytestmark = [pytest.mark.anyio, pytest.mark.process, pytest.mark.timeout(120)]


async def answered(world: Worlds, chat_messages: int) -> None:
    """Waits for so many messages of the bot in the first person's chat, and until nothing is open."""
    chat = world.people[0].chat
    try:
        await until("answered", lambda: sum(message.out for message in chat.messages) >= chat_messages)
    except TimeoutError:
        print(world.telegram.transcript(), world.bot.last_words(), sep="\n")
        raise
    await until("at rest", lambda: not open_work(world.database_path).total())


async def test_files_of_real_sizes_are_answered_and_booked(bots: Nursery, tmp_path: Path) -> None:
    async with worlds(bots, tmp_path / "w") as world:
        model, alice = world.model, world.people[0]
        model.answers(lambda seen: f"about {seen.text.splitlines()[-1]}")
        await world.bot.starts()
        await until("connected", lambda: world.is_listening)

        model.hears("Tell me about the sea", language="en")
        alice.sends(media.voice(sound(180), 180))
        await answered(world, 2)
        alice.sends(media.document(pdf(300), name="book.pdf", mime="application/pdf"), "Summarise it")
        await answered(world, 3)
        alice.sends(media.document(table(50_000), name="sales.csv", mime="text/csv"), "Find anomalies")
        await answered(world, 4)

        said = [message.text for message in alice.chat.messages if message.out]
        assert said[0] == "🗣 Tell me about the sea"
        assert said[1:] == ["about Tell me about the sea", "about Summarise it", "about Find anomalies"]
        billed = sorted(line.operation for line in model.bill)
        assert billed == ["container", "response", "response", "response", "transcription"]


async def test_a_kill_in_the_middle_of_a_file_asks_once(bots: Nursery, tmp_path: Path) -> None:
    async with worlds(bots, tmp_path / "w") as world:
        model, alice = world.model, world.people[0]
        model.answers(lambda seen: f"about {seen.text.splitlines()[-1]}")
        world.telegram.faults.slow("upload.getFile", 0.4, times=1)
        await world.bot.starts()
        await until("connected", lambda: world.is_listening)
        alice.sends(media.document(table(50_000), name="sales.csv", mime="text/csv"), "Find anomalies")
        await until("downloading", lambda: bool(world.telegram.count("upload.getFile")))
        await world.bot.is_killed()
        await world.bot.starts()
        await answered(world, 1)
        said = [message.text for message in alice.chat.messages if message.out]
        assert said == ["about Find anomalies"]
        assert sorted(line.operation for line in model.bill) == ["container", "response"]
