"""What a conversation remembers between two events, and the states it can be in."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from actors.orders import Exchange
from engine.core.events import MessageEdited, MessageReceived, Person
from engine.core.files import Attachment, StoredFile

IDLE = "idle"
GATHERING = "gathering"
AWAITING_CAPTION = "awaiting_caption"
AWAITING_WORDS = "awaiting_words"
TRANSCRIBING = "transcribing"
GENERATING = "generating"
DRAWING = "drawing"

STATES = (IDLE, GATHERING, AWAITING_CAPTION, AWAITING_WORDS, TRANSCRIBING, GENERATING, DRAWING)

QUESTION_LIMIT = 200_000
"""The most characters of one question, a split paste put together."""
PARTS_LIMIT = 50
"""The most messages that become one question; what comes then is the next one."""
UNHEARD_LIMIT = 6
"""The most exchanges that are told to the model again because its thread does not have them."""
HELD_LIMIT = 12
"""The most files (or albums) without words, and transcripts, whose buttons still work."""
PRICED_LIMIT = 8
"""The most sounds whose price is known and that nobody has agreed to yet."""
IDEAS_LIMIT = 8
"""The most pictures that were asked for and have no format yet."""
PICTURES_LIMIT = 32
"""The most drawn pictures whose buttons still work and that can be changed by replying."""
GIVEN_LIMIT = 100
"""The most files of the code interpreter that are remembered as shown."""
OVERHEARD_LIMIT = 20
"""The most lines of a group that are kept as context, where its admin wants that."""


class Part(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message of a question."""

    message_id: int = 0
    """0: not a message of the question's own (a button's words, the file of a message that is replied to)"""
    text: str = ""
    attachment: Attachment | None = None
    quote: str = ""
    forwarded_from: str | None = None
    length: int = 0
    album: int = 0
    reply_to: int | None = None
    document: StoredFile | None = None
    """a text of our own that belongs to the question: a long transcript"""
    sent_at: datetime | None = None
    """when Telegram got it; None for what is no message"""

    @classmethod
    def of(cls, event: MessageReceived) -> Part:
        """What a message says and carries."""
        return cls(
            message_id=event.message_id,
            text=event.text,
            attachment=getattr(event, "attachment", None),
            quote=event.quote,
            forwarded_from=event.forwarded_from,
            length=event.length,
            album=getattr(event, "album", 0),
            reply_to=event.reply_to,
            sent_at=event.at,
        )

    def is_of(self, message_ids: Collection[int]) -> bool:
        """Whether one of these messages says it, or carries its file (that of a message that is replied to, too)."""
        carrier = self.attachment.source.message_id if self.attachment is not None else 0
        return self.message_id in message_ids or carrier in message_ids

    def is_replaced(self, event: MessageEdited) -> bool:
        """Whether another file has taken the place of its own, or of the archive that its own is in."""
        mine, theirs = self.attachment, event.attachment
        if mine is None or theirs is None or not self.is_of((event.message_id,)):
            return False
        return mine.source.key != theirs.key

    def edited(self, event: MessageEdited) -> Part:
        """As its message is now."""
        text = event.text if self.message_id == event.message_id else self.text
        attachment = event.attachment if self.is_replaced(event) else self.attachment
        return msgspec.structs.replace(self, text=text, attachment=attachment)


class Question(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the running job answers: its parts, and who asks. `parent` is the response that it goes on from."""

    parts: tuple[Part, ...]
    person: Person
    at: datetime
    words: str = ""
    """as the model gets them: the parts' texts, with what was quoted, forwarded and transcribed"""
    parent: str | None = None
    is_branch: bool = False
    """it goes on from another answer than the last one"""
    is_spoken: bool = False
    agreed_nanousd: int = 0
    """what its person has agreed to pay for what is to be heard"""
    until_s: float = 0.0
    """how far they want its sounds to be heard; 0: to the end"""
    replaces: str = ""
    """the job whose messages the answer takes the place of (an edited question)"""
    old_messages: int = 0
    """how many messages those are"""

    @property
    def message_id(self) -> int:
        """The message with the words, else the first one: what the answer replies to."""
        ids = [part.message_id for part in self.parts if part.text and part.message_id]
        return (ids or [part.message_id for part in self.parts if part.message_id] or [0])[0]

    @property
    def message_ids(self) -> tuple[int, ...]:
        """Every message of it."""
        return tuple(part.message_id for part in self.parts if part.message_id)


class Gathered(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is being put together to one question. `since` is when its first part was taken."""

    person: Person
    parts: tuple[Part, ...]
    since: datetime


class Listed(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An archive that came with a message; its files are named, page by page, in the one sent as `ref`."""

    archive: Attachment
    message_id: int
    ref: str


class Held(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Files without words, or a transcript: kept until somebody says what to do with them. `id` is in the buttons."""

    id: str
    person: Person
    parts: tuple[Part, ...]
    at: datetime
    file: StoredFile | None = None
    """a transcript as a file"""
    listed: Listed | None = None
    """the archive, where these are the files of a page that can be opened"""
    inspection: str = ""
    """the job that counts what is in them"""

    @property
    def ref(self) -> str:
        """The name of the message that offers what to do with them."""
        return self.listed.ref if self.listed is not None else f"offer:{self.id}"


class Priced(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Sound that costs more than is spent without asking. `id` is in the buttons, `ref` names their message."""

    id: str
    question: Question
    ref: str
    cost_nanousd: int = 0


class Idea(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A picture that was asked for: its format is still to be chosen. `id` is in the buttons."""

    id: str
    person: Person
    prompt: str
    message_id: int


class Drawn(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A picture that was drawn. `ref` is its message's name, `file` the picture in full quality."""

    job: str
    ref: str
    file: StoredFile


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the next text is for: "picture", "edit", "system_prompt" or "zone"."""

    what: str
    person: Person
    held: str = ""
    """the held files that are to be edited"""
    menu: str = ""
    """the settings that show what is chosen"""


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a conversation remembers. `thread` counts its resets, `response_id` is where its thread stands at
    OpenAI, `unheard` is what was said since and is not in there (stopped and failed answers)."""

    key: str
    state: str = IDLE
    thread: int = 1
    response_id: str | None = None
    lost: str = ""
    """an answer that OpenAI takes no question behind any more (it is gone, or too much stands before it)"""
    unheard: tuple[Exchange, ...] = ()
    job: str = ""
    question: Question | None = None
    standing: str = ""
    """the message that stands for the running job's result (its `ref`); "" where none does"""
    language: str = ""
    gathered: Gathered | None = None
    held: tuple[Held, ...] = ()
    priced: tuple[Priced, ...] = ()
    ideas: tuple[Idea, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    wanted: Wanted | None = None
    overheard: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    """files of the code interpreter that were shown: OpenAI's ids"""

    def but(self, **changes: Any) -> Conversation:
        """The same with other values."""
        return msgspec.structs.replace(self, **changes)

    def held_as(self, held_id: str) -> Held | None:
        """The held files with that id, if they are still known."""
        return next((held for held in self.held if held.id == held_id), None)

    def priced_as(self, priced_id: str) -> Priced | None:
        """The priced sound with that id, if it is still known."""
        return next((priced for priced in self.priced if priced.id == priced_id), None)

    def drawn_as(self, *, job: str = "", ref: str = "") -> Drawn | None:
        """The drawn picture of that job, or in that message."""
        return next((one for one in self.drawn if one.job == job or (ref and one.ref == ref)), None)
