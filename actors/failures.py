"""What went wrong, as the sentence for the person and the alert for the admins."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.errors import (
    ContentRefusedError,
    ContextTooLongError,
    CredentialsRefusedError,
    CutStreamError,
    GpttgError,
    OutageError,
    OverBudgetError,
    QuotaExhaustedError,
    RateLimitedError,
    RefusedError,
    UnreadableFileError,
)


class Failure(NamedTuple):
    """`reason` names the sentence `failed-<reason>`, `alert` the admins' `alert-<alert>` ("" for none)."""

    reason: str
    alert: str = ""
    retry_after_s: float = 0.0
    limit: str = ""
    """the limit that refuses ("person:42:month"), where one does"""
    detail: str = ""
    """for the alert: a code or a type, never a text of anybody's"""


def failure_of(error: GpttgError | TimeoutError) -> Failure:
    """The failure that an error means."""
    reason, alert = _reason(error)
    return Failure(
        reason,
        alert,
        retry_after_s=(error.retry_after_s or 0.0) if isinstance(error, RateLimitedError) else 0.0,
        limit=error.limit if isinstance(error, OverBudgetError) else "",
        detail=getattr(error, "code", "") or type(error).__name__,
    )


def _reason(error: GpttgError | TimeoutError) -> tuple[str, str]:
    match error:
        case QuotaExhaustedError():
            return "quota", "quota"
        case CredentialsRefusedError():
            return "credentials", "credentials"
        case RateLimitedError():
            return "rate", ""
        case CutStreamError():
            return "cut", ""
        case OutageError():
            return "outage", "outage"
        case ContextTooLongError():
            return "too_long", ""
        case ContentRefusedError():
            return "refused", ""
        case OverBudgetError():
            return "budget", ""
        case UnreadableFileError(code=code):
            return f"file_{code}", ""
        case RefusedError():
            return "request", "request"
        case TimeoutError():
            return "late", ""
        case _:
            return "crash", "crash"
