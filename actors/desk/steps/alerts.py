"""Steps about what the admins must know: alerts and budgets, each told once; muted for a day; held in quiet hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from actors.desk.context import DeskContext, Reader
from actors.desk.looks import Limits
from actors.desk.meanings import DetailsTold, LimitRaised, MuteTold
from actors.desk.memory import ALERTS_LIMIT, Alert, Desk, Mark
from actors.desk.saying import (
    Buttons,
    card_ref,
    change_cards,
    desk_button,
    name_of,
    note,
    prefer,
    pressed,
    tell,
    tell_admins,
)
from actors.desk.wording import day_named, moment, period_named, scope_named
from actors.phrases import Phrases
from engine.core.budget import BOT
from engine.core.chart import Outcome
from engine.core.decrees import RaiseLimit
from engine.core.effects import Edit, Effect, Send, SetTimer
from engine.core.events import AlertRaised, BudgetPassed, TimedOut
from engine.core.money import NANOUSD_PER_USD, dollars
from engine.core.styled import Styled

QUIET_TIMER = "quiet"
MUTE_LASTS = timedelta(days=1)
RAISES_USD = (1, 5, 20)
URGENT = frozenset({"quota", "credentials", "outage", "outage-over"})
"""Told in quiet hours, too: nobody gets answers until somebody does something."""
BUDGET = "budget"
"""The kind of alert that is made of a budget's mark."""
FULL_PERCENT = 100


# ── whether it is told now ──────────────────────────────────────────────────────────────────────────────────────────


def is_muted(d: Desk, event: AlertRaised, context: DeskContext) -> bool:
    """Nobody wants to hear of this kind today."""
    return _is_muted(event.kind, context)


def is_to_wait(d: Desk, event: AlertRaised, context: DeskContext) -> bool:
    """It is quiet, and this can wait."""
    return event.kind not in URGENT and _is_quiet(context)


def _is_muted(kind: str, context: DeskContext) -> bool:
    until = context.house.muted.get(kind)
    return until is not None and context.now < until


def _is_quiet(context: DeskContext) -> bool:
    return context.quiet is not None and context.quiet.holds(context.now, context.zone)


def show_alert(d: Desk, event: AlertRaised, context: DeskContext) -> Outcome[Desk]:
    """Tells every admin."""
    return _shown(d, _alert(event, context), context)


def hold_back(d: Desk, event: AlertRaised, context: DeskContext) -> Outcome[Desk]:
    """Keeps it for the end of the quiet hours."""
    return _held(d, _alert(event, context), context)


def is_quiet_over(d: Desk, event: TimedOut, context: DeskContext) -> bool:
    """The quiet hours have ended."""
    return event.timer == QUIET_TIMER


def tell_held(d: Desk, event: TimedOut, context: DeskContext) -> Outcome[Desk]:
    """Tells what was held back, in order."""
    cards = [card for alert in d.alerts if alert.is_held for card in _cards(alert, context)]
    told = tuple(msgspec.structs.replace(alert, is_held=False) for alert in d.alerts)
    return Outcome(d.but(alerts=told), tuple(cards))


def _alert(event: AlertRaised, context: DeskContext) -> Alert:
    return Alert(
        id=context.card,
        kind=event.kind,
        detail=event.detail,
        at=event.at,
        person_id=event.person_id,
        figures=event.figures,
    )


def _shown(d: Desk, alert: Alert, context: DeskContext) -> Outcome[Desk]:
    return Outcome(_kept(d, alert), _cards(alert, context))


def _held(d: Desk, alert: Alert, context: DeskContext) -> Outcome[Desk]:
    if context.quiet is None:
        raise ValueError("there are no quiet hours")
    same = (alert.kind, alert.detail, alert.mark)
    if any(one.is_held and (one.kind, one.detail, one.mark) == same for one in d.alerts):
        return Outcome(d)
    due = context.quiet.over_at(context.now, context.zone)
    return Outcome(_kept(d, msgspec.structs.replace(alert, is_held=True)), (SetTimer(timer=QUIET_TIMER, due=due),))


def _kept(d: Desk, alert: Alert) -> Desk:
    return d.but(alerts=(*d.alerts, alert)[-ALERTS_LIMIT:])


# ── budgets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_persons_mark(d: Desk, event: BudgetPassed, context: DeskContext) -> bool:
    """A person's own budget, and something is left of it: that is for them, not for the admins."""
    return event.scope.startswith("person:") and event.percent < FULL_PERCENT


def is_mark_early(d: Desk, event: BudgetPassed, context: DeskContext) -> bool:
    """Half of a budget that is not the whole bot's worries nobody."""
    return event.scope != BOT and event.percent <= FULL_PERCENT / 2


def warn_person(d: Desk, event: BudgetPassed, context: DeskContext) -> Outcome[Desk]:
    """Tells them how far it is."""
    person = context.seen(Limits).readers[event.scope]
    said = person.words.text(
        "budget-near",
        percent=event.percent,
        spent=dollars(event.spent_nanousd),
        limit=dollars(event.limit_nanousd),
        period=period_named(person.words, event.period),
    )
    if context.house.cheaper_model:
        said += " " + person.words.text("budget-near-cheaper", model=context.house.cheaper_model)
    return Outcome(d, (Send(content=Styled(said), to=person.key),))


def is_mark_muted(d: Desk, event: BudgetPassed, context: DeskContext) -> bool:
    """Nobody wants to hear of budgets today."""
    return _is_muted(BUDGET, context)


def is_mark_to_wait(d: Desk, event: BudgetPassed, context: DeskContext) -> bool:
    """It is quiet, and the bot still has money."""
    return not (event.scope == BOT and event.percent >= FULL_PERCENT) and _is_quiet(context)


def show_mark(d: Desk, event: BudgetPassed, context: DeskContext) -> Outcome[Desk]:
    """Tells every admin."""
    return _shown(d, _marked(event, context), context)


def hold_mark_back(d: Desk, event: BudgetPassed, context: DeskContext) -> Outcome[Desk]:
    """Keeps it for the end of the quiet hours."""
    return _held(d, _marked(event, context), context)


def _marked(event: BudgetPassed, context: DeskContext) -> Alert:
    mark = Mark(
        scope=event.scope,
        period=event.period.value,
        percent=event.percent,
        spent_nanousd=event.spent_nanousd,
        limit_nanousd=event.limit_nanousd,
        name=context.seen(Limits).names.get(event.scope, ""),
    )
    kind, _, id_ = event.scope.partition(":")
    person_id = int(id_) if kind == "person" else 0
    return Alert(id=context.card, kind=BUDGET, at=event.at, person_id=person_id, mark=mark)


# ── buttons under an alert ──────────────────────────────────────────────────────────────────────────────────────────


def is_alert_gone(d: Desk, event: DetailsTold | MuteTold | LimitRaised, context: DeskContext) -> bool:
    """So old that the desk no longer knows it."""
    return d.alert_as(event.word(0)) is None


def say_alert_gone(d: Desk, event: DetailsTold | MuteTold | LimitRaised, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "button-gone")


def send_details(d: Desk, event: DetailsTold, context: DeskContext) -> Outcome[Desk]:
    """What it means, when it was, and how often lately."""
    alert, words = _known(d, event), context.asker.words
    alike = [one for one in d.alerts if one.kind == alert.kind and one.at > context.now - MUTE_LASTS]
    lines = (
        worded(words, alert),
        "",
        words.text(f"about-{alert.kind}"),
        words.text(
            "desk-alert-when", at=moment(words, alert.at, context.zone_of(context.asker), context.now), count=len(alike)
        ),
    )
    sent = Send(content=Styled("\n".join(lines)), ref=card_ref("details", context.card), to=event.conversation)
    return Outcome(d, (*pressed(event), sent))


def mute(d: Desk, event: MuteTold, context: DeskContext) -> Outcome[Desk]:
    """Nobody hears of this kind for a day; every admin's card says so."""
    alert, until = _known(d, event), context.now + MUTE_LASTS
    muted = {kind: end for kind, end in context.house.muted.items() if end > context.now} | {alert.kind: until}
    cards = (_muted(alert, until, admin, context) for admin in context.admins)
    return Outcome(
        d, (*pressed(event), prefer(context.house, muted=muted), note(context, "mute", "bot", kind=alert.kind), *cards)
    )


def _muted(alert: Alert, until: datetime, admin: Reader, context: DeskContext) -> Edit:
    """The card of one admin, on their clock."""
    words = admin.words
    at = moment(words, until, context.zone_of(admin), context.now)
    content = f"{worded(words, alert)}\n\n{words.text('desk-muted', who=name_of(context.asker), at=at)}"
    buttons = _buttons(words, alert, context, is_muted=True)
    return Edit(ref=_ref(alert), content=Styled(content), buttons=buttons, to=admin.key)


def is_limit_lost(d: Desk, event: LimitRaised, context: DeskContext) -> bool:
    """The limit was lifted meanwhile: nothing has to be raised."""
    seen = context.found
    return not isinstance(seen, Limits) or not any(room.period == seen.period for room in seen.rooms)


def say_limit_lost(d: Desk, event: LimitRaised, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "more-not-needed")


def raise_limit(d: Desk, event: LimitRaised, context: DeskContext) -> Outcome[Desk]:
    """The limit that the alert is about is higher; every admin's card says so."""
    alert, seen = _known(d, event), context.seen(Limits)
    amount, who = max(0, event.number(1)) * NANOUSD_PER_USD, name_of(context.asker)
    room = next(room for room in seen.rooms if room.period == seen.period)
    raised = RaiseLimit(scope=room.scope, period=room.period, by_nanousd=amount)
    line = {"who": who, "amount": dollars(amount), "limit": dollars(room.limit_nanousd + amount)}
    cards = change_cards(
        context,
        _ref(alert),
        lambda words: f"{worded(words, alert)}\n\n{words.text('desk-limit-raised', **line)}",
        lambda words: _buttons(words, alert, context),
    )
    noted = note(context, "raise", room.scope, amount=dollars(amount), period=room.period.value)
    return Outcome(d, (*pressed(event), raised, noted, *cards))


def _known(d: Desk, event: DetailsTold | MuteTold | LimitRaised) -> Alert:
    alert = d.alert_as(event.word(0))
    if alert is None:
        raise ValueError("the alert is gone")
    return alert


# ── how it looks ────────────────────────────────────────────────────────────────────────────────────────────────────


def _figures(words: Phrases, alert: Alert) -> dict[str, str]:
    """Those of its sentence; a day as people write it."""
    days = {name: day_named(words, date.fromisoformat(told)) for name, told in alert.figures.items() if name == "date"}
    return alert.figures | days


def worded(words: Phrases, alert: Alert) -> str:
    """The alert's sentence."""
    if alert.mark is None:
        whose = "theirs" if alert.detail.islower() else "network"  # OpenAI's own codes, or the names of exceptions
        return words.text(f"alert-{alert.kind}", detail=alert.detail, whose=whose, **_figures(words, alert))
    mark = alert.mark
    return words.text(
        "alert-budget",
        scope=scope_named(words, mark.scope, mark.name),
        period=period_named(words, mark.period),
        percent=mark.percent,
        spent=dollars(mark.spent_nanousd),
        limit=dollars(mark.limit_nanousd),
    )


def _ref(alert: Alert) -> str:
    if alert.person_id:
        return card_ref("person", alert.person_id, alert.id)
    return card_ref("alert", alert.id)


def _cards(alert: Alert, context: DeskContext) -> tuple[Effect, ...]:
    return tell_admins(
        context,
        _ref(alert),
        lambda words: worded(words, alert),
        lambda words: _buttons(words, alert, context),
    )


def _buttons(words: Phrases, alert: Alert, context: DeskContext, *, is_muted: bool = False) -> Buttons:
    first = [desk_button(words, "button-details", "details", alert.id)]
    if not is_muted:
        first.append(desk_button(words, "button-mute", "mute", alert.id))
    raises = tuple(
        desk_button(words, "button-raise", "raise", alert.id, usd, amount=f"${usd}")
        for usd in (RAISES_USD if alert.mark is not None else ())
    )
    pauses = []
    if alert.person_id:
        pauses.append(desk_button(words, "button-pause-person", "hold", "0", alert.person_id, "on"))
    if not context.house.is_paused:
        pauses.append(desk_button(words, "button-pause-bot", "pause", alert.id))
    return tuple(tuple(row) for row in (first, raises, pauses) if row)
