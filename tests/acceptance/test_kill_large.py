"""SIGKILL in the middle of large work: it goes on with what is missing, nothing is billed twice, one answer comes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.sandbox.telegram import media
from engine.sandbox.telegram.content import Synthetic
from engine.telegram.lines import REQUESTS_AT_ONCE
from tests.acceptance.bot_process import Nursery
from tests.acceptance.test_sizes import answered
from tests.acceptance.verdict import rows
from tests.acceptance.worlds import Worlds, until, worlds
from tests.made import table, talk

pytestmark = [pytest.mark.anyio, pytest.mark.process, pytest.mark.timeout(180)]

MIB = 1024 * 1024
PARTS = 9
CUTTING_S = 90.0
"""How long 22 minutes of sound may take to be cut on a busy machine."""


def said(world: Worlds) -> list[str]:
    """What the bot has told the first person."""
    return [message.text for message in world.people[0].chat.messages if message.out]


def row(world: Worlds, query: str) -> dict[str, Any]:
    """A row of the bot's database, {} if there is none (or no such table yet)."""
    try:
        return next(iter(rows(world.database_path, query)), {})
    except sqlite3.OperationalError:
        return {}


def looks_right(world: Worlds) -> None:
    """Each line with OpenAI's own figures is one call of the bill, and each complete call has its line."""
    booked = rows(world.database_path, "SELECT cost_nanousd, status FROM ledger")
    billed = Counter(call.cost_nanousd for call in world.model.bill if call.status == "complete")
    assert Counter(line["cost_nanousd"] for line in booked if line["status"] == "complete") == billed
    estimated = sum(line["status"] == "estimated" for line in booked)
    assert estimated == sum(call.status != "complete" for call in world.model.bill)


async def test_in_the_middle_of_an_upload_to_openai(bots: Nursery, tmp_path: Path) -> None:
    async with worlds(bots, tmp_path / "w") as world:
        model, alice = world.model, world.people[0]
        model.answers(lambda seen: f"about {seen.text.splitlines()[-1]}")
        model.never_answers(on="upload_part")
        await world.bot.starts()
        await until("connected", lambda: world.is_listening)
        alice.sends(media.document(Synthetic(PARTS * 8 * MIB), name="data.bin"), "What is this?")
        noted = f"SELECT 1 FROM remote_uploads WHERE {PARTS - 1} = (SELECT count(*) FROM json_each(parts))"
        await until("all parts but one are there", lambda: bool(row(world, noted)))
        await world.bot.is_killed()
        await world.bot.starts()
        await answered(world, 1)
        asked = Counter(request.operation for request in model.requests)
        assert (asked["upload_create"], asked["upload_part"], asked["create"]) == (1, PARTS + 1, 1)
        assert said(world) == ["about What is this?"]
        assert [upload.status for upload in model.uploads.values()] == ["completed"]
        assert not row(world, "SELECT * FROM remote_uploads")
        looks_right(world)


async def test_in_the_middle_of_an_upload_to_telegram(bots: Nursery, tmp_path: Path) -> None:
    async with worlds(bots, tmp_path / "w") as world:
        model, alice = world.model, world.people[0]
        model.answers(lambda seen: f"about {seen.text.splitlines()[-1]}")
        content = b"".join(Synthetic(48 * MIB).pieces())
        model.makes_file("clean.bin", content)
        world.telegram.faults.limit_parts(20, 5)
        await world.bot.starts()
        await until("connected", lambda: world.is_listening)
        alice.sends(media.document(table(10), name="sales.csv", mime="text/csv"), "Clean it")
        await until("most parts are there", lambda: bool(row(world, "SELECT 1 FROM sent_parts WHERE parts <> x''")))
        await world.bot.is_killed()
        before = world.telegram.count("saveBigFilePart")
        there = sum(byte.bit_count() for byte in row(world, "SELECT parts FROM sent_parts")["parts"])
        world.telegram.faults.clear()
        await world.bot.starts()
        await answered(world, 2)
        again = world.telegram.count("saveBigFilePart") - before  # with those that were on the wire at the kill
        assert 96 - there <= again <= 96 - there + REQUESTS_AT_ONCE < 96
        (file,) = [message.media for message in alice.chat.messages if message.out and message.media]
        assert file.whole == content
        assert len(said(world)) == 2
        looks_right(world)


async def test_in_the_middle_of_a_transcription(bots: Nursery, tmp_path: Path) -> None:
    async with worlds(bots, tmp_path / "w") as world:
        model, alice = world.model, world.people[0]
        model.answers(lambda seen: f"about {seen.text.splitlines()[-1]}")
        model.hears("One.", "Two.")
        model.takes(seconds=0, on="transcribe")
        model.takes(seconds=600, on="transcribe")
        world.bot.environment["ASK_ABOVE_USD"] = "10"
        await world.bot.starts()
        await until("connected", lambda: world.is_listening)
        lecture = talk(tmp_path / "lecture.wav", [(599.0, 1.0), (599.0, 1.0), (120.0, 1.0)])
        alice.sends(media.audio(lecture.read_bytes(), 1321, name="lecture.wav", mime="audio/x-wav"), "What is said?")
        heard = (
            "SELECT 1 FROM jobs WHERE kind = 'transcribe' AND response_id IS NOT NULL AND result <> ''"
            " AND EXISTS (SELECT 1 FROM json_each(result, '$.heard'))"
        )
        await until("one piece is heard, one is being heard", lambda: bool(row(world, heard)), CUTTING_S)
        await world.bot.is_killed()
        await until("OpenAI has noticed", lambda: len(model.bill) == 2)
        model.hears("Two.")
        await world.bot.starts()
        await answered(world, 2)
        assert {"One.", "Two."} <= set(said(world)[0].split())
        assert Counter(call.operation for call in model.bill if call.status == "complete") == Counter(
            transcription=2,
            response=2,  # the outline, and the answer
        )
        looks_right(world)
