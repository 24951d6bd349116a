"""Quiet hours: from one full hour to another, in the house's time zone; what is not urgent waits for their end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOURS = 24


class QuietHours(NamedTuple):
    """`begin` and `end` are hours, 0 to 23; 23 and 8 is the night."""

    begin: int
    end: int

    def holds(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether it is quiet at that moment."""
        hour = moment.astimezone(zone).hour
        return (hour - self.begin) % HOURS < (self.end - self.begin) % HOURS

    def over_at(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """When it is no longer quiet, for a moment at which it is (UTC)."""
        local = moment.astimezone(zone)
        days = 1 if local.hour >= self.end else 0
        wall = datetime(local.year, local.month, local.day, self.end, tzinfo=zone) + timedelta(days=days)
        return wall.astimezone(UTC)


def quiet_hours(text: str) -> QuietHours | None:
    """What QUIET_HOURS says: "23-8"; None for "". Raises ValueError for anything else."""
    if not text.strip():
        return None
    begin, end = (int(part) for part in text.split("-"))
    if begin == end or not (0 <= begin < HOURS and 0 <= end < HOURS):
        raise ValueError(f"no hours of a day: {text!r}")
    return QuietHours(begin, end)
