"""Vector stores at the local OpenAI, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI
from openai.types import VectorStore

from engine.sandbox.openai import LocalOpenAI

pytestmark = pytest.mark.anyio

MODEL = "gpt-6.1-terra"
DAY_S = 86_400
CONTRACT = "Договор аренды\nСрок аренды: два года.\nПлата: 100 рублей.".encode()
MENU = b"Tea costs two dollars.\nBread costs one dollar."


@pytest.fixture
async def model(clock: Callable[[], datetime]) -> LocalOpenAI:
    return LocalOpenAI(now=clock)


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def put(client: AsyncOpenAI, content: bytes, name: str) -> str:
    return (await client.files.create(file=(name, content), purpose="assistants")).id


async def filled_store(client: AsyncOpenAI, **options: Any) -> str:
    file_ids = [await put(client, MENU, "menu.txt"), await put(client, CONTRACT, "contract.txt")]
    store = await client.vector_stores.create(name="docs", file_ids=file_ids, **options)
    await anyio.sleep(1)
    return store.id


async def test_a_store_is_ready_after_a_little_time(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.indexing_takes(seconds=30)
    file_id = await put(client, MENU, "menu.txt")
    store = await client.vector_stores.create(name="docs", file_ids=[file_id], metadata={"chat": "7"})
    VectorStore.model_validate(store.to_dict())
    assert (store.status, store.file_counts.in_progress, store.usage_bytes) == ("in_progress", 1, 0)
    await anyio.sleep(30)
    store = await client.vector_stores.retrieve(store.id)
    assert (store.status, store.file_counts.completed, store.usage_bytes) == ("completed", 1, len(MENU))
    assert store.metadata == {"chat": "7"}


async def test_a_file_is_attached_and_polled(client: AsyncOpenAI) -> None:
    store = await client.vector_stores.create()
    file_id = await put(client, MENU, "menu.txt")
    file = await client.vector_stores.files.create_and_poll(
        file_id, vector_store_id=store.id, attributes={"year": 2026}
    )
    assert (file.status, file.id, file.attributes) == ("completed", file_id, {"year": 2026})
    assert [each.id async for each in client.vector_stores.files.list(store.id, filter="completed")] == [file_id]
    await client.vector_stores.files.delete(file_id, vector_store_id=store.id)
    with pytest.raises(openai.NotFoundError):
        await client.vector_stores.files.retrieve(file_id, vector_store_id=store.id)
    await client.files.retrieve(file_id)


async def test_a_file_may_fail(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.indexing_fails("server_error", "Told to fail.")
    store = await client.vector_stores.create()
    told = await put(client, MENU, "menu.txt")
    picture = await put(client, b"\x89PNG\x00\x00", "a.png")
    outcomes = [
        await client.vector_stores.files.create_and_poll(file_id, vector_store_id=store.id)
        for file_id in (told, picture)
    ]
    assert [file.status for file in outcomes] == ["failed", "failed"]
    assert [file.last_error.code for file in outcomes if file.last_error] == ["server_error", "unsupported_file"]


async def test_a_batch_is_polled(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    store = await client.vector_stores.create()
    file_ids = [await put(client, MENU, "menu.txt"), await put(client, CONTRACT, "contract.txt")]
    model.indexing_fails()
    batch = await client.vector_stores.file_batches.create_and_poll(store.id, file_ids=file_ids)
    assert (batch.status, batch.file_counts.completed, batch.file_counts.failed) == ("completed", 1, 1)
    unknown = [{"file_id": "file-unknown"}]
    with pytest.raises(openai.NotFoundError):
        await client.vector_stores.file_batches.create(store.id, files=unknown)  # type: ignore[arg-type]
    with pytest.raises(openai.BadRequestError):
        await client.vector_stores.file_batches.create(store.id, file_ids=[])


async def test_a_deleted_file_leaves_its_stores(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    store_id = await filled_store(client)
    await client.files.delete(next(iter(model.files)))
    store = await client.vector_stores.retrieve(store_id)
    assert store.file_counts.total == 1


async def test_a_store_is_listed_changed_and_deleted(client: AsyncOpenAI) -> None:
    stores = [await client.vector_stores.create(name=name) for name in ("a", "b", "c")]
    await client.vector_stores.update(stores[0].id, name="z")
    assert [store.name async for store in client.vector_stores.list(limit=2)] == ["c", "b", "z"]
    assert (await client.vector_stores.delete(stores[0].id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.vector_stores.retrieve(stores[0].id)


async def test_a_store_expires_when_nobody_uses_it(client: AsyncOpenAI) -> None:
    store_id = await filled_store(client, expires_after={"anchor": "last_active_at", "days": 2})
    await anyio.sleep(1.5 * DAY_S)
    await client.vector_stores.search(store_id, query="tea")  # puts off its end
    await anyio.sleep(1.5 * DAY_S)
    assert (await client.vector_stores.retrieve(store_id)).status == "completed"
    await anyio.sleep(0.5 * DAY_S)
    assert (await client.vector_stores.retrieve(store_id)).status == "expired"
    with pytest.raises(openai.BadRequestError, match="expired"):
        await client.vector_stores.search(store_id, query="tea")
    with pytest.raises(openai.BadRequestError, match="expired"):
        await client.responses.create(
            model=MODEL, input="tea", tools=[{"type": "file_search", "vector_store_ids": [store_id]}]
        )


async def test_search_finds_the_best_line_of_each_file(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    store_id = await filled_store(client)
    found = await client.vector_stores.search(store_id, query="what does bread cost?")
    best = found.data[0]
    assert (best.filename, best.content[0].text) == ("menu.txt", "Bread costs one dollar.")
    assert 0 < best.score <= 1
    assert len(found.data) == 1
    assert not model.bill


async def test_search_heeds_attributes_and_limits(client: AsyncOpenAI) -> None:
    store = await client.vector_stores.create()
    for year in (2024, 2025, 2026):
        file_id = await put(client, MENU, f"{year}.txt")
        await client.vector_stores.files.create(store.id, file_id=file_id, attributes={"year": year})
    await anyio.sleep(1)
    newer: Any = {"type": "and", "filters": [{"type": "gte", "key": "year", "value": 2025}]}
    found = await client.vector_stores.search(store.id, query="tea", filters=newer)
    assert [hit.filename for hit in found.data] == ["2025.txt", "2026.txt"]
    assert len((await client.vector_stores.search(store.id, query="tea", max_num_results=1)).data) == 1
    with pytest.raises(openai.BadRequestError, match="max_num_results"):
        await client.vector_stores.search(store.id, query="tea", max_num_results=51)


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_after": {"anchor": "last_active_at", "days": 366}},
        {
            "chunking_strategy": {
                "type": "static",
                "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 500},
            }
        },
        {"metadata": {"k": "v" * 513}},
    ],
)
async def test_a_wrong_store_is_refused(client: AsyncOpenAI, model: LocalOpenAI, wrong: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.vector_stores.create(**wrong)
    assert not model.vector_stores


async def test_an_answer_from_documents_cites_and_is_paid(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    store_id = await filled_store(client)
    answer = await client.responses.create(
        model=MODEL,
        input="Какой срок аренды?",
        tools=[{"type": "file_search", "vector_store_ids": [store_id]}],
        include=["file_search_call.results"],
    )
    assert answer.output_text == "В файле **contract.txt** сказано: «Срок аренды: два года.»"
    call = next(item for item in answer.output if item.type == "file_search_call")
    assert call.queries == ["Какой срок аренды?"]
    assert call.results
    assert call.results[0].text == "Срок аренды: два года."
    message = next(item for item in answer.output if item.type == "message").to_dict()
    annotation = message["content"][0]["annotations"][0]  # type: ignore[index]
    assert annotation["type"] == "file_citation"
    assert annotation["filename"] == "contract.txt"
    assert model.bill[-1].usage.file_searches == 1


async def test_an_unknown_store_is_refused(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="vs_unknown"):
        await client.responses.create(
            model=MODEL, input="Hi", tools=[{"type": "file_search", "vector_store_ids": ["vs_unknown"]}]
        )
    assert not model.bill


# ── what storage costs ──────────────────────────────────────────────────────────────────────────────────────────────


def stored(model: LocalOpenAI) -> list[tuple[str, int]]:
    """The storage on the bill: each day, and the bytes that were charged."""
    lines = [line for line in model.bill if line.operation == "storage"]
    return [(line.response_id[-8:], line.usage.storage_byte_days) for line in lines]


async def test_what_lies_in_a_store_as_a_day_begins_is_billed_beyond_the_free_gib(
    client: AsyncOpenAI, model: LocalOpenAI
) -> None:
    size = len(MENU) + len(CONTRACT)
    model.indexes_take(times=2**24)
    store = await filled_store(client)
    assert (await client.vector_stores.retrieve(store)).usage_bytes == size * 2**24
    assert stored(model) == []
    await anyio.sleep(15 * 3600)
    assert stored(model) == [("20261125", size * 2**24 - 2**30)]
    assert model.bill[-1].cost_nanousd == round((size * 2**24 - 2**30) / 2**30 * 100_000_000)
    await anyio.sleep(DAY_S)
    await client.vector_stores.delete(store)
    await anyio.sleep(DAY_S)
    assert [day for day, _ in stored(model)] == ["20261125", "20261126"]


async def test_a_store_is_billed_until_it_expires(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.indexes_take(times=2**24)
    await filled_store(client, expires_after={"anchor": "last_active_at", "days": 2})
    await anyio.sleep(5 * DAY_S)
    assert [day for day, _ in stored(model)] == ["20261125", "20261126"]


async def test_the_free_gib_is_for_all_stores_together(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.indexes_take(times=10 * 2**20)
    for _ in range(2):
        await filled_store(client)
    await anyio.sleep(DAY_S)
    (first, second) = stored(model)
    total = 2 * (len(MENU) + len(CONTRACT)) * 10 * 2**20
    assert first == second
    assert first[1] + second[1] == total - 2**30
