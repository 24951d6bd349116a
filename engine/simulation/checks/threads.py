"""Threads: a question goes on from the answer that it was asked after, and from nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.sandbox.openai import SeenRequest
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import Handled, job_of

NOWHERE = "nowhere"
"""A thread goes on from what nobody can tell."""


@dataclass
class _Thread:
    """Where a conversation stands at OpenAI: `tip` is its last answer (None: it has none), `answers` are all."""

    tip: str | None = None
    answers: set[str] = field(default_factory=set)


@dataclass
class _Place:
    """Where a job's question stands in its thread."""

    tip: str | None
    answers: frozenset[str]
    first_ask: SeenRequest | None
    is_last: bool
    """it can't have stood elsewhere than at the end"""


def questions_go_on_from_their_thread(evidence: Evidence) -> Iterator[str]:
    """`previous_response_id` names an answer that this chat has got since its last /new: the last one, or, where
    somebody repeats, edits or replies, an earlier one. It is missing only where there is none, and where OpenAI has
    refused to go on from it."""
    places = _places(evidence)
    healed: set[str] = set()
    gone: set[str] = set()
    for seen in evidence.machine.model.requests:
        if seen.operation == "delete" and seen.outcome == "answered":
            gone.add(seen.path.rpartition("/")[2])
        job = job_of(seen.body)
        if seen.operation != "create" or job not in places:
            continue
        previous = seen.body.get("previous_response_id")
        if previous is not None and seen.outcome == "refused":
            healed.add(job)
        yield from _faults(evidence, seen, places[job], job in healed and previous is None)
        if previous in gone:
            yield f"job {job} goes on from {previous}, which was deleted before"


def strangers_answers_stay_theirs(evidence: Evidence) -> Iterator[str]:
    """No question goes on from an answer that was given in another chat."""
    chats: dict[str, str] = {}
    for seen in evidence.machine.model.requests:
        asked = {question.conversation for question in evidence.crowd.asked_in(seen.text)}
        if seen.operation != "create" or len(asked) != 1:
            continue
        chat = asked.pop()
        if seen.response_id is not None:
            chats[seen.response_id] = chat
        previous = seen.body.get("previous_response_id")
        if previous is not None and chats.get(previous, chat) != chat:
            yield f"a question of chat {chat} goes on from {previous}, an answer of chat {chats[previous]}"


def _faults(evidence: Evidence, seen: SeenRequest, place: _Place, is_healed: bool) -> Iterator[str]:
    job, previous = job_of(seen.body), seen.body.get("previous_response_id")
    begun = evidence.history.jobs[job].begun
    assert begun is not None
    if is_healed:
        return
    if previous is not None and previous not in place.answers:
        if int(begun.conversation.partition(":")[0]) not in evidence.crowd.forgotten:
            yield f"job {job} goes on from {previous}, which is no answer of its thread: {sorted(place.answers)}"
    elif place.tip not in (NOWHERE, previous) and not _may_stand_elsewhere(evidence, seen, begun):
        yield f"job {job} goes on from {previous}, and its thread from {place.tip}"


def _may_stand_elsewhere(evidence: Evidence, seen: SeenRequest, begun: Handled) -> bool:
    """A question that is repeated or changed stands where it stood, one that replies behind what it replies to."""
    match begun.what:
        case "MessageEdited" | "MessagesDeleted":
            return True
        case "ButtonPressed":
            return not begun.event["button"].startswith("do:")
        case "CommandReceived":
            return True
    return any(
        question.message.reply_to is not None or question.message in evidence.crowd.edited
        for question in evidence.crowd.asked_in(seen.text)
    )


def _places(evidence: Evidence) -> dict[str, _Place]:
    """For each job that answers, where its question stood when it began."""
    asks = _first_asks(evidence)
    places: dict[str, _Place] = {}
    for conversation, events in evidence.history.by_conversation.items():
        is_known = conversation == "desk" or int(conversation.partition(":")[0]) not in evidence.crowd.forgotten
        thread = _Thread(None if is_known else NOWHERE)
        for one in events:
            if one.is_reset:
                thread = _Thread()
            elif one.key.startswith("job:") and one.says:
                _end(thread, one, places)
            begun = evidence.history.jobs.get(f"{one.event_id}")
            if begun is not None and begun.kind == "answer":
                is_last = one.what == "TextReceived" and one.event.get("reply_to") is None
                places[begun.id] = _Place(thread.tip, frozenset(thread.answers), asks.get(begun.id), is_last)
    return places


def _end(thread: _Thread, end: Handled, places: dict[str, _Place]) -> None:
    """Moves the thread to where it stands after a job: an answer is its new tip. Without one it stands where it was,
    or where the question was asked, if that was elsewhere; or nowhere at OpenAI, if that had lost it."""
    if end.what == "AnswerReady" and not end.event.get("is_mute"):
        thread.tip = end.event["response_id"]
        thread.answers.add(thread.tip)
    elif end.event.get("healed"):
        thread.tip = None
    elif end.what in ("AnswerReady", "AnswerStopped", "AnswerFailed"):
        place = places.get(end.event["job"])
        if place is not None and place.first_ask is not None:
            thread.tip = place.first_ask.body.get("previous_response_id")
        elif place is None or not place.is_last:
            thread.tip = NOWHERE  # it may have been asked elsewhere


def _first_asks(evidence: Evidence) -> dict[str, SeenRequest]:
    """The first request that was made for each job."""
    found: dict[str, SeenRequest] = {}
    for seen in evidence.machine.model.requests:
        if seen.operation == "create" and (job := job_of(seen.body)):
            found.setdefault(job, seen)
    return found
