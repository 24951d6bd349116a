"""OpenAI's errors become ours here, and nowhere else. Ours hold codes, never a person's text or a key."""

from __future__ import annotations

import httpx2
import openai

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
)

QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
RATE_CODES = frozenset({"rate_limit_exceeded", "tokens", "requests"})
CONTENT_CODES = frozenset(
    {
        "invalid_prompt",
        "content_policy_violation",
        "content_filter",
        "bio_policy",
        "misalignment_policy_violation",
        "image_content_policy_violation",
    }
)

NOT_FOUND = "not_found"
"""The code of ours for a response that OpenAI does not have."""


def translated(error: openai.OpenAIError | httpx2.HTTPError) -> GpttgError:
    """Our error for one of the SDK's, before an answer's stream has begun."""
    match error:
        case openai.APIStatusError():
            code = str(error.code or error.type or "")
            return _by_status(error.status_code, code, _retry_after_s(error.response))
        case openai.APIConnectionError():
            return OutageError(code=type(error.__cause__ or error).__name__, may_have_run=not _never_sent(error))
        case openai.APIError():
            return by_code(str(error.code or ""))
        case httpx2.HTTPError():
            return OutageError(code=type(error).__name__, may_have_run=True)
        case _:
            return RefusedError(code=type(error).__name__)


def cut(error: Exception) -> CutStreamError:
    """The connection failed while an answer's stream was being read."""
    return CutStreamError(code=type(error.__cause__ or error).__name__, may_have_run=True)


def by_code(code: str) -> GpttgError:
    """Our error for the code of an `error` event or of a failed response."""
    if code in QUOTA_CODES:
        return QuotaExhaustedError(code=code)
    if code in RATE_CODES:
        return RateLimitedError(code=code)
    if code == "previous_response_not_found":
        return ThreadLostError(code=code)
    if code == "context_length_exceeded":
        return ContextTooLongError(code=code)
    if code in CONTENT_CODES:
        return ContentRefusedError(code=code)
    if code in ("", "server_error", "internal_error", "overloaded_error", "vector_store_timeout"):
        return OutageError(code=code or "error", may_have_run=True)
    return RefusedError(code=code)


def _by_status(status: int, code: str, retry_after_s: float | None) -> GpttgError:
    if status == 429:
        if code in QUOTA_CODES:
            return QuotaExhaustedError(code=code)
        return RateLimitedError(code=code, retry_after_s=retry_after_s)
    if status in (401, 403):
        return CredentialsRefusedError(code=code or f"HTTP {status}")
    if status in (408, 409) or status >= 500:
        # 503 is an overload: OpenAI turned the request away. Any other 5xx may have come after the work.
        return OutageError(code=code or f"HTTP {status}", retry_after_s=retry_after_s, may_have_run=status != 503)
    if status == 404 and code != "model_not_found":
        return RefusedError(code=NOT_FOUND)
    known = by_code(code)
    return RefusedError(code=code or f"HTTP {status}") if isinstance(known, OutageError) else known


def _retry_after_s(response: httpx2.Response) -> float | None:
    for header, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(response.headers[header]) * unit_s)
        except (KeyError, ValueError):
            continue
    return None


def _never_sent(error: openai.APIConnectionError) -> bool:
    """Whether the request provably did not reach OpenAI: there was no connection to send it over."""
    return isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
