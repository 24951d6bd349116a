"""The snapshot before each event: who it is from, what they and their conversation have chosen, what it refers to."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from actors.context import Context, Figures, Offer, Replied, Turn
from actors.events import (
    STORED,
    ContinueRequested,
    ForgetDecided,
    ForgetRequested,
    RetryRequested,
    SettingChosen,
    StatsRequested,
)
from actors.interpret import interpret, is_paced
from actors.memory import Conversation, Question
from actors.pace import Pace, Paces
from actors.phrases import phrases
from actors.preferences import (
    HOUSE_SCOPE,
    ConversationPreferences,
    HousePreferences,
    PersonPreferences,
    conversation_scope,
    person_scope,
    read_preferences,
)
from engine.core.budget import Payer, Room
from engine.core.conversation import place
from engine.core.events import (
    Event,
    FileReceived,
    FromPerson,
    MessageEdited,
    MessageReceived,
    MessagesDeleted,
    Person,
    TextReceived,
)
from engine.core.moment import Unseen
from engine.core.roles import Role
from engine.store import budgets, inbox, ledger, outbox, preferences, turns
from engine.store.access import Doors, find_role

_events = msgspec.json.Decoder(STORED)
_questions = msgspec.json.Decoder(Question | None)


class GroupRights(Protocol):
    """Who can tell whether somebody is an admin of a group: the Telegram wire."""

    def seen(self, chat_id: int, person_id: int) -> bool | None:
        """The same, as far as this moment knows it."""
        ...

    async def is_admin(self, chat_id: int, person_id: int) -> bool:
        """Whether that person is, which is noted in the moment. False where nobody can tell."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """What the settings say about people: who may come in, who runs it, where its days begin, what it offers."""

    admins: frozenset[int]
    members: frozenset[int]
    zone: ZoneInfo
    offer: Offer
    access: str = "request"
    """how others get in: "closed", "request", "open" (as guests)"""

    @property
    def doors(self) -> Doors:
        """The same as the store asks for it."""
        return Doors(self.admins, self.members, self.access == "open")

    def role(self, db: sqlite3.Connection, person_id: int) -> Role:
        """What this person may do: the settings' admins first, then what admins have decided, then the settings."""
        return find_role(db, person_id, self.doors)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look into the database brings."""

    role: Role
    meant: Event
    house: HousePreferences
    is_paused: bool
    person: PersonPreferences
    conversation: ConversationPreferences
    replied: Replied | None
    turn: Turn | None
    rooms: tuple[Room, ...]
    figures: Figures | None


def offered(offer: Offer, house: HousePreferences) -> Offer:
    """What there is to choose, as the admins have decided; the first model is the default."""
    default = house.model or (*offer.models, "")[0]
    models = tuple(dict.fromkeys((default, *(house.models or offer.models))))
    return offer if models == offer.models else replace(offer, models=models)


class Looker:
    """Makes contexts."""

    def __init__(self, house: House, rights: GroupRights, paces: Paces) -> None:
        self._house = house
        self._rights = rights
        self._paces = paces

    def context(
        self, db: sqlite3.Connection, memory: Conversation, event: Event, event_id: int, now: datetime
    ) -> Context:
        """The snapshot for one event. Raises Unseen where Telegram has to be asked who is an admin of a group."""
        person = event.person if isinstance(event, FromPerson) else None
        concerned = person or _answered(memory, event)
        found = self._look(db, memory, event, concerned, now)
        governs = self._governs(memory, person, found.role, found.meant)
        telegram_language = concerned.language if concerned else memory.language
        return Context(
            now=now,
            event_id=event_id,
            role=found.role,
            phrases=phrases(found.person.reads(telegram_language)),
            person=found.person,
            conversation=found.conversation,
            offer=offered(self._house.offer, found.house),
            figures=found.figures,
            replied=found.replied,
            turn=found.turn,
            rooms=found.rooms,
            house=found.house,
            is_paused=found.is_paused,
            pace=self._pace(found, event_id),
            can_ask_access=self._house.access != "closed",
            governs=governs,
        )

    def _pace(self, found: _Found, event_id: int) -> Pace:
        meant = found.meant
        if found.role is Role.ADMIN or not is_paced(meant):
            return Pace.FREE
        album = meant.album if isinstance(meant, FileReceived) else 0
        thing = f"album:{album}" if album else f"event:{event_id}"
        return self._paces.weigh(meant.person.id, thing, event_id, meant.at)

    def _governs(self, memory: Conversation, person: Person | None, role: Role, meant: Event) -> bool:
        where = place(memory.key)
        if where.is_private or person is None or role is Role.ADMIN or not _needs_rights(meant):
            return True
        seen = self._rights.seen(where.chat_id, person.id)
        if seen is None:
            raise Unseen(partial(self._rights.is_admin, where.chat_id, person.id))
        return seen

    def _look(
        self, db: sqlite3.Connection, memory: Conversation, event: Event, concerned: Person | None, now: datetime
    ) -> _Found:
        own, here, chosen = preferences.chosen(
            db, (person_scope(concerned.id if concerned else 0), conversation_scope(memory.key), HOUSE_SCOPE)
        )
        role = self._house.role(db, concerned.id) if concerned else Role.MEMBER
        house = read_preferences(HousePreferences, chosen)
        is_paused = concerned is not None and house.is_closed_to(concerned.id)
        meant = interpret(event, role, memory.key, is_paused=is_paused)
        figures = None
        if isinstance(meant, StatsRequested):
            figures = _figures(db, meant.person.id, now.astimezone(self._house.zone))
        return _Found(
            role=role,
            meant=meant,
            house=house,
            is_paused=is_paused,
            person=read_preferences(PersonPreferences, own),
            conversation=read_preferences(ConversationPreferences, here),
            replied=_replied(db, memory.key, _reply_to(memory, meant)),
            turn=_turn(db, memory, meant),
            rooms=budgets.rooms(db, Payer(concerned.id, memory.key, role.value).scopes, now) if concerned else (),
            figures=figures,
        )


def _answered(memory: Conversation, event: Event) -> Person | None:
    """Results of jobs, timers and deletions come without a person: they concern whoever is answered, or is waited for,
    or whose files are deleted."""
    if memory.question is not None:
        return memory.question.person
    if memory.gathered is not None:
        return memory.gathered.person
    if memory.wanted is not None:
        return memory.wanted.person
    if isinstance(event, MessagesDeleted) and (person := _deleted(memory, event)) is not None:
        return person
    return memory.held[-1].person if memory.held else None


def _deleted(memory: Conversation, event: MessagesDeleted) -> Person | None:
    """Whose files they are, of those that wait."""
    waiting = [
        *((held.person, held.parts) for held in reversed(memory.held)),
        *((priced.question.person, priced.question.parts) for priced in memory.priced),
    ]
    return next((person for person, parts in waiting if any(part.is_of(event.message_ids) for part in parts)), None)


def _needs_rights(meant: Event) -> bool:
    return isinstance(meant, SettingChosen | ForgetRequested | ForgetDecided)


def _reply_to(memory: Conversation, meant: Event) -> int | None:
    if isinstance(meant, MessageReceived):
        return meant.reply_to
    if isinstance(meant, FromPerson):
        return getattr(meant, "reply_to", None)
    parts = memory.gathered.parts if memory.gathered else memory.question.parts if memory.question else ()
    return next((part.reply_to for part in parts if part.reply_to is not None), None)


def _replied(db: sqlite3.Connection, conversation: str, message_id: int | None) -> Replied | None:
    if message_id is None:
        return None
    ours = outbox.sent_as(db, conversation, message_id)
    if ours is not None:
        kind, _, rest = ours.ref.partition(":")
        asked = turns.by_job(db, conversation, rest.partition(":")[0]) if kind == "answer" else None
        return Replied(turn=_read_turn(asked), ours=ours)
    event = inbox.message(db, conversation, message_id)
    theirs = None if event is None else _events.decode(event)
    if not isinstance(theirs, TextReceived | FileReceived):
        return None
    edit = inbox.last_edit(db, place(conversation).chat_id, message_id)
    edited = None if edit is None else _events.decode(edit)
    return Replied(theirs=_as_edited(theirs, edited) if isinstance(edited, MessageEdited) else theirs)


def _as_edited(theirs: TextReceived | FileReceived, edited: MessageEdited) -> TextReceived | FileReceived:
    """A message as it is now."""
    theirs = msgspec.structs.replace(theirs, text=edited.text)
    if isinstance(theirs, FileReceived) and edited.attachment is not None:
        return msgspec.structs.replace(theirs, attachment=edited.attachment)
    return theirs


def _turn(db: sqlite3.Connection, memory: Conversation, meant: Event) -> Turn | None:
    match meant:
        case MessageEdited(message_id=message_id):
            return _read_turn(turns.by_question(db, memory.key, message_id))
        case RetryRequested(job="", message_id=_):
            return _read_turn(turns.last(db, memory.key, memory.thread))
        case RetryRequested(job=job) | ContinueRequested(job=job):
            return _read_turn(turns.by_job(db, memory.key, job))
        case _:
            return None


def _read_turn(asked: turns.Asked | None) -> Turn | None:
    if asked is None:
        return None
    return Turn(
        job=asked.job,
        thread=asked.thread,
        response_id=asked.response_id,
        question=_questions.decode(asked.source),
        messages=asked.messages,
        answer=asked.answer,
    )


def _figures(db: sqlite3.Connection, person_id: int, local_now: datetime) -> Figures:
    today = local_now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Figures(
        today=ledger.spending(db, person_id, since=today),
        month=ledger.spending(db, person_id, since=today.replace(day=1)),
        all_time=ledger.spending(db, person_id),
    )
