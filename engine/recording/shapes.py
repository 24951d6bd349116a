"""Whose fields they are: a dict of a recording, by the type that it is of.

Others' actors may call a field `code`, `reason` or `what` and keep in it what people have written. A field's name says
nothing by itself, then: what the engine, or this bot's own actors, put where is known of their own types only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

TAG = "type"
"""The field with an event's or an effect's type."""


class Shapes:
    """The structs whose fields hold what the program knows of (`own`), and those of others, which come first."""

    def __init__(self, own: Iterable[type], others: Iterable[type]) -> None:
        self._own, self._others = _Known(own), _Known(others)

    def is_own(self, fields: dict[str, Any], *, within_own: bool) -> bool:
        """Whether a dict is of one of our own types. Where no type is named in it, all within such a one is so, and
        elsewhere what can be read as one."""
        if isinstance(fields.get(TAG), str):
            return not self._others.has_named(fields) and self._own.has_named(fields)
        return within_own or (not self._others.has_unnamed(fields) and self._own.has_unnamed(fields))


class _Known:
    """Some structs."""

    def __init__(self, structs: Iterable[type]) -> None:
        self._named: dict[str, list[frozenset[str]]] = defaultdict(list)
        self._unnamed: list[tuple[frozenset[str], type]] = []
        for struct in structs:
            told: Any = struct
            config, fields = told.__struct_config__, frozenset(told.__struct_encode_fields__)
            if config.array_like:
                continue
            if config.tag_field == TAG:
                self._named[config.tag].append(fields | {TAG})
            else:
                self._unnamed.append((fields, struct))

    def has_named(self, fields: dict[str, Any]) -> bool:
        """Whether one of them is called as `fields` say, and has such fields."""
        return any(fields.keys() <= known for known in self._named.get(fields[TAG], ()))

    def has_unnamed(self, fields: dict[str, Any]) -> bool:
        """Whether these are the fields, and the values, of one of them."""
        return any(fields.keys() <= known and _is_one(fields, struct) for known, struct in self._unnamed)


def _is_one(fields: dict[str, Any], struct: type) -> bool:
    try:
        msgspec.convert(fields, struct)
    except msgspec.ValidationError:
        return False
    return True
