"""What the admins' desk has decided, put into the tables: one place, in the transaction of the step that decided it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from engine.core.decrees import (
    DecideRequest,
    Decree,
    DropEvent,
    GiveRole,
    MakeInvite,
    Note,
    OpenRequest,
    RaiseLimit,
    ReplayEvent,
    SetLimit,
    UseInvite,
)
from engine.core.roles import Role
from engine.store import access, budgets, desk, jobs, quarantine


class Applied(NamedTuple):
    """What is to be done now."""

    woken: Sequence[str] = ()
    """conversations that have an event"""
    jobs_stopped: Sequence[str] = ()


def apply(db: sqlite3.Connection, decree: Decree, now: datetime) -> Applied:
    """Does it. Of somebody who may not use the bot any more nothing goes on that costs."""
    match decree:
        case GiveRole(person_id=person_id, role=role, by=by):
            access.give_role(db, person_id, role, by, now)
            if role in (Role.BLOCKED, Role.STRANGER):
                return Applied(jobs_stopped=jobs.mark_stopping_for(db, person_id))
        case OpenRequest(person=person, origin=origin):
            access.ask(db, person.id, person.name, person.username, origin, now)
        case DecideRequest(request_id=request_id, decision=decision, by=by):
            access.decide(db, request_id, access.Decision(decision), by, now)
        case MakeInvite():
            _make_invite(db, decree, now)
        case UseInvite(token=token, person_id=person_id):
            access.use_invite(db, token, person_id, access.Doors(), now)
        case SetLimit(scope=scope, period=period, limit_nanousd=limit):
            budgets.set_limit(db, scope, period, limit, now)
        case RaiseLimit(scope=scope, period=period, by_nanousd=by_nanousd):
            budgets.raise_limit(db, scope, period, by_nanousd)
        case Note(admin_id=admin_id, action=action, object=of, details=details):
            desk.note(db, admin_id, action, of, msgspec.json.decode(details), now, by_step=True)
        case ReplayEvent(event_id=event_id):
            conversation = quarantine.replay(db, event_id)
            return Applied() if conversation is None else Applied([conversation])
        case DropEvent(event_id=event_id):
            quarantine.drop(db, event_id)
        case _:
            raise TypeError(f"nobody knows how to apply {type(decree).__name__}")
    return Applied()


def _make_invite(db: sqlite3.Connection, made: MakeInvite, now: datetime) -> None:
    access.keep_invite(
        db,
        made.token,
        role=made.role,
        uses=made.uses,
        expires_at=made.expires_at,
        by=made.by,
        now=now,
        budget_nanousd=made.budget_nanousd,
        budget_period=made.budget_period,
    )
