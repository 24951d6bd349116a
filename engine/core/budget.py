"""Budgets: who pays for a call, when a period began, and whether an estimate still fits. Asked before every paid call.

    payer ─► scopes ─► for each limit of these scopes: limit - spent - held = left ─► does the estimate fit everywhere?

Amounts are whole nano-dollars. A scope is a word of what is limited: "person:42", "chat:-1001234", "role:guest", "bot".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from engine.core.roles import Role

BOT = "bot"
"""The scope of everything that is spent."""
MARKS_PERCENT = (50, 80, 100)
"""Shares of a limit that are worth a word when spending passes them."""
WARNING_PERCENT = 80
"""From here on a person is told that a limit is near."""

LIMITED_ROLES = (Role.ADMIN, Role.MEMBER, Role.GUEST)
"""Whoever has one of them can spend."""

_SCOPE = re.compile(rf"person:\d+|chat:-\d+|role:({'|'.join(LIMITED_ROLES)})|bot")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Period(StrEnum):
    """What a limit is for."""

    DAY = "day"
    MONTH = "month"
    ONCE = "once"
    """for all time, counted from when it was granted"""


def person_scope(person_id: int) -> str:
    """What one person spends, wherever they ask."""
    return f"person:{person_id}"


def chat_scope(chat_id: int) -> str:
    """What is spent in one group, in all of its topics. Private chats have none: they are their person's."""
    return f"chat:{chat_id}"


def role_scope(role: str) -> str:
    """What all who have a role spend together."""
    return f"role:{role}"


def checked_scope(text: str) -> str:
    """The scope that somebody has typed. Raises ValueError for what is none."""
    if not _SCOPE.fullmatch(text):
        if text.startswith("role:"):
            raise ValueError(f"there is no {text!r}; write role:{', role:'.join(LIMITED_ROLES)}")
        raise ValueError(f"{text!r} can't be limited; write person:42, chat:-1001234, role:guest or bot")
    return text


class Payer(NamedTuple):
    """Who asked for a call, and where: what it is charged to. `role` is that of the moment ("" charges no role)."""

    person_id: int
    conversation: str
    role: str = ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """All that the call is charged to, the narrowest first."""
        chat = self.conversation.partition(":")[0]
        return (
            person_scope(self.person_id),
            *((f"chat:{chat}",) if chat.startswith("-") else ()),
            *((role_scope(self.role),) if self.role else ()),
            BOT,
        )


def period_start(period: Period, now: datetime, zone: tzinfo) -> datetime:
    """The first instant (UTC) of the zone's present day or month. `once` begins with 1970.

    Where the clocks are put forward at midnight, the day begins at the first time that there is.
    """
    if period is Period.ONCE:
        return _EPOCH
    day = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (day.replace(day=1) if period is Period.MONTH else day).astimezone(UTC)


class Room(NamedTuple):
    """One limit that a call must fit under, and what is used of it. `held` is what calls under way may still cost."""

    scope: str
    period: Period
    limit_nanousd: int
    spent_nanousd: int
    held_nanousd: int = 0

    @property
    def left_nanousd(self) -> int:
        """What another call may cost at most; never less than 0."""
        return max(0, self.limit_nanousd - self.spent_nanousd - self.held_nanousd)

    @property
    def fraction(self) -> float:
        """The share of the limit that is spent or held: 0.8 is the time for a warning. Can be more than 1."""
        used = self.spent_nanousd + self.held_nanousd
        return used / self.limit_nanousd if self.limit_nanousd else 1.0

    @property
    def is_near(self) -> bool:
        """Whether it is time for a warning."""
        return is_past(self.spent_nanousd + self.held_nanousd, self.limit_nanousd, WARNING_PERCENT)

    def fits(self, amount_nanousd: int) -> bool:
        """Whether a call of this estimate may be made. Where nothing is left, not even one of unknown price may."""
        return 0 < self.left_nanousd >= amount_nanousd


class Verdict(NamedTuple):
    """Whether an estimate fits under all limits. `rooms` are as they were before it."""

    amount_nanousd: int
    rooms: tuple[Room, ...] = ()

    @property
    def refusals(self) -> tuple[Room, ...]:
        """The limits that it does not fit under, the narrowest scope first."""
        return tuple(room for room in self.rooms if not room.fits(self.amount_nanousd))

    @property
    def refused(self) -> Room | None:
        """The limit to tell the person about; None if the call may be made."""
        return next(iter(self.refusals), None)

    @property
    def fits(self) -> bool:
        """Whether the call may be made."""
        return self.refused is None

    @property
    def left_nanousd(self) -> int | None:
        """The most that a call may cost under all limits; None if there is no limit."""
        return min((room.left_nanousd for room in self.rooms), default=None)

    @property
    def near(self) -> tuple[Room, ...]:
        """The limits that are nearly used up."""
        return tuple(room for room in self.rooms if room.is_near)


def is_past(spent_nanousd: int, limit_nanousd: int, percent: int) -> bool:
    """Whether spending has reached this share of a limit, exactly."""
    return spent_nanousd * 100 >= limit_nanousd * percent


def marks_passed(
    limit_nanousd: int, before_nanousd: int, after_nanousd: int, marks_percent: Iterable[int] = MARKS_PERCENT
) -> list[int]:
    """The marks that spending has passed on its way from `before` to `after`: each is worth one alert."""
    return [
        percent
        for percent in marks_percent
        if is_past(after_nanousd, limit_nanousd, percent) and not is_past(before_nanousd, limit_nanousd, percent)
    ]
