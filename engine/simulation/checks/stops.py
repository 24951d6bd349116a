"""Stops and deletions: they end what runs, soon, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from engine.simulation.asked import Question
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import STOPPABLE, Handled, Work
from engine.simulation.checks.money import AGREED
from engine.simulation.taps import name_of

STOPS_WITHIN = timedelta(seconds=5)
"""What is stopped has ended after so long: most of it is the look at what it has cost."""
DECLINED = ":cancel"
"""How the button under a price ends that refuses it."""


def what_is_stopped_ends_soon(evidence: Evidence) -> Iterator[str]:
    """The job that runs when somebody stops it, or deletes its question; where the clock is right, there is room on the
    disk, and nobody kills the process."""
    if evidence.has("clock", "disk"):
        return
    for work in evidence.history.jobs.values():
        if work.kind not in STOPPABLE or work.ended_at is None:
            continue
        for one in evidence.history.between(work):
            if not (one.stops(work.id) or one.is_reset or _is_about(evidence, one, work)):
                continue
            if work.ended_at > one.at + STOPS_WITHIN and not _has_died(evidence, one, work):
                yield f"job {work.id} was stopped by {one.key} at {one.at}, and has ended at {work.ended_at}"
            if one.what == "MessagesDeleted" and work.ended is not None and work.ended.says:
                yield f"job {work.id} was about a message that was deleted ({one.key}), and its end was told"


def need_not_be_answered(evidence: Evidence, question: Question) -> bool:
    """Whether somebody has stopped it or taken it back: what runs, or is being put together, is over after a stop or a
    deletion; after /new what waits, too."""
    chat = question.chat.id
    if question.is_excused or question.message.deleted or _is_declined(evidence, question):
        return True
    key = f"m:{chat}:{question.message.id}"
    begun = evidence.history.by_key.get(key)
    if begun is None and chat in evidence.crowd.forgotten:
        return True
    event_id = evidence.inbox_ids.get(key)
    over = _over(evidence, question)
    for one in evidence.history.by_conversation.get(question.conversation, []):
        if over is not None and one.place >= over:
            break
        if one.is_reset and event_id is not None and event_id < one.event_id:
            return True
        is_end = one.is_stop or one.what == "MessagesDeleted"
        if is_end and begun is not None and begun.place < one.place:
            return True
    return False


def _is_declined(evidence: Evidence, question: Question) -> bool:
    """Whether it was asked together with a sound whose price somebody did not agree to."""
    return any(
        press.message.reply_to.id <= question.message.id < press.message.id
        for press in evidence.crowd.presses
        if press.message.chat is question.chat and press.message.reply_to is not None
        if (name := name_of(press.button)).startswith(AGREED) and name.endswith(DECLINED)
    )


def _over(evidence: Evidence, question: Question) -> int | None:
    """The step that ended the last job about it, or, where there is none, about something that this person has asked
    later: then it neither waits nor runs any more. Of a job whose end is not told the question was taken up again."""
    history, crowd = evidence.history, evidence.crowd
    ended = [work.ended for work in history.of_questions[question.token] if work.ended is not None]
    own = [end.place for end in ended if end.says or end.what != "AnswerStopped"]
    if own:
        return max(own)
    later = crowd.questions[crowd.questions.index(question) + 1 :]
    ends = [
        work.ended.place
        for one in later
        if one.person is question.person and one.conversation == question.conversation
        for work in history.of_questions[one.token]
        if work.ended is not None
    ]
    return min(ends, default=None)


def _is_about(evidence: Evidence, deletion: Handled, work: Work) -> bool:
    """Whether the only question that a job has asked was deleted."""
    if deletion.what != "MessagesDeleted":
        return False
    asked = evidence.asked_in_job(work.id)
    gone = {question.message.id in deletion.event["message_ids"] for question in asked}
    return len(set(asked)) == 1 and gone == {True}


def _has_died(evidence: Evidence, stop: Handled, work: Work) -> bool:
    assert work.ended_at is not None
    return any(stop.at <= died_at <= work.ended_at for died_at in evidence.machine.died_at)
