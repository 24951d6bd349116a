"""Large files through a process of their own: the same as without it, and it may end at any moment."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from telethon.crypto import rsa

from engine.core.clock import wall_clock
from engine.core.errors import (
    CredentialsRefusedError,
    FloodWaitError,
    OutageError,
    RefusedError,
    TransientError,
    UndeliverableError,
    UnreadableFileError,
)
from engine.sandbox.telegram import LocalTelegram, media
from engine.sandbox.telegram.content import Synthetic
from engine.sandbox.telegram.files import OTHER_DC_ID
from engine.telegram.carrier import Carrier
from engine.telegram.carrier_process import ENDED, NAME, NICENESS, _raised, _told, carrier_process
from engine.telegram.lines import REQUESTS_AT_ONCE
from engine.telegram.uploads import upload
from tests.engine.transfers import MIB, House, a_house, sha256_of, sha256_of_synthetic

pytestmark = [pytest.mark.anyio, pytest.mark.process]

SIZE = 40 * MIB + 5
PARTS = 81
ROOT = Path(__file__).parents[2]


@pytest.fixture
def anyio_backend() -> str:
    """Real time: this is a real process."""
    return "asyncio"


@pytest.fixture
def telegram() -> LocalTelegram:
    return LocalTelegram()


@pytest.fixture
def carrier(telegram: LocalTelegram) -> Iterator[Carrier]:
    """Forked before there is a loop, as `gpttg run` does it."""
    rsa.add_key(telegram.public_key_pem.decode(), old=False)
    with carrier_process() as forked:
        yield forked
    assert processes() == []


@pytest.fixture
async def house(telegram: LocalTelegram, carrier: Carrier, tmp_path: Path) -> AsyncIterator[House]:
    alice = telegram.person("Alice")
    alice.says("/start")
    async with (
        telegram.listen(),
        telegram.listen(dc_id=OTHER_DC_ID),
        a_house(telegram, alice, tmp_path, wall_clock, carrier=carrier) as opened,
    ):
        yield opened
    assert telegram.broken_answers == []


def processes() -> list[Any]:
    """The carrier processes of this one."""
    return [child for child in multiprocessing.active_children() if child.name == NAME]


async def until(happened: Callable[[], bool]) -> None:
    """Looks again and again."""
    with anyio.fail_after(20):
        while not happened():  # noqa: ASYNC110 - other processes have no event
            await anyio.sleep(0.01)


def written(path: Path) -> Path:
    """The same on the disk."""
    path.write_bytes(Synthetic(SIZE).read(0, SIZE))
    return path


def large() -> media.Media:
    """A file that nobody keeps."""
    return media.document(Synthetic(SIZE), name="large.bin")


async def end_of_the_carrier(house: House, telegram: LocalTelegram, after_parts: int) -> None:
    """It is killed when so many parts have been read."""
    await until(lambda: len(telegram.reads) >= after_parts)
    os.kill(processes()[0].pid, signal.SIGKILL)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_file_comes_whole(house: House, telegram: LocalTelegram, elsewhere: bool) -> None:
    file = large()
    if elsewhere:
        file.dc_id = OTHER_DC_ID
    told: list[int] = []
    path = await house.fetch(await house.given(file), progress=lambda done, total, per_s: told.append(done))
    assert sha256_of(path) == sha256_of_synthetic(SIZE)
    assert told[-1] == SIZE
    assert len(telegram.reads) == PARTS


async def test_a_file_goes_whole(house: House, telegram: LocalTelegram, tmp_path: Path) -> None:
    path = written(tmp_path / "large.bin")
    uploaded = await upload(house.client, path, "large.bin", house.lines)
    assert uploaded.parts == PARTS == telegram.count("saveBigFilePart")
    path.write_bytes(b"")
    with pytest.raises(UnreadableFileError, match="empty"):
        await upload(house.client, path, "large.bin", house.lines)


async def test_floods_cuts_and_old_references_only_cost_time(house: House, telegram: LocalTelegram) -> None:
    attachment = await house.given(large())
    telegram.faults.flood_wait(1, request="getFile", times=2)
    telegram.faults.lose_answer("getFile", after=7)
    telegram.faults.expire_file_references(after_parts=20)
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)


async def test_a_disk_that_does_not_take_it_is_told(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 0.2)
    attachment = await house.given(large())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_take_away, house, telegram, attachment.key)
        with pytest.raises(TransientError) as caught:
            await house.fetch(attachment)
    assert caught.value.code == "ENOENT"


async def _take_away(house: House, telegram: LocalTelegram, key: str) -> None:
    await until(lambda: bool(telegram.reads))
    (house.folder / "cache" / key).unlink()


async def test_a_stopped_download_asks_for_nothing_more(house: House, telegram: LocalTelegram) -> None:
    telegram.faults.slow("getFile", 0.2)
    attachment = await house.given(large())
    with anyio.CancelScope() as scope:
        await house.fetch(attachment, progress=lambda *_: scope.cancel())
    await anyio.sleep(0.5)
    assert len(telegram.reads) < PARTS
    before = len(telegram.reads)
    await anyio.sleep(0.5)
    assert len(telegram.reads) == before
    assert sha256_of(await house.fetch(attachment)) == sha256_of_synthetic(SIZE)


async def test_when_the_process_is_killed_this_one_goes_on(
    house: House, telegram: LocalTelegram, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.telegram.patience.OUTAGE_FIRST_S", 0.1)
    telegram.faults.slow("getFile", 0.05)
    attachment = await house.given(large())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end_of_the_carrier, house, telegram, 30)
        path = await house.fetch(attachment)
    assert sha256_of(path) == sha256_of_synthetic(SIZE)
    assert processes() == []
    assert len(telegram.reads) <= PARTS + REQUESTS_AT_ONCE
    assert house.lines.open_lines > 0


async def test_what_comes_is_hashed_there_and_after_its_end_here(
    house: House, carrier: Carrier, tmp_path: Path
) -> None:
    path = written(tmp_path / "growing.bin")
    for upto in (MIB, SIZE):
        hashed = await carrier.sha256(path, "a", upto)
    assert hashed == sha256_of_synthetic(SIZE)
    with pytest.raises(OSError, match="Input/output"):
        await carrier.sha256(path, "a", SIZE + 1)
    os.kill(processes()[0].pid, signal.SIGKILL)
    for _ in range(2):
        assert await carrier.sha256(path, "a", SIZE) == sha256_of_synthetic(SIZE)
    assert house.lines.open_lines == 0


async def test_words_have_the_cpu_first(house: House) -> None:
    (process,) = processes()
    await anyio.sleep(0.1)
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.getpriority(os.PRIO_PROCESS, 0) + NICENESS


async def test_it_ends_when_its_bot_is_killed() -> None:
    script = (
        "import multiprocessing, time\n"
        "from engine.telegram.carrier_process import carrier_process\n"
        "with carrier_process():\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    async with await anyio.open_process([sys.executable, "-c", script], cwd=ROOT, stderr=None) as bot:
        assert bot.stdout is not None
        process = Path("/proc", (await bot.stdout.receive()).decode().strip())
        await until(process.exists)
        bot.kill()
        await until(lambda: not process.exists())


@pytest.mark.parametrize(
    "error",
    [
        FloodWaitError(code="FLOOD_WAIT", retry_after_s=7.0),
        OutageError(code="DISCONNECTED", may_have_run=True),
        RefusedError(code="FILE_MIGRATE_4"),
        UndeliverableError(code="PEER_ID_INVALID"),
        UnreadableFileError(code="corrupt"),
        CredentialsRefusedError(code="AUTH_KEY_UNREGISTERED"),
        OSError(28, "No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_arrive_as_themselves(error: Any) -> None:
    arrived = _raised(_told(error))
    assert type(arrived) is type(error)
    assert vars(arrived) == vars(error)
    assert str(arrived) == str(error)


async def test_an_order_to_a_process_that_is_gone_is_an_outage(carrier: Any) -> None:
    processes()[0].kill()
    with anyio.fail_after(10):
        await carrier.run()
    with pytest.raises(OutageError, match=ENDED):
        await carrier.ask("close", line=1)
