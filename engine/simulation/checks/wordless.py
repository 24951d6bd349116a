"""What asks nothing in words of its own (dice, places, files without a caption, archives, what strangers say) gets an
answer, too."""

from __future__ import annotations

from collections.abc import Iterator

from engine.sandbox.telegram import Message
from engine.simulation.checks.access import is_blocked
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import Handled

GATHERED = "gather"
"""The timer after which what was put together is whole."""
ENDING = ("MessageEdited", "MessagesDeleted", "TextReceived", "FileReceived")
"""What ends a job, if it is about its question: that has changed, is gone, or has one more part."""


def what_has_no_words_is_answered(evidence: Evidence) -> Iterator[str]:
    """By the step that handles it, by the one that finds all of it together, or by the end of a job of theirs: with an
    answer, a sentence that says why not, or the question what is to be done with it."""
    for message in evidence.crowd.wordless:
        if message.chat.id in evidence.crowd.forgotten or message.deleted or is_blocked(evidence, message.chat.id):
            continue
        key = f"m:{message.chat.id}:{message.id}"
        handled = evidence.history.by_key.get(key)
        if handled is None:
            if not _is_dropped(evidence, message, key):
                yield f"{message!r} was never handled"
        elif not _is_told(evidence, handled):
            yield f"{message!r} was told nothing"


def _is_told(evidence: Evidence, handled: Handled) -> bool:
    if _has_come_to_something(evidence, handled):
        return True
    if any(work.begun is handled for work in evidence.history.jobs.values()):
        return False
    for one in _later(evidence, handled):
        if one.what == "TimedOut" and one.event["timer"] == GATHERED:
            return _has_come_to_something(evidence, one)
        if _ends(one):
            return True
    return False


def _has_come_to_something(evidence: Evidence, one: Handled) -> bool:
    """Whether an event was told, or what has come of it, or somebody has ended that."""
    history = evidence.history
    if history.is_told(one):
        return True
    works = [work for work in history.jobs.values() if work.begun is one]
    return any(_ends(later) for work in works for later in history.between(work))


def _ends(one: Handled) -> bool:
    return one.is_reset or one.is_stop or one.what in ENDING


def _is_dropped(evidence: Evidence, message: Message, key: str) -> bool:
    """Whether a /new has come while it waited; one that never arrived is another checker's."""
    event_id = evidence.inbox_ids.get(key)
    events = evidence.history.by_conversation.get(f"{message.chat.id}", [])
    return event_id is None or any(one.is_reset and event_id < one.event_id for one in events)


def _later(evidence: Evidence, handled: Handled) -> Iterator[Handled]:
    for one in evidence.history.by_conversation[handled.conversation]:
        if one.place > handled.place:
            yield one
