"""What a conversation's chart reacts to, beyond what Telegram tells: meanings read out of it, and results of jobs."""

from __future__ import annotations

from engine.core.events import (
    AlertRaised,
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    Event,
    FromPerson,
    MessageEdited,
    MessagesDeleted,
    TextReceived,
    TimedOut,
    UnsupportedReceived,
)


class StartRequested(FromPerson, frozen=True, kw_only=True):
    """/start: someone is here for the first time, or again."""


class HelpRequested(FromPerson, frozen=True, kw_only=True):
    """/help."""


class StatsRequested(FromPerson, frozen=True, kw_only=True):
    """/stats."""


class ResetRequested(FromPerson, frozen=True, kw_only=True):
    """/reset or /new: a new thread."""


class StopRequested(FromPerson, frozen=True, kw_only=True):
    """A Stop button, a draft's own Stop, /stop or /cancel. `job` is the one meant ("" is whatever runs)."""

    job: str = ""
    query_id: int | None = None


class UnknownAsked(FromPerson, frozen=True, kw_only=True):
    """A command or a button that means nothing (any more)."""

    query_id: int | None = None


class StrangerSpoke(FromPerson, frozen=True, kw_only=True):
    """Someone who may not use the bot did something with it."""

    query_id: int | None = None


class Overheard(FromPerson, frozen=True, kw_only=True):
    """A line of a group that is not meant for the bot."""


class AnswerReady(Event, frozen=True, kw_only=True):
    """The model has answered. `text` is Markdown; `cut` is why it ends early ("" if it does not)."""

    job: str
    text: str
    response_id: str
    cost_nanousd: int | None
    cut: str = ""
    refused: bool = False
    healed: bool = False
    """the thread was lost at OpenAI and rebuilt from the transcript"""


class AnswerStopped(Event, frozen=True, kw_only=True):
    """A person stopped the answer; `text` is what had been said."""

    job: str
    text: str
    cost_nanousd: int | None
    is_estimate: bool = False
    """the cost is ours: OpenAI reported none"""


class AnswerFailed(Event, frozen=True, kw_only=True):
    """There will be no (whole) answer. `reason` names a sentence `failed-<reason>`; `text` is what had been said."""

    job: str
    reason: str
    text: str = ""
    retry_after_s: float = 0.0


STORED = (
    TextReceived
    | CommandReceived
    | UnsupportedReceived
    | MessageEdited
    | MessagesDeleted
    | ButtonPressed
    | DraftStopped
    | TimedOut
    | AlertRaised
    | AnswerReady
    | AnswerStopped
    | AnswerFailed
)
"""Every event that can lie in the inbox."""
