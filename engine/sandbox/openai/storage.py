"""What OpenAI charges for vector stores: by the bytes and the day, measured as each day (UTC) begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil

from engine.sandbox.openai.bill import BilledCall, Usage
from engine.sandbox.openai.vector_stores import VectorStores

FREE_BYTES = 2**30
"""Of all stores together, each day."""
DAY = timedelta(days=1)


class Storage:
    """The meter: reads what lies in the stores at each midnight. It looks back, so it must be read before anything
    changes."""

    def __init__(self, now: Callable[[], datetime], stores: VectorStores, billed: Callable[[BilledCall], None]) -> None:
        self._now = now
        self._stores = stores
        self._billed = billed
        self._read_at = _day(now())

    def read_meter(self) -> None:
        """Bills the days that have begun since it was read last."""
        today = _day(self._now())
        if not self._stores:
            self._read_at = today
        while self._read_at < today:
            self._read_at += DAY
            self._bill(self._read_at)

    def _bill(self, day: datetime) -> None:
        """Each store bears of the free bytes what it has of all."""
        sizes = {
            store.id: self._stores.size(store, day)
            for store in self._stores.values()
            if store.expires_at is None or store.expires_at > day
        }
        for store_id, billed in _billable(sizes).items():
            usage = Usage(storage_byte_days=billed)
            name = f"{store_id}:{day:%Y%m%d}"
            self._billed(BilledCall(name, "vector-storage", usage, "complete", day, operation="storage"))


def _billable(sizes: Mapping[str, int]) -> dict[str, int]:
    total = sum(sizes.values())
    if total <= FREE_BYTES:
        return {}
    share = 1 - Fraction(FREE_BYTES, total)
    return {store_id: ceil(size * share) for store_id, size in sizes.items() if size}


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
