"""The local OpenAI at its in-process door, asked by the real SDK on a clock that jumps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import anyio
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from engine.sandbox.openai import BilledCall, LocalOpenAI
from engine.testing.chat import passes

pytestmark = pytest.mark.anyio

MODEL = "gpt-6.1-terra"
LONG = "The quick brown fox jumps over the lazy dog. " * 200


@pytest.fixture
async def model(clock: Callable[[], datetime]) -> LocalOpenAI:
    return LocalOpenAI(now=clock)


@pytest.fixture
async def client(model: LocalOpenAI) -> AsyncIterator[AsyncOpenAI]:
    async with model.client(max_retries=0) as client:
        yield client


async def ask(client: AsyncOpenAI, question: Any = "Hi", **options: Any) -> Response:
    answer: Response = await client.responses.create(**{"model": MODEL, "input": question, **options})
    return answer


async def stream(client: AsyncOpenAI, question: Any = "Hi", **options: Any) -> Any:
    return await client.responses.create(**{"model": MODEL, "input": question, "stream": True, **options})


async def events_of(client: AsyncOpenAI, question: Any = "Hi", **options: Any) -> list[Any]:
    return [event async for event in await stream(client, question, **options)]


async def read(events: Any, seen: list[Any]) -> None:
    """Read a stream to its end, keeping what came before an error."""
    async for event in events:
        seen.append(event)  # noqa: PERF401  what was seen must outlive the error


def text_of(events: list[Any]) -> str:
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


def only(bill: list[BilledCall]) -> BilledCall:
    assert len(bill) == 1
    return bill[0]


# Answers


async def test_a_plain_answer_has_a_dated_model_and_its_usage(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("Hello, Alice.")
    answer = await ask(client, "Hi, I am Alice", metadata={"chat": "7"})
    assert answer.output_text == "Hello, Alice."
    assert answer.id.startswith("resp_")
    assert answer.model == "gpt-6.1-terra-2026-09-30"
    assert answer.usage
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (8, 68)
    assert answer.usage.output_tokens_details.reasoning_tokens == 64
    assert answer._request_id
    billed = only(model.bill)
    assert (billed.response_id, billed.status, billed.metadata) == (answer.id, "complete", {"chat": "7"})
    assert billed.usage.total_tokens == answer.usage.total_tokens


async def test_an_answer_is_what_the_sdk_says_it_is(client: AsyncOpenAI) -> None:
    answer = await ask(client, "Write some code", reasoning={"effort": "low", "summary": "auto"}, service_tier="fast")
    Response.model_validate(answer.to_dict(), strict=False)
    assert answer.service_tier == "priority"


async def test_with_nothing_told_it_answers_in_the_language_of_the_question(client: AsyncOpenAI) -> None:
    assert "Hello" in (await ask(client, "Hello!")).output_text
    assert "Здравствуйте" in (await ask(client, "Привет!")).output_text
    assert "```python" in (await ask(client, "write a function")).output_text
    assert "| --- |" in (await ask(client, "нарисуй таблицу")).output_text
    assert len((await ask(client, "Tell me a long story")).output_text) > 4096


async def test_a_function_can_answer(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.answers(lambda request: request.text[::-1])
    assert (await ask(client, "abc")).output_text == "cba"
    model.answers(None)
    assert (await ask(client, "abc")).output_text != "cba"


async def test_structured_output_fits_the_schema(client: AsyncOpenAI) -> None:
    class Verdict(BaseModel):
        title: str
        score: int
        tags: list[str]

    parsed = (await client.responses.parse(model=MODEL, input="Judge", text_format=Verdict)).output_parsed
    assert parsed
    assert parsed.score == 1


async def test_the_same_seed_gives_the_same_ids(clock: Callable[[], datetime]) -> None:
    ids = []
    for seed in (1, 1, 2):
        local = LocalOpenAI(now=clock, seed=seed)
        async with local.client() as client:
            ids.append([(await ask(client)).id, (await ask(client)).id])
    assert ids[0] == ids[1]
    assert len({*ids[0], *ids[2]}) == 4


# Streams


async def test_events_come_in_the_order_of_the_api(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("One two")
    events = await events_of(client)
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in events] == list(range(12))
    assert events[0].response.usage is None
    assert events[-1].response.usage.output_tokens == 66
    assert events[-1].response.output_text == "One two"


async def test_a_reasoning_summary_is_streamed_when_asked_for(client: AsyncOpenAI) -> None:
    types = [event.type for event in await events_of(client, reasoning={"effort": "low", "summary": "auto"})]
    first = types.index("response.reasoning_summary_part.added")
    last = types.index("response.reasoning_summary_part.done")
    assert set(types[first + 1 : last - 1]) == {"response.reasoning_summary_text.delta"}
    assert types[last + 1] == "response.output_item.done"


async def test_every_event_is_one_the_sdk_knows(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    known: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    model.refuses("No.")
    compaction = [{"type": "compaction", "compact_threshold": 1000}]
    for question in ("Hi", LONG):
        for event in await events_of(client, question, context_management=compaction, reasoning={"summary": "auto"}):
            known.validate_python(event.to_dict())


async def test_deltas_are_padded_unless_told_otherwise(client: AsyncOpenAI) -> None:
    padded = [event for event in await events_of(client) if event.type.endswith("text.delta")]
    bare = await events_of(client, stream_options={"include_obfuscation": False})
    assert all(event.obfuscation for event in padded)
    assert not any(hasattr(event, "obfuscation") for event in bare)


async def test_the_sdks_stream_helper_is_content(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("Hello there")
    async with client.responses.stream(model=MODEL, input="Hi") as helper:
        final = await helper.get_final_response()
    assert final.output_text == "Hello there"


async def test_a_stream_keeps_its_pace(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two three four")
    model.takes(seconds=90, first_token_s=30)
    began_s, times = anyio.current_time(), []
    async for event in await stream(client):
        if event.type == "response.output_text.delta":
            times.append(round(anyio.current_time() - began_s))  # noqa: PERF401
    assert times == [30, 50, 70, 90]


# Threads


async def test_a_thread_is_remembered_counted_and_cached(client: AsyncOpenAI) -> None:
    first = await ask(client, "My cat is called Tom. " + LONG)
    second = await ask(client, "What did I say?", previous_response_id=first.id)
    assert "My cat is called Tom" in second.output_text
    assert first.usage
    assert second.usage
    assert first.usage.input_tokens_details.cached_tokens == 0
    assert first.usage.input_tokens_details.cache_write_tokens == first.usage.input_tokens // 128 * 128
    assert second.usage.input_tokens > first.usage.input_tokens > 1024
    assert second.usage.input_tokens_details.cached_tokens == first.usage.input_tokens // 128 * 128


async def test_the_cache_lasts_half_an_hour_and_needs_the_same_beginning(client: AsyncOpenAI) -> None:
    async def cached(**options: Any) -> int:
        usage = (await ask(client, LONG, **options)).usage
        assert usage
        return usage.input_tokens_details.cached_tokens

    assert await cached() == 0
    assert await cached() > 1024
    assert await cached(instructions="Be brief.") == 0
    await anyio.sleep(1801)
    assert await cached() == 0


async def test_instructions_are_not_inherited(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("a", "b")
    first = await ask(client, "Hi", instructions="x" * 400)
    second = await ask(client, "Hi", previous_response_id=first.id)
    assert first.usage
    assert second.usage
    assert second.usage.input_tokens == first.usage.input_tokens - 104 + 5 + 5


@pytest.mark.parametrize("why", ["unknown", "forgotten", "not stored", "deleted", "old"])
async def test_a_thread_that_is_gone_is_refused(client: AsyncOpenAI, model: LocalOpenAI, why: str) -> None:
    answer = await ask(client, store=why != "not stored")
    if why == "forgotten":
        model.forgets(answer.id)
    if why == "deleted":
        await client.responses.delete(answer.id)
    if why == "old":
        await passes(timedelta(days=30).total_seconds())
    previous = "resp_unknown" if why == "unknown" else answer.id
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(client, previous_response_id=previous)
    assert (refused.value.code, refused.value.param) == ("previous_response_not_found", "previous_response_id")
    assert refused.value.message.endswith(f"Previous response with id '{previous}' not found.")
    assert model.requests[-1].outcome == "refused"


async def test_compaction_shortens_the_thread(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    options: dict[str, Any] = {"context_management": [{"type": "compaction", "compact_threshold": 1000}]}
    first = await ask(client, "I live in Riga. " + LONG)
    events = await events_of(client, "Go on", previous_response_id=first.id, **options)
    types = [event.type for event in events]
    at = types.index("response.compaction.compacting")
    assert events[at - 1].item.type == events[at + 1].item.type == "compaction"
    final = events[-1].response
    third = await ask(client, "What did I say?", previous_response_id=final.id, **options)
    assert "I live in Riga" in third.output_text
    assert third.usage
    assert third.usage.input_tokens < 200
    assert final.usage.input_tokens > 1000


async def test_compact_gives_the_users_messages_and_a_compaction(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    first = await ask(client, "I live in Riga")
    compacted = await client.responses.compact(model=MODEL, previous_response_id=first.id)
    assert [item.type for item in compacted.output] == ["message", "compaction"]
    assert model.bill[-1].operation == "compaction"
    again: list[Any] = [item.to_dict(warnings=False) for item in compacted.output]
    assert "Riga" in (await ask(client, [*again, {"role": "user", "content": "what did I say?"}])).output_text


async def test_a_small_allowance_breaks_the_answer_off(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("x" * 400)
    events = await events_of(client, max_output_tokens=74)
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.incomplete_details.reason == "max_output_tokens"
    assert events[-1].response.usage.output_tokens == 74
    assert only(model.bill).status == "incomplete"


async def test_an_item_can_be_referred_to(client: AsyncOpenAI) -> None:
    first = await ask(client, [{"id": "msg_cat", "role": "user", "content": "My cat is called Tom"}])
    references: list[Any] = [{"type": "item_reference", "id": item} for item in ("msg_cat", first.output[-1].id)]
    again = await ask(client, [*references, {"role": "user", "content": "What did I say?"}])
    assert "Tom" in again.output_text
    with pytest.raises(openai.NotFoundError):
        await ask(client, [{"type": "item_reference", "id": "msg_dog"}])


# Lookups


async def test_tokens_can_be_counted_before_a_call(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    first = await ask(client, "Hi")
    counted = await client.responses.input_tokens.count(model=MODEL, input="Again", previous_response_id=first.id)
    second = await ask(client, "Again", previous_response_id=first.id)
    assert second.usage
    assert counted.input_tokens == second.usage.input_tokens
    assert len(model.bill) == 2


async def test_input_items_are_listed_in_pages(client: AsyncOpenAI) -> None:
    answer = await ask(client, [{"role": "user", "content": str(n)} for n in range(5)])
    listed: list[Any] = [item async for item in client.responses.input_items.list(answer.id, limit=2, order="asc")]
    assert [item.content[0].text for item in listed] == ["0", "1", "2", "3", "4"]


async def test_models_tell_when_they_end(client: AsyncOpenAI) -> None:
    models = {model.id: model.shutdown_date async for model in await client.models.list()}
    assert models["gpt-4o"] == "2027-01-14"
    assert models[MODEL] is None
    assert (await client.models.retrieve("gpt-5-mini")).shutdown_date == "2026-12-11"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-9")


async def test_a_stored_answer_can_be_read_until_it_is_deleted(client: AsyncOpenAI) -> None:
    answer = await ask(client)
    assert (await client.responses.retrieve(answer.id)).output_text == answer.output_text
    await client.responses.delete(answer.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(answer.id)


# Background


async def test_a_background_response_goes_on_alone(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.takes(seconds=60)
    answer = await ask(client, background=True)
    assert answer.status == "queued"
    await anyio.sleep(30)
    assert (await client.responses.retrieve(answer.id)).status == "in_progress"
    assert not model.bill
    await model.changed.until(lambda: bool(model.bill))
    done = await client.responses.retrieve(answer.id)
    assert done.status == "completed"
    assert done.output_text


async def test_a_background_stream_can_be_taken_up_again(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two three four five")
    model.takes(seconds=50)
    seen: list[Any] = []
    model.cuts(after_events=9)
    with pytest.raises(openai.APIConnectionError):
        await read(await stream(client, background=True), seen)
    assert [event.type for event in seen[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert len(seen) == 9
    rest = [
        event
        async for event in await client.responses.retrieve(
            seen[0].response.id, stream=True, starting_after=seen[-1].sequence_number
        )
    ]
    assert [event.sequence_number for event in seen + rest] == list(range(len(seen + rest)))
    assert text_of(seen + rest) == "one two three four five"
    assert rest[-1].type == "response.completed"
    assert only(model.bill).status == "complete"


async def test_a_cancelled_response_stops_and_its_stream_ends(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two three four")
    model.takes(seconds=40, first_token_s=10)
    seen: list[Any] = []
    async for event in await stream(client, background=True):
        seen.append(event)
        if event.type == "response.output_text.delta" and len(text_of(seen)) > 3:
            await client.responses.cancel(seen[0].response.id)
    assert text_of(seen) == "one two"
    assert seen[-1].type == "response.output_text.delta"
    assert (await client.responses.retrieve(seen[0].response.id)).status == "cancelled"
    assert (await client.responses.cancel(seen[0].response.id)).status == "cancelled"
    billed = only(model.bill)
    assert (billed.status, billed.usage.output_tokens) == ("cancelled", 66)


async def test_only_background_responses_can_be_cancelled_or_resumed(client: AsyncOpenAI) -> None:
    answer = await ask(client)
    with pytest.raises(openai.BadRequestError):
        await client.responses.cancel(answer.id)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(answer.id, stream=True)


async def test_an_unstored_background_response_can_be_polled_for_ten_minutes(client: AsyncOpenAI) -> None:
    answer = await ask(client, background=True, store=False)
    await anyio.sleep(599)
    assert (await client.responses.retrieve(answer.id)).status == "completed"
    await anyio.sleep(2)
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(answer.id)


# Clients that leave


async def test_leaving_a_stream_is_noticed_and_billed_so_far(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two three four")
    events = await stream(client, "x" * 396)
    async for event in events:
        if event.type == "response.output_text.delta":
            break
    await events.close()
    billed = only(model.bill)
    assert (billed.status, billed.usage.input_tokens, billed.usage.output_tokens) == ("interrupted", 103, 65)
    assert model.requests[-1].outcome == "interrupted"
    with pytest.raises(openai.NotFoundError):
        await client.responses.retrieve(billed.response_id)


async def test_leaving_before_the_first_event_is_billed_for_the_input(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    events = await stream(client)
    await events.close()
    billed = only(model.bill)
    assert (billed.status, billed.usage.input_tokens, billed.usage.output_tokens) == ("interrupted", 5, 0)


async def test_a_cancelled_task_leaves_too(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two three four", "one two three four")
    for ask_it in (ask, events_of):
        model.takes(seconds=40, first_token_s=10)
        with anyio.move_on_after(25):
            await ask_it(client)
    assert [(line.status, line.usage.output_tokens) for line in model.bill] == [("interrupted", 66)] * 2


async def test_an_interrupted_response_can_be_kept(clock: Callable[[], datetime]) -> None:
    model = LocalOpenAI(now=clock, keeps_interrupted=True)
    async with model.client() as client:
        model.says("one two")
        events = await stream(client)
        await events.close()
        kept = await client.responses.retrieve(model.responses.last.id)
    assert (kept.status, kept.output_text) == ("completed", "one two")
    assert only(model.bill).status == "complete"


async def test_a_client_that_stops_reading_after_the_end_has_not_left(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    events = await stream(client)
    async for event in events:
        if event.type == "response.completed":
            break
    await events.close()
    assert only(model.bill).status == "complete"
    assert model.requests[-1].outcome == "answered"


# Faults before an answer


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "context_length_exceeded", openai.BadRequestError),
        (401, None, openai.AuthenticationError),
        (404, None, openai.NotFoundError),
        (429, None, openai.RateLimitError),
        (429, "insufficient_quota", openai.RateLimitError),
        (500, None, openai.InternalServerError),
        (503, None, openai.InternalServerError),
    ],
)
async def test_a_told_failure_is_the_sdks_error(
    client: AsyncOpenAI, model: LocalOpenAI, status: int, code: str | None, error: type[openai.APIStatusError]
) -> None:
    model.fails(status, code)
    with pytest.raises(error) as failed:
        await ask(client)
    assert failed.value.request_id
    assert code is None or failed.value.code == code
    assert not model.bill
    assert (await ask(client)).output_text


async def test_retry_after_is_obeyed_by_the_sdk(model: LocalOpenAI) -> None:
    model.fails(429, retry_after_s=17, times=2)
    began_s = anyio.current_time()
    async with model.client(max_retries=2) as client:
        await ask(client)
    assert 34 <= anyio.current_time() - began_s < 35
    assert [seen.status for seen in model.requests] == [429, 429, 200]
    assert model.requests[-1].headers["x-stainless-retry-count"] == "2"


async def test_a_refused_call_takes_no_answer(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("Still here.")
    model.fails(500)
    with pytest.raises(openai.InternalServerError):
        await ask(client)
    assert (await ask(client)).output_text == "Still here."


async def test_failures_can_be_told_for_another_operation(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.fails(500, on="retrieve")
    answer = await ask(client)
    with pytest.raises(openai.InternalServerError):
        await client.responses.retrieve(answer.id)


async def test_an_outage_is_everywhere_and_ends(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.outage(times=1)
    with pytest.raises(openai.InternalServerError):
        await client.models.list()
    await client.models.list()
    model.outage(seconds=60)
    for _ in range(2):
        with pytest.raises(openai.InternalServerError):
            await ask(client)
    await anyio.sleep(60)
    assert (await ask(client)).output_text


async def test_silence_ends_in_the_clients_time_out(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.never_answers()
    began_s = anyio.current_time()
    with pytest.raises(openai.APITimeoutError):
        await client.with_options(timeout=20).responses.create(model=MODEL, input="Hi")
    assert 20 <= anyio.current_time() - began_s < 21
    assert model.requests[-1].outcome == "interrupted"
    assert not model.bill


async def test_a_wrong_key_is_refused(model: LocalOpenAI) -> None:
    async with model.client(api_key="sk-wrong") as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            await ask(client)
    assert refused.value.code == "invalid_api_key"


async def test_a_prompt_longer_than_the_window_is_refused(clock: Callable[[], datetime]) -> None:
    async with LocalOpenAI(now=clock, context_tokens=1000).client() as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await ask(client, LONG)
    assert refused.value.code == "context_length_exceeded"


# Faults in a stream


async def test_a_cut_stream_is_a_connection_error(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.cuts(after_events=7)
    seen: list[Any] = []
    with pytest.raises(openai.APIConnectionError):
        await read(await stream(client), seen)
    assert len(seen) == 7
    assert only(model.bill).status == "interrupted"
    assert model.requests[-1].outcome == "cut"


async def test_a_cut_plain_call_is_retried_and_billed_twice(model: LocalOpenAI) -> None:
    model.cuts()
    async with model.client(max_retries=1) as client:
        await ask(client)
    assert [line.status for line in model.bill] == ["interrupted", "complete"]
    assert model.bill[0].usage.output_tokens > 0


async def test_a_stream_can_end_without_a_terminal_event(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.ends_early(after_events=4)
    assert len(await events_of(client)) == 4
    assert model.requests[-1].outcome == "ended_early"


async def test_a_stalled_stream_runs_into_the_read_time_out(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.stalls(after_events=5)
    seen: list[Any] = []
    with pytest.raises(openai.APITimeoutError):
        await read(await stream(client.with_options(timeout=30)), seen)
    assert len(seen) == 5
    assert only(model.bill).status == "interrupted"


async def test_an_error_event_comes_flat_or_nested(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.stream_error("rate_limit_exceeded", "Slow down.")
    last = (await events_of(client))[-1]
    assert (last.type, last.code, last.message) == ("error", "rate_limit_exceeded", "Slow down.")
    model.stream_error("server_error", "Oops.", nested=True)
    with pytest.raises(openai.APIError, match="Oops"):
        await events_of(client)
    assert [line.usage.total_tokens for line in model.bill] == [0, 0]


async def test_a_failed_response_says_why(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.response_fails("server_error", "Sorry.", after_events=6)
    events = await events_of(client)
    assert len(events) == 7
    assert events[-1].type == "response.failed"
    assert events[-1].response.error.message == "Sorry."
    assert only(model.bill).status == "failed"
    model.response_fails("server_error", "Sorry.", with_usage=True)
    failed = await ask(client)
    assert failed.status == "failed"
    assert failed.usage
    assert failed.usage.total_tokens == model.bill[-1].usage.total_tokens > 0


async def test_an_answer_can_break_off(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("twelve chars")
    model.incomplete("content_filter")
    answer = await ask(client)
    assert answer.incomplete_details
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "content_filter")
    assert answer.output_text == "twelve"


async def test_a_refusal_is_streamed_as_one(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.refuses("I can't help with that.")
    events = await events_of(client)
    assert "".join(event.delta for event in events if event.type == "response.refusal.delta").startswith("I can't")
    assert events[-1].response.output[-1].content[0].type == "refusal"


async def test_an_answer_can_be_empty(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says_nothing()
    answer = await ask(client)
    assert answer.status == "completed"
    assert [item.type for item in answer.output] == ["reasoning"]


async def test_unknown_events_come_among_the_usual_ones(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    model.says("one two")
    model.sends_unknown_events()
    events = await events_of(client)
    assert sum(event.type.startswith("response.novelty") for event in events) == 3
    assert text_of(events) == "one two"
    assert events[-1].type == "response.completed"


# Requests that are wrong


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({"extra_body": {"inputs": "x"}}, "unknown_parameter", "inputs"),
        ({"temperature": "hot"}, "invalid_type", "temperature"),
        ({"stream": "yes"}, "invalid_type", "stream"),
        ({"temperature": 3}, "decimal_above_max_value", "temperature"),
        ({"max_output_tokens": 1}, "integer_below_min_value", "max_output_tokens"),
        ({"truncation": "some"}, "invalid_value", "truncation"),
        ({"service_tier": "gold"}, "invalid_value", "service_tier"),
        ({"reasoning": {"effort": "none"}}, "unsupported_value", "reasoning.effort"),
        ({"reasoning": {"depth": 1}}, "unknown_parameter", "reasoning.depth"),
        ({"conversation": "c", "previous_response_id": "r"}, "mutually_exclusive_parameters", None),
        ({"input": 5}, "invalid_type", "input"),
        ({"input": [{"role": "bob", "content": ""}]}, "invalid_value", "input[0].role"),
        ({"input": [{"role": "user"}]}, "missing_required_parameter", "input[0].content"),
        (
            {"input": [{"role": "user", "content": [{"type": "output_text", "text": ""}]}]},
            "invalid_value",
            "input[0].content[0].type",
        ),
        (
            {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": ""}]}]},
            "invalid_value",
            "input[0].content[0].type",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "detail": "auto"}]}]},
            "missing_required_parameter",
            "input[0].content[0].image_url",
        ),
        ({"input": [{"type": "musing"}]}, "invalid_value", "input[0].type"),
        ({"tools": [{"type": "telepathy"}]}, "invalid_value", "tools[0].type"),
        ({"tools": [{"type": "code_interpreter"}]}, "missing_required_parameter", "tools[0].container"),
        ({"metadata": {"n": 1}}, "invalid_type", "metadata.n"),
        ({"metadata": {str(n): "" for n in range(17)}}, "object_above_max_properties", "metadata"),
        ({"metadata": {"a": "x" * 513}}, "string_above_max_length", "metadata.a"),
        ({"model": "gpt-9"}, "model_not_found", "model"),
        ({"include": ["everything"]}, "invalid_value", "include[0]"),
        ({"context_management": [{"type": "magic"}]}, "invalid_value", "context_management[0].type"),
    ],
)
async def test_a_wrong_request_is_refused_in_openais_words(
    client: AsyncOpenAI, model: LocalOpenAI, wrong: dict[str, Any], code: str, param: str | None
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(client, **wrong)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert model.requests[-1].refused_as == code
    assert not model.bill


async def test_what_the_api_takes_is_taken(client: AsyncOpenAI) -> None:
    await ask(
        client,
        [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": "What is this?"}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": "A cat."}], "phase": "final_answer"},
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AAAA"},
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
                ],
            },
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "42"},
        ],
        tools=[
            {"type": "web_search", "user_location": {"type": "approximate"}},
            {"type": "function", "name": "f", "parameters": {}, "strict": None},
            {"type": "code_interpreter", "container": {"type": "auto"}},
        ],
        tool_choice={"type": "image_generation"},
        prompt_cache_options={"ttl": "12h"},
        text={"verbosity": "low"},
        include=["web_search_call.action.sources"],
        max_output_tokens=500,
        store=None,
    )


async def test_a_waiter_sees_what_has_already_happened(client: AsyncOpenAI, model: LocalOpenAI) -> None:
    version = model.changed.version
    await ask(client)
    with anyio.fail_after(1):
        assert await model.changed.wait(since=version) > version
