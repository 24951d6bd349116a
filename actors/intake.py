"""The one table that says what becomes of a file: by its kind, its name's ending and its size.

    VISION    a picture: looked at by the model (files API, purpose "vision")
    READ      a document that the model reads whole (input_file, purpose "user_data")
    SEARCH    a document too large for that, or one of many: a vector store and file search
    COMPUTE   tables, archives, anything else: the code interpreter, in the conversation's own container
    LISTEN    sound: written down first
    EMOJI     an animated sticker: stands for its emoji
    REFUSE    programs: nothing sensible can be done with them here

What OpenAI takes: shared/facts/openai.md 1.2, 1.3 and 3 (input_file 50 MB a request, spreadsheets only their first
1,000 rows, vector store files 512 MB and 5 million tokens).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import PurePath

from engine.core.files import PICTURE_KINDS, SPEECH_KINDS, Attachment


class Route(StrEnum):
    """What becomes of a file."""

    VISION = "vision"
    READ = "read"
    SEARCH = "search"
    COMPUTE = "compute"
    LISTEN = "listen"
    EMOJI = "emoji"
    REFUSE = "refuse"


READ_BYTES = 20 * 1024 * 1024
"""Documents larger than this are searched instead of read: a request may have 50 MB in all."""
READ_BYTES_IN_ALL = 45 * 1024 * 1024
"""If the documents of one question have more bytes than this together, the largest are searched."""
TEXT_READ_BYTES = 1024 * 1024
"""More plain text than this in one question (some 250,000 tokens) is searched: it would not fit into the model's
context."""
READ_AT_ONCE = 10
"""More documents than this in one question are a collection: they are searched."""
OPENAI_FILE_BYTES = 512 * 1024 * 1024
"""The most that OpenAI's files API takes."""
PART_BYTES = 500 * 1024 * 1024
"""Parts of what is larger."""
SEARCHED_BYTES = 8 * 1024 * 1024
"""The most of a text that is searched as one file: OpenAI reads in 5 million tokens of one, and hardly an alphabet has
tokens of less than 1.7 bytes."""

_OFFICE = frozenset(("pdf", "docx", "doc", "pptx", "ppt", "odt", "rtf", "epub"))
_TEXT_ENDINGS = """txt md markdown rst tex log html htm xml yaml yml toml ini cfg conf py js ts jsx tsx java c h cpp hpp
cc cs go rs rb php swift kt scala sh bash zsh ps1 bat sql css scss vue lua pl r m diff patch srt vtt ics eml tl proto
graphql makefile dockerfile gitignore env"""
_TEXT = frozenset(_TEXT_ENDINGS.split())
_TABLE = frozenset(("csv", "tsv", "xlsx", "xls", "ods", "json", "jsonl", "parquet", "sqlite", "db"))
ROWED = frozenset(("csv", "tsv"))
"""Tables whose first row belongs above each part."""
LINED = ROWED | {"jsonl"}
"""Tables that have a row in a line."""
_ARCHIVE = frozenset(("zip", "tar", "gz", "tgz", "bz2", "xz", "7z", "rar", "zst"))
_OPENED = frozenset(("zip", "tar", "gz", "tgz", "bz2", "xz"))
"""Archives that are looked into here (`engine.media.archives`); of the others the model may make something."""
_PROGRAM = frozenset(("exe", "msi", "apk", "aab", "dmg", "pkg", "deb", "rpm", "jar", "dll", "so", "scr", "com", "iso"))

ENDINGS = _OFFICE | _TEXT | _TABLE | _ARCHIVE | _PROGRAM | {"tab"}
"""All by which files are told apart."""


def ending(attachment: Attachment) -> str:
    """The end of the name, lower case, without its dot; of a name without dots the whole of it ("Makefile")."""
    name = PurePath(attachment.name).name
    return (name.rpartition(".")[2] or name).lower()


def sort_of(attachment: Attachment) -> str:
    """What it is to a person: picture, sound, video, pdf, document, text, table, archive, program or file."""
    end, mime = ending(attachment), attachment.mime
    if attachment.kind in PICTURE_KINDS or attachment.kind == "animation":
        return "picture"
    if attachment.kind in ("video", "video_note") or mime.startswith("video/"):
        return "video"
    if attachment.kind in SPEECH_KINDS or mime.startswith("audio/"):
        return "sound"
    if end == "pdf" or mime == "application/pdf":
        return "pdf"
    for sort, endings in (
        ("document", _OFFICE),
        ("table", _TABLE),
        ("archive", _ARCHIVE),
        ("program", _PROGRAM),
        ("text", _TEXT),
    ):
        if end in endings:
            return sort
    return "text" if mime.startswith("text/") else "file"


def routes(files: Iterable[Attachment]) -> dict[Attachment, Route]:
    """What becomes of the files of one question: those for which it has no room to be read are searched."""
    found = {file: route(file) for file in files}
    read = [file for file, way in found.items() if way is Route.READ]
    texts = [file for file in read if sort_of(file) == "text"]
    searched = read if len(read) > READ_AT_ONCE else [*_over(read, READ_BYTES_IN_ALL), *_over(texts, TEXT_READ_BYTES)]
    return found | dict.fromkeys(searched, Route.SEARCH)


def _over(files: Iterable[Attachment], bytes_most: int) -> Iterator[Attachment]:
    """The largest of the files, until the others have no more bytes than that together."""
    left = sorted(files, key=lambda file: file.size)
    while sum(file.size for file in left) > bytes_most:
        yield left.pop()


def route(attachment: Attachment) -> Route:
    """What becomes of a file that comes alone."""
    if attachment.kind == "sticker" and attachment.mime == "application/x-tgsticker":
        return Route.EMOJI
    match sort_of(attachment):
        case "picture":
            return Route.VISION
        case "sound" | "video":
            return Route.LISTEN
        case "pdf" | "document":
            return Route.SEARCH if attachment.size > READ_BYTES else Route.READ
        case "text":
            return Route.SEARCH if attachment.size > TEXT_READ_BYTES else Route.READ
        case "program":
            return Route.REFUSE
        case _:
            return Route.COMPUTE


def is_counted(attachment: Attachment) -> bool:
    """Whether it can be said how many pages or rows it has."""
    return sort_of(attachment) == "pdf" or ending(attachment) in ROWED


def is_divisible(attachment: Attachment) -> bool:
    """Whether it may be cut between lines, and each part says something alone."""
    return sort_of(attachment) == "text" or ending(attachment) in LINED


def part_bytes(attachment: Attachment, way: Route) -> int | None:
    """How large the parts are that it goes to OpenAI in; None if it goes whole."""
    if is_divisible(attachment) and way is Route.SEARCH and attachment.size > SEARCHED_BYTES:
        return SEARCHED_BYTES
    return PART_BYTES if attachment.size > OPENAI_FILE_BYTES else None


def is_refused(attachment: Attachment) -> bool:
    """Whether it is larger than OpenAI takes, and can't be cut."""
    return attachment.size > OPENAI_FILE_BYTES and not is_divisible(attachment)


def is_opened_here(attachment: Attachment) -> bool:
    """Whether it is an archive that can be looked into."""
    return sort_of(attachment) == "archive" and ending(attachment) in _OPENED


def is_opened_first(attachment: Attachment) -> bool:
    """Whether it is an archive that OpenAI does not take whole: files are chosen from it here."""
    return is_refused(attachment) and is_opened_here(attachment)


def is_beyond(attachment: Attachment) -> bool:
    """Whether it is larger than OpenAI takes, and of no use here either: sound is cut, archives are unpacked."""
    is_of_use_here = is_opened_here(attachment) or route(attachment) is Route.LISTEN
    return is_refused(attachment) and not is_of_use_here


def is_unfit(attachment: Attachment, bytes_most: int) -> bool:
    """Whether nothing may, or can, be done with it: a program, a file without a byte or beyond OpenAI's limits, or one
    that is larger than whoever wants it may bring. Nothing of it is downloaded."""
    is_sized = 0 < attachment.size <= bytes_most
    return not is_sized or route(attachment) is Route.REFUSE or is_beyond(attachment)


def is_voice(attachment: Attachment) -> bool:
    """Whether a person speaks for themselves in it; other sound is something that they show."""
    return attachment.kind in ("voice", "video_note")


def spoken(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Those of the files that are written down first."""
    return tuple(file for file in files if route(file) is Route.LISTEN)


OPEN, OPEN_ALL, PAGE = "open-", "open-all", "page-"
"""What the buttons under the list of an archive's files do: a file's number is behind it, or the page's."""
ACTIONS: dict[str, tuple[str, ...]] = {
    "picture": ("describe", "read", "translate", "edit"),
    "sound": ("transcribe", "summary"),
    "video": ("transcribe", "summary"),
    "pdf": ("summary", "translate", "points"),
    "document": ("summary", "translate", "points"),
    "text": ("summary", "translate", "explain"),
    "table": ("describe", "anomalies", "chart"),
    "archive": ("list",),
    "file": ("list",),
    "transcript": ("summary", "translate", "as_file"),
}
"""The buttons under a file without words, by what it is; each is a phrase `do-<action>` and a question `ask-<action>`,
except "edit", "transcribe" and "as_file", which are no questions."""


def is_action(name: str) -> bool:
    """Whether a button may be called so: a client can send whatever it likes."""
    return name.startswith((OPEN, PAGE)) or any(name in actions for actions in ACTIONS.values())
