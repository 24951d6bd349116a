"""What the desk's own jobs bring back to it."""

from __future__ import annotations

import msgspec

from engine.core.effects import Button
from engine.core.events import Event, FromPerson
from engine.core.files import StoredFile
from engine.core.styled import Styled


class Page(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A message that a job has made. `to` is the conversation that gets it, `ref` the desk's name for it;
    `is_change`: it stands there already, and reads so now."""

    to: str
    ref: str = ""
    is_change: bool = False
    content: Styled
    buttons: tuple[tuple[Button, ...], ...] = ()
    file: StoredFile | None = None


class ReportReady(Event, frozen=True, kw_only=True):
    """A report is made."""

    job: str
    pages: tuple[Page, ...]


class ReportFailed(Event, frozen=True, kw_only=True):
    """There is none. `reason` names a sentence `failed-<reason>`; `readers` are (conversation, language)."""

    job: str
    reason: str
    readers: tuple[tuple[str, str], ...]


class ModelFound(FromPerson, frozen=True, kw_only=True):
    """OpenAI was asked for a model that is to answer from now on. `ends` is its end ("2026-12-11", "" for none)."""

    job: str
    conversation: str
    model: str
    is_offered: bool
    ends: str = ""
    card: str = ""
    """the page whose button it was"""


class Sight(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that the admins must know. `key` says how often it is told: once for each key; `kind` and `said` make
    the sentence `alert-<kind>`; `person_id` is whom it is about."""

    key: str
    kind: str
    said: dict[str, str] = {}
    person_id: int = 0


class Watched(Event, frozen=True, kw_only=True):
    """The watch has looked. `what` is what it was told to: "hourly", "daily", "outage", "recount", "storage"."""

    what: str
    sights: tuple[Sight, ...] = ()
    is_reachable: bool = False
    """only for "outage": whether OpenAI answers"""
    day: str = ""
    """only for "storage": the last day that is booked (ISO, UTC)"""


FromJobs = ReportReady | ReportFailed | ModelFound | Watched
"""All of it."""
