"""A conversation's key: the chat, and the topic where a forum chat has topics. Never the user."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

DESK = "desk"
"""The key of the admins' desk: one actor for the whole house, without a chat of its own."""


class Place(NamedTuple):
    """Where a conversation takes place. `chat_id` is Telethon's marked id: positive for a private chat (then it is
    the person's own id), negative for groups (-100... for supergroups)."""

    chat_id: int
    topic_id: int | None = None

    @property
    def is_private(self) -> bool:
        """Whether only one person and the bot are here."""
        return self.chat_id > 0

    @property
    def key(self) -> str:
        """The conversation's key in every table: "42", "-1001234", "-1001234:7"."""
        return f"{self.chat_id}" if self.topic_id is None else f"{self.chat_id}:{self.topic_id}"


@lru_cache(maxsize=4096)
def place(key: str) -> Place:
    """The place that a key names. Raises ValueError for what is no key."""
    chat, _, topic = key.partition(":")
    return Place(int(chat), int(topic) if topic else None)
