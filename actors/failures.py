"""What went wrong, as the sentence for the person and the alert for the admins."""

from __future__ import annotations

from typing import NamedTuple

from engine.core.errors import (
    ContentRefusedError,
    ContextTooLongError,
    CredentialsRefusedError,
    CutStreamError,
    GpttgError,
    NotFetchedError,
    OutageError,
    OverBudgetError,
    QuotaExhaustedError,
    RateLimitedError,
    RefusedError,
    TransientError,
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


NO_ROOM = ("ENOSPC", "EDQUOT")
"""What a full disk, or a full cache, says."""
MEANINGS: tuple[tuple[type[Exception], str, str], ...] = (
    (QuotaExhaustedError, "quota", "quota"),
    (CredentialsRefusedError, "credentials", "credentials"),
    (NotFetchedError, "telegram", ""),
    (RateLimitedError, "rate", ""),
    (CutStreamError, "cut", ""),
    (OutageError, "outage", "outage"),
    (ContextTooLongError, "too_long", ""),
    (ContentRefusedError, "refused", ""),
    (OverBudgetError, "budget", ""),
    (RefusedError, "request", "request"),
    (TimeoutError, "late", ""),
)
"""A kind of error, its reason and its alert; of two that an error is of, the upper one holds."""


def _reason(error: GpttgError | TimeoutError) -> tuple[str, str]:
    if isinstance(error, UnreadableFileError):
        return f"file_{error.code}", ""
    if isinstance(error, TransientError) and error.code in NO_ROOM:
        return "no_room", "no_room"
    found = ((reason, alert) for kind, reason, alert in MEANINGS if isinstance(error, kind))
    return next(found, ("crash", "crash"))
