"""What can be chosen: by each person for themselves and for each conversation (/settings), by admins for the house."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from actors.phrases import language_of

VOICE_ANSWERS = ("off", "to_voice", "always")
TRANSCRIPTS = ("both", "answer", "only")
LANGUAGE_CHOICES = ("auto", "ru", "en")
SYSTEM_PROMPT_LIMIT = 4_000
"""The most characters of a system prompt of one's own."""


class PersonPreferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person has chosen, wherever they write."""

    language: str = "auto"
    voice_answers: str = "off"
    transcripts: str = "both"
    """of a voice note: the transcript and the answer, the answer only, the transcript only"""
    zone: str = ""
    """an IANA name, "" for the bot's own"""

    def reads(self, telegram_language: str) -> str:
        """The language that this person is spoken to."""
        return language_of(telegram_language) if self.language == "auto" else self.language


class ConversationPreferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is chosen for a conversation; in a group by its admins."""

    model: str = ""
    """"" is the one in the settings"""
    web_search: bool = True
    system_prompt: str = ""
    """"" is the one in the settings"""
    listens: bool = False
    """in a group: lines that are not meant for the bot serve as context"""


@cache
def zone_named(name: str) -> ZoneInfo:
    """A time zone by its IANA name, which is known to exist. Read from the disk once."""
    return ZoneInfo(name)


class HousePreferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the admins have chosen for the whole house."""

    is_paused: bool = False
    """only admins get answers"""
    paused_people: tuple[int, ...] = ()
    """who gets none, though they may use the bot"""
    muted: dict[str, datetime] = {}
    """kinds of alerts that nobody wants to hear of until then"""
    model: str = ""
    """the one that answers where nobody has chosen; "" is the one in the settings"""
    models: tuple[str, ...] = ()
    """those that people may choose among; none are those of the settings"""
    cheaper_model: str = ""
    """answers those whose budget is nearly used up; "" moves nobody"""
    dark_pictures: bool = False
    """of what was spent"""

    def is_closed_to(self, person_id: int) -> bool:
        """Whether this person gets no answers at the moment; admins always do."""
        return self.is_paused or person_id in self.paused_people


HOUSE_SCOPE = "house"
"""Where the house's choices are kept."""

P = TypeVar("P", PersonPreferences, ConversationPreferences, HousePreferences)


def changed(preferences: P, **changes: Any) -> P:
    """The same with other choices."""
    return msgspec.structs.replace(preferences, **changes)


def person_scope(person_id: int) -> str:
    """Where a person's choices are kept."""
    return f"person:{person_id}"


def conversation_scope(key: str) -> str:
    """Where a conversation's choices are kept."""
    return f"conversation:{key}"


def read_preferences(shape: type[P], chosen: str | None) -> P:
    """The choices as they are kept; what an older version wrote and nobody knows any more is left out."""
    return shape() if chosen is None else msgspec.json.decode(chosen, type=shape)
