"""TL objects as JSON that people can read; what is empty is left out."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any


def readable(thing: Any) -> Any:
    """A TL object (or a part of one) as JSON; `_` is its type's name."""
    if hasattr(thing, "to_dict"):
        return readable(thing.to_dict())
    if isinstance(thing, dict):
        return {name: readable(value) for name, value in thing.items() if _says_something(value)}
    if isinstance(thing, list | tuple):
        return [readable(one) for one in thing]
    if isinstance(thing, bytes):
        return b64encode(thing).decode()
    return thing.isoformat() if isinstance(thing, datetime) else thing


def _says_something(value: Any) -> bool:
    return value is not None and value is not False and value != []
