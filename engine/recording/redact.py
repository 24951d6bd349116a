"""Redaction: a recording with stand-ins for everything that people, models and Telegram have put into it.

Nothing is left out by being on a list: every string, number and byte is replaced, wherever it stands, except what the
program itself has written: names of types, states, kinds, models, moments, amounts of money, its own words in keys.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from telethon import types

from engine.core.errors import GpttgError
from engine.recording.edits import Versions, chat_of, said_in, told_in, versions_in
from engine.recording.known import NOTHING_KNOWN, Known, models_in
from engine.recording.lines import AnyLine, Changed, Event, Header, House, Json, Ledger, Outbox, Start, Step, Update
from engine.recording.readable import readable
from engine.recording.shapes import Shapes
from engine.recording.standins import StandIns
from engine.recording.vocabulary import (
    GIVEN_NAMES,
    MOMENTS,
    NAMES,
    NOTHING,
    PROGRAMS_OWN,
    Vocabulary,
    known_endings,
    known_words,
    own_types,
    own_words,
)
from engine.telegram.recorded import read_packet
from engine.telegram.translate import Translator, people_of, titles_of

T = TypeVar("T")

ENDINGS_TRIED = 16
"""How often a file's name gets another stand-in until it ends in nothing that is known."""
TOLD_SETTINGS = frozenset({"admin_id", "allowed_user_ids", "system_prompt"})
"""The settings that say something about people."""

SAID = frozenset({"message", "text"})
"""The fields of what somebody has said."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_COMMAND = re.compile(r"/(\w{1,64})(@\w+)?(?:\s+|$)")
_MARK = re.compile(r":\d{16}:\d+:\d{1,3}$")
_MIME = re.compile(r"(?:application|audio|font|image|text|video)/(?:vnd\.|svg|x-)?")
_FILE_NAME = "file_name"
"""The field of a file's name."""
_NO_FILE_NAME = re.compile(r"\s|@|://")
"""In a text that says no file's name: a site's or an address's end tells a country."""
_NO_LETTER = re.compile(r"[\W_]+")
_FIELD = re.compile(r"[A-Za-z_]+|-?[1-9]\d{5,18}", re.ASCII)
"""A field's name, in others' types, or an id in its place; all else has been written by somebody."""
_OF_SOMEBODY = frozenset({"event", "effect", "source", "value", "job_order", "details", "memory"})
"""Columns with what actors have put there, of whatever type."""


class Redaction:
    """Redacts lines, one after the other. `secret` is the installation's: stand-ins are the same in all its exports,
    but for what is `known` of the recording: its people's ids keep their order, in which they get what is meant for
    everybody, and its events' ids stay. `vocabulary` is the actors' own: it stays what it is."""

    def __init__(self, secret: bytes, vocabulary: Vocabulary = NOTHING, known: Known = NOTHING_KNOWN) -> None:
        self._labels = known_words() | vocabulary.labels
        self._typed = vocabulary.typed
        self._opening = _opening(vocabulary.openings)
        self._words = own_words() | vocabulary.words
        self._names = NAMES | vocabulary.names
        # the desk's notes are of no type: only where no other actors may have written them, they are known
        self._of_somebody = _OF_SOMEBODY if vocabulary.others else _OF_SOMEBODY - {"details"}
        self._shapes = Shapes({*own_types(), *vocabulary.own}, vocabulary.others)
        self._choices = vocabulary.choices
        self._moments = vocabulary.moments
        self._commands = vocabulary.commands
        self._arguments = vocabulary.arguments
        self._endings, self._whole_names = known_endings() | vocabulary.endings, vocabulary.endings
        self._standins = StandIns(blake2b(secret, digest_size=32, person=b"redaction").digest(), self._words)
        self._standins.keep_ids(known.inbox)
        self._standins.keep_order(known.people)
        self._standins.keep_models(known.models | vocabulary.models)
        self._versions = Versions(self._standins, self._means_nothing)
        self._keys: dict[str, str] = {}
        self._told: dict[str, Json] = {}
        self._bot = ""
        self._chat: int | None = None
        """that of the line which is being redacted"""

    def redacted(self, lines: Iterable[AnyLine]) -> Iterator[AnyLine]:
        """The lines, with stand-ins."""
        for line in lines:
            yield self._line(line)

    def _line(self, line: AnyLine) -> AnyLine:
        self._chat = chat_of(getattr(line, "conversation", ""))
        match line:
            case Header():
                return self._header(line)
            case Update():
                return self._update(line)
            case House():
                return msgspec.structs.replace(line, rows=self._rows(line.rows))
            case Changed():
                return msgspec.structs.replace(line, row=self._row(line.row))
            case Start():
                for where, text in told_in(line):
                    self._versions.apart(where, text, self._written(text, "text"))
                return self._with(line, memory=self._json(line.memory), rows=self._rows(line.rows))
            case Event():
                return self._with(
                    line,
                    key=self._key(line.key),
                    cause=self._key(line.cause),
                    message_id=self._maybe(line.message_id),
                    event=self._told.get(line.key) or self._json(line.event),
                )
            case Step():
                seen = {self._standins.name(name): self._json(value) for name, value in line.seen.items()}
                effects = line.effects.rpartition(" ")[0]  # the hash might tell a short text to who guesses it
                return self._with(line, memory=self._json(line.memory), seen=seen, effects=effects)
            case Outbox():
                return self._with(
                    line,
                    chat_id=self._standins.number(line.chat_id),
                    ref=self._standins.name(line.ref),
                    message_id=self._maybe(line.message_id),
                    effect=self._json(line.effect),
                )
            case Ledger():
                name = self._standins.name
                return msgspec.structs.replace(line, key=name(line.key), job=name(line.job), line=self._row(line.line))

    def _with(self, line: T, **fields: Any) -> T:
        conversation = self._standins.name(line.conversation)  # type: ignore[attr-defined]
        return msgspec.structs.replace(line, conversation=conversation, **fields)  # type: ignore[type-var]

    def _header(self, line: Header) -> Header:
        self._bot = self._standins.text(line.bot)
        self._standins.keep_models(models_in(line.settings))
        settings = {name: self._setting(name, value) for name, value in line.settings.items()}
        return msgspec.structs.replace(line, bot=self._bot, settings=settings, redacted=True)

    def _setting(self, name: str, value: Any) -> Any:
        if name in TOLD_SETTINGS or "model" in name:
            return self._json(value, name, is_own=True)
        return value

    def _update(self, line: Update) -> Update:
        packet = read_packet(line.tl)
        versions = versions_in(packet)
        self._tl(packet)
        for where, message, text in versions:
            message.message = self._versions.apart(where, text, message.message)
        key = self._translated(packet, line) or self._standins.name(line.key)
        self._keys[line.key] = key
        return msgspec.structs.replace(line, key=key, packet=readable(packet), tl=bytes(packet))

    def _translated(self, packet: Any, line: Update) -> str | None:
        """The key that the update has now: some have a hash of words or ids in them. Its event is read out of it."""
        try:
            people, titles = people_of(packet.users), titles_of(packet.chats)
            arrivals = [
                arrival
                for update in packet.updates
                for arrival in Translator(self._bot).arrivals(update, people, line.received_at, titles)
            ]
        except (AttributeError, TypeError, ValueError, GpttgError):
            return None
        if not arrivals:
            return None
        self._told[line.key] = msgspec.json.decode(msgspec.json.encode(arrivals[0].event))
        return arrivals[0].key

    def _key(self, key: str) -> str:
        """An inbox key, or a cause with one in it. A deletion's ends with its conversation."""
        kind, _, name = key.partition(":")
        if kind == "update":
            return f"update:{self._keys.get(name) or self._standins.name(name)}"
        if key in self._keys:
            return self._keys[key]
        known = key
        while known := known.rpartition(":")[0]:
            if known in self._keys:
                return self._keys[known] + self._standins.name(key.removeprefix(known))
        return self._name(key)

    def _name(self, name: str) -> str:
        """What the program has named. A mark of a budget that is passed has a moment and an amount in its name."""
        mark = _MARK.search(name)
        end = mark.start() if mark is not None else len(name)
        return self._standins.name(name[:end]) + name[end:]

    def _maybe(self, number: int | None) -> int | None:
        return None if number is None else self._standins.number(number)

    def _rows(self, rows: dict[str, list[Json]]) -> dict[str, list[Json]]:
        return {table: [self._row(row) for row in kept] for table, kept in rows.items()}

    def _row(self, row: Json) -> Json:
        return {name: self._column(name, value) for name, value in row.items()}

    def _column(self, name: str, value: Any) -> Any:
        if name == "model" and isinstance(value, str):
            return self._standins.model(value)
        return value if name in PROGRAMS_OWN else self._json(value, name, is_own=name not in self._of_somebody)

    def _json(self, value: Any, field: str = "", *, is_own: bool = False) -> Any:
        """`field` is the name under which the value stands; `is_own`: in one of our own types, or in a table (see
        engine.recording.shapes)."""
        match value:
            case bool() | None:
                return value
            case dict() if field in self._moments:
                each = {self._field_name(name, is_own): one for name, one in value.items()}
                return {name: self._json(one, field, is_own=is_own) for name, one in each.items()}
            case dict():
                is_own = self._shapes.is_own(value, within_own=is_own)
                return {self._field_name(name, is_own): one for name, one in self._fields(value, is_own)}
            case list():
                return [
                    self._json(one, _within(field, place) if is_own else field, is_own=is_own)
                    for place, one in enumerate(value)
                ]
            case str():
                return self._string(value, field, is_own)
            case int():
                if field == "size":
                    return self._standins.size(value)
                is_kept = (is_own and field in MOMENTS) or (field, value) in self._choices
                return value if is_kept else self._standins.number(value)
            case float():
                return self._standins.fraction(value)
            case _:
                raise TypeError(f"{type(value).__name__} is no JSON")

    def _fields(self, fields: dict[str, Any], is_own: bool) -> Iterator[tuple[str, Any]]:
        is_file = "file_id" in fields or "path" in fields
        command = fields.get("command") or (fields.get("name") if fields.get("type") == "CommandReceived" else None)
        command = command if is_own else None
        said = said_in(fields, self._chat)
        for name, value in fields.items():
            if command is not None and name == "argument" and isinstance(value, str):
                is_button = fields.get("query_id") is not None
                yield name, self._standins.name(value) if is_button else self._argument(command, value)
            elif command is not None and name == "name" and value == command and command in self._commands:
                yield name, command
            elif said is not None and name == "text":
                where, text = said
                yield name, self._versions.apart(where, text, self._string(text, name, is_own))
            else:
                of = _FILE_NAME if is_file and name in ("name", "member") else name
                yield name, self._json(value, of, is_own=is_own)

    def _field_name(self, name: str, is_own: bool) -> str:
        if name in self._words:
            return name
        return self._standins.name(name) if is_own or _FIELD.fullmatch(name) else self._standins.text(name)

    def _string(self, value: str, field: str, is_own: bool) -> str:
        if (field, value) in self._choices or self._is_moment(value, field):
            return value
        if field in (self._names if is_own else GIVEN_NAMES):
            return self._name(value)
        if field == "token_hash":
            return self._standins.content(bytes.fromhex(value)).hex().upper()
        if field == "file_reference":
            return b64encode(self._standins.content(b64decode(value))).decode()
        return self._written(value, field)

    def _is_moment(self, value: str, field: str) -> bool:
        if field in self._moments:
            return bool(_MOMENT.fullmatch(value) or _DAY.fullmatch(value))
        return field in MOMENTS and _MOMENT.fullmatch(value) is not None

    def _written(self, value: str, field: str = "") -> str:
        """What somebody has written: words that decide what is done with it (a command, what sort of file) stay."""
        if (model := self._standins.known_model(value)) is not None:
            return model
        if value in self._labels or (field in SAID and value.strip().replace(" ", "_").lower() in self._typed):
            return value
        if field in SAID and self._opening is not None and (begun := self._opening.match(value)) is not None:
            return begun[0] + self._standins.text(value[begun.end() :])
        command = _COMMAND.match(value)
        if command is not None and ((name := command[1].lower()) in self._commands or name in self._words):
            whom = self._standins.text(command[2] or "")
            blanks = value[command.end(2 if command[2] else 1) : command.end()]
            return f"/{command[1]}{whom}{blanks}{self._argument(name, value[command.end() :])}"
        if field in ("mime", "mime_type") and (kind := _MIME.match(value)) is not None:
            return kind[0] + self._standins.text(value[kind.end() :])
        if field == _FILE_NAME or _NO_FILE_NAME.search(value) is None:
            return self._file_name(value, is_sure=field == _FILE_NAME)
        return self._standins.text(value)

    def _means_nothing(self, text: str) -> bool:
        """Whether it is no text by which the bot is told something, as far as it says so as a whole."""
        return text not in self._labels and text.strip().replace(" ", "_").lower() not in self._typed

    def _argument(self, command: str, argument: str) -> str:
        """What stands behind a command: the command's own words and amounts stay, if it is as the command wants it."""
        pattern = self._arguments.get(command)
        found = None if pattern is None else pattern.fullmatch(argument.rstrip())
        if found is None:
            return self._standins.text(argument)
        made, at = "", 0
        for name in found.groupdict():
            if found[name] is not None:
                is_id = name.startswith("id")
                standin = self._standins.name(found[name]) if is_id else self._written(found[name])
                made, at = f"{made}{argument[at : found.start(name)]}{standin}", found.end(name)
        return made + argument[at:]

    def _file_name(self, name: str, *, is_sure: bool) -> str:
        """Of a file: the ending stays, if it is one of those by which files are told apart. `is_sure`: it is no other
        text, and may be such an ending as a whole ("Makefile")."""
        stem, dot, ending = name.rpartition(".")
        with_stem, alone = (self._endings, self._whole_names) if is_sure else (known_endings(), frozenset())
        known = with_stem if stem else alone
        if _NO_LETTER.sub("", ending).lower() in known:
            return self._standins.text(stem) + dot + ending
        made = self._standins.text(name)
        for _ in range(ENDINGS_TRIED if is_sure else 0):
            if _NO_LETTER.sub("", made.rpartition(".")[2]).lower() not in self._endings:
                break
            made = self._standins.text(made)  # by chance it has got an ending that means something
        return made

    def _tl(self, thing: Any, field: str = "") -> Any:
        """A TL object, changed in its place, or the stand-in of a value."""
        match thing:
            case bool() | None | datetime():
                return thing
            case str():
                return self._written(thing, field)
            case bytes():
                return self._standins.content(thing)
            case int():
                return self._standins.size(thing) if field == "size" else self._standins.number(thing)
            case float():
                return self._standins.fraction(thing)
            case list() | tuple():
                return [self._tl(one) for one in thing]
        for name, value in vars(thing).items():
            if isinstance(thing, types.UpdateBotCallbackQuery) and name == "data":
                thing.data = self._standins.named(value)  # of a button of ours
            elif not name.startswith("_"):
                setattr(thing, name, self._tl(value, name))
        return thing


def _within(field: str, place: int) -> str:
    """What a list's parts are: marks begin with their kind, buttons end with their name, what could not be read begins
    with why not, readers begin with their conversation."""
    match field:
        case "mark":
            return "kind" if place == 0 else "text"
        case "button_":
            return "label" if place == 0 else "button"
        case "unread_":
            return "reason" if place == 0 else _FILE_NAME
        case "reader":
            return "conversation" if place == 0 else "language"
    return {"marks": "mark", "buttons": "row", "row": "button_", "unread": "unread_", "readers": "reader"}.get(
        field, field
    )


def _opening(words: Iterable[str]) -> re.Pattern[str] | None:
    """Such a word, its colon and blanks, at the beginning of a text."""
    known = "|".join(map(re.escape, sorted(words)))
    return re.compile(rf"\s*(?:{known})\s*:\s*", re.IGNORECASE) if known else None
