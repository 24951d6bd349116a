"""The desk: what the admins are told, and what they decide.

    on_duty   everybody who may use the bot gets answers
    paused    only admins do

What strangers, people, alerts and admins bring is answered in both states.
"""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.events import AccessAsked, InviteShown, MoreAsked
from actors.desk.meanings import NotForThem, NothingMeant, PauseTold, ResumeTold
from actors.desk.memory import ON_DUTY, PAUSED, STATES, Desk
from actors.desk.steps.pausing import pause, resume, say_not_paused, say_paused_already
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
