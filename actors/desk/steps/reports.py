"""Steps that order reports from jobs and show what they bring; the choices that are made on them: models, colours."""

from __future__ import annotations

from datetime import date

import msgspec

from actors.desk.context import DeskContext
from actors.desk.meanings import LedgerTold, Told
from actors.desk.memory import Desk
from actors.desk.reports.files import FORMATS
from actors.desk.reports.orders import ReportOrder
from actors.desk.reports.periods import PERIODS
from actors.desk.results import ModelFound, Page, ReportFailed, ReportReady
from actors.desk.saying import desk_button, note, prefer, pressed, show, tell
from actors.desk.wording import day_named
from actors.phrases import phrases
from actors.preferences import HousePreferences
from engine.core.chart import Outcome
from engine.core.effects import Edit, Effect, Send, StartJob
from engine.core.roles import Role
from engine.core.styled import Styled

REPORT = "report"
"""The kind of job."""
TAKEN = frozenset({"lines", "events"})
"""Files that are taken home: who has taken one stands in the audit."""


def order_report(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Starts the job; a button's page is changed, a command gets a new one."""
    words = event.words
    if event.query_id is None:
        return Outcome(d, (ordered(event, context, event.command, tuple(words)),))
    card, *rest = words or [context.card]
    taken = (note(context, event.command, "bot", what=" ".join(rest)),) if event.command in TAKEN else ()
    return Outcome(d, (*pressed(event), *taken, ordered(event, context, event.command, tuple(rest), card=card)))


def change_theme(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Pictures are dark or light from now on, this one too."""
    card, span, theme = (*event.words, "", "", "")[:3]
    chosen = prefer(context.house, dark_pictures=theme == "dark")
    return Outcome(d, (*pressed(event), chosen, ordered(event, context, "stat", (span,), card=card)))


def show_report(d: Desk, event: ReportReady, context: DeskContext) -> Outcome[Desk]:
    """What the job has made, to whom it was made for."""
    return Outcome(d, tuple(_shown(page) for page in event.pages))


def say_report_failed(d: Desk, event: ReportFailed, context: DeskContext) -> Outcome[Desk]:
    """Why there is none."""
    return Outcome(
        d,
        tuple(
            Send(content=phrases(language).styled(f"failed-{event.reason}", seconds=0, name=""), to=to)
            for to, language in event.readers
        ),
    )


def ask_period(d: Desk, event: LedgerTold, context: DeskContext) -> Outcome[Desk]:
    """A button for each time and each kind of file."""
    words = context.asker.words
    rows = tuple(
        tuple(
            desk_button(
                words, f"button-as-{form}", "lines", context.card, period, form, period=words.text(f"lines-of-{period}")
            )
            for form in FORMATS
        )
        for period in PERIODS
    )
    return show(d, event, "ledger", words.text("ledger-ask"), rows, context=context)


# ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def allow_model(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """The model may be chosen, or may no more; the default always may."""
    card, model = (*event.words, "", "")[:2]
    default, *others = context.models
    if not model or model == default:
        return tell(d, event, context, "models-default-stays")
    allowed = [name for name in others if name != model] if model in others else [*others, model]
    chosen = (default, *allowed)
    return Outcome(
        d,
        (
            *pressed(event),
            prefer(context.house, models=chosen),
            note(context, "models", "bot", allowed=chosen),
            ordered(event, context, "models", (), card=card),
        ),
    )


def look_for_model(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Whether OpenAI has it, before anybody is answered by it."""
    *card, model = event.words or [""]
    if not model:
        return tell(d, event, context, "setmodel-usage")
    return Outcome(d, (*pressed(event), ordered(event, context, "setmodel", (model,), card=(*card, "")[0])))


def is_offered(d: Desk, event: ModelFound, context: DeskContext) -> bool:
    """A model that OpenAI has, asked for by somebody who is still an admin."""
    return event.is_offered and context.role is Role.ADMIN


def set_model(d: Desk, event: ModelFound, context: DeskContext) -> Outcome[Desk]:
    """It answers from now on, wherever nobody has chosen another one."""
    words = context.asker.words
    said = words.text("setmodel-done", model=event.model)
    if event.ends:
        said = f"{said}\n{words.text('setmodel-ends', date=day_named(words, date.fromisoformat(event.ends)))}"
    effects: tuple[Effect, ...] = (
        prefer(context.house, model=event.model, models=_with(context, event.model)),
        note(context, "setmodel", "bot", model=event.model),
        Send(content=Styled(said), to=event.conversation),
    )
    if event.card:
        order = ReportOrder(
            what="models",
            person=event.person,
            to=event.conversation,
            language=words.language,
            card=event.card,
            is_change=True,
        )
        effects += (_job(context, order),)
    return Outcome(d, effects)


def say_no_such_model(d: Desk, event: ModelFound, context: DeskContext) -> Outcome[Desk]:
    """Nothing changes."""
    content = context.asker.words.styled("setmodel-unknown", model=event.model)
    return Outcome(d, (Send(content=content, to=event.conversation),))


def _with(context: DeskContext, model: str) -> tuple[str, ...]:
    """Whoever could be chosen still can; where the settings alone say so, they go on to."""
    house: HousePreferences = context.house
    return tuple(dict.fromkeys((model, *house.models))) if house.models else ()


def ordered(event: Told, context: DeskContext, what: str, arguments: tuple[str, ...], *, card: str = "") -> StartJob:
    """The job that makes a report. `card`: the page that changes; without it the report is a new message."""
    order = ReportOrder(
        what=what,
        arguments=arguments,
        person=event.person,
        to=event.conversation,
        language=context.asker.words.language,
        card=card or ("" if what == "setmodel" else context.card),
        is_change=bool(card),
    )
    return _job(context, order)


def _job(context: DeskContext, order: ReportOrder) -> StartJob:
    return StartJob(job=context.card, kind=REPORT, order=msgspec.Raw(msgspec.json.encode(order)))


def _shown(page: Page) -> Effect:
    if page.is_change:
        return Edit(ref=page.ref, content=page.content, buttons=page.buttons, file=page.file, to=page.to)
    return Send(ref=page.ref, content=page.content, buttons=page.buttons, file=page.file, to=page.to)
