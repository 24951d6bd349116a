"""Refusals: nobody is refused without need, and what OpenAI has finished is not thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from engine.simulation.asked import answered_in
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import Handled, Work, job_of

REFUSALS = ("AnswerFailed", "TranscriptionFailed", "PictureFailed", "ErrandFailed")
"""Ends of jobs that bring a sentence instead of what was asked for."""
WANTED = "stopped"
"""The reason of what a person has stopped."""
ENDING = ("MessageEdited", "MessagesDeleted", "TextReceived", "FileReceived")
"""What ends a job, if it is about its question: that has changed, is gone, or has one more part."""
NEAR_DEATH = timedelta(hours=2)
"""A process that has ended so soon after an answer may have lost it: the next one may be refused what it asks for."""


def nothing_is_refused_without_need(evidence: Evidence) -> Iterator[str]:
    """For budgets only where there is one; for anything else only where something is broken."""
    granted = {f"{scope}:{period}" for scope, period, _ in evidence.crowd.budgets()}
    for end in evidence.history.handled:
        reason = end.event.get("reason", "")
        if end.what in REFUSALS and end.says:
            if reason == "budget":
                limit = end.event.get("limit")
                if limit not in granted and (end.what != "ErrandFailed" or not granted):  # an errand does not say which
                    yield f"{end.key} was refused for {limit!r}, which nobody has set"
            elif evidence.is_calm and reason != WANTED:
                yield f"{end.key} was refused ({reason}), and nothing is broken"
        elif _is_empty(end) and evidence.is_calm and not granted:
            yield f"{end.key} is empty, and nothing is broken"


def what_was_finished_is_shown(evidence: Evidence) -> Iterator[str]:
    """An answer that OpenAI has completed, and told to its end, is told in the chat: unless somebody has stopped,
    changed or deleted it, has begun anew, or the process has ended just then."""
    done = {call.response_id: call.at for call in evidence.machine.model.bill if call.status == "complete"}
    for seen in evidence.machine.model.requests:
        work = evidence.history.jobs.get(job_of(seen.body))
        at = done.get(seen.response_id or "")
        if work is None or work.kind != "answer" or seen.outcome != "answered" or at is None:
            continue
        asked = {question.token for question in evidence.crowd.asked_in(seen.text)}
        if work.ended is None or not asked or _is_near_death(evidence, at):
            continue
        if work.ended.what == "AnswerReady" and work.ended.says:
            if not asked <= set(answered_in(work.ended.event["text"])):
                yield f"{seen.response_id} was completed, and job {work.id} has told {work.ended.event['text']!r}"
        elif not _is_wanted(evidence, work):
            yield f"{seen.response_id} was completed, and job {work.id} has ended with {work.ended.what}"


def nothing_is_stopped_by_itself(evidence: Evidence) -> Iterator[str]:
    """Where an answer was stopped, somebody has stopped it, or what it was about."""
    for work in evidence.history.jobs.values():
        end = work.ended
        if end is None or (end.what != "AnswerStopped" and end.event.get("reason") != WANTED):
            continue
        if not _is_wanted(evidence, work):
            yield f"job {work.id} was stopped by nobody"


def _is_empty(end: Handled) -> bool:
    return end.what == "AnswerReady" and end.says and bool(end.event.get("is_mute") or not end.event["text"])


def _is_wanted(evidence: Evidence, work: Work) -> bool:
    """Whether something has happened meanwhile that ends a job."""
    if work.begun is None:
        return True  # nobody knows: it is forgotten
    return any(one.is_reset or one.is_stop or one.what in ENDING for one in evidence.history.between(work))


def _is_near_death(evidence: Evidence, at: datetime) -> bool:
    return any(at <= died_at <= at + NEAR_DEATH for died_at in evidence.machine.died_at)
