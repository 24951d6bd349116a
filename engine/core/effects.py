"""What an actor may ask for while it handles an event: data, not action. The runtime commits it, then does it.

Send, Edit, Delete, AnswerPress  become outbox rows, delivered in order by the sender
StartJob, StopJob, StopJobs    become job rows, run outside the actor
SetTimer, ClearTimer           become timer rows, come back as `TimedOut`
Post                           becomes an inbox row of another conversation
RecordTurn                     becomes a row of the local transcript
Prefer                         becomes a row of the preferences
EndThread                      marks what lies at OpenAI for this conversation's thread: the janitor deletes it
DropPostponed                  ends the inbox rows that wait for another state
Decree (engine/core/decrees.py) changes the tables about people and money, for the admins' desk
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from engine.core.events import Event
from engine.core.files import StoredFile
from engine.core.styled import Rich, Styled


class Button(msgspec.Struct, frozen=True, array_like=True):
    """An inline button. `name` (at most 64 bytes) comes back in `ButtonPressed.button`."""

    label: str
    name: str


Keyboard = tuple[tuple[str, ...], ...]
"""Rows of words under the input field."""


class Effect(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="type", omit_defaults=True):
    """Anything that an actor may ask for."""


class Call(Effect, frozen=True, kw_only=True):
    """A call to Telegram. `to` is the conversation in whose chat it happens; "" is the actor's own."""

    to: str = ""


class Send(Call, frozen=True, kw_only=True):
    """A new message. `ref` is the actor's own name for it, under which it can be edited later. With a `file`, the
    content is its caption; with `rich`, the message is that, and the content is not used."""

    content: Styled = Styled("")
    rich: Rich | None = None
    file: StoredFile | None = None
    ref: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    keyboard: Keyboard | None = None
    wants_reply: bool = False
    """the app of whom it replies to begins a reply to it"""
    reply_to: int | None = None
    silent: bool = False


class Edit(Call, frozen=True, kw_only=True):
    """New content for the message sent as `ref`, as in Send. If that message is gone, it is sent anew."""

    ref: str
    content: Styled = Styled("")
    rich: Rich | None = None
    file: StoredFile | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()


class Delete(Call, frozen=True, kw_only=True):
    """The message sent as `ref` is to be gone; one that is unknown or gone already is no error."""

    ref: str


class AnswerPress(Call, frozen=True, kw_only=True):
    """The answer to a tap on an inline button: ends the button's spinner, with a notice if there is a text."""

    query_id: int
    text: str = ""
    alert: bool = False


class StartJob(Effect, frozen=True, kw_only=True):
    """Slow work. `job` is its id (unique for ever), `kind` names the body that does it, `order` what it needs."""

    job: str
    kind: str
    order: msgspec.Raw


class StopJob(Effect, frozen=True, kw_only=True):
    """Stops a job: it still ends with a result event, and books what it used. Stopping twice is stopping once."""

    job: str


class StopJobs(Effect, frozen=True, kw_only=True):
    """Stops every job of the conversation that there is by then; one that a later effect starts goes on."""


class SetTimer(Effect, frozen=True, kw_only=True):
    """A `TimedOut(timer=...)` at `due`; setting the same timer again moves it."""

    timer: str
    due: datetime


class ClearTimer(Effect, frozen=True, kw_only=True):
    """Forgets a timer; forgetting one that is not set is no error."""

    timer: str


class Post(Effect, frozen=True, kw_only=True):
    """An event for another conversation. The same `key` twice is one event."""

    conversation: str
    key: str
    event: Event


class DropPostponed(Effect, frozen=True, kw_only=True):
    """What this conversation has postponed is never looked at again."""


class RecordTurn(Effect, frozen=True, kw_only=True):
    """One question and its answer for the local transcript, from which a lost thread is rebuilt."""

    job: str
    question: str
    answer: str
    response_id: str | None
    parent_response_id: str | None = None
    """where in OpenAI's thread the question was asked"""
    question_message_id: int | None
    source: msgspec.Raw = msgspec.Raw(b"null")
    """the question as the actor knows it, for asking it again"""
    messages: int = 1
    """how many messages the answer became"""


class Prefer(Effect, frozen=True, kw_only=True):
    """A person or a conversation has chosen something. `scope`: "person:42", "conversation:-1001234"."""

    scope: str
    value: msgspec.Raw


class EndThread(Effect, frozen=True, kw_only=True):
    """What was uploaded for this conversation up to that thread is to be deleted at OpenAI."""

    thread: int
