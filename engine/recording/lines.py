"""The lines of a recording, in the order in which they stand there. docs/recording.schema.json is made from this file.

header    what the recording is of; the first line, and again wherever the bot was started with other settings
house     rows that belong to no conversation, as they were before the first event
start     a conversation as it was before its first event in here
update    what came from Telegram, as it came
event     an inbox row
step      what the actor made of it, followed by the calls that it asked for (outbox)
ledger    what was booked, before the event that came of the same job, or where it was booked ahead of it
changed   a row of the house's that somebody has changed who is not in here, or in no step at all (from the shell)
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

FORMAT: Literal["gpttg-recording"] = "gpttg-recording"
VERSION = 1
"""Of the format. A reader refuses newer ones."""

Json = dict[str, Any]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What SQLite takes for a whole number."""


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=str.lower, omit_defaults=True):
    """Anything that stands in a recording. Moments are UTC, money is whole nano-dollars."""


class Header(Line, frozen=True, kw_only=True):
    """What the recording is of, and the settings that its actors saw from here on."""

    format: Literal["gpttg-recording"]
    version: int
    bot: str
    """the bot's username"""
    exported_at: Moment
    zone: str
    redacted: bool
    settings: Json
    until: Number | None = None
    """the event (an inbox id) with whose last step it ends; null: it goes on to what was there when it was exported"""


class House(Line, frozen=True, kw_only=True):
    """Rows that belong to no conversation alone, by table: roles, budgets, what is spent, what people have chosen.
    Behind a later header with another zone: what had been spent before the first event, as it counts there."""

    rows: dict[str, list[Json]]


class Start(Line, frozen=True, kw_only=True):
    """A conversation before its first event here: what it remembered (null: it was new), and rows of the database that
    its actor may look at, by table."""

    conversation: str
    memory: Json | None
    rows: dict[str, list[Json]] = {}


class Update(Line, frozen=True, kw_only=True):
    """An update of Telegram's: readable, and as TL bytes (base64)."""

    key: str
    received_at: Moment
    packet: Json
    tl: bytes


class Event(Line, frozen=True, kw_only=True):
    """An inbox row. `cause`: update:<key>, job:<id>, event:<inbox id>, timer, or nothing. `status` is that at the
    recording's end."""

    id: Number
    key: str
    conversation: str
    received_at: Moment
    cause: str
    status: str
    event: Json | None
    message_id: Number | None = None
    tries: int = 0


class Step(Line, frozen=True, kw_only=True):
    """An event, handled. `at` is the time that the actor saw, `memory` what it remembered afterwards, `effects` a hash
    of what it asked for, `seen` what was looked up outside of the database."""

    event_id: Number
    conversation: str
    at: Moment
    outcome: Literal["done", "postponed", "quarantined"]
    state: str
    memory: Json
    effects: str
    seen: Json = {}


class Outbox(Line, frozen=True, kw_only=True):
    """A call to Telegram. `cause`: "<inbox id>/<number>"."""

    cause: str
    conversation: str
    chat_id: Number
    effect: Json | None
    status: Literal["pending", "sent", "failed"]
    created_at: Moment
    ref: str = ""
    message_id: Number | None = None
    error: str = ""
    sent_at: Moment | None = None


class Ledger(Line, frozen=True, kw_only=True):
    """A line of the ledger, as its table has it, without its number. `is_ahead`: it was booked here, while its job went
    on (what a kill has cut off, a container), or for none; else with its job's end."""

    key: str
    job: str
    line: Json
    is_ahead: bool = False


class Changed(Line, frozen=True, kw_only=True):
    """A row of the table `name`, as it is from here on; where `is_gone`, it is deleted. A row of the ledger was booked
    here, in a conversation that is not in the recording; one of the audit was noted from the shell."""

    name: str
    row: Json
    is_gone: bool = False


AnyLine = Header | House | Start | Update | Event | Step | Outbox | Ledger | Changed

_decoder = msgspec.json.Decoder(AnyLine)


def encode(line: AnyLine) -> bytes:
    """A line, without its end."""
    return msgspec.json.encode(line)


def decode(line: bytes) -> AnyLine:
    """Raises msgspec.DecodeError for what is no line of this version."""
    decoded: AnyLine = _decoder.decode(line)
    return decoded


def json_schema() -> Json:
    """The JSON Schema of one line."""
    (schema,), components = msgspec.json.schema_components(
        [AnyLine], ref_template="#/$defs/{name}", schema_hook=lambda _: {}
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"One line of a {FORMAT}, version {VERSION}",
        **schema,
        "$defs": components,
    }
