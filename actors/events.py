"""What a conversation's chart reacts to, beyond what Telegram tells: meanings read out of it, and results of jobs."""

from __future__ import annotations

from actors.desk.events import ForDesk
from engine.core.events import (
    ButtonPressed,
    CommandReceived,
    DraftStopped,
    Event,
    FileReceived,
    FromPerson,
    MessageEdited,
    MessagesDeleted,
    TextReceived,
    TimedOut,
    UnsupportedReceived,
)
from engine.core.files import Attachment, StoredFile
from engine.core.styled import Source


class Asked(FromPerson, frozen=True, kw_only=True):
    """Something asked for by a command, a word on the keyboard or a button. `query_id`: that of the button's tap, which
    must be answered."""

    query_id: int | None = None
    message_id: int = 0
    """the command's own message; of a button, the message that it stands under"""


class StartRequested(Asked, frozen=True, kw_only=True):
    """/start: someone is here for the first time, or again."""


class HelpRequested(Asked, frozen=True, kw_only=True):
    """/help."""


class StatsRequested(Asked, frozen=True, kw_only=True):
    """/stats."""


class ResetRequested(Asked, frozen=True, kw_only=True):
    """/reset or /new: a new thread."""


class StopRequested(Asked, frozen=True, kw_only=True):
    """A Stop button, a draft's own Stop, /stop or /cancel. `job` is the one meant ("" is whatever runs)."""

    job: str = ""


class RetryRequested(Asked, frozen=True, kw_only=True):
    """/retry (the last turn), or the button under an answer."""

    job: str = ""


class ContinueRequested(Asked, frozen=True, kw_only=True):
    """The button under an answer that was cut."""

    job: str


class ActionRequested(Asked, frozen=True, kw_only=True):
    """A button under files without words, or under a transcript: what to do with them."""

    action: str
    held: str


class PictureRequested(Asked, frozen=True, kw_only=True):
    """/img, with or without words."""

    prompt: str = ""
    reply_to: int | None = None


class FormatChosen(Asked, frozen=True, kw_only=True):
    """The format of a picture that was asked for."""

    idea: str
    size: str


class PictureFileRequested(Asked, frozen=True, kw_only=True):
    """The button under a picture: the same in full quality, as a file."""

    job: str


GO, BEGINNING, CANCEL = "go", "begin", "cancel"
"""What one may answer to a price: all of it, only the beginning, nothing."""


class ConsentGiven(Asked, frozen=True, kw_only=True):
    """The answer to what a long sound would cost: GO, BEGINNING or CANCEL."""

    priced: str
    answer: str


class SettingsRequested(Asked, frozen=True, kw_only=True):
    """/settings."""


class SettingChosen(Asked, frozen=True, kw_only=True):
    """A button of the settings. `menu` names its message, `what` the setting ("" is the list), `value` the choice
    (None shows the choices)."""

    menu: str
    what: str = ""
    value: str | None = None


class ForgetRequested(Asked, frozen=True, kw_only=True):
    """/forget: asks whether it is meant."""


class ForgetDecided(Asked, frozen=True, kw_only=True):
    """The answer to that."""

    menu: str
    is_meant: bool


class ExportRequested(Asked, frozen=True, kw_only=True):
    """/export."""


class UnknownAsked(Asked, frozen=True, kw_only=True):
    """A command or a button that means nothing (any more)."""


class HandedOver(Asked, frozen=True, kw_only=True):
    """Something that the admins' desk answers (actors/desk)."""

    what: ForDesk


class PauseMet(Asked, frozen=True, kw_only=True):
    """Someone wants something that costs and gets nothing now. `reason` names the sentence: an admin has paused the
    bot or them ("paused"), or they ask too fast ("too-fast")."""

    reason: str = "paused"


class StrangerSpoke(Asked, frozen=True, kw_only=True):
    """Someone who may not use the bot did something with it."""


class Overheard(FromPerson, frozen=True, kw_only=True):
    """A line of a group that is not meant for the bot."""

    message: TextReceived | FileReceived | None = None


class AnswerReady(Event, frozen=True, kw_only=True):
    """The model has answered. `text` is Markdown; `cut` is why it ends early ("" if it does not)."""

    job: str
    text: str
    response_id: str
    cost_nanousd: int | None
    cut: str = ""
    refused: bool = False
    is_mute: bool = False
    """there is nothing in the response, or only thoughts: OpenAI takes no question behind it"""
    healed: bool = False
    """the thread was lost at OpenAI and rebuilt from the transcript"""
    lacks_tools: bool = False
    """there was no money for tools: nothing was searched or computed"""
    sources: tuple[Source, ...] = ()
    files: tuple[StoredFile, ...] = ()
    """what the code interpreter has made"""
    given: tuple[str, ...] = ()
    """OpenAI's ids of these files: each is shown once"""
    document: StoredFile | None = None
    """the answer as a file, where it is too long for messages"""
    unread: tuple[tuple[str, str], ...] = ()
    """files that could not be used: (what was wrong, name); a sentence `file-<what>` for each"""


class AnswerStopped(Event, frozen=True, kw_only=True):
    """A person stopped the answer; `text` is what had been said."""

    job: str
    text: str
    cost_nanousd: int | None
    is_estimate: bool = False
    """the cost is ours: OpenAI reported none"""
    healed: bool = False
    """as in AnswerReady"""


class AnswerFailed(Event, frozen=True, kw_only=True):
    """There will be no (whole) answer. `reason` names a sentence `failed-<reason>`; `text` is what had been said."""

    job: str
    reason: str
    text: str = ""
    retry_after_s: float = 0.0
    name: str = ""
    """of the file that is to blame, where one is"""
    limit: str = ""
    """the limit that refuses: scope and period"""
    healed: bool = False
    """as in AnswerReady"""


class SoundPriced(Event, frozen=True, kw_only=True):
    """Sound is here that would cost more to write down than is spent without asking."""

    job: str
    duration_s: float
    cost_nanousd: int


class Transcribed(Event, frozen=True, kw_only=True):
    """Sound is written down. `language` is a code ("ru") or ""."""

    job: str
    text: str
    language: str = ""
    document: StoredFile | None = None
    """the transcript as a file"""
    timed: tuple[StoredFile, ...] = ()
    """the same with times, of a long sound: subtitles and Markdown"""
    missing: int = 0
    """of so many `pieces`, those that could not be heard"""
    pieces: int = 1
    reason: str = ""
    """why something is missing: names a sentence `failed-<reason>`"""
    name: str = ""
    """the file that it is about, where it is about one"""
    retry_after_s: float = 0.0
    limit: str = ""
    """the limit that refuses the rest: scope and period"""
    unread: tuple[tuple[str, str], ...] = ()
    """files that could not be used: what is wrong with each (`file-<what>`), and its name"""
    cost_nanousd: int | None = None


class TranscriptionFailed(Event, frozen=True, kw_only=True):
    """There is no transcript. `reason`: "stopped", or names a sentence `failed-<reason>`."""

    job: str
    reason: str
    retry_after_s: float = 0.0
    name: str = ""
    limit: str = ""
    """the limit that refuses: scope and period"""


class PictureReady(Event, frozen=True, kw_only=True):
    """A picture is drawn: as a photo, and in full quality."""

    job: str
    ref: str
    photo: StoredFile
    original: StoredFile
    prompt: str
    cost_nanousd: int | None = None


class PictureFailed(Event, frozen=True, kw_only=True):
    """There is no picture. `reason`: "stopped", or names a sentence `failed-<reason>`."""

    job: str
    ref: str
    reason: str
    retry_after_s: float = 0.0
    name: str = ""
    limit: str = ""
    """the limit that refuses: scope and period"""


class SpeechReady(Event, frozen=True, kw_only=True):
    """An answer is spoken."""

    job: str
    voice: StoredFile
    reply_to: int | None = None


class Inspected(Event, frozen=True, kw_only=True):
    """What is inside of held files, in their order: (kind, amount) such as ("pages", 300), or (what is wrong, 0)."""

    job: str
    held: str
    found: tuple[tuple[str, int], ...]


class ArchiveListed(Event, frozen=True, kw_only=True):
    """What is in an archive: a page of its files, and those of them that can be opened."""

    job: str
    held: str
    ref: str
    name: str
    shown: tuple[tuple[str, int, bool], ...] = ()
    """path, bytes, whether it is behind a password"""
    too_large: tuple[int, ...] = ()
    """which of them (their places there) are larger than OpenAI takes, or would become absurdly large"""
    readable: tuple[Attachment, ...] = ()
    page: int = 0
    count: int = 0
    """of all files"""
    size: int = 0
    """of all files, unpacked"""
    left_out: int = 0
    """links, devices, names that lead out of it"""


class ListingFailed(Event, frozen=True, kw_only=True):
    """Nobody knows what is in it; why. "stopped" is a person's doing."""

    job: str
    held: str = ""
    ref: str
    name: str
    reason: str


class Forgotten(Event, frozen=True, kw_only=True):
    """Everything is deleted; how much of what. `left` could not be deleted at OpenAI yet, and is tried again."""

    job: str
    turns: int
    responses: int
    files: int
    stores: int
    containers: int
    left: int


class Exported(Event, frozen=True, kw_only=True):
    """The conversation as a file; None if there was nothing to write."""

    job: str
    file: StoredFile | None
    turns: int


class ErrandFailed(Event, frozen=True, kw_only=True):
    """A job that nobody waits for has failed: speech, an inspection, an export. `reason` as in AnswerFailed."""

    job: str
    kind: str
    reason: str


STORED = (
    TextReceived
    | FileReceived
    | CommandReceived
    | UnsupportedReceived
    | MessageEdited
    | MessagesDeleted
    | ButtonPressed
    | DraftStopped
    | TimedOut
    | AnswerReady
    | AnswerStopped
    | AnswerFailed
    | SoundPriced
    | Transcribed
    | TranscriptionFailed
    | PictureReady
    | PictureFailed
    | SpeechReady
    | Inspected
    | ArchiveListed
    | ListingFailed
    | Forgotten
    | Exported
    | ErrandFailed
)
"""Every event that can lie in the inbox."""
