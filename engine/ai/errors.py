"""OpenAI's errors become ours here, and nowhere else. Ours hold codes, never a person's text or a key.

When asking again is safe (`may_have_run`): OpenAI answers a streamed question with its stream as soon as it has taken
it, and bills nothing that it turned away with a status instead. So an error in OpenAI's own words (a JSON body), a 429
or a 503 has cost nothing; a gateway's error page, silence, or a connection that broke after the question was sent may
have. The same holds for the other paid requests (sound, pictures, containers). Those that only look something up are
never billed.
"""

from __future__ import annotations

import math

import aiohttp
import httpx2
import openai

from engine.ai.finished import FinishedResponse
from engine.core.errors import (
    ContentRefusedError,
    ContextTooLongError,
    CredentialsRefusedError,
    CutStreamError,
    GpttgError,
    OutageError,
    QuotaExhaustedError,
    RateLimitedError,
    RefusedError,
    ThreadLostError,
    UnreadableFileError,
)

QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
RATE_CODES = frozenset({"rate_limit_exceeded", "tokens", "requests", "slow_down"})
OUTAGE_CODES = frozenset({"", "server_error", "internal_error", "overloaded_error", "vector_store_timeout"})
CONTENT_CODES = frozenset(
    {
        "invalid_prompt",
        "content_policy_violation",
        "content_filter",
        "moderation_blocked",
        "bio_policy",
        "misalignment_policy_violation",
        "image_content_policy_violation",
    }
)

ONLY_THOUGHT = "without its required following item"
"""In OpenAI's words for a thread that goes on from a response which was only thought; they have no code."""
NOT_FOUND = "not_found"
"""The code of ours for a response that OpenAI does not have."""

NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)
"""There was no connection to send the request over."""


def translated(
    error: openai.OpenAIError | httpx2.HTTPError, *, is_billed: bool = True, has_file: bool = False
) -> GpttgError:
    """Our error for one of the SDK's, before an answer's stream has begun. `is_billed`: the request was a paid one;
    `has_file`: a file was in it, and what is too large is that file."""
    match error:
        case openai.APIStatusError(status_code=413) if has_file:
            return UnreadableFileError(code="too_large")
        case openai.APIStatusError():
            return _by_status(error, is_billed)
        case openai.APIConnectionError():
            cause = _root(error)
            return OutageError(code=type(cause).__name__, may_have_run=is_billed and not isinstance(cause, NEVER_SENT))
        case openai.APIError():
            return by_code(str(error.code or ""), may_have_run=is_billed)
        case httpx2.HTTPError():
            return OutageError(code=type(error).__name__, may_have_run=is_billed)
        case _:
            return RefusedError(code=type(error).__name__)


def _root(error: BaseException) -> BaseException:
    """What it began with. The SDK's bridge to aiohttp calls a server that hung up a "connect timeout", which would be
    safe to ask again: only aiohttp's own error tells."""
    while isinstance(error.__cause__, openai.OpenAIError | httpx2.HTTPError | aiohttp.ClientError):
        error = error.__cause__
    return error


def cut(error: Exception) -> CutStreamError:
    """The connection failed, or fell silent for too long, while an answer's stream was being read."""
    return CutStreamError(code=type(error.__cause__ or error).__name__, may_have_run=True)


def by_code(code: str, *, may_have_run: bool) -> GpttgError:
    """Our error for the code of an `error` event or of a failed response; "" where OpenAI named none."""
    if code in QUOTA_CODES:
        return QuotaExhaustedError(code=code)
    if code in RATE_CODES:
        return RateLimitedError(code=code, may_have_run=may_have_run)
    if code in OUTAGE_CODES:
        return OutageError(code=code or "error", may_have_run=may_have_run)
    if code == "previous_response_not_found":
        return ThreadLostError(code=code)
    if code == "context_length_exceeded":
        return ContextTooLongError(code=code)
    if code in CONTENT_CODES:
        return ContentRefusedError(code=code)
    return RefusedError(code=code)


def failure(response: FinishedResponse) -> GpttgError:
    """Why a response ended as failed. What it used is billed: asking again is safe only where it used nothing."""
    may_have_run = bool(response.text or response.usage.input_tokens or response.usage.output_tokens)
    return by_code(response.error_code, may_have_run=may_have_run)


def _by_status(error: openai.APIStatusError, is_billed: bool) -> GpttgError:
    status, codes = error.status_code, {str(error.code or ""), str(error.type or "")}
    code = str(error.code or error.type or f"HTTP {status}")
    if codes & QUOTA_CODES:
        return QuotaExhaustedError(code=code)
    if status == 429:
        return RateLimitedError(code=code, retry_after_s=_retry_after_s(error.response))
    if status in (401, 403):
        return CredentialsRefusedError(code=code)
    if status in (408, 409) or status >= 500:
        in_its_own_words = isinstance(error.body, dict) or status == 503
        return OutageError(
            code=code,
            retry_after_s=_retry_after_s(error.response),
            may_have_run=is_billed and not in_its_own_words,
        )
    if ONLY_THOUGHT in error.message:
        return ThreadLostError(code=code)
    known = by_code(code, may_have_run=False)
    if type(known) is not RefusedError and isinstance(known, RefusedError):
        return known
    return RefusedError(code=NOT_FOUND if status == 404 and code != "model_not_found" else code)


def _retry_after_s(response: httpx2.Response) -> float | None:
    for header, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            asked_s = float(response.headers[header]) * unit_s
        except (KeyError, ValueError):  # a date instead of seconds: OpenAI does not send one
            continue
        if math.isfinite(asked_s):
            return max(0.0, asked_s)
    return None
