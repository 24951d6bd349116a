"""What the conversation orders from its jobs: written into the job's row, read by the job's body."""

from __future__ import annotations

from datetime import datetime

import msgspec

from engine.core.events import Person
from engine.core.files import Attachment, StoredFile


class Exchange(msgspec.Struct, frozen=True, array_like=True):
    """A question and what was answered, as far as it got."""

    question: str
    answer: str


class Order(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every job is told: for whom it works, and in which language it speaks to them."""

    person: Person
    language: str = "en"
    thread: int = 1
    role: str = ""
    """the person's at that moment: whose shared budget pays, too"""


class AnswerOrder(Order, frozen=True, kw_only=True):
    """A question for the model. `unheard`: what the thread at OpenAI does not know yet."""

    question: str
    files: tuple[Attachment, ...] = ()
    documents: tuple[StoredFile, ...] = ()
    """texts of our own that belong to the question"""
    previous_response_id: str | None
    is_lost: bool = False
    """OpenAI is known to take no question behind that one: the thread is rebuilt at once"""
    ref: str = ""
    """the message that stands for the answer, in a group"""
    arriving: str = ""
    """the message that says how far large files have come, "" for none"""
    unheard: tuple[Exchange, ...] = ()
    asked_at: datetime
    model: str = ""
    """"" is the one in the settings"""
    system_prompt: str = ""
    """the conversation's own, "" for the one in the settings"""
    zone: str = ""
    """the person's time zone (IANA), "" for the one in the settings"""
    web_search: bool = True
    overheard: tuple[str, ...] = ()
    """lines of the group that were not meant for the bot, as context"""
    is_group: bool = False
    given: tuple[str, ...] = ()
    """files of the code interpreter that were shown already"""


class TranscriptionOrder(Order, frozen=True, kw_only=True):
    """Sound to be written down, in this order."""

    sounds: tuple[Attachment, ...]
    ref: str = ""
    """the message that shows how far it has come, "" for none"""
    until_s: float = 0.0
    """only so much of the beginning; 0 is all"""
    agreed_nanousd: int = 0
    """the price that the person knows and agrees to; 0 if nobody has asked"""


class PictureOrder(Order, frozen=True, kw_only=True):
    """A picture to be drawn, or (with sources) to be changed. `ref`: the message that shows how it grows."""

    prompt: str
    ref: str
    size: str = ""
    """"1024x1024", ...; "" is that of the first source"""
    sources: tuple[Attachment, ...] = ()
    drawn: tuple[StoredFile, ...] = ()
    """pictures of our own that are sources, too"""


class SpeechOrder(Order, frozen=True, kw_only=True):
    """An answer to be spoken."""

    text: str
    reply_to: int | None = None


class InspectionOrder(Order, frozen=True, kw_only=True):
    """Files whose inside is to be looked at before somebody says what to do with them."""

    held: str
    files: tuple[Attachment, ...]


PAGE_FILES = 20
"""Files of an archive on a page of its list: so many can be opened together."""


class ListingOrder(Order, frozen=True, kw_only=True):
    """An archive whose files are to be named. `ref`: the message that becomes the list."""

    held: str
    archive: Attachment
    ref: str
    page: int = 0
    """from 0"""


class ForgetOrder(Order, frozen=True, kw_only=True):
    """Everything about the conversation is to be deleted, here and at OpenAI."""


class ExportOrder(Order, frozen=True, kw_only=True):
    """The conversation is to be written into a file. `zone`: in whose time."""

    zone: str
