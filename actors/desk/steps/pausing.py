"""Steps that pause the whole bot, and let it go on. Conversations see it in the house's preferences."""

from __future__ import annotations

from actors.desk.context import DeskContext
from actors.desk.meanings import Told
from actors.desk.memory import Desk
from actors.desk.saying import card_ref, name_of, note, prefer, pressed, tell, tell_admins
from engine.core.chart import Outcome


def pause(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Only admins get answers from now on; every admin is told who has decided that."""
    who = name_of(context.asker)
    told = tell_admins(context, card_ref("paused", context.card), lambda words: words.text("desk-paused", who=who))
    return Outcome(d, (*pressed(event), prefer(context.house, is_paused=True), note(context, "pause", "bot"), *told))


def resume(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Everybody gets answers again."""
    who = name_of(context.asker)
    told = tell_admins(context, card_ref("resumed", context.card), lambda words: words.text("desk-resumed", who=who))
    return Outcome(d, (*pressed(event), prefer(context.house, is_paused=False), note(context, "resume", "bot"), *told))


def say_paused_already(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "desk-paused-already")


def say_not_paused(d: Desk, event: Told, context: DeskContext) -> Outcome[Desk]:
    """Says so."""
    return tell(d, event, context, "desk-not-paused")
