"""What an actor can receive from Telegram and from the engine itself: frozen structs, named in the past tense.

Actors define more events of their own (results of their jobs, what they read out of a text); whatever is in the
inbox is one of these or of those, told apart by its `type` field.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from engine.core.budget import Period
from engine.core.files import Attachment


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type", omit_defaults=True):
    """Something that happened. `at` is when, by the clock of whoever saw it first (UTC)."""

    at: datetime

    @property
    def queue(self) -> str:
        """Of what is postponed in one queue only the first is looked at again, and each other one when the one before
        it is handled. "": in none, always looked at."""
        return ""


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did it, as Telegram describes them. `language` is an IETF tag or ""."""

    id: int
    name: str = ""
    username: str = ""
    language: str = ""


class FromPerson(Event, frozen=True, kw_only=True):
    """Anything that a person did."""

    person: Person


class MessageReceived(FromPerson, frozen=True, kw_only=True):
    """A message of a person's. `addressed` is False for a line of a group that is not meant for the bot."""

    message_id: int
    text: str = ""
    """Markdown: Telegram's entities written back as the marks a model understands. A file's caption."""
    length: int = 0
    """of the text as it was sent, in UTF-16 units: a paste that Telegram has split comes in parts near 4,096"""
    reply_to: int | None = None
    quote: str = ""
    """the part of the other message that the person has marked to reply to"""
    forwarded_from: str | None = None
    """whose message it is; "" where that is hidden (or the account deleted), None for the person's own words"""
    addressed: bool = True

    @property
    def queue(self) -> str:
        """What one person says is looked at in its order."""
        return f"{self.person.id}"


class TextReceived(MessageReceived, frozen=True, kw_only=True):
    """Words, or something that can be said in words (a location, a contact, a poll, a dice)."""


class FileReceived(MessageReceived, frozen=True, kw_only=True):
    """A message with a file. Messages of one album have the same `album` (0: none)."""

    attachment: Attachment
    album: int = 0


class CommandReceived(FromPerson, frozen=True, kw_only=True):
    """A message that begins with a /command for this bot; `name` is lower case, without slash and @botname."""

    message_id: int
    name: str
    argument: str = ""
    reply_to: int | None = None

    @property
    def queue(self) -> str:
        """See MessageReceived."""
        return f"{self.person.id}"


class UnsupportedReceived(FromPerson, frozen=True, kw_only=True):
    """A message of a kind that the engine can't use; `kind` is Telegram's name for it: "game", "story", ..."""

    message_id: int
    kind: str
    addressed: bool = True


class MessageEdited(FromPerson, frozen=True, kw_only=True):
    """A person changed a message of theirs; `text` is what it says now, `attachment` the file that it has now."""

    message_id: int
    text: str
    attachment: Attachment | None = None


class MessagesDeleted(Event, frozen=True, kw_only=True):
    """Messages of this conversation are gone."""

    message_ids: tuple[int, ...]


class ButtonPressed(FromPerson, frozen=True, kw_only=True):
    """A tap on an inline button. The tap must be answered within 15 s (`effects.AnswerPress`)."""

    message_id: int
    query_id: int
    button: str
    """the button's own name for what it does, at most 64 bytes"""


class DraftStopped(FromPerson, frozen=True, kw_only=True):
    """The native Stop of a draft that the bot was streaming into a private chat."""

    draft_id: int


class TimedOut(Event, frozen=True, kw_only=True):
    """A timer that the actor had set has run out."""

    timer: str


class AlertRaised(Event, frozen=True, kw_only=True):
    """Something that an admin must know; goes to the admins' desk."""

    kind: str
    detail: str = ""
    person_id: int = 0
    """whom it is about; 0 is nobody"""
    figures: dict[str, str] = {}
    """further arguments of its sentence"""


class BudgetPassed(Event, frozen=True, kw_only=True):
    """Spending has reached this share of a limit; goes to the admins' desk. `start` is when the period began."""

    scope: str
    period: Period
    start: datetime
    percent: int
    spent_nanousd: int
    limit_nanousd: int
