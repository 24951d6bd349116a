"""The step of /audit: what admins have done, the newest first, page by page."""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.looks import AuditSeen
from actors.desk.meanings import AuditTold
from actors.desk.memory import Desk
from actors.desk.saying import Buttons, desk_button, show
from actors.desk.wording import detail_named, moment, scope_named
from actors.phrases import Phrases
from engine.core.budget import person_scope
from engine.core.chart import Outcome
from engine.store.desk import AuditRow


def show_audit(d: Desk, event: AuditTold, context: DeskContext) -> Outcome[Desk]:
    """A page of it."""
    seen, words = context.seen(AuditSeen), context.asker.words
    card = event.word(0) if event.is_button else context.card
    lines = [_line(words, row, seen, context) for row in seen.rows]
    text = "\n".join((words.text("desk-audit-title"), "", *(lines or [words.text("desk-audit-none")])))
    older: Buttons = ()
    if seen.is_more:
        older = ((desk_button(words, "button-behind", "audit", card, seen.rows[-1].id),),)
    return show(d, event, "audit", text, older, card=card, context=context)


def _line(words: Phrases, row: AuditRow, seen: AuditSeen, context: DeskContext) -> str:
    who = seen.names.get(person_scope(row.admin_id)) or str(row.admin_id)
    did = words.text(f"audit-{row.action}", of=scope_named(words, row.object, seen.names.get(row.object, "")))
    details = [detail_named(words, name, value) for name, value in row.details.items()]
    shown = ", ".join(detail for detail in details if detail)
    return f"{moment(words, row.at, context.zone_of(context.asker), context.now)} · {who}: {did}" + (
        f" ({shown})" if shown else ""
    )
