"""What a redaction must know of a recording before its first line: ids that keep an order, ids that stay, models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from engine.recording.house import HOUSE
from engine.recording.lines import AnyLine, Changed, Event, Header, House, Json, Ledger, Outbox, Start

_MODELS_OF_THE_HOUSE = ("model", "models", "cheaper_model")
"""What admins choose for everybody."""


class Known(NamedTuple):
    """What stands in a recording. `people` are those to whom something can be sent: admins, and whoever has a chat of
    their own. `inbox` are ids of events, after which jobs, refs and buttons are named, and which say nothing about
    anybody: one that is somebody's, too, is none of them. `models` are those that answered or were to answer."""

    people: frozenset[int] = frozenset()
    inbox: frozenset[int] = frozenset()
    models: frozenset[str] = frozenset()


NOTHING_KNOWN = Known()


def known_in(lines: Iterable[AnyLine]) -> Known:
    """That of a recording."""
    people: set[int] = set()
    speakers: set[int] = set()
    inbox: set[int] = set()
    models: set[str] = set()
    for line in lines:
        match line:
            case Header():
                people.update(line.settings.get("admin_id", ()))
                models.update(models_in(line.settings))
            case House():
                people.update(row["person_id"] for row in line.rows.get("roles", ()))
                people.update(row["id"] for row in line.rows.get("people", ()))
                inbox.update(_ids(line.rows))
                for row in line.rows.get("preferences", ()):
                    models.update(_of_the_house(row))
            case Start():
                people.update([int(line.conversation)] if line.conversation.isdecimal() else ())
                inbox.update(_ids(line.rows))
            case Event():
                inbox.add(line.id)
                speakers.update(_speaker(line.event))
            case Outbox():
                people.add(line.chat_id)
            case Ledger():
                models.add(line.line["model"])
            case Changed():
                models.update(_of_the_house(line.row) if line.name == "preferences" else ())
            case _:
                pass
    able = frozenset(one for one in people if one > 0)
    return Known(able, frozenset(inbox - able - speakers), frozenset(model for model in models if model))


def models_in(settings: Json) -> frozenset[str]:
    """The names of models in the settings."""
    return frozenset(name for setting, value in settings.items() if "model" in setting for name in _texts(value))


def _of_the_house(row: Json) -> Iterator[str]:
    """The models in a row of the preferences, if it is that of the house."""
    if row.get("scope") == HOUSE and isinstance(row.get("value"), dict):
        for field in _MODELS_OF_THE_HOUSE:
            yield from _texts(row["value"].get(field))


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and one:
            yield one


def _ids(rows: dict[str, list[Json]]) -> Iterator[int]:
    return (row["id"] for row in rows.get("inbox", ()))


def _speaker(event: Json | None) -> Iterator[int]:
    person = (event or {}).get("person")
    if isinstance(person, dict) and isinstance(person.get("id"), int):
        yield person["id"]
