"""The program's own words: what a redaction leaves as it is, since it says what is done, and nothing about anybody."""

from __future__ import annotations

import mimetypes
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.machinery import PathFinder
from types import CodeType

ENGINE = ("engine.core", "engine.runtime", "engine.store", "engine.telegram")
"""Whose constants every recording has in its names."""

_NAME = re.compile(r"[\w.:/-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Vocabulary:
    """That of somebody's actors."""

    packages: tuple[str, ...] = ()
    """where their code is: each word that is a constant in it may be a part of a key, a state, a type, a timer"""
    labels: frozenset[str] = frozenset()
    """whole texts that the bot itself offers to say (its keyboard)"""
    endings: frozenset[str] = frozenset()
    """of file names ("pdf"), besides those of `mimetypes`: by them actors decide what a file is"""
    argued: frozenset[str] = frozenset()
    """commands ("limits") after which no free text comes, but names of things, ids and amounts"""

    @property
    def words(self) -> frozenset[str]:
        """Every word of the code."""
        return _words_of((*ENGINE, *self.packages))

    def is_ending(self, ending: str) -> bool:
        """Whether the end of a file's name (lower case, without its dot) says what the file is."""
        return ending in self.endings or f".{ending}" in mimetypes.types_map


@cache
def known_words() -> frozenset[str]:
    """What says how something is to be treated: languages, kinds of files."""
    return frozenset({"en", "ru", *mimetypes.types_map.values(), "audio/ogg", "image/webp", "application/x-tgsticker"})


@cache
def _words_of(packages: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for code in (code for package in packages for code in _codes(package)):
        found |= _constants(code)
    named = (text for text in found if _NAME.fullmatch(text))  # sentences (docstrings) are no names
    return frozenset(word for text in named for word in re.findall(r"[A-Za-z]+", text))


def _codes(package: str) -> Iterator[CodeType]:
    """The code of a package's modules, or of a module, as its file has it."""
    modules = pkgutil.walk_packages(getattr(import_module(package), "__path__", ()), f"{package}.")
    for name in (package, *(module.name for module in modules)):
        parent = name.rpartition(".")[0]
        spec = PathFinder.find_spec(name, import_module(parent).__path__ if parent else None)
        code = spec.loader.get_code(name) if spec is not None and isinstance(spec.loader, InspectLoader) else None
        if code is not None:
            yield code


def _constants(code: CodeType) -> set[str]:
    found = {constant for constant in code.co_consts if isinstance(constant, str)}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _constants(constant)
        elif isinstance(constant, tuple | frozenset):
            found |= {one for one in constant if isinstance(one, str)}
    return found
