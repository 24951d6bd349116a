"""Large files to Telegram: many parts at once over several lines, from a handle."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from telethon import functions, types

from engine.core.clock import Clock
from engine.core.errors import OutageError, RefusedError, UnreadableFileError
from engine.sandbox.telegram import LocalTelegram
from engine.sandbox.telegram.content import Synthetic
from engine.telegram.parts import PART_BYTES
from engine.telegram.sent_parts import SentParts
from engine.telegram.uploads import BIG_BYTES, PARTS_MOST, upload
from tests.engine.transfers import MIB, House, a_house, sha256_of

pytestmark = pytest.mark.anyio

SIZE = 24 * MIB + 9
PARTS = 49


@pytest.fixture
async def house(telegram: LocalTelegram, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    alice = telegram.person("Alice")
    alice.says("/start")
    async with a_house(telegram, alice, tmp_path, clock) as opened:
        yield opened
    assert telegram.broken_answers == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A large file on the disk."""
    path = tmp_path / "large.bin"
    path.write_bytes(Synthetic(SIZE).read(0, SIZE))
    return path


async def sent(house: House, uploaded: Any) -> bytes:
    """The hash of the file, as it arrives at Alice's."""
    media = types.InputMediaUploadedDocument(uploaded, "application/octet-stream", [])
    await house.client.invoke(functions.messages.SendMediaRequest(house.peer, media, "", random_id=1))
    arrived = house.alice.chat.messages[-1].media
    assert arrived is not None
    return hashlib.sha256(arrived.whole).digest()


async def test_a_large_file_arrives_whole_over_several_lines(house: House, telegram: LocalTelegram, path: Path) -> None:
    telegram.faults.slow("saveBigFilePart", 1.0)  # or one line is done before the next one is open
    told: list[tuple[int, int, float]] = []
    uploaded = await upload(house.client, path, "large.bin", house.lines, lambda *news: told.append(news))
    assert house.lines.open_lines > 1
    assert told[-1][:2] == (SIZE, SIZE)
    assert await sent(house, uploaded) == sha256_of(path)


async def test_parts_are_on_their_way_together(house: House, telegram: LocalTelegram, path: Path) -> None:
    telegram.faults.slow("saveBigFilePart", 10.0)
    began = anyio.current_time()
    await upload(house.client, path, "large.bin", house.lines)
    assert anyio.current_time() - began < PARTS * 10.0 / 8


async def test_a_small_one_goes_over_the_clients_own_connection(house: House, path: Path) -> None:
    await anyio.Path(path).write_bytes(b"x" * BIG_BYTES)
    await upload(house.client, path, "small.bin", house.lines)
    assert house.lines.open_lines == 0


async def test_floods_and_cuts_only_cost_time(house: House, telegram: LocalTelegram, path: Path) -> None:
    telegram.faults.limit_parts(6, 5)
    telegram.faults.lose_answer("saveBigFilePart", after=7)
    telegram.faults.server_error(2, request="saveBigFilePart", after=11)
    uploaded = await upload(house.client, path, "large.bin", house.lines)
    assert await sent(house, uploaded) == sha256_of(path)


async def test_a_refusal_comes_as_itself_and_ends_the_upload(house: House, telegram: LocalTelegram, path: Path) -> None:
    telegram.faults.refuse("FILE_PARTS_INVALID", request="saveBigFilePart", times=None, after=5)
    with pytest.raises(RefusedError, match="FILE_PARTS_INVALID"):
        await upload(house.client, path, "large.bin", house.lines)
    assert telegram.count("saveBigFilePart") < PARTS


async def test_a_stopped_upload_sends_nothing_more(house: House, telegram: LocalTelegram, path: Path) -> None:
    telegram.faults.slow("saveBigFilePart", 1.0)
    with anyio.move_on_after(1.5):
        await upload(house.client, path, "large.bin", house.lines)
    count = telegram.count("saveBigFilePart")
    await anyio.sleep(10)
    assert telegram.count("saveBigFilePart") == count < PARTS
    telegram.faults.clear()
    assert await sent(house, await upload(house.client, path, "large.bin", house.lines)) == sha256_of(path)


async def test_an_outage_that_stays_is_told(house: House, telegram: LocalTelegram, path: Path) -> None:
    telegram.faults.refuse_connections(10_000)
    with pytest.raises(OutageError):
        await upload(house.client, path, "large.bin", house.lines)


async def test_a_file_that_becomes_shorter_meanwhile_is_corrupt(
    house: House, telegram: LocalTelegram, path: Path
) -> None:
    telegram.faults.slow("saveBigFilePart", 1.0)

    async def shorten() -> None:
        await anyio.sleep(0.5)
        with path.open("r+b") as file:
            file.truncate(BIG_BYTES + 20 * PART_BYTES)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(shorten)
        with pytest.raises(UnreadableFileError) as caught:
            await upload(house.client, path, "large.bin", house.lines)
    assert caught.value.code == "corrupt"


async def test_two_thousand_mebibytes_are_the_most(house: House, path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(PARTS_MOST * PART_BYTES + 1)
    with pytest.raises(UnreadableFileError) as caught:
        await upload(house.client, path, "large.bin", house.lines)
    assert caught.value.code == "too_large"


async def test_what_a_kill_has_cut_off_goes_on_under_the_same_number(
    house: House, telegram: LocalTelegram, path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.telegram.sent_parts.PARTS_PER_NOTE", 4)
    telegram.faults.slow("saveBigFilePart", 1.0)
    with anyio.move_on_after(1.5):
        await upload(house.client, path, "large.bin", house.lines, sent=SentParts(house.database, clock, 7))
    before = telegram.count("saveBigFilePart")
    file_id, parts = await SentParts(house.database, clock, 7).found(SIZE)
    there = sum(number in parts for number in range(PARTS))
    assert 0 < there < PARTS
    told: list[int] = []
    uploaded = await upload(
        *(house.client, path, "large.bin", house.lines, lambda done, total, per_s: told.append(done)),
        sent=SentParts(house.database, clock, 7),
    )
    assert uploaded.id == file_id
    assert told[0] > there * PART_BYTES
    assert telegram.count("saveBigFilePart") - before == PARTS - there
    assert await sent(house, uploaded) == sha256_of(path)


async def test_what_is_whole_is_not_sent_again_and_what_telegram_forgets_is_another_file(
    house: House, telegram: LocalTelegram, path: Path, clock: Clock
) -> None:
    log = SentParts(house.database, clock, 7)
    first = await upload(house.client, path, "large.bin", house.lines, sent=log)
    again = await upload(house.client, path, "large.bin", house.lines, sent=SentParts(house.database, clock, 7))
    assert (again.id, telegram.count("saveBigFilePart")) == (first.id, PARTS)
    await log.forget()
    other = await upload(house.client, path, "large.bin", house.lines, sent=log)
    assert other.id != first.id
    await anyio.sleep(3_700)
    late = await upload(house.client, path, "large.bin", house.lines, sent=log)
    assert late.id != other.id
    assert await sent(house, late) == sha256_of(path)


async def test_a_small_file_that_cant_be_read_is_told_as_that(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small.bin"
    small.write_bytes(bytes(3 * MIB))

    def broken(file: Any, number: int) -> bytes:
        raise OSError(errno.EIO, "the disk does not answer")

    monkeypatch.setattr("engine.telegram.uploads._read", broken)
    with pytest.raises(UnreadableFileError) as refused:
        await upload(house.client, small, "small.bin")
    assert refused.value.code == "gone"
