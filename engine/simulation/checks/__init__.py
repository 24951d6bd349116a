"""The checkers: what people saw, what OpenAI has billed and what lies on the disk, against what must hold.

They know Telegram, OpenAI and the tables (schema.sql; what holds of those alone is in engine.store.invariants), and
nothing of the code that worked on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.simulation.checks import (
    access,
    answers,
    delivery,
    forgotten,
    money,
    refusals,
    rest,
    stops,
    threads,
    told,
    wordless,
)
from engine.simulation.checks.evidence import Evidence
from engine.store.invariants import BROKEN_MOST, broken

CHECKS: tuple[Callable[[Evidence], Iterable[str]], ...] = (
    rest.it_came_to_rest,
    rest.nothing_raised,
    rest.memory_is_bounded,
    delivery.no_message_is_lost,
    delivery.no_change_is_lost,
    delivery.what_is_said_was_asked_for_once,
    delivery.what_was_done_shows,
    answers.every_question_is_answered_or_refused,
    answers.answers_are_whole,
    answers.answers_come_in_order,
    answers.presses_are_answered,
    refusals.nothing_is_refused_without_need,
    refusals.what_was_finished_is_shown,
    refusals.nothing_is_stopped_by_itself,
    stops.what_is_stopped_ends_soon,
    told.every_command_is_told_something,
    told.every_picture_is_shown,
    told.nothing_is_announced_for_ever,
    told.every_answer_can_be_asked_for_again,
    wordless.what_has_no_words_is_answered,
    access.nothing_begins_in_a_pause,
    access.only_who_is_let_in_is_answered,
    access.who_asks_is_shown_to_the_admin,
    threads.strangers_answers_stay_theirs,
    threads.questions_go_on_from_their_thread,
    forgotten.what_is_forgotten_is_gone,
    forgotten.what_is_over_is_deleted_at_openai,
    money.every_call_is_booked_once,
    money.nothing_is_heard_before_its_price_is_agreed,
    money.who_asked_pays,
    money.no_budget_is_overshot,
    money.estimates_are_near,
)
"""In the order in which one wants to read their faults."""


def faults_in(evidence: Evidence) -> list[str]:
    """All that is wrong, each with its checker's name before a colon."""
    with evidence.opened() as db:
        found = broken(db)
        for check in CHECKS:
            name = check.__name__.replace("_", " ")
            found += [f"{name}: {fault}" for fault in check(evidence)][:BROKEN_MOST]
    return found


__all__ = ["CHECKS", "Evidence", "faults_in"]
