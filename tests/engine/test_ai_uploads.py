"""Large files on their way to OpenAI: in parts, a failed one alone again, and given up where nobody wants them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx2
import pytest
from blockbuster import blockbuster_ctx

from engine.ai import uploads
from engine.ai.client import openai_client
from engine.ai.files import Files, UploadedFile
from engine.core.errors import GpttgError, OutageError, UnreadableFileError
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.openai.service import SANDBOX_KEY
from tests.made import table

pytestmark = pytest.mark.anyio

PART = 64 * 1024
PART_S = 60
CONTENT = table(20_000)[: 6 * PART + 1000]


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


class Slow(httpx2.AsyncBaseTransport):
    """OpenAI over a line on which each part takes a minute."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See httpx2."""
        if request.url.path.endswith("/parts"):
            await anyio.sleep(PART_S)
        return await self._inner.handle_async_request(request)


@pytest.fixture
async def slow_files(model: LocalOpenAI) -> AsyncIterator[Files]:
    """The wire at the sandbox, over a slow line."""
    client = openai_client(SANDBOX_KEY, "", Slow(model.transport()))
    yield Files(client)
    await client.close()


@pytest.fixture
async def files(model: LocalOpenAI) -> AsyncIterator[Files]:
    """The wire at the sandbox."""
    client = openai_client(SANDBOX_KEY, "", model.transport())
    yield Files(client)
    await client.close()


async def sent(files: Files, path: Path) -> UploadedFile:
    """Uploads it as a job does."""
    return await files.upload(path, name="sales.csv", mime="", purpose="user_data", expires_after_s=86_400)


def operations(model: LocalOpenAI) -> list[str | None]:
    """What OpenAI was asked for, in order."""
    return [request.operation for request in model.requests]


async def test_a_large_file_arrives_byte_for_byte_and_expires(files: Files, model: LocalOpenAI, large: Path) -> None:
    with blockbuster_ctx(scanned_modules=["engine.ai"]):
        uploaded = await sent(files, large)
    (kept,) = model.files.values()
    assert kept.content == CONTENT
    assert (kept.id, kept.name, uploaded.bytes) == (uploaded.id, "sales.csv", 6 * PART + 1000)
    assert kept.as_json()["expires_at"] - kept.as_json()["created_at"] == 86_400
    assert operations(model) == ["upload_create", *["upload_part"] * 7, "upload_complete"]


async def test_a_small_file_goes_in_one_piece(files: Files, model: LocalOpenAI, large: Path) -> None:
    await anyio.Path(large).write_bytes(b"x" * 2 * PART)
    await sent(files, large)
    assert operations(model) == ["file_create"]


async def test_a_part_that_fails_is_sent_again_alone(files: Files, model: LocalOpenAI, large: Path) -> None:
    model.fails(500, times=2, on="upload_part")
    await sent(files, large)
    (kept,) = model.files.values()
    assert kept.content == CONTENT
    assert operations(model).count("upload_create") == 1


async def test_what_fails_for_good_is_given_up_at_openai_too(files: Files, model: LocalOpenAI, large: Path) -> None:
    model.fails(500, times=100, on="upload_part")
    with pytest.raises(OutageError):
        await sent(files, large)
    assert [upload.status for upload in model.uploads.values()] == ["cancelled"]
    assert len(model.files) == 0


async def test_an_upload_that_nobody_wants_ends_at_once(slow_files: Files, model: LocalOpenAI, large: Path) -> None:
    with anyio.move_on_after(90) as stopped:
        await sent(slow_files, large)
    assert stopped.cancelled_caught
    assert [upload.status for upload in model.uploads.values()] == ["cancelled"]


async def test_so_many_parts_are_under_way_at_the_same_moment_over_all_files(
    slow_files: Files, model: LocalOpenAI, large: Path
) -> None:
    began_s = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sent, slow_files, large)
        tasks.start_soon(sent, slow_files, large)
    rounds = -(-14 // uploads.PARTS_AT_ONCE)
    assert PART_S * rounds <= anyio.current_time() - began_s < PART_S * rounds + PART_S


async def test_a_file_that_has_become_shorter_is_told_as_gone(
    files: Files, model: LocalOpenAI, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ai.files._size", _twice_as_large)
    with pytest.raises(UnreadableFileError) as raised:
        await sent(files, large)
    assert raised.value.code == "gone"
    assert [upload.status for upload in model.uploads.values()] == ["cancelled"]


async def _twice_as_large(path: Path) -> int:
    return 2 * (await anyio.Path(path).stat()).st_size


async def test_a_file_that_is_not_there_is_told_as_gone(files: Files, tmp_path: Path) -> None:
    with pytest.raises(GpttgError) as raised:
        await sent(files, tmp_path / "nothing")
    assert isinstance(raised.value, UnreadableFileError)
