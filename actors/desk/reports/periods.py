"""The times for which the ledger can be had as a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.store.figures import span_of

PERIODS = ("today", "week", "month", "last_month", "all")


def period_of(period: str, now: datetime) -> tuple[datetime, datetime]:
    """[begins, ends) of one of PERIODS. `now` is in the house's zone."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "all":
            return datetime(1970, 1, 1, tzinfo=UTC), now
        case "last_month":
            return (month - timedelta(days=1)).replace(day=1), month
        case _:
            return span_of(period, now)
