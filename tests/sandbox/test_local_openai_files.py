"""Files and uploads in parts at the local OpenAI, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI
from openai.types import FileObject, FilePurpose

from engine.sandbox.openai import Limits, LocalOpenAI

pytestmark = pytest.mark.anyio

HOUR_S = 3600
LIMITS = Limits(file=1000, part=100, upload=400, inputs=1500, stored=5000)


@pytest.fixture
async def model(clock: Callable[[], datetime]) -> LocalOpenAI:
    return LocalOpenAI(now=clock, limits=LIMITS)


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def put(
    client: AsyncOpenAI, content: bytes = b"one\ntwo", purpose: FilePurpose = "user_data", name: str = "a.txt"
) -> FileObject:
    return await client.files.create(file=(name, content), purpose=purpose)


# Files


async def test_a_file_is_kept_as_it_was_sent(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    content = bytes(range(256))
    file = await put(client, content, "batch", 'наш "файл".jsonl')
    FileObject.model_validate(file.to_dict())
    assert (file.bytes, file.filename, file.purpose) == (256, 'наш "файл".jsonl', "batch")
    assert (await client.files.retrieve(file.id)).to_dict() == file.to_dict()
    assert (await client.files.content(file.id)).content == content
    assert [seen.operation for seen in model.requests] == ["file_create", "file_retrieve", "file_content"]
    assert model.requests[0].body == {"purpose": "batch", "file": {"name": 'наш "файл".jsonl', "bytes": 256}}


async def test_files_are_listed_in_pages_and_by_purpose(client: AsyncOpenAI) -> None:
    made = [await put(client, name=f"{number}.txt") for number in range(3)]
    await put(client, purpose="vision")
    page = await client.files.list(purpose="user_data", limit=2, order="asc")
    assert [file.id for file in page.data] == [file.id for file in made[:2]]
    assert [file.id async for file in client.files.list(purpose="user_data", limit=2)] == [
        file.id for file in reversed(made)
    ]


@pytest.mark.parametrize("purpose", ["user_data", "assistants", "vision"])
async def test_what_was_given_to_models_is_not_given_back(client: AsyncOpenAI, purpose: FilePurpose) -> None:
    file = await put(client, purpose=purpose)
    with pytest.raises(openai.BadRequestError, match=f"Not allowed to download files of purpose: {purpose}"):
        await client.files.content(file.id)


async def test_a_deleted_file_is_unknown(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    file = await put(client)
    assert (await client.files.delete(file.id)).deleted
    with pytest.raises(openai.NotFoundError, match="No such File object"):
        await client.files.retrieve(file.id)
    with pytest.raises(openai.NotFoundError):
        await client.files.delete(file.id)
    assert not model.files


async def test_a_file_expires_by_the_clock(client: AsyncOpenAI) -> None:
    file = await client.files.create(
        file=("a.txt", b"x"), purpose="user_data", expires_after={"anchor": "created_at", "seconds": HOUR_S}
    )
    assert file.expires_at == file.created_at + HOUR_S
    await anyio.sleep(HOUR_S - 1)
    await client.files.retrieve(file.id)
    await anyio.sleep(1)
    with pytest.raises(openai.NotFoundError):
        await client.files.retrieve(file.id)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"purpose": "nonsense"}, "'nonsense' is not one of"),
        ({"expires_after": {"anchor": "created_at", "seconds": 60}}, "expires_after.seconds"),
        ({"expires_after": {"anchor": "tomorrow", "seconds": HOUR_S}}, "created_at"),
        ({"extra_body": {"colour": "red"}}, "Unknown parameter: 'colour'"),
    ],
)
async def test_a_wrong_upload_is_refused(client: AsyncOpenAI, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(openai.BadRequestError, match=words):
        await client.files.create(**{"file": ("a.txt", b"x"), "purpose": "user_data", **wrong})


async def test_a_file_has_to_come_in_a_form(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="multipart/form-data"):
        await client.post("/files", cast_to=object, body={"purpose": "user_data"})


async def test_too_much_is_refused(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        await put(client, b"x" * 1001)
    assert refused.value.status_code == 413
    for _ in range(5):
        await put(client, b"x" * 1000)
    with pytest.raises(openai.BadRequestError, match="quota"):
        await put(client, b"x")
    await client.files.delete(next(iter(model.files)))
    await put(client, b"x")


# Trouble


async def test_files_can_be_told_to_fail(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.fails(500, on="file_create")
    model.cuts(on="file_create")
    with pytest.raises(openai.InternalServerError):
        await put(client)
    assert not model.files
    with pytest.raises(openai.APIConnectionError):
        await put(client)
    assert len(model.files) == 1  # it was stored; only the answer was lost
    model.never_answers(on="file_content")
    with pytest.raises(openai.APITimeoutError):
        await client.files.content(next(iter(model.files)), timeout=5)
    assert [seen.outcome for seen in model.requests] == ["refused", "cut", "interrupted"]


# Uploads in parts


async def begin(client: AsyncOpenAI, size: int) -> str:
    upload = await client.uploads.create(bytes=size, filename="big.txt", mime_type="text/plain", purpose="batch")
    assert upload.status == "pending"
    return upload.id


async def test_parts_become_a_file_in_the_order_told(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    upload_id = await begin(client, 150)
    last = await client.uploads.parts.create(upload_id, data=b"b" * 50)
    first = await client.uploads.parts.create(upload_id, data=b"a" * 100)
    whole = b"a" * 100 + b"b" * 50
    md5 = hashlib.md5(whole).hexdigest()
    done = await client.uploads.complete(upload_id, part_ids=[first.id, last.id], md5=md5)
    assert done.status == "completed"
    assert done.file
    assert (await client.files.content(done.file.id)).content == whole
    assert model.uploads[upload_id].status == "completed"
    with pytest.raises(openai.BadRequestError, match="completed"):
        await client.uploads.cancel(upload_id)


async def test_the_sdk_uploads_in_chunks(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    done = await client.uploads.upload_file_chunked(
        file=b"x" * 250, filename="c.txt", bytes=250, mime_type="text/plain", purpose="user_data", part_size=100
    )
    assert done.file
    assert model.files[done.file.id].content == b"x" * 250
    assert [seen.operation for seen in model.requests].count("upload_part") == 3


async def test_wrong_parts_are_refused(client: AsyncOpenAI) -> None:
    upload_id = await begin(client, 150)
    with pytest.raises(openai.APIStatusError) as refused:
        await client.uploads.parts.create(upload_id, data=b"x" * 101)
    assert refused.value.status_code == 413
    part = await client.uploads.parts.create(upload_id, data=b"x" * 100)
    with pytest.raises(openai.BadRequestError, match="Expected 150 bytes"):
        await client.uploads.complete(upload_id, part_ids=[part.id])
    rest = await client.uploads.parts.create(upload_id, data=b"x" * 50)
    with pytest.raises(openai.BadRequestError, match="md5"):
        await client.uploads.complete(upload_id, part_ids=[part.id, rest.id], md5="0" * 32)
    with pytest.raises(openai.BadRequestError, match="No such Part"):
        await client.uploads.complete(upload_id, part_ids=["part_unknown"])
    with pytest.raises(openai.BadRequestError, match="bytes"):
        await begin(client, 401)


async def test_a_part_may_be_sent_again_and_left_out_until_the_maximum_is_reached(client: AsyncOpenAI) -> None:
    upload_id = await begin(client, 150)
    parts = [await client.uploads.parts.create(upload_id, data=b"x" * size) for size in (100, 100, 50, 100)]
    with pytest.raises(openai.BadRequestError, match="exceed"):
        await client.uploads.parts.create(upload_id, data=b"x" * 51)
    done = await client.uploads.complete(upload_id, part_ids=[parts[1].id, parts[2].id])
    assert done.status == "completed"


async def test_an_upload_is_cancelled_or_lives_an_hour(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    cancelled, left = await begin(client, 100), await begin(client, 100)
    assert (await client.uploads.cancel(cancelled)).status == "cancelled"
    await anyio.sleep(HOUR_S)
    for upload_id in (cancelled, left):
        with pytest.raises(openai.BadRequestError):
            await client.uploads.parts.create(upload_id, data=b"x")
    assert model.uploads[left].status == "expired"
    with pytest.raises(openai.NotFoundError):
        await client.uploads.cancel("upload_unknown")


# Files in the input of a response


async def test_the_answer_shows_that_the_files_arrived(client: AsyncOpenAI) -> None:
    file = await put(client, b"# Plan\n\nBuy tea\n", name="plan.md")
    picture = {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw0KGgo="}
    content = [{"type": "input_file", "file_id": file.id}, picture, {"type": "input_text", "text": "Look"}]
    answer = await client.responses.create(
        model="gpt-6.1-terra",
        input=[{"role": "user", "content": content}],  # type: ignore[list-item,misc]
    )
    assert answer.output_text == "I received: **plan.md** (16 bytes, lines: 3, “# Plan”); **image** (8 bytes)."


async def test_a_receipt_comes_before_the_rest_in_the_language_of_the_question(client: AsyncOpenAI) -> None:
    file = await put(client, name="a.txt")
    answer = await ask_about(client, file.id, "Сделай таблицу")
    assert answer.startswith("Получено: **a.txt** (7 Б, строк: 2, «one»).\n\n| Товар")


async def ask_about(client: AsyncOpenAI, file_id: str, text: str = "Look", kind: str = "input_file") -> str:
    part = {"type": kind, "file_id": file_id} | ({"detail": "auto"} if kind == "input_image" else {})
    content: Any = [part, {"type": "input_text", "text": text}]
    answer = await client.responses.create(model="gpt-6.1-terra", input=[{"role": "user", "content": content}])
    return answer.output_text


async def test_a_file_that_is_not_there_is_refused(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    file = await put(client)
    await client.files.delete(file.id)
    for unknown in (file.id, "file-unknown"):
        with pytest.raises(openai.NotFoundError) as refused:
            await ask_about(client, unknown)
        assert refused.value.param == "input[0].content[0].file_id"
    assert not model.bill


async def test_a_file_of_another_purpose_is_refused(client: AsyncOpenAI) -> None:
    batch, document = await put(client, purpose="batch"), await put(client, purpose="assistants")
    await ask_about(client, document.id)
    for file_id, kind in ((batch.id, "input_file"), (document.id, "input_image")):
        with pytest.raises(openai.BadRequestError, match="Invalid file purpose"):
            await ask_about(client, file_id, kind=kind)


async def test_files_in_an_input_have_a_limit_together(client: AsyncOpenAI) -> None:
    file = await put(client, b"x" * 800)
    part = {"type": "input_file", "file_id": file.id}
    message: Any = {"role": "user", "content": [part, part]}
    with pytest.raises(openai.BadRequestError, match="total size"):
        await client.responses.create(model="gpt-6.1-terra", input=[message])
