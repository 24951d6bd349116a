"""The Responses API, asked of the local OpenAI through the real SDK: every way in which an answer can go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import anyio
import httpx2
import msgspec
import pytest

from engine.ai.client import openai_client
from engine.ai.estimate import estimated_usage, written_tokens
from engine.ai.reading import EventStream, read_interval_s
from engine.ai.responses import AnswerRequest, Responses
from engine.ai.stream import Created, Finished, RefusalDelta, StreamEvent, TextDelta, ToolProgress
from engine.core.errors import (
    ContextTooLongError,
    CredentialsRefusedError,
    CutStreamError,
    OutageError,
    RateLimitedError,
    RefusedError,
    ThreadLostError,
    TransientError,
)
from engine.core.ledger import Usage
from engine.sandbox.openai import LocalOpenAI

pytestmark = pytest.mark.anyio


def question(text: str = "Hi", **options: Any) -> AnswerRequest:
    return AnswerRequest(
        model=options.pop("model", "gpt-6.1-terra"),
        input=[{"role": "user", "content": text}],
        instructions="Be brief.",
        **options,
    )


@pytest.fixture
async def responses(model: LocalOpenAI) -> AsyncIterator[Responses]:
    async with openai_client("sk-sandbox", transport=model.transport()) as client:
        yield Responses(client)


async def answer_to(responses: Responses, request: AnswerRequest) -> list[StreamEvent]:
    async with responses.ask(request) as events:
        return [event async for event in events]


async def read(events: EventStream, seen: list[StreamEvent]) -> None:
    """Reads an answer to its end, keeping what came before an error."""
    async for event in events:
        seen.append(event)  # noqa: PERF401


def text_of(events: Sequence[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def finish_of(events: Sequence[StreamEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


async def test_an_answer_is_created_streamed_and_finished_with_its_usage(
    responses: Responses, model: LocalOpenAI
) -> None:
    model.says("Hello, Alice. How are you?")
    first, *deltas, last = await answer_to(responses, question())
    assert isinstance(last, Finished)
    assert first == Created(last.response.id, last.response.model)
    assert text_of(deltas) == last.response.text == "Hello, Alice. How are you?"
    billed = model.bill[-1]
    assert last.response.model == billed.model != "gpt-6.1-terra"
    assert (last.response.usage.input_tokens, last.response.usage.output_tokens) == (
        billed.usage.input_tokens,
        billed.usage.output_tokens,
    )


async def test_what_is_sent_is_what_was_asked_and_no_more(responses: Responses, model: LocalOpenAI) -> None:
    await answer_to(responses, question())
    assert model.requests[-1].body == {
        "model": "gpt-6.1-terra",
        "input": [{"role": "user", "content": "Hi"}],
        "instructions": "Be brief.",
        "store": True,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    first = finish_of(await answer_to(responses, question())).response.id
    await answer_to(
        responses,
        question(
            previous_response_id=first,
            safety_identifier="a1b2",
            compact_threshold=150_000,
            max_output_tokens=500,
            background=True,
            metadata={"job": "7"},
            tools=[{"type": "web_search"}],
        ),
    )
    sent = model.requests[-1].body
    assert sent is not None
    assert sent["previous_response_id"] == first
    assert sent["safety_identifier"] == "a1b2"
    assert sent["context_management"] == [{"type": "compaction", "compact_threshold": 150_000}]
    assert sent["max_output_tokens"] == 500
    assert sent["background"] is True
    assert sent["metadata"] == {"job": "7"}
    assert sent["tools"] == [{"type": "web_search"}]
    assert "reasoning" not in sent


async def test_a_refusal_is_no_text(responses: Responses, model: LocalOpenAI) -> None:
    model.refuses("I can't help with that.")
    events = await answer_to(responses, question())
    assert "".join(event.text for event in events if isinstance(event, RefusalDelta)) == "I can't help with that."
    assert (finish_of(events).response.text, finish_of(events).response.refusal) == ("", "I can't help with that.")


async def test_unknown_events_are_passed_over(responses: Responses, model: LocalOpenAI) -> None:
    model.says("Hello.")
    model.sends_unknown_events()
    assert text_of(await answer_to(responses, question())) == "Hello."


async def test_a_compaction_shows_as_progress(responses: Responses, model: LocalOpenAI) -> None:
    long = await answer_to(responses, question("Tell me everything. " * 4000))
    previous = finish_of(long).response.id
    events = await answer_to(responses, question(previous_response_id=previous, compact_threshold=1000))
    assert ToolProgress("compaction", "compacting") in events


async def test_an_answer_cut_short_says_why(responses: Responses, model: LocalOpenAI) -> None:
    model.incomplete("max_output_tokens")
    response = finish_of(await answer_to(responses, question())).response
    assert (response.status, response.incomplete_reason) == ("incomplete", "max_output_tokens")
    assert response.usage.output_tokens


async def test_a_failed_response_is_an_end_like_any_other(responses: Responses, model: LocalOpenAI) -> None:
    model.response_fails("server_error", with_usage=True)
    response = finish_of(await answer_to(responses, question())).response
    assert (response.status, response.error_code) == ("failed", "server_error")
    assert response.usage.input_tokens


@pytest.mark.parametrize("nested", [False, True])
async def test_an_error_event_is_raised_as_what_it_means(
    responses: Responses, model: LocalOpenAI, nested: bool
) -> None:
    model.stream_error("rate_limit_exceeded", nested=nested)
    with pytest.raises(RateLimitedError) as raised:
        await answer_to(responses, question())
    assert not raised.value.may_have_run
    model.says("One two three four five six seven.")
    model.stream_error("rate_limit_exceeded", nested=nested, after_events=8)
    with pytest.raises(RateLimitedError) as raised:
        await answer_to(responses, question())
    assert raised.value.may_have_run


@pytest.mark.parametrize("breaks", ["cuts", "ends_early", "stalls"])
async def test_a_stream_that_breaks_off_is_cut_however_it_does(
    responses: Responses, model: LocalOpenAI, breaks: str
) -> None:
    model.says("One two three four five six seven.")
    getattr(model, breaks)(after_events=8)
    seen: list[StreamEvent] = []
    async with responses.ask(question()) as events:
        with pytest.raises(CutStreamError) as raised:
            await read(events, seen)
    assert raised.value.may_have_run
    assert isinstance(seen[0], Created)
    assert text_of(seen)


async def test_no_answer_at_all_is_an_outage(responses: Responses, model: LocalOpenAI) -> None:
    model.never_answers()
    with pytest.raises(OutageError) as raised:
        await answer_to(responses, question())
    assert raised.value.may_have_run


async def test_refusals_before_an_answer_are_raised_before_the_block(responses: Responses, model: LocalOpenAI) -> None:
    model.fails(429, retry_after_s=3)
    with pytest.raises(RateLimitedError) as raised:
        await answer_to(responses, question())
    assert raised.value.retry_after_s == 3
    model.outage(times=1)
    with pytest.raises(OutageError):
        await answer_to(responses, question())
    with pytest.raises(ThreadLostError):
        await answer_to(responses, question(previous_response_id="resp_unknown"))
    model.fails(400, "context_length_exceeded")
    with pytest.raises(ContextTooLongError):
        await answer_to(responses, question())
    with pytest.raises(RefusedError, match="model_not_found"):
        await answer_to(responses, question(model="gpt-0"))
    assert model.bill == []


async def test_leaving_early_ends_the_answer(responses: Responses, model: LocalOpenAI) -> None:
    model.takes(seconds=60)
    async with responses.ask(question()) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert [call.status for call in model.bill] == ["interrupted"]


async def test_stopping_by_cancellation_ends_the_answer_too(responses: Responses, model: LocalOpenAI) -> None:
    model.takes(seconds=60)
    with anyio.move_on_after(5) as scope:
        await answer_to(responses, question())
    assert scope.cancelled_caught
    assert [call.status for call in model.bill] == ["interrupted"]


async def test_a_response_is_found_until_openai_forgets_it(responses: Responses, model: LocalOpenAI) -> None:
    response = finish_of(await answer_to(responses, question())).response
    assert await responses.look(response.id) == response
    assert await responses.fetch(response.id) == response
    model.forgets(response.id)
    assert await responses.look(response.id) is None
    assert await responses.fetch(response.id) is None
    assert await responses.cancel(response.id) is None


async def test_a_running_response_is_waited_for(responses: Responses, model: LocalOpenAI) -> None:
    model.says("At last.")
    model.takes(seconds=45)
    async with responses.ask(question(background=True)) as events:
        created = await anext(events)
    assert isinstance(created, Created)
    found = await responses.look(created.response_id)
    assert found is not None
    assert found.status in ("queued", "in_progress")
    found = await responses.fetch(created.response_id)
    assert found is not None
    assert (found.status, found.text) == ("completed", "At last.")


async def test_a_response_that_never_ends_is_given_up(responses: Responses, model: LocalOpenAI) -> None:
    model.takes(seconds=10_000)
    async with responses.ask(question(background=True)) as events:
        created = await anext(events)
    assert isinstance(created, Created)
    with pytest.raises(OutageError, match="still running"):
        await responses.fetch(created.response_id)


async def test_a_background_answer_goes_on_where_it_was_cut(responses: Responses, model: LocalOpenAI) -> None:
    model.says("One two three four five six seven eight nine ten.")
    model.cuts(after_events=8)
    seen: list[StreamEvent] = []
    async with responses.ask(question(background=True)) as events:
        with pytest.raises(CutStreamError):
            await read(events, seen)
    assert isinstance(seen[0], Created)
    async with responses.resume(seen[0].response_id, events.sequence_number) as rest:
        await read(rest, seen)
    assert text_of(seen) == finish_of(seen).response.text == "One two three four five six seven eight nine ten."


async def test_nothing_is_resumed_that_openai_does_not_have(responses: Responses) -> None:
    with pytest.raises(RefusedError, match="not_found"):
        async with responses.resume("resp_unknown", 3):
            pass


async def test_a_background_answer_is_cancelled(responses: Responses, model: LocalOpenAI) -> None:
    model.takes(seconds=60)
    async with responses.ask(question(background=True)) as events:
        created = await anext(events)
    assert isinstance(created, Created)
    cancelled = await responses.cancel(created.response_id)
    assert cancelled is not None
    assert cancelled.status == "cancelled"


async def test_the_input_is_counted_as_openai_will_bill_it(responses: Responses, model: LocalOpenAI) -> None:
    first = finish_of(await answer_to(responses, question("What is the capital of France?"))).response
    follow_up = question("And of Spain?", previous_response_id=first.id)
    counted = await responses.count_input(follow_up)
    assert counted == finish_of(await answer_to(responses, follow_up)).response.usage.input_tokens


async def test_the_key_and_the_models_are_looked_up_without_cost(responses: Responses, model: LocalOpenAI) -> None:
    ends = {offered.id: offered.shutdown_date for offered in await responses.models()}
    assert ends["gpt-4o"] == "2027-01-14"
    assert ends["gpt-6.1-terra"] is None
    model.keys.clear()
    with pytest.raises(CredentialsRefusedError):
        await responses.models()
    assert model.bill == []


async def test_looking_up_is_safe_to_repeat_whatever_happens(responses: Responses, model: LocalOpenAI) -> None:
    model.never_answers(on="retrieve")
    with pytest.raises(TransientError) as raised:
        await responses.look("resp_1")
    assert not raised.value.may_have_run


def test_what_a_stopped_answer_used_is_estimated_from_its_words() -> None:
    request = question("x" * 400)
    assert written_tokens(request) == 3 + 100 + 8
    assert estimated_usage(111, "y" * 80, 3) == Usage(input_tokens=111, output_tokens=20)
    assert estimated_usage(1234, "yes", 3) == Usage(input_tokens=1234, output_tokens=3)
    picture = {"role": "user", "content": [{"type": "input_image", "image_url": "data:" + "A" * 100_000}]}
    assert written_tokens(msgspec.structs.replace(request, input=[picture])) < 20


# ── reading in step with the machine ────────────────────────────────────────────────────────────────────────────────


class Network:
    """A socket that has an event whenever it is read."""

    def __init__(self) -> None:
        self.read_at_s: list[float] = []

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.read_at_s.append(anyio.current_time())
        kind = "response.output_text.delta" if len(self.read_at_s) < 9 else "response.completed"
        event = {"type": kind, "delta": "word ", "response": {"id": "resp_1", "status": "completed"}}
        return b"data: " + msgspec.json.encode(event) + b"\n\n"


class Body(httpx2.AsyncByteStream):
    """Nine reads of a socket; notes whether it was read to its end before it was closed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.is_read_to_its_end = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(9):
            yield await self._network.read(65536, timeout=5)
        self.is_read_to_its_end = True


async def gaps_between_reads(streams: int) -> list[float]:
    """How long an answer waits between its reads when so many are open."""
    network = Network()
    body = Body(network)

    def handle(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, stream=body, extensions={"network_stream": network})

    async with openai_client("sk-sandbox", transport=httpx2.MockTransport(handle)) as client:
        responses = Responses(client)
        async with anyio.create_task_group() as others, responses.ask(question()) as events:
            for _ in range(streams - 1):
                others.start_soon(opened, responses)
            await anyio.wait_all_tasks_blocked()
            assert len([event async for event in events]) == 9
            others.cancel_scope.cancel()
    assert body.is_read_to_its_end
    assert "read" not in vars(network)
    times = network.read_at_s
    return [round(after - before, 2) for before, after in pairwise(times)]


async def opened(responses: Responses) -> None:
    async with responses.ask(question()):
        await anyio.sleep_forever()


async def test_few_answers_are_read_at_once() -> None:
    assert await gaps_between_reads(streams=5) == [0.0] * 8


async def test_many_answers_are_read_less_often() -> None:
    assert await gaps_between_reads(streams=200) == [0.2] * 8


def test_the_wait_grows_with_the_open_answers_up_to_a_quarter_of_a_second() -> None:
    assert [read_interval_s(streams) for streams in (1, 99, 100, 200, 5000)] == [0, 0, 0.1, 0.2, 0.25]


async def test_an_error_inside_the_block_is_not_taken_for_the_wires(responses: Responses) -> None:
    with pytest.raises(ZeroDivisionError):
        async with responses.ask(question()):
            raise ZeroDivisionError
