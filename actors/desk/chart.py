"""The desk: what the admins are told, and what they decide.

    on_duty   everybody who may use the bot gets answers
    paused    only admins do

What strangers, people, alerts and admins bring is answered in both states.
"""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.events import AccessAsked, InviteShown, MoreAsked
from actors.desk.meanings import (
    AccessDecided,
    AllowTold,
    AuditTold,
    BroadcastCancelled,
    BroadcastMeant,
    BroadcastTold,
    DetailsTold,
    DropTold,
    IncidentTold,
    InviteMade,
    InviteTold,
    LedgerTold,
    LimitChosen,
    LimitOpened,
    LimitRaised,
    LimitsTold,
    MoreDecided,
    MuteTold,
    NotForThem,
    NothingMeant,
    PauseTold,
    PersonOpened,
    PersonPaused,
    QuarantineTold,
    ReplayTold,
    ReplySaid,
    ReportTold,
    ResumeTold,
    RoleChosen,
    SetModelTold,
    ThemeTold,
    UsersTold,
)
from actors.desk.memory import ON_DUTY, PAUSED, STATES, Desk
from actors.desk.results import ModelFound, ReportFailed, ReportReady, Watched
from actors.desk.steps.access import (
    decide_access,
    is_access_decided,
    is_asked_already,
    is_blocked,
    is_denied_lately,
    is_house_closed,
    is_invite_over,
    is_invite_unknown,
    is_invite_useless,
    is_let_in,
    let_in,
    open_request,
    say_access_decided,
    say_asked_already,
    say_closed,
    say_denied,
    say_invite_over,
    say_invite_unknown,
    say_invite_useless,
    say_let_in_already,
)
from actors.desk.steps.alerts import (
    hold_back,
    hold_mark_back,
    is_alert_gone,
    is_limit_lost,
    is_mark_early,
    is_mark_muted,
    is_mark_to_wait,
    is_muted,
    is_persons_mark,
    is_quiet_over,
    is_to_wait,
    mute,
    raise_limit,
    say_alert_gone,
    say_limit_lost,
    send_details,
    show_alert,
    show_mark,
    tell_held,
    warn_person,
)
from actors.desk.steps.audit import show_audit
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
from actors.desk.steps.invites import make_invite, offer_invite
from actors.desk.steps.limits import (
    is_cheaper_typed,
    is_limit_typed,
    is_limit_unreadable,
    is_no_limit,
    open_limit,
    say_how_to_set,
    set_cheaper,
    set_limit,
    set_typed,
    show_limits,
)
from actors.desk.steps.pausing import pause, resume, say_not_paused, say_paused_already
from actors.desk.steps.people import (
    give_role,
    is_fixed,
    is_message_too_long,
    is_nobody,
    is_to_nobody,
    pause_person,
    say_fixed,
    say_message_too_long,
    say_nobody,
    say_to_nobody,
    show_people,
    show_person,
    write_to_person,
)
from actors.desk.steps.quarantine import (
    drop_event,
    has_event,
    order_incident,
    replay_event,
    say_event_gone,
    show_quarantine,
)
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
from actors.desk.steps.watching import (
    is_outage,
    is_outage_known,
    is_outage_look,
    is_outage_to_try,
    is_over,
    is_stored,
    is_watch_due,
    note_stored,
    order_watch,
    raise_sights,
    show_outage,
    tell_over,
    try_openai,
    wait_on,
)
from actors.desk.steps.wishes import (
    decide_wish,
    is_limit_gone,
    is_not_their_wish,
    is_wish_decided,
    is_wish_known,
    pass_wish_on,
    say_limit_gone,
    say_not_their_wish,
    say_wish_decided,
    say_wish_known,
)
from engine.core.chart import EVERY, SAME, Chart, Row
from engine.core.events import AlertRaised, BudgetPassed, TimedOut

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

    # ── the watch ──
    Row(EVERY,    TimedOut,             is_watch_due,        order_watch,            SAME),
    Row(EVERY,    TimedOut,             is_outage_to_try,    try_openai,             SAME),
    Row(EVERY,    Watched,              is_over,             tell_over,              SAME),
    Row(EVERY,    Watched,              is_outage_look,      wait_on,                SAME),
    Row(EVERY,    Watched,              is_stored,           note_stored,            SAME),
    Row(EVERY,    Watched,              None,                raise_sights,           SAME),

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
    Row(EVERY,    IncidentTold,         has_event,           order_incident,         SAME),
    Row(EVERY,    IncidentTold,         None,                say_event_gone,         SAME),

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

    # ── who may come in ──
    Row(EVERY,    AccessAsked,          is_blocked,          ignore,                 SAME),
    Row(EVERY,    AccessAsked,          is_let_in,           say_let_in_already,     SAME),
    Row(EVERY,    AccessAsked,          is_house_closed,     say_closed,             SAME),
    Row(EVERY,    AccessAsked,          is_asked_already,    say_asked_already,      SAME),
    Row(EVERY,    AccessAsked,          is_denied_lately,    say_denied,             SAME),
    Row(EVERY,    AccessAsked,          None,                open_request,           SAME),
    Row(EVERY,    AccessDecided,        is_access_decided,   say_access_decided,     SAME),
    Row(EVERY,    AccessDecided,        None,                decide_access,          SAME),
    Row(EVERY,    InviteTold,           None,                offer_invite,           SAME),
    Row(EVERY,    InviteMade,           None,                make_invite,            SAME),
    Row(EVERY,    InviteShown,          is_blocked,          ignore,                 SAME),
    Row(EVERY,    InviteShown,          is_invite_unknown,   say_invite_unknown,     SAME),
    Row(EVERY,    InviteShown,          is_invite_useless,   say_invite_useless,     SAME),
    Row(EVERY,    InviteShown,          is_invite_over,      say_invite_over,        SAME),
    Row(EVERY,    InviteShown,          None,                let_in,                 SAME),

    # ── what may be spent ──
    Row(EVERY,    MoreAsked,            is_not_their_wish,   say_not_their_wish,     SAME),
    Row(EVERY,    MoreAsked,            is_wish_known,       say_wish_known,         SAME),
    Row(EVERY,    MoreAsked,            is_limit_gone,       say_limit_gone,         SAME),
    Row(EVERY,    MoreAsked,            None,                pass_wish_on,           SAME),
    Row(EVERY,    MoreDecided,          is_wish_decided,     say_wish_decided,       SAME),
    Row(EVERY,    MoreDecided,          None,                decide_wish,            SAME),
    Row(EVERY,    LimitsTold,           is_cheaper_typed,    set_cheaper,            SAME),
    Row(EVERY,    LimitsTold,           is_limit_typed,      set_typed,              SAME),
    Row(EVERY,    LimitsTold,           is_limit_unreadable, say_how_to_set,         SAME),
    Row(EVERY,    LimitsTold,           None,                show_limits,            SAME),
    Row(EVERY,    LimitOpened,          is_no_limit,         say_unknown,            SAME),
    Row(EVERY,    LimitOpened,          None,                open_limit,             SAME),
    Row(EVERY,    LimitChosen,          is_no_limit,         say_unknown,            SAME),
    Row(EVERY,    LimitChosen,          None,                set_limit,              SAME),

    # ── people ──
    Row(EVERY,    UsersTold,            None,                show_people,            SAME),
    Row(EVERY,    PersonOpened,         is_nobody,           say_nobody,             SAME),
    Row(EVERY,    PersonOpened,         None,                show_person,            SAME),
    Row(EVERY,    RoleChosen,           is_nobody,           say_nobody,             SAME),
    Row(EVERY,    RoleChosen,           is_fixed,            say_fixed,              SAME),
    Row(EVERY,    RoleChosen,           None,                give_role,              SAME),
    Row(EVERY,    PersonPaused,         is_nobody,           say_nobody,             SAME),
    Row(EVERY,    PersonPaused,         None,                pause_person,           SAME),
    Row(EVERY,    ReplySaid,            is_to_nobody,        say_to_nobody,          SAME),
    Row(EVERY,    ReplySaid,            is_message_too_long, say_message_too_long,   SAME),
    Row(EVERY,    ReplySaid,            None,                write_to_person,        SAME),

    # ── what admins must know ──
    Row(EVERY,    AlertRaised,          is_muted,            ignore,                 SAME),
    Row(EVERY,    AlertRaised,          is_outage_known,     ignore,                 SAME),
    Row(EVERY,    AlertRaised,          is_outage,           show_outage,            SAME),
    Row(EVERY,    AlertRaised,          is_to_wait,          hold_back,              SAME),
    Row(EVERY,    AlertRaised,          None,                show_alert,             SAME),
    Row(EVERY,    BudgetPassed,         is_mark_early,       ignore,                 SAME),
    Row(EVERY,    BudgetPassed,         is_persons_mark,     warn_person,            SAME),
    Row(EVERY,    BudgetPassed,         is_mark_muted,       ignore,                 SAME),
    Row(EVERY,    BudgetPassed,         is_mark_to_wait,     hold_mark_back,         SAME),
    Row(EVERY,    BudgetPassed,         None,                show_mark,              SAME),
    Row(EVERY,    TimedOut,             is_quiet_over,       tell_held,              SAME),
    Row(EVERY,    TimedOut,             None,                ignore,                 SAME),
    Row(EVERY,    DetailsTold,          is_alert_gone,       say_alert_gone,         SAME),
    Row(EVERY,    DetailsTold,          None,                send_details,           SAME),
    Row(EVERY,    MuteTold,             is_alert_gone,       say_alert_gone,         SAME),
    Row(EVERY,    MuteTold,             None,                mute,                   SAME),
    Row(EVERY,    LimitRaised,          is_alert_gone,       say_alert_gone,         SAME),
    Row(EVERY,    LimitRaised,          is_limit_lost,       say_limit_lost,         SAME),
    Row(EVERY,    LimitRaised,          None,                raise_limit,            SAME),
    Row(EVERY,    AuditTold,            None,                show_audit,             SAME),

    # ── always ──
    Row(EVERY,    NotForThem,           None,                say_unknown,            SAME),
    Row(EVERY,    NothingMeant,         None,                say_unknown,            SAME),
)
# fmt: on

CHART = Chart(STATES, TABLE, with_state=lambda d, state: d.but(state=state))
