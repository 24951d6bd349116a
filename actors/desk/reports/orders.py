"""What the desk orders from its jobs."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from actors.interpret import DESK_BUTTON, button_name
from actors.phrases import Phrases
from engine.core.effects import Button
from engine.core.events import Person
from engine.core.styled import Mark, Styled
from engine.telegram.text import utf16_length

Buttons = tuple[tuple[Button, ...], ...]


class ReportOrder(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A report for one admin. `card` names the page and is in its buttons; with `is_change` it stands there already."""

    what: str
    arguments: tuple[str, ...] = ()
    person: Person
    to: str
    language: str
    card: str
    is_change: bool = False


class DigestOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A digest for all admins: `readers` are (conversation, language), `now` is the moment whose day is not in it."""

    span: str
    now: datetime
    readers: tuple[tuple[str, str], ...]


class WatchOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be looked at: "hourly", "daily" (that, and more), "outage", "recount"."""

    what: str


class StorageOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The days (UTC) for which vector stores are to be booked: those behind `after`, up to `until`."""

    after: date
    until: date


def titled(title: str, lines: list[str]) -> Styled:
    """A page whose first line is bold."""
    return Styled("\n".join([title, *lines]), (Mark("bold", 0, utf16_length(title)),))


def page_button(words: Phrases, phrase: str, command: str, *arguments: object, **said: object) -> Button:
    """A button of a report's; its arguments begin with the page's card."""
    return Button(words.text(phrase, **said), button_name(DESK_BUTTON, command, *map(str, arguments)))
