"""Web search, and the events of hosted tools, at the local OpenAI, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from engine.sandbox.openai import LIFELIKE, LocalOpenAI

pytestmark = pytest.mark.anyio

MODEL = "gpt-6.1-terra"
WEB: Any = [{"type": "web_search", "user_location": {"type": "approximate"}}]
SOURCES = [("Tea today", "https://tea.example/today"), ("Чай", "https://чай.example/")]


@pytest.fixture
async def model(clock: Callable[[], datetime]) -> LocalOpenAI:
    return LocalOpenAI(now=clock)


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def ask(client: AsyncOpenAI, question: str, **options: Any) -> Response:
    answer: Response = await client.responses.create(**{"model": MODEL, "input": question, "tools": WEB, **options})
    return answer


def annotations_of(answer: Response) -> list[dict[str, Any]]:
    message = next(item for item in answer.output if item.type == "message")
    annotations: Any = message.to_dict()["content"][0]["annotations"]  # type: ignore[index]
    return list(annotations)


async def test_a_told_search_is_cited_where_its_links_stand(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.searches("tea prices", sources=SOURCES)
    model.says("Tea is 2 dollars ([Tea today](https://tea.example/today)).")
    answer = await ask(client, "How much is tea?", include=["web_search_call.action.sources"])
    assert answer.output_text.startswith("Tea is 2 dollars ([Tea today](https://tea.example/today)).")
    cited = annotations_of(answer)
    assert [(each["title"], each["url"]) for each in cited] == SOURCES
    assert [answer.output_text[each["start_index"] : each["end_index"]] for each in cited] == [
        f"[{title}]({url})" for title, url in SOURCES
    ]
    call: Any = next(item for item in answer.output if item.type == "web_search_call")
    assert (call.action.query, len(call.action.sources)) == ("tea prices", 2)


async def test_searches_are_counted_and_paid(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.searches("tea")
    answer = await ask(client, "Hello!")
    assert answer.tool_usage
    assert answer.tool_usage.web_search.num_requests == 1
    Response.model_validate(answer.to_dict())
    assert model.bill[-1].usage.web_searches == 1
    assert (await ask(client, "Hello!")).tool_usage.web_search.num_requests == 0  # type: ignore[union-attr]


async def test_no_more_tools_are_called_than_the_request_allows(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    container = await client.containers.create(name="c")
    tools = [*WEB, {"type": "code_interpreter", "container": container.id}]
    for most, called in ((1, 1), (2, 2), (None, 2)):
        model.searches("tea")
        answer = await ask(client, "draw a chart", tools=tools, max_tool_calls=most)
        assert sum(item.type.endswith("_call") for item in answer.output) == called
        assert answer.max_tool_calls == most


@pytest.mark.parametrize("question", ["Search for tea", "найди в интернете чай", "any news?", "какие новости?"])
async def test_with_nothing_told_it_searches_when_asked_to(client: AsyncOpenAI, question: str) -> None:
    answer = await ask(client, question)
    assert len(annotations_of(answer)) == 2


@pytest.mark.parametrize("options", [{}, {"tools": []}, {"tool_choice": "none"}])
async def test_an_ordinary_question_searches_nothing(client: AsyncOpenAI, options: dict[str, Any]) -> None:
    question = "news" if options else "How are you?"
    answer = await ask(client, question, **options)
    assert "web_search_call" not in [item.type for item in answer.output]


async def test_structured_output_stays_structured(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.searches("tea", sources=SOURCES)
    answer = await ask(client, "Hi", text={"format": {"type": "json_object"}})
    assert answer.output_text == '{"answer":"sandbox"}'
    assert "web_search_call" in [item.type for item in answer.output]


async def test_the_events_of_tools_come_in_order(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    container = await client.containers.create(name="c")
    tools = [*WEB, {"type": "code_interpreter", "container": container.id}]
    model.searches("tea", sources=SOURCES[:1])
    events = [event async for event in await stream(client, "draw a chart", tools=tools)]
    adapter: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for event in events:
        adapter.validate_python(event.to_dict())
    names = [event.type.removeprefix("response.") for event in events if "delta" not in event.type]
    assert names == [
        "created",
        "in_progress",
        *("output_item.added", "output_item.done"),  # reasoning
        "output_item.added",
        *("web_search_call.in_progress", "web_search_call.searching", "web_search_call.completed"),
        "output_item.done",
        "output_item.added",
        *("code_interpreter_call.in_progress", "code_interpreter_call_code.done"),
        *("code_interpreter_call.interpreting", "code_interpreter_call.completed"),
        "output_item.done",
        *("output_item.added", "content_part.added"),
        *("output_text.annotation.added", "output_text.annotation.added"),
        *("output_text.done", "content_part.done", "output_item.done"),
        "completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    added = next(event for event in events if event.type == "response.output_item.added" and event.output_index == 2)
    assert (added.item.status, added.item.code) == ("in_progress", "")


async def stream(client: AsyncOpenAI, question: str, **options: Any) -> Any:
    return await client.responses.create(**{"model": MODEL, "input": question, "stream": True, "tools": WEB, **options})


async def test_a_search_that_was_done_is_paid_though_the_client_left(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.speed = LIFELIKE
    for last in ("response.web_search_call.searching", "response.web_search_call.completed"):
        model.searches("tea")
        events = await stream(client, "Hello!", reasoning={"effort": "none"}, model="gpt-5.4")
        async for event in events:
            if event.type == last:
                break
        await events.close()
    assert [line.usage.web_searches for line in model.bill] == [0, 1]


async def test_a_plain_call_that_was_left_pays_for_the_searches_done(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    for seconds in (1, 5):
        model.searches("tea")
        model.takes(seconds=60, first_token_s=6)
        with pytest.raises(openai.APITimeoutError):
            await ask(client, "Hello!", timeout=seconds)
    assert [line.usage.web_searches for line in model.bill] == [0, 0]
    model.searches("tea")
    model.takes(seconds=60, first_token_s=6)
    with pytest.raises(openai.APITimeoutError):
        await ask(client, "Hello!", timeout=7)
    assert model.bill[-1].usage.web_searches == 1


async def test_a_citation_that_was_cut_off_is_not_made(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.searches("tea", sources=SOURCES)
    model.says("Tea. " * 50)
    model.incomplete()
    answer = await ask(client, "Hi")
    assert answer.status == "incomplete"
    assert annotations_of(answer) == []
