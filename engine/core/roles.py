"""What a person may do here: one word, asked for before anything is spent."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person may do. All but STRANGER can be given by an admin; admins of the settings can't be changed."""

    ADMIN = "admin"
    """runs the bot"""
    MEMBER = "member"
    """uses the bot"""
    GUEST = "guest"
    """uses the bot at the guests' shared expense"""
    BLOCKED = "blocked"
    """gets no answer at all"""
    STRANGER = "stranger"
    """nobody has decided yet"""
