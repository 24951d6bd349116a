"""Containers and the code interpreter at the local OpenAI, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response

from engine.sandbox.openai import LocalOpenAI

pytestmark = pytest.mark.anyio

MODEL = "gpt-6.1-terra"
CSV = b"city,people,area\nRiga,600,304\nOslo,700,454\n"
MINUTE_S = 60


@pytest.fixture
async def model(clock: Callable[[], datetime]) -> LocalOpenAI:
    return LocalOpenAI(now=clock)


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def put(client: AsyncOpenAI, content: bytes = CSV, name: str = "cities.csv") -> str:
    return (await client.files.create(file=(name, content), purpose="user_data")).id


async def ask(client: AsyncOpenAI, question: Any, container: Any, **options: Any) -> Response:
    tools = [{"type": "code_interpreter", "container": container}]
    answer: Response = await client.responses.create(**{"model": MODEL, "input": question, "tools": tools, **options})
    return answer


def annotations_of(answer: Response) -> list[dict[str, Any]]:
    message = next(item for item in answer.output if item.type == "message")
    annotations: Any = message.to_dict()["content"][0]["annotations"]  # type: ignore[index]
    return list(annotations)


async def test_a_container_is_billed_when_it_is_made(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    container = await client.containers.create(name="chat 7", memory_limit="4g")
    assert (container.status, container.memory_limit) == ("running", "4g")
    assert container.expires_after
    assert container.expires_after.minutes == 20
    (billed,) = model.bill
    assert (billed.operation, billed.response_id, billed.model) == ("container", container.id, "container-4g")
    assert billed.cost_nanousd == 120_000_000


async def test_files_go_in_and_come_out(client: AsyncOpenAI) -> None:
    container = await client.containers.create(name="c", file_ids=[await put(client)])
    sent = await client.containers.files.create(container.id, file=("notes.txt", b"hello"))
    copied = await client.containers.files.create(container.id, file_id=await put(client, b"x", "x.txt"))
    paths = [file.path async for file in client.containers.files.list(container.id, order="asc")]
    assert paths == ["/mnt/data/cities.csv", "/mnt/data/notes.txt", "/mnt/data/x.txt"]
    assert (await client.containers.files.retrieve(copied.id, container_id=container.id)).bytes == 1
    content = await client.containers.files.content.retrieve(sent.id, container_id=container.id)
    assert content.content == b"hello"
    await client.containers.files.delete(sent.id, container_id=container.id)
    with pytest.raises(openai.NotFoundError):
        await client.containers.files.content.retrieve(sent.id, container_id=container.id)


async def test_an_idle_container_expires_with_its_files(client: AsyncOpenAI) -> None:
    container = await client.containers.create(
        name="c", file_ids=[await put(client)], expires_after={"anchor": "last_active_at", "minutes": 10}
    )
    await anyio.sleep(9 * MINUTE_S)
    await ask(client, "Hi", container.id)  # puts off its end
    await anyio.sleep(9 * MINUTE_S)
    assert (await client.containers.retrieve(container.id)).status == "running"  # and so does looking at it
    await anyio.sleep(10 * MINUTE_S)
    assert (await client.containers.retrieve(container.id)).status == "expired"
    with pytest.raises(openai.BadRequestError, match="expired"):
        await client.containers.files.list(container.id)
    with pytest.raises(openai.BadRequestError, match="expired"):
        await ask(client, "Hi", container.id)


async def test_containers_are_listed_and_deleted(client: AsyncOpenAI) -> None:
    first, second = [await client.containers.create(name=name) for name in ("a", "b")]
    assert [each.id async for each in client.containers.list(name="a")] == [first.id]
    await client.containers.delete(first.id)
    assert [each.id async for each in client.containers.list()] == [second.id]
    with pytest.raises(openai.NotFoundError, match="Container with id"):
        await ask(client, "Hi", first.id)


async def test_a_container_idles_twenty_minutes_at_most(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.containers.create(name="c", expires_after={"anchor": "last_active_at", "minutes": 60})
    assert refused.value.code == "integer_above_max_value"
    assert not model.bill


async def test_the_interpreter_computes_a_table(client: AsyncOpenAI) -> None:
    container = await client.containers.create(name="c", file_ids=[await put(client)])
    answer = await ask(
        client, "How many rows, and the averages?", container.id, include=["code_interpreter_call.outputs"]
    )
    assert answer.output_text == "**cities.csv**: 2 rows, 3 columns; means: people = 650, area = 379."
    call = next(item for item in answer.output if item.type == "code_interpreter_call")
    assert call.container_id == container.id
    assert call.outputs
    assert call.outputs[0].to_dict()["logs"] == "cities.csv: rows=2, columns=3, means: people=650, area=379"
    assert "cities.csv" in (call.code or "")


async def test_an_ordinary_question_runs_no_code(client: AsyncOpenAI) -> None:
    container = await client.containers.create(name="c")
    answer = await ask(client, "Hello!", container.id)
    assert [item.type for item in answer.output] == ["reasoning", "message"]
    forced = await ask(client, "Hello!", container.id, tool_choice={"type": "code_interpreter"})
    assert "code_interpreter_call" in [item.type for item in forced.output]


async def test_a_chart_is_made_cited_and_can_be_downloaded(client: AsyncOpenAI) -> None:
    container = await client.containers.create(name="c", file_ids=[await put(client)])
    answer = await ask(client, "Построй график", container.id)
    (cited,) = annotations_of(answer)
    assert (cited["type"], cited["container_id"]) == ("container_file_citation", container.id)
    assert answer.output_text[cited["start_index"] : cited["end_index"]] == "sandbox:/mnt/data/chart.png"
    made = await client.containers.files.content.retrieve(cited["file_id"], container_id=container.id)
    assert made.content.startswith(b"\x89PNG")
    assert (await client.containers.files.retrieve(cited["file_id"], container_id=container.id)).source == "assistant"


async def test_a_table_is_given_as_a_file(client: AsyncOpenAI) -> None:
    container = await client.containers.create(name="c", file_ids=[await put(client)])
    (cited,) = annotations_of(await ask(client, "Give me the means as a file", container.id))
    made = await client.containers.files.content.retrieve(cited["file_id"], container_id=container.id)
    assert made.content.splitlines()[1] == b"cities.csv,2,people,650"


async def test_a_told_file_waits_for_a_call_that_can_make_it(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    container = await client.containers.create(name="c")
    model.makes_file("report.pdf", b"%PDF-told")
    model.says("No tools here.", "The report is ready.")
    await client.responses.create(model=MODEL, input="Hi")
    answer = await ask(client, "Hi", container.id)
    assert answer.output_text == "The report is ready.\n\n[report.pdf](sandbox:/mnt/data/report.pdf)"
    (cited,) = annotations_of(answer)
    made = await client.containers.files.content.retrieve(cited["file_id"], container_id=container.id)
    assert made.content == b"%PDF-told"
    assert annotations_of(await ask(client, "Hi", container.id)) == []


async def test_a_file_of_the_input_lies_in_the_container(client: AsyncOpenAI) -> None:
    container = await client.containers.create(name="c")
    file_id = await put(client)
    message = {"role": "user", "content": [{"type": "input_file", "file_id": file_id}]}
    answer = await ask(client, [message], container.id)
    assert "2 rows" in answer.output_text
    assert [file.path async for file in client.containers.files.list(container.id)] == ["/mnt/data/cities.csv"]


async def test_an_automatic_container_is_billed_and_goes_on_in_the_thread(
    client: AsyncOpenAI, model: LocalOpenAI
) -> None:
    auto = {"type": "auto", "file_ids": [await put(client)]}
    first = await ask(client, "count the rows", auto)
    second = await ask(client, "a chart, please", auto, previous_response_id=first.id)
    assert [line.operation for line in model.bill] == ["container", "response", "response"]
    assert annotations_of(second)[0]["container_id"] in model.containers
    await ask(client, "Hello!", auto)
    assert [line.operation for line in model.bill].count("container") == 2


async def test_a_lost_answer_leaves_the_container(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.cuts(on="container_create")
    with pytest.raises(openai.APIConnectionError):
        await client.containers.create(name="c")
    assert len(model.containers) == len(model.bill) == 1
