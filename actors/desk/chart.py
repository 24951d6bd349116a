"""The desk: what the admins are told, and what they decide.

    on_duty   everybody who may use the bot gets answers
    paused    only admins do

What strangers, people, alerts and admins bring is answered in both states.
"""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.events import AccessAsked, InviteShown, MoreAsked
from actors.desk.meanings import (
    AllowTold,
    BroadcastCancelled,
    BroadcastMeant,
    BroadcastTold,
    DropTold,
    LedgerTold,
    NotForThem,
    NothingMeant,
    PauseTold,
    QuarantineTold,
    ReplayTold,
    ReportTold,
    ResumeTold,
    SetModelTold,
    ThemeTold,
)
from actors.desk.memory import ON_DUTY, PAUSED, STATES, Desk
from actors.desk.results import ModelFound, ReportFailed, ReportReady
from actors.desk.steps.broadcasting import (
    begin_broadcast,
    can_broadcast,
    cancel_broadcast,
    has_more,
    is_broadcast_over,
    is_broadcasting,
    is_current,
    is_late,
    is_shown,
    report_broadcast,
    say_broadcasting,
    say_what_is_missing,
    send_to_the_next,
    show_broadcast,
    wait_for_telegram,
)
from actors.desk.steps.digests import is_digest_due, order_digest
from actors.desk.steps.pausing import pause, resume, say_not_paused, say_paused_already
from actors.desk.steps.quarantine import drop_event, has_event, replay_event, say_event_gone, show_quarantine
from actors.desk.steps.reports import (
    allow_model,
    ask_period,
    change_theme,
    is_offered,
    look_for_model,
    order_report,
    say_no_such_model,
    say_report_failed,
    set_model,
    show_report,
)
from actors.desk.steps.shared import ignore, say_unknown
from engine.core.chart import EVERY, SAME, Chart, Row
from engine.core.events import AlertRaised, TimedOut

# fmt: off
TABLE: tuple[Row[Desk, DeskContext], ...] = (
    #   source    event                 guard                step                    destination
    # ── the whole bot ──
    Row(ON_DUTY,  PauseTold,            None,                pause,                  PAUSED),
    Row(PAUSED,   PauseTold,            None,                say_paused_already,     SAME),
    Row(PAUSED,   ResumeTold,           None,                resume,                 ON_DUTY),
    Row(ON_DUTY,  ResumeTold,           None,                say_not_paused,         SAME),

    # ── reports: made by jobs ──
    Row(EVERY,    ReportTold,           None,                order_report,           SAME),
    Row(EVERY,    ThemeTold,            None,                change_theme,           SAME),
    Row(EVERY,    LedgerTold,           None,                ask_period,             SAME),
    Row(EVERY,    ReportReady,          None,                show_report,            SAME),
    Row(EVERY,    ReportFailed,         None,                say_report_failed,      SAME),
    Row(EVERY,    TimedOut,             is_digest_due,       order_digest,           SAME),

    # ── models ──
    Row(EVERY,    AllowTold,            None,                allow_model,            SAME),
    Row(EVERY,    SetModelTold,         None,                look_for_model,         SAME),
    Row(EVERY,    ModelFound,           is_offered,          set_model,              SAME),
    Row(EVERY,    ModelFound,           None,                say_no_such_model,      SAME),

    # ── the quarantine ──
    Row(EVERY,    QuarantineTold,       None,                show_quarantine,        SAME),
    Row(EVERY,    ReplayTold,           has_event,           replay_event,           SAME),
    Row(EVERY,    ReplayTold,           None,                say_event_gone,         SAME),
    Row(EVERY,    DropTold,             has_event,           drop_event,             SAME),
    Row(EVERY,    DropTold,             None,                say_event_gone,         SAME),

    # ── messages to everybody ──
    Row(EVERY,    BroadcastTold,        is_broadcasting,     say_broadcasting,       SAME),
    Row(EVERY,    BroadcastTold,        can_broadcast,       show_broadcast,         SAME),
    Row(EVERY,    BroadcastTold,        None,                say_what_is_missing,    SAME),
    Row(EVERY,    BroadcastMeant,       is_shown,            begin_broadcast,        SAME),
    Row(EVERY,    BroadcastMeant,       None,                say_unknown,            SAME),
    Row(EVERY,    BroadcastCancelled,   is_current,          cancel_broadcast,       SAME),
    Row(EVERY,    BroadcastCancelled,   None,                say_unknown,            SAME),
    Row(EVERY,    TimedOut,             is_late,             wait_for_telegram,      SAME),
    Row(EVERY,    TimedOut,             has_more,            send_to_the_next,       SAME),
    Row(EVERY,    TimedOut,             is_broadcast_over,   report_broadcast,       SAME),

    # ── always ──
    Row(EVERY,    AccessAsked,          None,                ignore,                 SAME),
    Row(EVERY,    InviteShown,          None,                ignore,                 SAME),
    Row(EVERY,    MoreAsked,            None,                ignore,                 SAME),
    Row(EVERY,    AlertRaised,          None,                ignore,                 SAME),
    Row(EVERY,    TimedOut,             None,                ignore,                 SAME),
    Row(EVERY,    NotForThem,           None,                say_unknown,            SAME),
    Row(EVERY,    NothingMeant,         None,                say_unknown,            SAME),
)
# fmt: on

CHART = Chart(STATES, TABLE, with_state=lambda d, state: d.but(state=state))
