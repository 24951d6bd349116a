"""What stays in a redacted recording, since the program has written it: names of types, states, kinds, commands."""

from __future__ import annotations

import mimetypes
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from types import CodeType
from typing import Any, NamedTuple

import msgspec

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
        "origin",
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
        "queue",
    }
)
"""Fields that the program fills with names of its own, some with ids in them: in its own types (`own_types`)."""
GIVEN_NAMES = frozenset({"_", "type", "key", "job", "ref", "button", "timer", "state", "conversation"})
"""Those of them in which others' actors, too, have what the engine gives them or takes from them."""
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

_NAME = re.compile(r"[\w.:/-]{1,40}", re.ASCII)


class Vocabulary(NamedTuple):
    """What actors have given names to, besides what the engine has. `labels` are whole texts that they offer."""

    words: frozenset[str] = frozenset()
    """parts of names"""
    names: frozenset[str] = frozenset()
    """fields that hold names"""
    choices: frozenset[tuple[str, str | int]] = frozenset()
    """(field, value): what stays in that field, as a whole"""
    moments: frozenset[str] = frozenset()
    """fields that hold moments or days"""
    labels: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()
    """whole texts that mean something when people write them, lower case, with "_" for a blank"""
    openings: frozenset[str] = frozenset()
    """words, lower case, that mean something at the beginning of a text with a colon behind them"""
    models: frozenset[str] = frozenset()
    """names of models that everybody knows"""
    commands: frozenset[str] = frozenset()
    arguments: Mapping[str, re.Pattern[str]] = {}
    """what may stand behind a command; of that, ids (groups "id...") and the other groups have stand-ins"""
    endings: frozenset[str] = frozenset()
    """of files, lower case, without dots; also names that have no dot ("makefile")"""
    own: frozenset[type] = frozenset()
    """structs whose fields hold names where `names` say so, and where the engine's do"""
    others: frozenset[type] = frozenset()
    """structs of which nothing is known but their types: of their fields only those that the engine gives hold names"""

    def __or__(self, other: Any) -> Vocabulary:
        """Both together."""
        return Vocabulary(*(mine | its for mine, its in zip(self, other, strict=True)))


NOTHING = Vocabulary()


@cache
def known_endings() -> frozenset[str]:
    """Those of files that say nothing about anybody."""
    return frozenset(ending.removeprefix(".") for ending in mimetypes.types_map)


@cache
def known_words() -> frozenset[str]:
    """What says how something is to be treated, and nothing about anybody: languages, kinds of files."""
    return frozenset({"en", "ru", *mimetypes.types_map.values(), "audio/ogg", "image/webp", "application/x-tgsticker"})


@cache
def own_words() -> frozenset[str]:
    """Every word that stands in the program's own code as a constant: parts of its keys, states, types, commands."""
    return _words_of("actors", "engine.core", "engine.runtime", "engine.store", "engine.telegram")


def vocabulary_of(*packages: str) -> Vocabulary:
    """That of others' actors, by the names of the packages or modules that they are in: their words, and of their types
    the values that a field chooses among, and the fields that hold moments wherever they stand. Where an actor has to
    find a text again (as a part of a ref, say), it belongs into a field of GIVEN_NAMES. Raises ImportError for what is
    none."""
    types = _structs(packages)
    fields = list(_fields(types))
    others = {name for name, parts in (*fields, *_fields(own_types())) if not _is_moment(parts)}
    return Vocabulary(
        words=_words_of(*packages),
        choices=frozenset((name, value) for name, parts in fields for part in parts for value in _values(part)),
        moments=frozenset(name for name, _ in fields) - others,
        others=frozenset(types),
    )


@cache
def own_types() -> tuple[type, ...]:
    """The engine's own structs that stand in recordings: events, effects, and what they are made of."""
    return tuple(_structs(("engine.core",)))


def _structs(packages: Iterable[str]) -> list[type]:
    """All of some packages."""
    return [
        shape
        for module in _modules(packages)
        for shape in vars(import_module(module)).values()
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct) and shape.__module__ == module
    ]


def _fields(structs: Iterable[type]) -> Iterator[tuple[str, list[Any]]]:
    """Their fields: name, and what may stand there."""
    for info in msgspec.inspect.multi_type_info(structs):
        for field in info.fields if isinstance(info, msgspec.inspect.StructType) else ():
            yield field.encode_name, list(_within(field.type))


def _is_moment(parts: list[Any]) -> bool:
    return any(isinstance(part, msgspec.inspect.DateTimeType | msgspec.inspect.DateType) for part in parts)


def _values(info: Any) -> Iterator[str | int]:
    """Those that an enum or a literal has."""
    match info:
        case msgspec.inspect.EnumType(cls=kind):
            yield from (one.value for one in kind)
        case msgspec.inspect.LiteralType(values=values):
            yield from (value for value in values if isinstance(value, str | int))


def _within(info: Any) -> Iterator[Any]:
    """A type, or what it is made of; not the fields of structs, which are looked at by themselves."""
    parts = [*getattr(info, "types", ()), *getattr(info, "item_types", ())]
    parts += [getattr(info, name) for name in ("item_type", "key_type", "value_type") if hasattr(info, name)]
    yield info
    for part in parts:
        yield from _within(part)


def _words_of(*packages: str) -> frozenset[str]:
    found: set[str] = set()
    for module in _modules(packages):
        parent = module.rpartition(".")[0]
        spec = PathFinder.find_spec(module, import_module(parent).__path__ if parent else None)
        code = spec.loader.get_code(module) if spec is not None and spec.loader is not None else None  # type: ignore[attr-defined]
        found |= _constants(code) if code is not None else set()
    named = (text for text in found if _NAME.fullmatch(text))  # sentences (docstrings) are no names
    return frozenset(word for text in named for word in re.findall(r"[A-Za-z]+", text))


def _modules(packages: Iterable[str]) -> Iterator[str]:
    """The modules in some packages, those below them, too."""
    for package in packages:
        yield package
        for below in pkgutil.walk_packages(getattr(import_module(package), "__path__", ()), f"{package}."):
            if not below.name.endswith("__main__"):
                yield below.name


def _constants(code: CodeType) -> set[str]:
    found = {constant for constant in code.co_consts if isinstance(constant, str)}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _constants(constant)
        elif isinstance(constant, tuple | frozenset):
            found |= {one for one in constant if isinstance(one, str)}
    return found
