"""Large files from Telegram: over several connections, whole, in order, and from where it was cut."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from engine.core.clock import Clock
from engine.core.errors import FloodWaitError, OutageError, TransientError, UnreadableFileError
from engine.sandbox.telegram import LocalTelegram, Person, media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.telegram.files import OTHER_DC_ID
from engine.telegram import lines, patience
from engine.telegram.parts import PART_BYTES
from engine.telegram.wide import NOTED_EVERY_S
from tests.engine.transfers import MIB, House, a_house, sha256_of, sha256_of_synthetic

pytestmark = pytest.mark.anyio

SIZE = 12 * MIB + 5
PARTS = 25


@pytest.fixture
async def alice(telegram: LocalTelegram) -> Person:
    person = telegram.person("Alice")
    person.says("/start")
    return person


@pytest.fixture
async def house(telegram: LocalTelegram, alice: Person, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with a_house(telegram, alice, tmp_path, clock) as opened:
        yield opened
    assert telegram.unknown_requests == []
    assert telegram.broken_answers == []


def large(size: int = SIZE) -> media.Media:
    """A file that nobody keeps."""
    return media.document(Synthetic(size), name="large.bin")


def sessions(telegram: LocalTelegram) -> int:
    """How many connections there are at the moment, the client's own among them."""
    return sum(
        session.line is not None for holder in telegram._authorisations.values() for session in holder.sessions.values()
    )


@pytest.mark.parametrize("size", [4 * MIB + 1, 5 * MIB, SIZE])
async def test_a_large_file_comes_whole(house: House, telegram: LocalTelegram, size: int) -> None:
    attachment = await house.given(large(size))
    path = await house.fetch(attachment)
    assert sha256_of(path) == sha256_of_synthetic(size)
    assert sorted(read.offset for read in telegram.reads) == list(range(0, size, PART_BYTES))
    (row,) = await house.rows()
    assert row.sha256 == sha256_of(path)


async def test_several_connections_share_the_parts(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 5.0)
    attachment = await house.given(large(40 * MIB))
    began = anyio.current_time()
    await house.fetch(attachment)
    assert house.lines.open_lines == 4
    assert sessions(telegram) == 5
    assert len(telegram.delivery.listening) == 1, "lines for files get no updates"
    assert anyio.current_time() - began < 80 * 5.0 / 4


async def test_lines_that_nobody_uses_are_closed(house: House, telegram: LocalTelegram) -> None:
    await house.fetch(await house.given(large()))
    assert sessions(telegram) > 1
    await anyio.sleep(2 * lines.IDLE_S)
    assert house.lines.open_lines == 0
    assert sessions(telegram) == 1


async def test_a_small_file_opens_no_line(house: House) -> None:
    attachment = await house.given(large(1000))
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(1000)
    assert house.lines.open_lines == 0
    assert house.in_cache() == []


async def test_the_same_file_is_fetched_once(house: House, telegram: LocalTelegram) -> None:
    attachment = await house.given(large())
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(house.fetch, attachment)
    await house.fetch(attachment)
    assert len(telegram.reads) == PARTS


async def test_two_may_want_a_file_in_the_same_place_at_the_same_moment(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await house.given(large())
    target = await house.fetch(attachment)
    both, link = Barrier(2, timeout=30), os.link

    def at_once(source: Path, name: Path) -> None:
        both.wait()
        link(source, name)

    monkeypatch.setattr(os, "link", at_once)
    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(house.fetch, attachment)
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert sha256_of(target) == sha256_of_synthetic(SIZE)


async def test_the_hash_is_known_while_the_file_is_held(house: House) -> None:
    attachment = await house.given(large())
    async with house.downloads.held(house.alice.id, house.peer, attachment) as brought:
        assert brought.sha256 == sha256_of_synthetic(SIZE) == sha256_of(brought.path)
        assert brought.size == SIZE


async def test_progress_is_told_up_to_the_end(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 1.0)
    attachment = await house.given(large(40 * MIB))
    told: list[tuple[int, int, float]] = []
    await house.fetch(attachment, progress=lambda *news: told.append(news))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][:2] == (40 * MIB, 40 * MIB)
    assert all(per_s > 0 for _, _, per_s in told[2:])
    assert len(told) < 40


async def test_a_file_in_another_data_centre_is_fetched_there(house: House, telegram: LocalTelegram) -> None:
    there = large()
    there.dc_id = OTHER_DC_ID
    path = await house.fetch(await house.given(there))
    assert sha256_of(path) == sha256_of_synthetic(SIZE)
    assert telegram.count("exportAuthorization") == 1
    assert house.lines.open_lines > 1


async def test_a_file_that_has_moved_is_fetched_where_it_is_now(house: House, telegram: LocalTelegram) -> None:
    moving = large()
    attachment = await house.given(moving)
    moving.dc_id = OTHER_DC_ID
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)
    assert any(seen.outcome == f"FILE_MIGRATE_{OTHER_DC_ID}" for seen in telegram.calls)


@pytest.mark.parametrize("kind", ["document", "photo"])
async def test_a_reference_that_expires_on_the_way_is_renewed_once_for_all_parts(
    house: House, telegram: LocalTelegram, kind: str
) -> None:
    file = large() if kind == "document" else media.photo(Synthetic(SIZE))
    attachment = await house.given(file)
    asked = telegram.count("getMessages")
    telegram.faults.expire_file_references(after_parts=10)
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)
    assert telegram.count("getMessages") == asked + 1


async def test_a_file_that_its_sender_has_deleted_meanwhile_is_gone(house: House, telegram: LocalTelegram) -> None:
    attachment = await house.given(large())
    telegram.faults.expire_file_references(after_parts=10)
    house.alice.deletes(house.alice.chat.messages[-1])
    with pytest.raises(UnreadableFileError) as caught:
        await house.fetch(attachment)
    assert caught.value.code == "gone"
    assert house.in_cache() == []
    assert await house.rows() == []


@pytest.mark.parametrize("premium", [False, True])
async def test_each_connection_waits_out_its_own_flood(house: House, telegram: LocalTelegram, premium: bool) -> None:
    telegram.faults.limit_parts(8, 30, premium=premium)
    attachment = await house.given(large(48 * MIB))
    began = anyio.current_time()
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(48 * MIB)
    waits = sum("FLOOD" in seen.outcome for seen in telegram.calls)
    assert waits >= 4
    on_their_way = lines.REQUESTS_AT_ONCE // 4 - 1
    assert telegram.faults.impatience <= on_their_way * (waits - telegram.faults.impatience)
    assert 30 <= anyio.current_time() - began < 4 * 30


async def test_who_was_told_to_wait_sends_nothing_more_meanwhile(house: House, telegram: LocalTelegram) -> None:
    """Only what was on its way when the wait was told may come too early."""
    telegram.faults.slow("getFile", 0.1)
    telegram.faults.limit_parts(4, 60)
    await house.fetch(await house.given(large(32 * MIB)))
    refused = sum("FLOOD" in seen.outcome for seen in telegram.calls)
    assert refused <= 4 * 6 + 64 / 4


async def test_a_flood_wait_that_is_too_long_is_left_to_the_caller(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.flood_wait(int(patience.FLOOD_MOST_S) + 1, request="getFile", times=None)
    with pytest.raises(FloodWaitError):
        await house.fetch(await house.given(large()))


async def test_cut_connections_cost_a_moment_and_no_part_twice_on_disk(house: House, telegram: LocalTelegram) -> None:
    attachment = await house.given(large())
    for after in (3, 5, 7):
        telegram.faults.lose_answer("getFile", after=after)
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)


async def test_a_telegram_that_can_not_be_reached_is_an_outage(house: House, telegram: LocalTelegram) -> None:
    attachment = await house.given(large())
    telegram.faults.refuse_connections(3600)
    with pytest.raises(OutageError):
        await house.fetch(attachment)
    telegram.faults.clear()
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)


async def test_a_file_that_is_shorter_than_announced_is_an_outage_that_ends(
    house: House, telegram: LocalTelegram
) -> None:
    attachment = await house.given(media.document(Synthetic(6 * MIB), size=SIZE))
    with pytest.raises(OutageError, match="FILE_CUT"):
        await house.fetch(attachment)
    assert len(telegram.reads) <= PARTS * patience.TRIES


async def test_a_file_that_is_longer_than_announced_is_corrupt(house: House) -> None:
    attachment = await house.given(media.document(Synthetic(SIZE), size=SIZE - 1))
    with pytest.raises(UnreadableFileError) as caught:
        await house.fetch(attachment)
    assert caught.value.code == "corrupt"
    assert house.in_cache() == []


async def test_a_stopped_download_goes_on_from_the_parts_that_are_there(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 1.0)
    attachment = await house.given(large(40 * MIB))
    with anyio.move_on_after(2.5):
        await house.fetch(attachment)
    telegram.faults.clear()
    before = len(telegram.reads)
    (row,) = await house.rows()
    kept = int.from_bytes(row.parts, "little").bit_count()
    assert kept > 10
    told: list[int] = []
    path = await house.fetch(attachment, progress=lambda done, total, per_s: told.append(done))
    assert len(telegram.reads) == before + 80 - kept
    assert told[0] > kept * PART_BYTES
    assert sha256_of(path) == sha256_of_synthetic(40 * MIB)


async def test_a_slow_download_is_noted_while_it_comes(house: House, telegram: LocalTelegram) -> None:
    """What a kill leaves: not only what was noted at the end."""
    telegram.faults.slow("getFile", 4.0)
    attachment = await house.given(large(60 * MIB))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(house.fetch, attachment)
        await anyio.sleep(NOTED_EVERY_S + 2)
        (row,) = await house.rows()
        assert 0 < int.from_bytes(row.parts, "little").bit_count() < 120


async def test_a_file_that_was_taken_away_from_the_cache_is_fetched_anew(house: House, telegram: LocalTelegram) -> None:
    attachment = await house.given(large())
    await house.fetch(attachment)
    (house.folder / "cache" / attachment.key).unlink()
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)
    assert len(telegram.reads) == 2 * PARTS


async def test_a_file_that_is_taken_away_while_it_comes_is_told(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 1.0)
    attachment = await house.given(large(40 * MIB))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_take_away, house.folder / "cache" / attachment.key)
        with pytest.raises(TransientError) as caught:
            await house.fetch(attachment)
    assert caught.value.code == "ENOENT"


async def test_a_disk_that_fails_once_when_parts_are_noted_is_told(
    house: House, telegram: LocalTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.faults.slow("getFile", 4.0)
    attachment = await house.given(large(60 * MIB))
    monkeypatch.setattr(os, "fdatasync", _failing_once(os.fdatasync))
    with pytest.raises(TransientError) as caught:
        await house.fetch(attachment)
    assert caught.value.code == "EIO"
    assert len(telegram.reads) < 120
    telegram.faults.clear()
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(60 * MIB)


def _failing_once(really: Callable[[int], None]) -> Callable[[int], None]:
    errors = [OSError(errno.EIO, "the disk")]

    def sync(file: int) -> None:
        if errors:
            raise errors.pop()
        really(file)

    return sync


async def _take_away(path: Path) -> None:
    await anyio.sleep(1.5)
    await anyio.Path(path).unlink()


async def test_nothing_is_asked_for_when_the_disk_is_too_full(
    house: House, telegram: LocalTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await house.given(large())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=SIZE))
    with pytest.raises(TransientError) as caught:
        await house.fetch(attachment)
    assert caught.value.code == "ENOSPC"
    assert telegram.reads == []


async def test_a_disk_that_becomes_full_on_the_way_keeps_nothing_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = await house.given(large())
    written = []

    def full(file: int, part: Any, offset: int) -> int:
        written.append(offset)
        if len(written) > 5:
            raise OSError(28, "No space left on device")
        return len(part)

    monkeypatch.setattr("os.pwrite", full)
    with pytest.raises(TransientError) as caught:
        await house.fetch(attachment)
    assert caught.value.code == "ENOSPC"
    assert house.in_cache() == []
    assert await house.rows() == []
