"""Answers: each question has one, or a sentence that says why not; in the order in which they were asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from textwrap import shorten

from engine.sandbox.telegram import Chat, Message
from engine.simulation.asked import Question, answered, ended
from engine.simulation.checks.access import is_blocked, is_refused_by_pause
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.stops import need_not_be_answered

ENDS = ("AnswerFailed", "AnswerStopped", "TranscriptionFailed", "Transcribed")
"""Events after which a sentence takes the place of an answer."""
EMPTY = "(json_extract(inbox.event, '$.type') = 'AnswerReady' AND json_extract(inbox.event, '$.text') = '')"
"""Another one: the model has said nothing."""
SHOWN_CHARACTERS = 200
"""Of a message that a fault names."""
TRANSCRIPT = "🗣"
"""How what was heard begins."""


def every_question_is_answered_or_refused(evidence: Evidence) -> Iterator[str]:
    """Once; or as often as it was asked for again."""
    answers = _answers(evidence)
    refusals = _refusals(evidence)
    refused: set[Question | None] = set()
    for chat_id, questions in evidence.turns_without_answer:
        if questions and refusals[chat_id] > 0:
            refusals[chat_id] -= 1
            refused.update(questions)
    for question in evidence.crowd.questions:
        messages = answers[question.chat.id, question.token]
        if len(messages) > 1 and not question.may_double:
            yield f"{question.token} was answered {len(messages)} times: {', '.join(map(_shown, messages))}"
        if messages or question in refused or need_not_be_answered(evidence, question):
            continue
        if (question.is_loose and _something_followed(question)) or _is_written_down(question):
            continue
        if question.together_with in refused or is_refused_by_pause(evidence, question):
            continue
        if refusals[question.chat.id] > 0:
            refusals[question.chat.id] -= 1
            refused.add(question)
            continue
        yield f"{question.token} was never answered, nor refused: {_shown(question.message)}"


def _is_written_down(question: Question) -> bool:
    """Who has chosen so gets what they have said as a text, with buttons for what may be done with it."""
    message = question.message
    if message.media is None or message.media.kind != "voice":
        return False
    return any(
        reply.out and reply.buttons and reply.text.startswith(TRANSCRIPT) and question.token in reply.text
        for reply in question.chat.messages
    )


def answers_are_whole(evidence: Evidence) -> Iterator[str]:
    """What the model has said to its end stands in the chat to its end, where no sentence says why not."""
    whole = {(chat.id, token) for chat in evidence.crowd.telegram.chats for token, _ in _in_chat(chat, ended)}
    model = evidence.machine.model
    complete = {call.response_id for call in model.bill if call.status == "complete"}
    asked = [seen for seen in model.requests if seen.operation == "create" and seen.outcome != "refused"]
    unfinished = [seen for seen in asked if seen.response_id not in complete]
    cut = {question for seen in unfinished for question in evidence.crowd.asked_in(seen.text)}
    cut |= {question for job in _ended_otherwise(evidence) for question in evidence.asked_in_job(job)}
    answers = _answers(evidence)
    for question in evidence.crowd.questions:
        where = question.chat.id, question.token
        if question.is_excused or question in cut or not answers[where] or where in whole:
            continue
        yield f"the answer to {question.token} has no end: {_shown(answers[where][0])}"


def answers_come_in_order(evidence: Evidence) -> Iterator[str]:
    """In private, where nobody changes or repeats anything."""
    answers = _answers(evidence)
    last: dict[str, tuple[int, str]] = {}
    for question in sorted(evidence.crowd.questions, key=lambda one: one.message.id):
        messages = answers[question.chat.id, question.token]
        if not messages or question.may_double or question.is_loose or question.is_excused:
            continue
        place = messages[0].id
        before, token = last.get(question.conversation, (0, ""))
        if place < before:
            yield f"{question.token} was asked after {token}, and answered before it"
        last[question.conversation] = max((place, question.token), (before, token))


def presses_are_answered(evidence: Evidence) -> Iterator[str]:
    """Every tap gets its answer, where nothing is broken; but for people whom an admin has blocked."""
    for press in evidence.crowd.presses if evidence.is_calm else ():
        if not press.answered and not is_blocked(evidence, press.person.id):
            yield f"{press} got no answer"


def _answers(evidence: Evidence) -> dict[tuple[int, str], list[Message]]:
    found: dict[tuple[int, str], list[Message]] = defaultdict(list)
    for chat in evidence.crowd.telegram.chats:
        for token, message in _in_chat(chat, answered):
            found[chat.id, token].append(message)
    return found


def _in_chat(chat: Chat, marks: Callable[[Message], list[str]]) -> Iterator[tuple[str, Message]]:
    return ((token, message) for message in chat.history if not message.deleted for token in marks(message))


def _shown(message: Message) -> str:
    return shorten(repr(message), SHOWN_CHARACTERS)


def _ended_otherwise(evidence: Evidence) -> list[str]:
    """The jobs that a sentence says of why there is no answer, or not the whole of it."""
    marks = ", ".join("?" * len(ENDS))
    query = f"SELECT substr(key, 5) AS job FROM inbox WHERE key = cause AND json_extract(event, '$.type') IN ({marks})"  # noqa: S608
    return [row["job"] for row in evidence.rows(query, *ENDS)]


def _refusals(evidence: Evidence) -> Counter[int]:
    """How many sentences in each chat stand for an answer."""
    marks = ", ".join("?" * len(ENDS))
    rows = evidence.rows(
        "SELECT chat_id, count(DISTINCT inbox.id) AS n FROM inbox JOIN outbox ON outbox.cause GLOB inbox.id || '/*'"  # noqa: S608
        f" WHERE outbox.status = 'sent' AND (inbox.status = 'quarantined' OR {EMPTY}"
        f" OR json_extract(inbox.event, '$.type') IN ({marks})) GROUP BY chat_id",
        *ENDS,
    )
    return Counter({row["chat_id"]: row["n"] for row in rows})


def _something_followed(question: Question) -> bool:
    return any(message.out and message.id > question.message.id for message in question.chat.history)
