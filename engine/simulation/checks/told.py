"""What is no question gets its answer, too: commands, and pictures that were made; and under answers are buttons."""

from __future__ import annotations

from collections.abc import Iterator

from engine.simulation.checks.access import is_blocked
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import Handled
from engine.simulation.checks.money import CHANGES
from engine.simulation.taps import name_of

STOP = "stop:"
"""What the Stop of something says that is on its way."""


def every_command_is_told_something(evidence: Evidence) -> Iterator[str]:
    """By the step that handles it, or by what comes of that: a job's end, what the admins' desk says. Whom an admin has
    blocked is told nothing, nor is anything said of a question that is changed, or left behind, while it is asked
    again."""
    for one in evidence.history.handled:
        if one.what != "CommandReceived" or one.is_stop or _is_forgotten(evidence, one):
            continue
        if evidence.history.is_told(one) or is_blocked(evidence, one.event["person"]["id"]):
            continue
        work = evidence.history.jobs.get(f"{one.event_id}")
        between = evidence.history.between(work) if work is not None else ()
        if not any(meanwhile.is_reset or meanwhile.what in CHANGES for meanwhile in between):
            yield f"/{one.event['name']} ({one.key}) was told nothing"


def every_picture_is_shown(evidence: Evidence) -> Iterator[str]:
    """Or it is said why there is none."""
    for work in evidence.history.jobs.values():
        end = work.ended
        if work.kind != "picture" or end is None or end.says or _is_forgotten(evidence, end):
            continue
        if not any(one.is_reset or one.what == "MessagesDeleted" for one in evidence.history.between(work)):
            yield f"job {work.id} has ended with {end.what}, and nothing was shown"


def nothing_is_announced_for_ever(evidence: Evidence) -> Iterator[str]:
    """Where nothing runs any more, nothing shows a Stop: what has said that something is on its way ("Drawing…") has
    become that, or says why not. People who have blocked the bot see what they have seen before."""
    failed = {row["chat_id"] for row in evidence.rows("SELECT DISTINCT chat_id FROM outbox WHERE status = 'failed'")}
    for chat in evidence.crowd.telegram.chats:
        for message in chat.messages if chat.id not in failed else ():
            if message.out and any(name_of(button).startswith(STOP) for button in message.buttons):
                yield f"{message!r} can still be stopped, and nothing runs"


def every_answer_can_be_asked_for_again(evidence: Evidence) -> Iterator[str]:
    """There is a button under it."""
    rows = evidence.rows("""SELECT DISTINCT cause FROM outbox WHERE effect LIKE '%"retry:%'""")
    with_button = {row["cause"].partition("/")[0] for row in rows}
    for one in evidence.history.handled:
        is_answer = one.what == "AnswerReady" and one.says and not _is_forgotten(evidence, one)
        if is_answer and f"{one.event_id}" not in with_button:
            yield f"the answer of {one.key} has no button"


def _is_forgotten(evidence: Evidence, one: Handled) -> bool:
    """Of such a chat not everything is known."""
    chat = one.conversation.partition(":")[0]
    return chat.lstrip("-").isdecimal() and int(chat) in evidence.crowd.forgotten
