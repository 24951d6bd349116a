"""An upload to OpenAI that was cut off goes on with the parts that are missing, as long as OpenAI keeps it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from actors.sending_on import JobUpload
from engine.ai.client import openai_client
from engine.ai.files import Files
from engine.core.clock import Clock
from engine.core.errors import OutageError
from engine.runtime.behaviour import Job
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.seen import Operation
from engine.sandbox.openai.service import SANDBOX_KEY
from engine.store import remote_uploads
from engine.store.database import Database, open_database
from engine.store.jobs import JobRow
from tests.made import table

pytestmark = pytest.mark.anyio

PART = 64 * 1024
CONTENT = table(20_000)[: 6 * PART + 1000]
PARTS = 7
A_WHILE_S = 5.0
"""Long enough for all parts but the one that gets no answer."""


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a quarter of a megabyte is large."""
    monkeypatch.setattr("engine.ai.files.PARTS_ABOVE_BYTES", 2 * PART)
    monkeypatch.setattr("engine.ai.uploads.PART_BYTES", PART)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A table that makes seven parts, the last a short one."""
    path = tmp_path / "12345.csv"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "t.db", durable=False) as opened:
        yield opened


@pytest.fixture
async def files(model: LocalOpenAI) -> AsyncIterator[Files]:
    """The wire at the sandbox."""
    client = openai_client(SANDBOX_KEY, "", model.transport())
    yield Files(client)
    await client.close()


@pytest.fixture
def log(database: Database, clock: Clock) -> JobUpload:
    """The log of one job's upload."""
    return JobUpload(database, clock, Job(JobRow("j1", "1", "answer", b"{}", 1, None, "", stopping=False)), "data:1")


async def send(files: Files, path: Path, log: JobUpload) -> None:
    """Uploads it as a job does."""
    await files.upload(path, name="sales.csv", mime="", purpose="user_data", expires_after_s=86_400, log=log)


async def is_cut_off(files: Files, model: LocalOpenAI, path: Path, log: JobUpload) -> None:
    """The process ends when all parts but one are there."""
    model.never_answers(on="upload_part")
    with anyio.move_on_after(A_WHILE_S):
        await send(files, path, log)


def count(model: LocalOpenAI, operation: Operation) -> int:
    """How often OpenAI was asked for it."""
    return [request.operation for request in model.requests].count(operation)


def statuses(model: LocalOpenAI) -> list[str]:
    """What has become of the uploads."""
    return [upload.status for upload in model.uploads.values()]


async def test_it_goes_on_with_the_part_that_is_missing(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload
) -> None:
    await is_cut_off(files, model, large, log)
    assert statuses(model) == ["pending"]
    left = await log.found()
    assert left is not None
    assert len(left.parts) == PARTS - 1
    await send(files, large, log)
    assert count(model, "upload_create") == 1
    assert count(model, "upload_part") == PARTS + 1
    (kept,) = model.files.values()
    assert kept.content == CONTENT


async def test_what_openai_will_soon_forget_is_given_up(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload
) -> None:
    await is_cut_off(files, model, large, log)
    await anyio.sleep(3_500)
    await send(files, large, log)
    assert statuses(model) == ["cancelled", "completed"]


async def test_what_openai_has_forgotten_is_begun_anew(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload
) -> None:
    await is_cut_off(files, model, large, log)
    await anyio.sleep(7_200)
    await send(files, large, log)
    assert statuses(model) == ["expired", "completed"]


async def test_what_was_completed_just_before_the_end_is_begun_anew(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload
) -> None:
    await send(files, large, log)
    assert await log.found() is not None
    await send(files, large, log)
    assert statuses(model) == ["completed", "completed"]


async def test_another_file_under_the_same_name_is_begun_anew(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload
) -> None:
    await is_cut_off(files, model, large, log)
    await anyio.Path(large).write_bytes(CONTENT[:-10])
    await send(files, large, log)
    assert statuses(model) == ["cancelled", "completed"]
    (kept,) = model.files.values()
    assert kept.content == CONTENT[:-10]


async def test_what_a_person_has_stopped_is_given_up(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload
) -> None:
    log.job.stop()
    await is_cut_off(files, model, large, log)
    assert statuses(model) == ["cancelled"]
    assert await log.found() is None


async def test_what_fails_for_good_is_given_up(files: Files, model: LocalOpenAI, large: Path, log: JobUpload) -> None:
    model.fails(500, times=100, on="upload_part")
    with pytest.raises(OutageError):
        await send(files, large, log)
    assert statuses(model) == ["cancelled"]
    assert await log.found() is None


async def test_rows_that_nobody_went_on_with_are_forgotten(
    files: Files, model: LocalOpenAI, large: Path, log: JobUpload, database: Database, clock: Clock
) -> None:
    await is_cut_off(files, model, large, log)
    await anyio.sleep(7_200)
    other = JobUpload(database, clock, log.job, "data:2")
    await send(files, large, other)
    assert await log.found() is None
    assert await database.read(lambda db: remote_uploads.find(db, "j1", "data:2", clock())) is not None
