"""OpenAI's errors as ours: what each means for the person, for asking again, and for the bill."""

from __future__ import annotations

import traceback
from typing import Any

import httpx2
import msgspec
import pytest

from engine.ai.client import openai_client
from engine.ai.errors import by_code, failure
from engine.ai.finished import FinishedResponse
from engine.ai.responses import AnswerRequest, Responses
from engine.core.errors import (
    ContentRefusedError,
    ContextTooLongError,
    CredentialsRefusedError,
    GpttgError,
    OutageError,
    QuotaExhaustedError,
    RateLimitedError,
    RefusedError,
    ThreadLostError,
    TransientError,
)
from engine.core.ledger import Usage

pytestmark = pytest.mark.anyio

KEY = "sk-proj-very-secret"
SECRET = "a secret that a person wrote"
REQUEST = AnswerRequest(model="gpt-6.1-terra", input=[{"role": "user", "content": SECRET}], instructions="Be brief.")


async def error_of(answer: Any, *, is_lookup: bool = False) -> GpttgError:
    """What `Responses` raises when the wire answers so (a response, or an exception)."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, httpx2.Response)
        return answer

    client = openai_client(KEY, transport=httpx2.MockTransport(handle))
    responses = Responses(client)
    with pytest.raises(GpttgError) as raised:
        await (responses.look("resp_1") if is_lookup else asked(responses))
    await client.close()
    assert raised.value.__cause__ is not None
    return raised.value


async def asked(responses: Responses) -> None:
    async with responses.ask(REQUEST):
        pass


ONLY_THOUGHT = "Item 'rs_1' of type 'reasoning' was provided without its required following item."


def only_thought() -> httpx2.Response:
    """What OpenAI says to a question behind a response that was only thought (openai/openai-agents-python#1611)."""
    error = {"message": ONLY_THOUGHT, "type": "invalid_request_error", "code": None, "param": "input"}
    return httpx2.Response(400, content=msgspec.json.encode({"error": error}))


def status(code: int, error: str | None = None, kind: str | None = None, **headers: str) -> httpx2.Response:
    body = {"error": {"message": f"{SECRET} {KEY}", "type": kind, "code": error, "param": None}}
    return httpx2.Response(code, content=msgspec.json.encode(body), headers=headers)


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (status(429, "insufficient_quota", "insufficient_quota"), QuotaExhaustedError),
        (status(429, None, "insufficient_quota"), QuotaExhaustedError),
        (status(429, "rate_limit_exceeded", "requests"), RateLimitedError),
        (status(429, None, "tokens"), RateLimitedError),
        (status(401, "invalid_api_key"), CredentialsRefusedError),
        (status(403, "unsupported_country_region_territory"), CredentialsRefusedError),
        (status(400, "previous_response_not_found"), ThreadLostError),
        (status(404, "previous_response_not_found"), ThreadLostError),
        (only_thought(), ThreadLostError),
        (status(400, "context_length_exceeded"), ContextTooLongError),
        (status(400, "invalid_prompt"), ContentRefusedError),
        (status(400, "content_policy_violation"), ContentRefusedError),
        (status(404, "model_not_found"), RefusedError),
        (status(400, "unknown_parameter"), RefusedError),
        (status(413), RefusedError),
        (status(422, None, "invalid_request_error"), RefusedError),
        (status(500, None, "server_error"), OutageError),
        (status(503), OutageError),
        (httpx2.Response(502, text="<html>Bad gateway</html>"), OutageError),
        (httpx2.ConnectError("no route"), OutageError),
        (httpx2.ReadTimeout("silence"), OutageError),
    ],
)
async def test_each_answer_of_openai_is_one_of_our_errors(answer: Any, ours: type[GpttgError]) -> None:
    assert type(await error_of(answer)) is ours


@pytest.mark.parametrize(
    ("answer", "may_have_run"),
    [
        (status(429, "rate_limit_exceeded"), False),
        (status(500, None, "server_error"), False),
        (status(503), False),
        (httpx2.Response(503, text="<html>"), False),
        (httpx2.Response(502, text="<html>"), True),
        (httpx2.Response(520, text="<html>"), True),
        (httpx2.ConnectError(""), False),
        (httpx2.ConnectTimeout(""), False),
        (httpx2.PoolTimeout(""), False),
        (httpx2.ReadTimeout(""), True),
        (httpx2.ReadError(""), True),
        (httpx2.RemoteProtocolError(""), True),
    ],
)
async def test_a_question_is_asked_again_only_where_it_cannot_have_been_billed(answer: Any, may_have_run: bool) -> None:
    error = await error_of(answer)
    assert isinstance(error, TransientError)
    assert error.may_have_run is may_have_run


@pytest.mark.parametrize("answer", [httpx2.ReadTimeout(""), httpx2.Response(502, text="<html>")])
async def test_looking_something_up_is_never_billed(answer: Any) -> None:
    error = await error_of(answer, is_lookup=True)
    assert isinstance(error, OutageError)
    assert not error.may_have_run


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1250", "retry-after": "2"}, 1.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Wed, 25 Nov 2026 09:00:00 GMT"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
async def test_the_wait_that_openai_names_is_kept(headers: dict[str, str], retry_after_s: float | None) -> None:
    error = await error_of(status(429, "rate_limit_exceeded", **headers))
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == retry_after_s


async def test_our_error_says_neither_the_key_nor_what_the_person_wrote() -> None:
    for answer in (status(401, "invalid_api_key"), status(400, "invalid_prompt"), status(500)):
        error = await error_of(answer)
        ours = "".join(traceback.format_exception_only(error)) + repr(vars(error))
        assert KEY not in ours
        assert SECRET not in ours


async def test_a_mistake_of_ours_in_the_transport_is_not_taken_for_an_outage() -> None:
    def handle(request: httpx2.Request) -> httpx2.Response:
        raise ZeroDivisionError

    client = openai_client(KEY, transport=httpx2.MockTransport(handle))
    with pytest.raises(ZeroDivisionError):
        await Responses(client).models()
    await client.close()


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("server_error", OutageError),
        ("", OutageError),
        ("rate_limit_exceeded", RateLimitedError),
        ("insufficient_quota", QuotaExhaustedError),
        ("invalid_prompt", ContentRefusedError),
        ("bio_policy", ContentRefusedError),
        ("context_length_exceeded", ContextTooLongError),
        ("image_too_large", RefusedError),
    ],
)
def test_a_failed_response_says_what_it_means(code: str, ours: type[GpttgError]) -> None:
    assert type(failure(FinishedResponse("resp_1", "m", "failed", "", error_code=code))) is ours
    assert type(by_code(code, may_have_run=True)) is ours


def test_a_failed_response_that_used_something_is_not_asked_again() -> None:
    free = failure(FinishedResponse("resp_1", "m", "failed", "", error_code="server_error"))
    paid = failure(FinishedResponse("resp_1", "m", "failed", "", usage=Usage(10), error_code="server_error"))
    assert isinstance(free, TransientError)
    assert isinstance(paid, TransientError)
    assert (free.may_have_run, paid.may_have_run) == (False, True)
