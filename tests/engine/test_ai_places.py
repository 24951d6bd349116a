"""OpenAI's places for files over the wire: uploads, vector stores, containers, and that everything can be deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from blockbuster import blockbuster_ctx
from openai import AsyncOpenAI

from engine.ai import containers, vector_stores
from engine.ai.containers import Containers
from engine.ai.files import Files
from engine.ai.responses import AnswerRequest, Responses
from engine.ai.vector_stores import Measured, VectorStores
from engine.core.clock import Clock
from engine.core.errors import (
    CredentialsRefusedError,
    CutStreamError,
    OutageError,
    RateLimitedError,
    RefusedError,
    TransientError,
    UnreadableFileError,
)
from tests.wire import PAID_FAILURES, Broken, Canned, asking, refused, told

pytestmark = pytest.mark.anyio


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "12345"
    path.write_bytes(b"%PDF" * 100_000)
    return path


async def uploaded(canned: Canned, path: Path, name: str = "Отчёт.pdf", mime: str = "") -> tuple[str, int]:
    async with asking(canned) as client:
        file = await Files(client).upload(path, name=name, mime=mime, purpose="user_data", expires_after_s=2_592_000)
        return file.id, file.bytes


async def test_a_file_is_uploaded_from_the_disk_under_its_own_name(document: Path) -> None:
    canned = Canned(told({"id": "file-1", "bytes": 400_000, "object": "file", "expires_at": None}))
    with blockbuster_ctx(scanned_modules=["engine"]):
        assert await uploaded(canned, document) == ("file-1", 400_000)
    assert canned.paths == ["POST /files"]
    assert canned.fields == {
        "purpose": "user_data",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "2592000",
    }
    head, content = next((head, content) for head, content in canned.form if "filename" in head)
    assert content == b"%PDF" * 100_000
    assert 'filename="Отчёт.pdf"' in head
    assert "application/pdf" in head


@pytest.mark.parametrize(
    ("name", "mime", "sent"),
    [("a.csv", "", "text/csv"), ("a.csv", "text/x", "text/x"), ("noending", "", "application/octet-stream")],
)
async def test_a_files_type_is_the_one_named_or_the_one_of_its_ending(
    name: str, mime: str, sent: str, document: Path
) -> None:
    canned = Canned(told({"id": "file-1"}))
    await uploaded(canned, document, name, mime)
    assert any(f"Content-Type: {sent}" in head for head, _ in canned.form)


@pytest.mark.parametrize(("make", "is_billed"), PAID_FAILURES)
async def test_a_failed_upload_costs_nothing_and_can_be_tried_again(make: Any, is_billed: bool, document: Path) -> None:
    with pytest.raises(TransientError) as raised:
        await uploaded(Canned(make()), document)
    assert not raised.value.may_have_run


async def test_a_file_that_is_gone_or_too_large_is_told_as_such(document: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as raised:
        await uploaded(Canned(), tmp_path / "gone")
    assert raised.value.code == "gone"
    with pytest.raises(UnreadableFileError) as raised:
        await uploaded(Canned(refused(413)), document)
    assert raised.value.code == "too_large"


# ── deleting ────────────────────────────────────────────────────────────────────────────────────────────────────────

DELETERS: dict[str, Callable[[AsyncOpenAI], Callable[[str], Awaitable[bool]]]] = {
    "/files/x_1": lambda client: Files(client).delete,
    "/vector_stores/x_1": lambda client: VectorStores(client).delete,
    "/containers/x_1": lambda client: Containers(client).delete,
    "/responses/x_1": lambda client: Responses(client).delete,
}


@pytest.mark.parametrize("path", DELETERS)
async def test_what_is_deleted_or_was_gone_before_is_gone(path: str) -> None:
    canned = Canned(told({"id": "x_1", "deleted": True}), httpx2.Response(200), refused(404))
    async with asking(canned) as client:
        delete = DELETERS[path](client)
        assert [await delete("x_1"), await delete("x_1"), await delete("x_1")] == [True, True, False]
    assert canned.paths == [f"DELETE {path}"] * 3


@pytest.mark.parametrize("path", DELETERS)
@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (refused(500, "server_error"), OutageError),
        (refused(429), RateLimitedError),
        (refused(401), CredentialsRefusedError),
        (refused(400), RefusedError),
    ],
)
async def test_what_could_not_be_deleted_is_an_error(path: str, answer: Any, ours: type[Exception]) -> None:
    async with asking(Canned(answer)) as client:
        with pytest.raises(ours):
            await DELETERS[path](client)("x_1")


# ── vector stores ───────────────────────────────────────────────────────────────────────────────────────────────────


def batch(status: str, completed: int, total: int) -> httpx2.Response:
    counts = {"in_progress": 0, "completed": completed, "failed": total - completed, "cancelled": 0, "total": total}
    return told({"id": "vsfb_1", "status": status, "file_counts": counts})


async def test_a_store_is_made_for_some_days() -> None:
    canned = Canned(told({"id": "vs_1", "status": "completed"}))
    async with asking(canned) as client:
        assert await VectorStores(client).create(name="gpttg-1", days=7, metadata={"job": "1"}) == "vs_1"
    assert canned.body == {
        "name": "gpttg-1",
        "expires_after": {"anchor": "last_active_at", "days": 7},
        "metadata": {"job": "1"},
    }


async def test_a_store_is_found_by_its_name_as_long_as_it_lives() -> None:
    old = {"id": "vs_1", "name": "gpttg-1", "status": "expired"}
    others = [{"id": "vs_2", "name": None}, {"id": "vs_3", "name": "gpttg-3", "status": "completed"}]
    answer = told({"data": [*others, old], "has_more": False})
    async with asking(Canned(answer, answer)) as client:
        stores = VectorStores(client)
        assert await stores.named("gpttg-3") == "vs_3"
        assert await stores.named("gpttg-1") is None


async def test_a_store_lives_until_it_expires_or_is_gone() -> None:
    answers = [told({"id": "vs_1", "status": status}) for status in ("completed", "in_progress", "expired")]
    async with asking(Canned(*answers, refused(404), refused(500))) as client:
        stores = VectorStores(client)
        assert [await stores.alive("vs_1") for _ in range(4)] == [True, True, False, False]
        with pytest.raises(OutageError):
            await stores.alive("vs_1")


async def test_stores_are_measured_page_after_page() -> None:
    first = {"id": "vs_1", "status": "completed", "usage_bytes": 7, "expires_at": 1_795_600_000}
    last = [{"id": "vs_2", "status": "expired", "usage_bytes": 8, "expires_at": 1_795_000_000}, {"id": "vs_3"}]
    canned = Canned(told({"data": [first], "has_more": True}), told({"data": last, "has_more": False}))
    async with asking(canned) as client:
        assert await VectorStores(client).measured() == {
            "vs_1": Measured(7, datetime(2026, 11, 25, 9, 46, 40, tzinfo=UTC)),
            "vs_2": Measured(None, datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC)),
            "vs_3": Measured(None, None),
        }
    assert canned.paths == ["GET /vector_stores?limit=100", "GET /vector_stores?limit=100&after=vs_1"]


async def test_files_are_waited_for_until_they_can_be_searched() -> None:
    canned = Canned(batch("in_progress", 0, 2), batch("in_progress", 1, 2), batch("completed", 2, 2))
    async with asking(canned) as client:
        assert await VectorStores(client).add("vs_1", ["file-1", "file-2"]) == set()
    assert (
        canned.paths == ["POST /vector_stores/vs_1/file_batches"] + ["GET /vector_stores/vs_1/file_batches/vsfb_1"] * 2
    )


async def test_files_that_cannot_be_searched_are_named_page_after_page() -> None:
    first = {"data": [{"id": "file-1", "status": "completed"}, {"id": "file-2", "status": "failed"}], "has_more": True}
    last = {"data": [{"id": "file-3", "status": "cancelled"}, {"id": "file-9", "status": "failed"}], "has_more": False}
    canned = Canned(batch("completed", 1, 3), told(first), told(last))
    async with asking(canned) as client:
        assert await VectorStores(client).add("vs_1", ["file-1", "file-2", "file-3"]) == {"file-2", "file-3"}
    assert canned.paths[-1] == "GET /vector_stores/vs_1/file_batches/vsfb_1/files?limit=100&after=file-2"


async def test_pages_without_end_are_not_read_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_stores, "PAGES_MOST", 3)
    page = {"data": [{"id": "file-1", "status": "failed"}], "has_more": True}
    canned = Canned(batch("failed", 0, 1), *(told(page) for _ in range(9)))
    async with asking(canned) as client:
        assert await VectorStores(client).add("vs_1", ["file-1"]) == {"file-1"}
    assert len(canned.asked) == 4


async def test_reading_documents_in_does_not_take_for_ever() -> None:
    canned = Canned(*(batch("in_progress", 0, 1) for _ in range(200)))
    async with asking(canned) as client:
        with pytest.raises(OutageError):
            await VectorStores(client).add("vs_1", ["file-1"])
    least = vector_stores.INDEX_TOTAL_S / vector_stores.LOOK_MOST_S
    assert least < len(canned.asked) < least + 10


async def test_nothing_is_asked_for_no_files() -> None:
    async with asking(Canned()) as client:
        assert await VectorStores(client).add("vs_1", []) == set()


# ── containers ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def create(canned: Canned) -> str:
    async with asking(canned) as client:
        return await Containers(client).create(name="gpttg-1", idle_minutes=20)


async def test_a_container_is_the_smallest_and_ends_by_itself() -> None:
    canned = Canned(told({"id": "cntr_1", "status": "running"}))
    assert await create(canned) == "cntr_1"
    assert canned.body == {
        "name": "gpttg-1",
        "memory_limit": "1g",
        "expires_after": {"anchor": "last_active_at", "minutes": 20},
    }


@pytest.mark.parametrize(("make", "may_have_run"), PAID_FAILURES)
async def test_a_container_that_is_not_made_says_whether_it_may_be_billed(make: Any, may_have_run: bool) -> None:
    with pytest.raises(TransientError) as raised:
        await create(Canned(make()))
    assert raised.value.may_have_run is may_have_run


async def test_a_container_lives_until_it_expires_or_is_gone() -> None:
    states = ("running", "active", None, "expired", "deleted")
    answers = [told({"id": "cntr_1", "status": status}) for status in states]
    async with asking(Canned(*answers, refused(404))) as client:
        alive = [await Containers(client).alive("cntr_1") for _ in range(6)]
    assert alive == [True, True, True, False, False, False]


async def test_an_uploaded_file_is_put_into_a_container() -> None:
    canned = Canned(told({"id": "cfile_1", "path": "/mnt/data/table.csv"}))
    async with asking(canned) as client:
        assert await Containers(client).add("cntr_1", "file-1") == "/mnt/data/table.csv"
    assert (canned.paths, canned.body) == (["POST /containers/cntr_1/files"], {"file_id": "file-1"})


async def downloaded(answer: Any, target: Path, most_bytes: int = 1_000_000) -> int:
    async with asking(Canned(answer)) as client:
        return await Containers(client).download("cntr_1", "cfile_1", target, most_bytes=most_bytes)


@pytest.fixture
def target(tmp_path: Path, clock: Clock) -> Path:
    """Under the clock that stands still while a thread writes."""
    return tmp_path / "made" / "1-0.csv"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return folder


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_file_comes_out_of_a_container_byte_for_byte_without_blocking(target: Path, folder: Path) -> None:
    content = bytes(range(256)) * 2_000
    with blockbuster_ctx(scanned_modules=["engine"]):
        assert await downloaded(httpx2.Response(200, content=content), target, len(content)) == len(content)
    assert [target.read_bytes(), left_in(folder)] == [content, ["1-0.csv"]]  # noqa: ASYNC240


async def test_an_id_cannot_lead_elsewhere(target: Path) -> None:
    canned = Canned(httpx2.Response(200, content=b"x"))
    async with asking(canned) as client:
        await Containers(client).download("cntr_1", "../../../files?x=1", target, most_bytes=10)
    assert canned.paths == ["GET /containers/cntr_1/files/..%2F..%2F..%2Ffiles%3Fx%3D1/content"]


class Unannounced(httpx2.AsyncByteStream):
    """A body whose length nobody has told."""

    async def __aiter__(self) -> Any:
        for _ in range(100):
            yield b"x" * 100


@pytest.mark.parametrize("answer", [{"content": b"x" * 10_000}, {"stream": Unannounced()}])
async def test_a_file_that_is_too_large_is_not_kept(answer: Any, target: Path, folder: Path) -> None:
    with pytest.raises(UnreadableFileError) as raised:
        await downloaded(httpx2.Response(200, **answer), target, most_bytes=9_999)
    assert (raised.value.code, left_in(folder)) == ("too_large", [])


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (httpx2.Response(200, stream=Broken(b"half")), OutageError),
        (httpx2.ConnectError("no route"), OutageError),
        (refused(404), RefusedError),
        (refused(500), OutageError),
    ],
)
async def test_a_file_that_does_not_come_whole_leaves_nothing_behind(
    answer: Any, ours: type[Exception], target: Path, folder: Path
) -> None:
    with pytest.raises(ours) as raised:
        await downloaded(answer, target)
    assert type(raised.value) is ours
    assert left_in(folder) == []


async def test_a_download_that_never_ends_is_given_up(
    target: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "DOWNLOAD_TOTAL_S", -1.0)
    with pytest.raises(OutageError) as raised:
        await downloaded(httpx2.Response(200, stream=Unannounced()), target)
    assert (raised.value.code, left_in(folder)) == ("slow download", [])


async def test_a_disk_that_does_not_take_a_file_is_told(target: Path) -> None:
    with pytest.raises(TransientError) as raised:
        await downloaded(httpx2.Response(200, content=b"x"), target / "nowhere" / "file")
    assert raised.value.code == "ENOENT"


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_asks_for_what_openai_would_leave_out() -> None:
    request = AnswerRequest(model="m", input=[], instructions="", include=["web_search_call.action.sources"])
    assert request.stream_body()["include"] == ["web_search_call.action.sources"]
    assert "include" not in request.body()
    assert "include" not in AnswerRequest(model="m", input=[], instructions="").stream_body()


async def test_a_lookup_that_brings_no_json_costs_nothing() -> None:
    async with asking(Canned(httpx2.Response(200, content=b"<html>"))) as client:
        with pytest.raises(CutStreamError) as raised:
            await Responses(client).models()
    assert not raised.value.may_have_run
