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
from engine.recording.lines import AnyLine, Changed, Event, Header, House, Json, Ledger, Outbox, Start, Step, Update
from engine.recording.readable import readable
from engine.recording.standins import StandIns
from engine.recording.vocabulary import Vocabulary, known_words
from engine.telegram.recorded import read_packet
from engine.telegram.translate import Translator, people_of, titles_of

T = TypeVar("T")

NAMES = frozenset(
    {
        "_",
        "type",
        "key",
        "job",
        "ref",
        "to",
        "button",
        "command",
        "timer",
        "kind",
        "state",
        "status",
        "outcome",
        "reason",
        "cause",
        "scope",
        "conversation",
        "standing",
        "held",
        "id",
        "what",
        "service_tier",
        "code",
        "form",
        "format",
        "quality",
        "choice",
        "role",
        "period",
        "budget_period",
        "action",
        "object",
        "found",
    }
)
"""Fields that the program fills with names of its own, some with ids in them."""
MOMENTS = frozenset(
    {
        "at",
        "date",
        "edit_date",
        "since",
        "due",
        "received_at",
        "created_at",
        "sent_at",
        "started_at",
        "ended_at",
        "updated_at",
        "exported_at",
        "until",
        "start",
        "given_at",
        "granted_at",
        "asked_at",
        "decided_at",
        "made_at",
        "expires_at",
        "first_seen_at",
    }
)
"""Fields with a moment."""
PROGRAMS_OWN = frozenset(
    {
        "model",
        "price_source",
        "cost_nanousd",
        "service_tier",
        "input_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "output_tokens",
        "reasoning_tokens",
        "audio_input_tokens",
        "image_input_tokens",
        "audio_output_tokens",
        "image_output_tokens",
        "audio_ms",
        "web_searches",
        "file_searches",
        "container_minutes",
        "storage_byte_days",
        "limit_nanousd",
        "spent_before_nanousd",
        "budget_nanousd",
        "calls",
        "unpriced",
        "uses_left",
    }
)
"""Columns of the ledger and of budgets that stay."""
TOLD_SETTINGS = frozenset({"admin_id", "allowed_user_ids", "system_prompt"})
"""The settings that say something about people."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MARK = re.compile(r":\d{16}:\d+:\d{1,3}$")
_COMMAND = re.compile(r"/([a-z_]+)(?=@|\s|$)")
_AMOUNT = re.compile(r"\$?\d+[.,]\d+\$?")
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,12})$")


class Redaction:
    """Redacts lines, one after the other. `secret` is the installation's: stand-ins are the same in all its exports.
    `vocabulary` is that of whoever's actors these are."""

    def __init__(self, secret: bytes, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._labels = known_words() | vocabulary.labels
        self._words = vocabulary.words
        self._models: set[str] = set()
        self._standins = StandIns(blake2b(secret, digest_size=32, person=b"redaction").digest(), self._words)
        self._keys: dict[str, str] = {}
        self._told: dict[str, Json] = {}
        self._bot = ""

    def redacted(self, lines: Iterable[AnyLine]) -> Iterator[AnyLine]:
        """The lines, with stand-ins."""
        for line in lines:
            yield self._line(line)

    def _line(self, line: AnyLine) -> AnyLine:
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
                seen = {self._standins.name(name): value for name, value in line.seen.items()}
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
        self._models |= _texts(value for name, value in line.settings.items() if "model" in name)
        settings = {
            name: self._json(value, name) if name in TOLD_SETTINGS else value for name, value in line.settings.items()
        }
        return msgspec.structs.replace(line, bot=self._bot, settings=settings, redacted=True)

    def _update(self, line: Update) -> Update:
        packet = read_packet(line.tl)
        self._tl(packet)
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
        return {name: value if name in PROGRAMS_OWN else self._json(value, name) for name, value in row.items()}

    def _json(self, value: Any, field: str = "") -> Any:
        """`field` is the name under which the value stands."""
        match value:
            case bool() | None:
                return value
            case dict():
                return {self._field_name(name): self._field(value, name) for name in value}
            case list():
                return [self._json(one, _within(field, place)) for place, one in enumerate(value)]
            case str():
                return self._string(value, field)
            case int():
                if field == "size":
                    return self._standins.size(value)
                return value if field in MOMENTS else self._standins.number(value)
            case float():
                return self._standins.fraction(value)
            case _:
                raise TypeError(f"{type(value).__name__} is no JSON")

    def _field(self, fields: Json, name: str) -> Any:
        value = fields[name]
        if name == "argument" and isinstance(value, str) and "command" in fields:
            if fields.get("query_id") is not None:
                return self._standins.name(value)
            return self._argument(str(fields["command"]), value)
        return self._json(value, "file_name" if name in ("name", "member") and "mime" in fields else name)

    def _field_name(self, name: str) -> str:
        return name if name in self._words else self._standins.name(name)

    def _string(self, value: str, field: str) -> str:
        if field in MOMENTS and _MOMENT.fullmatch(value):
            return value
        if field in NAMES:
            return self._name(value)
        if field == "token_hash":
            return self._standins.content(bytes.fromhex(value)).hex().upper()
        if field == "file_reference":
            return b64encode(self._standins.content(b64decode(value))).decode()
        return self._file_name(value) if field == "file_name" else self._written(value)

    def _file_name(self, value: str) -> str:
        """Some files are what their whole name says ("Makefile")."""
        return value if value.lower() in self._vocabulary.endings else self._written(value)

    def _written(self, value: str) -> str:
        """What somebody has written: words that decide what is done with it (a command, what sort of file) stay."""
        if value in self._labels:
            return value
        command = _COMMAND.match(value)
        if command is not None and command[1] in self._words:
            return command[0] + self._argument(command[1], value[command.end() :])
        ending = _ENDING.search(value)
        if ending is not None and self._vocabulary.is_ending(ending[1].lower()):
            return self._standins.text(value[: ending.start()]) + ending[0]
        return self._standins.text(value)

    def _argument(self, command: str, told: str) -> str:
        """What stands behind a command: free text, or names of things, ids and amounts."""
        if command not in self._vocabulary.argued:
            return self._standins.text(told)
        return re.sub(r"\S+", lambda word: self._word(word[0]), told)

    def _word(self, word: str) -> str:
        if word in self._models or word.lower() in self._words or _AMOUNT.fullmatch(word):
            return word
        return self._standins.text(word) if word.strip("-$").isalpha() else self._standins.name(word)

    def _tl(self, thing: Any) -> Any:
        """A TL object, changed in its place, or the stand-in of a value."""
        match thing:
            case bool() | None | datetime():
                return thing
            case str():
                return self._written(thing)
            case bytes():
                return self._standins.content(thing)
            case int():
                return self._standins.number(thing)
            case float():
                return self._standins.fraction(thing)
            case list() | tuple():
                return [self._tl(one) for one in thing]
        for name, value in vars(thing).items():
            if isinstance(thing, types.UpdateBotCallbackQuery) and name == "data":
                thing.data = self._standins.named(value)  # of a button of ours
            elif isinstance(thing, types.DocumentAttributeFilename):
                thing.file_name = self._file_name(value)
            elif isinstance(thing, types.Document) and name == "size":
                thing.size = self._standins.size(value)
            elif not name.startswith("_"):
                setattr(thing, name, self._tl(value))
        return thing


def _within(field: str, place: int) -> str:
    """What a list's parts are: marks begin with their kind, buttons end with their name."""
    if field in ("marks", "buttons", "button_"):
        return {"marks": "mark", "buttons": "row", "button_": "label" if place == 0 else "button"}[field]
    if field == "mark":
        return "kind" if place == 0 else "text"
    return {"row": "button_"}.get(field, field)


def _texts(values: Iterable[Any]) -> set[str]:
    """The texts among values and in lists of them."""
    listed = (value if isinstance(value, list) else [value] for value in values)
    return {one for several in listed for one in several if isinstance(one, str)}
