"""What is no question gets its answer, too: commands, and pictures that were made; and under answers are buttons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import Handled


def every_command_is_told_something(evidence: Evidence) -> Iterator[str]:
    """By the step that handles it, or by what comes of that: a job's end, what the admins' desk says."""
    caused = _caused(evidence)
    for one in evidence.history.handled:
        if one.what != "CommandReceived" or one.is_stop or _is_forgotten(evidence, one):
            continue
        if not any(event_id in evidence.history.told for event_id in _all(one.event_id, caused)):
            yield f"/{one.event['name']} ({one.key}) was told nothing"


def every_picture_is_shown(evidence: Evidence) -> Iterator[str]:
    """Or it is said why there is none."""
    for work in evidence.history.jobs.values():
        end = work.ended
        if work.kind != "picture" or end is None or end.says or _is_forgotten(evidence, end):
            continue
        if not any(one.is_reset or one.what == "MessagesDeleted" for one in evidence.history.between(work)):
            yield f"job {work.id} has ended with {end.what}, and nothing was shown"


def every_answer_can_be_asked_for_again(evidence: Evidence) -> Iterator[str]:
    """There is a button under it."""
    rows = evidence.rows("""SELECT DISTINCT cause FROM outbox WHERE effect LIKE '%"retry:%'""")
    with_button = {row["cause"].partition("/")[0] for row in rows}
    for one in evidence.history.handled:
        is_answer = one.what == "AnswerReady" and one.says and not _is_forgotten(evidence, one)
        if is_answer and f"{one.event_id}" not in with_button:
            yield f"the answer of {one.key} has no button"


def _caused(evidence: Evidence) -> dict[int, list[int]]:
    """By event: the events that came of it, of its jobs and of what it has handed over."""
    found: dict[int, list[int]] = defaultdict(list)
    for row in evidence.rows("SELECT id, cause FROM inbox WHERE cause LIKE 'job:%' OR cause LIKE 'event:%'"):
        begun = row["cause"].partition(":")[2].partition("-")[0]
        if begun.isdecimal():
            found[int(begun)].append(row["id"])
    return found


def _all(event_id: int, caused: dict[int, list[int]]) -> Iterator[int]:
    yield event_id
    for one in caused.get(event_id, ()):
        yield from _all(one, caused)


def _is_forgotten(evidence: Evidence, one: Handled) -> bool:
    """Of such a chat not everything is known."""
    chat = one.conversation.partition(":")[0]
    return chat.lstrip("-").isdecimal() and int(chat) in evidence.crowd.forgotten
