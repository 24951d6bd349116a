"""The local OpenAI at its TCP door: uvicorn in this loop, the real SDK over loopback, the real clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.sounds import speech
from tests.made import picture

pytestmark = pytest.mark.anyio

MODEL = "gpt-6.1-terra"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def model() -> LocalOpenAI:
    return LocalOpenAI()


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with (
        model.listen() as base_url,
        httpx2.AsyncClient(trust_env=False) as http_client,
        AsyncOpenAI(base_url=base_url, api_key="sk-sandbox", max_retries=0, http_client=http_client) as client,
    ):
        assert base_url.endswith("/v1")
        yield client


async def stream(client: AsyncOpenAI, **options: Any) -> Any:
    return await client.responses.create(**{"model": MODEL, "input": "Hi", "stream": True, **options})


async def test_plain_calls_and_errors_pass(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("Hello.")
    answer = await client.responses.create(model=MODEL, input="Hi")
    assert answer.output_text == "Hello."
    assert answer._request_id
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve("resp_unknown")
    model.fails(429, retry_after_s=3)
    with pytest.raises(openai.RateLimitError) as limited:
        await client.responses.create(model=MODEL, input="Hi")
    assert limited.value.response.headers["retry-after"] == "3"


async def test_a_stream_arrives_event_by_event(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two three")
    model.takes(per_delta_s=0.05)
    types, sent_when_first_came = [], 0
    async for event in await stream(client):
        types.append(event.type)
        if event.type == "response.output_text.delta" and not sent_when_first_came:
            sent_when_first_came = model.responses.last.events_sent
    assert types[-1] == "response.completed"
    assert sent_when_first_came < len(types) - 3


async def test_a_disconnect_is_noticed_and_billed(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=600, first_token_s=0)
    events = await stream(client)
    async for event in events:
        if event.type == "response.output_text.delta":
            break
    await events.close()
    with anyio.fail_after(5):
        await model.changed.until(lambda: bool(model.bill))
    assert [line.status for line in model.bill] == ["interrupted"]
    assert model.requests[-1].outcome == "interrupted"


async def test_a_plain_call_given_up_is_noticed(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=600)
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=0.1).responses.create(model=MODEL, input="Hi")
    with anyio.fail_after(5):
        await model.changed.until(lambda: bool(model.bill))
    assert model.bill[0].status == "interrupted"


async def test_a_cut_stream_is_a_connection_error(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    for times in (5, 0):
        model.cuts(after_events=times)
        with pytest.raises(openai.APIConnectionError):
            async for _ in await stream(client):
                pass
    model.cuts()
    with pytest.raises(openai.APIConnectionError):
        await client.responses.create(model=MODEL, input="Hi")
    assert [seen.outcome for seen in model.requests] == ["cut"] * 3


async def test_a_clean_end_without_a_terminal_event_passes(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.ends_early(after_events=3)
    assert len([event async for event in await stream(client)]) == 3
    assert [event async for event in await stream(client)][-1].type == "response.completed"


async def test_pictures_and_sounds_pass(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    asked: Any = {"model": "gpt-image-2.6-flare", "prompt": "In red", "size": "256x256"}
    source = ("a.png", picture(), "image/png")
    assert (await client.images.edit(image=[source, source], **asked)).size == "256x256"
    heard = await client.audio.transcriptions.create(model="gpt-transcribe", file=("v.ogg", speech("Hello")))
    assert heard.text == "Hello"
    assert [seen.body.get("image") for seen in model.requests] == [["a.png", "a.png"], None]
    assert [line.operation for line in model.bill] == ["picture", "transcription"]


async def test_leaving_a_picture_is_noticed_and_billed(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=600, first_token_s=0, on="picture")
    asked: Any = {"model": "gpt-image-2.6-flare", "prompt": "In red", "size": "256x256"}
    events = await client.images.generate(stream=True, partial_images=1, **asked)
    async for event in events:
        assert event.type == "image_generation.partial_image"
        break
    await events.close()
    with anyio.fail_after(5):
        await model.changed.until(lambda: model.requests[-1].outcome == "interrupted")
    assert [line.status for line in model.bill] == ["interrupted"]


async def test_closing_the_door_hangs_up(model: LocalOpenAI) -> None:
    model.stalls(after_events=1)
    async with httpx2.AsyncClient(trust_env=False) as http_client:
        async with model.listen() as base_url:
            client = AsyncOpenAI(base_url=base_url, api_key="sk-sandbox", max_retries=0, http_client=http_client)
            events = aiter(await stream(client))
            await anext(events)
        with pytest.raises(openai.APIConnectionError):
            await anext(events)
    assert model.bill[0].status == "interrupted"


async def test_a_big_file_passes_both_ways(client: AsyncOpenAI, tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    path = tmp_path / "big.bin"
    path.write_bytes(content)
    with path.open("rb") as handle:
        file = await client.files.create(file=("big.bin", handle), purpose="batch")
    assert file.bytes == len(content)
    assert (await client.files.content(file.id)).content == content
