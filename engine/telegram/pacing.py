"""How fast the bot may talk: one budget per chat and one for all, which shrinks when Telegram says "flood wait".

Telegram publishes no limits for MTProto; its FAQ for the Bot API says about 1 message a second in a chat, 20 a minute
in a group, and bursts are forgiven (shared/facts/telegram.md c). So: a bucket per chat, and for previews, which are
many and may be dropped, one rate for all chats together that halves at each flood wait and creeps up again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

PRIVATE_PER_S = 1.0
GROUP_PER_S = 20 / 60
"""Messages a second that a chat's bucket gains."""
CHAT_BURST = 20.0
"""Messages that a chat may get at once after a pause."""
PREVIEW_GAP_PRIVATE_S = 0.35
PREVIEW_GAP_GROUP_S = 3.0
"""The least time between two previews in a chat."""
PREVIEWS_PER_S_MOST = 400.0
PREVIEWS_PER_S_LEAST = 5.0
"""Between these the rate of all previews together moves."""
RECOVERY_PER_S = 2.0
"""By how much that rate grows each second without a flood wait."""
PREVIEWS_LATE_S = 0.1
"""How far previews may fall behind their rate, because the program was busy, and still catch up at once."""
CHATS_REMEMBERED = 10_000
"""Chats whose buckets are kept; full buckets are forgotten first, and cost nothing to forget."""


FLOODS_REMEMBERED = 1_000
"""Flood waits that the admins' watch can be told of."""


class Bucket:
    """A token bucket: `take` says how many seconds to wait before the taken token is there."""

    __slots__ = ("_at", "_level", "_most", "_per_s")

    def __init__(self, per_s: float, most: float, now: float) -> None:
        self._per_s = per_s
        self._most = most
        self._level = most
        self._at = now

    def take(self, now: float) -> float:
        """Takes one token; the seconds until it is really there (0 if it is)."""
        self._level = min(self._most, self._level + (now - self._at) * self._per_s) - 1
        self._at = now
        return max(0.0, -self._level / self._per_s)

    def is_full(self, now: float) -> bool:
        """Whether forgetting this bucket would change nothing."""
        return self._level + (now - self._at) * self._per_s >= self._most


class Pacing:
    """The budgets. `monotonic` is the event loop's time in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._chats: dict[int, Bucket] = {}
        self._closed_until: dict[int, float] = {}
        self._floods: deque[tuple[float, float]] = deque(maxlen=FLOODS_REMEMBERED)
        self._previews_per_s = PREVIEWS_PER_S_MOST
        self._adjusted_at = monotonic()
        self._preview_at = monotonic()

    def before_message(self, chat_id: int) -> float:
        """Seconds to wait before a message to this chat, which is then counted."""
        now = self._monotonic()
        bucket = self._chats.get(chat_id)
        if bucket is None:
            self._forget(now)
            bucket = self._chats[chat_id] = Bucket(PRIVATE_PER_S if chat_id > 0 else GROUP_PER_S, CHAT_BURST, now)
        return max(bucket.take(now), self._closed_until.get(chat_id, 0.0) - now)

    def flooded(self, chat_id: int, wait_s: float) -> None:
        """Telegram wants no messages in this chat for `wait_s`; previews everywhere become rarer."""
        until = self._monotonic() + wait_s
        self._closed_until[chat_id] = max(self._closed_until.get(chat_id, 0.0), until)
        self.preview_flooded(wait_s)

    def preview_flooded(self, wait_s: float) -> None:
        """Telegram turned a preview away for `wait_s`: all of them become rarer. (Its wait does not hold for messages:
        Telegram counts methods apart, and the final text must not wait for a preview's penalty.)"""
        self._floods.append((self._monotonic(), wait_s))
        self._previews_per_s = max(PREVIEWS_PER_S_LEAST, self.previews_per_s() / 2)
        self._adjusted_at = self._monotonic()

    def after_preview(self) -> float:
        """A preview is on its way: the seconds to wait before the next one, in whichever chat."""
        now = self._monotonic()
        self._preview_at = max(self._preview_at, now - PREVIEWS_LATE_S) + 1 / self.previews_per_s()
        return max(0.0, self._preview_at - now)

    def floods(self) -> tuple[int, float]:
        """How many chats want no messages at the moment, and for how long still at most (seconds)."""
        now = self._monotonic()
        waits = [until - now for until in self._closed_until.values() if until > now]
        return len(waits), max(waits, default=0.0)

    def longest_flood_s(self, within_s: float) -> float:
        """The longest wait that Telegram has asked for in the last `within_s`; 0 for none."""
        since = self._monotonic() - within_s
        return max((wait_s for at, wait_s in self._floods if at >= since), default=0.0)

    def previews_per_s(self) -> float:
        """How many previews a second all chats together may get now."""
        grown = self._previews_per_s + (self._monotonic() - self._adjusted_at) * RECOVERY_PER_S
        return min(PREVIEWS_PER_S_MOST, grown)

    def _forget(self, now: float) -> None:
        if len(self._chats) >= CHATS_REMEMBERED:
            self._chats = {chat: bucket for chat, bucket in self._chats.items() if not bucket.is_full(now)}
            self._closed_until = {chat: until for chat, until in self._closed_until.items() if until > now}


def preview_gap_s(chat_id: int) -> float:
    """The least time between two previews in this chat."""
    return PREVIEW_GAP_PRIVATE_S if chat_id > 0 else PREVIEW_GAP_GROUP_S
