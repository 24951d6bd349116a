"""The cache of large files: bounded, the longest unused goes first, and never what somebody uses."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from engine.core.clock import Clock
from engine.core.errors import TransientError
from engine.core.files import Attachment
from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.store.cache import DISK_KEPT_BYTES
from engine.telegram.downloads import ROOM_WAIT_S
from tests.engine.transfers import MIB, House, a_house, sha256_of, sha256_of_synthetic

pytestmark = pytest.mark.anyio

SIZE = 8 * MIB
QUOTA = 3 * SIZE


@pytest.fixture
async def house(telegram: LocalTelegram, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    alice = telegram.person("Alice")
    alice.says("/start")
    async with a_house(telegram, alice, tmp_path, clock, quota=QUOTA) as opened:
        yield opened


async def files(house: House, count: int, size: int = SIZE) -> list[Attachment]:
    """So many files, all different to Telegram."""
    return [await house.given(media.document(Synthetic(size))) for _ in range(count)]


def held(house: House, attachment: Attachment) -> Any:
    """The file, in use for the length of a block."""
    return house.downloads.held(house.alice.id, house.peer, attachment)


async def use(house: House, attachment: Attachment) -> None:
    """The file is used for a moment; then time passes."""
    async with held(house, attachment):
        pass
    await anyio.sleep(1)


async def test_the_longest_unused_file_makes_room(house: House) -> None:
    first, second, third, fourth = await files(house, 4)
    for attachment in (first, second, third, first, fourth):
        await use(house, attachment)
    assert house.in_cache() == sorted([first.key, third.key, fourth.key])
    assert [row.key for row in await house.rows()] == [third.key, first.key, fourth.key]


async def test_a_file_in_use_is_never_removed(house: House) -> None:
    first, *others = await files(house, 7)
    async with held(house, first) as brought:
        for attachment in others:
            await use(house, attachment)
            assert len(house.in_cache()) <= 3
        assert sha256_of(brought.path) == sha256_of_synthetic(SIZE)
    assert first.key in house.in_cache()


async def test_a_file_that_was_linked_survives_its_removal(house: House) -> None:
    first, *others = await files(house, 4)
    target = await house.fetch(first)
    await anyio.sleep(1)
    for attachment in others:
        await use(house, attachment)
    assert first.key not in house.in_cache()
    assert sha256_of(target) == sha256_of_synthetic(SIZE)


async def test_who_finds_no_room_waits_until_somebody_leaves(house: House, telegram: LocalTelegram) -> None:
    *early, late = await files(house, 4)
    began = anyio.current_time()

    async def stay(attachment: Attachment) -> None:
        async with held(house, attachment):
            await anyio.sleep(60)

    async with anyio.create_task_group() as tasks:
        for attachment in early:
            tasks.start_soon(stay, attachment)
        await anyio.sleep(10)
        async with held(house, late):
            assert anyio.current_time() - began >= 60
            assert len(house.in_cache()) <= 3


async def test_who_waits_for_room_holds_up_nobody_who_needs_less(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.telegram.downloads.LargeFiles.AT_ONCE", 1)
    early = await files(house, 2)
    (large,), (small,) = await files(house, 1, 2 * SIZE), await files(house, 1, SIZE - MIB)
    told: list[int] = []
    async with held(house, early[0]), anyio.create_task_group() as tasks:
        async with held(house, early[1]):
            tasks.start_soon(partial(house.fetch, large, waits=told.append))
            await anyio.sleep(10)
            with anyio.fail_after(60):
                await house.fetch(small)
            assert (told[-1], large.key in house.in_cache()) == (1, False)
        await anyio.sleep(60)
        assert (told[-1], large.key in house.in_cache()) == (0, True)


async def test_waiting_for_room_has_an_end(house: House) -> None:
    *early, late = await files(house, 4)
    async with held(house, early[0]), held(house, early[1]), held(house, early[2]):
        began = anyio.current_time()
        with pytest.raises(TransientError, match="ENOSPC"):
            await house.fetch(late)
        assert ROOM_WAIT_S <= anyio.current_time() - began < ROOM_WAIT_S + 1


async def test_a_file_that_is_larger_than_the_quota_may_come_alone(house: House) -> None:
    small, huge = *await files(house, 1), *await files(house, 1, QUOTA + MIB)
    await use(house, small)
    async with held(house, huge) as brought:
        assert brought.size == QUOTA + MIB
        assert house.in_cache() == [huge.key]
    await use(house, small)
    assert house.in_cache() == [small.key]


async def test_disk_space_is_reserved_for_what_is_still_to_come(house: House, telegram: LocalTelegram) -> None:
    whole, coming = await files(house, 2)
    await use(house, whole)
    telegram.faults.slow("getFile", 1.0)
    async with house.cache.hold(whole.key, SIZE) as there, house.cache.hold(coming.key, SIZE) as growing:
        async with held(house, whole), anyio.create_task_group() as tasks:
            assert there.to_come == 0
            tasks.start_soon(use, house, coming)
            await anyio.sleep(0.5)
            assert growing.to_come == SIZE
        assert growing.to_come == 0


async def test_room_beside_the_cache_is_made_of_what_nobody_uses_and_kept_for_who_has_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    unused, used = await files(house, 2)
    await use(house, unused)
    there = 2 * SIZE + DISK_KEPT_BYTES

    def free(_: object) -> SimpleNamespace:
        return SimpleNamespace(free=there - SIZE * len(house.in_cache()))

    monkeypatch.setattr(shutil, "disk_usage", free)
    async with held(house, used):
        assert sorted(house.in_cache()) == sorted([unused.key, used.key])
        async with house.downloads.room(SIZE):
            assert house.in_cache() == [used.key]
            began = anyio.current_time()
            with pytest.raises(TransientError, match="ENOSPC"):
                async with house.downloads.room(1):
                    pass
            assert anyio.current_time() - began >= ROOM_WAIT_S
        async with house.downloads.room(1):
            pass
    with pytest.raises(TransientError, match="ENOSPC"):
        async with house.downloads.room(2 * SIZE + 1):
            pass


async def test_a_part_of_a_file_is_removed_like_a_whole_one(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 0.2)
    first, *others = await files(house, 4)
    with anyio.move_on_after(0.1):
        await house.fetch(first)
    await anyio.sleep(1)
    for attachment in others:
        await use(house, attachment)
    assert first.key not in house.in_cache()


async def test_a_start_removes_what_nobody_knows_of(
    telegram: LocalTelegram, tmp_path: Path, clock: Clock, house: House
) -> None:
    kept, lost = await files(house, 2)
    for attachment in (kept, lost):
        await use(house, attachment)
    (tmp_path / "cache" / "stray").write_bytes(b"left by a kill")
    (tmp_path / "cache" / lost.key).unlink()
    await house.cache.prepare()
    assert house.in_cache() == [kept.key]
    assert [row.key for row in await house.rows()] == [kept.key]


async def test_a_smaller_quota_is_kept_to_from_the_start(
    telegram: LocalTelegram, tmp_path: Path, clock: Clock, house: House
) -> None:
    first, second = await files(house, 2)
    for attachment in (first, second):
        await use(house, attachment)
    async with a_house(telegram, house.alice, tmp_path, clock, quota=SIZE) as again:
        assert again.in_cache() == [second.key]
