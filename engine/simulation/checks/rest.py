"""At rest, nothing is left: no event, no job, no message, no hold; nothing raised, and nothing has piled up."""

from __future__ import annotations

from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence

OPEN = {
    "events that nobody has handled": "SELECT id, key FROM inbox WHERE status IN ('pending', 'postponed')",
    "jobs that never ended": "SELECT id, kind FROM jobs WHERE status <> 'done'",
    "calls that Telegram never got": "SELECT id, chat_id FROM outbox WHERE status = 'pending'",
    "holds": "SELECT key, job FROM holds",
    "scopes of holds": "SELECT scope, key FROM hold_scopes",
    "conversations that wait for a job": (
        "SELECT key, state FROM conversations WHERE state IN ('generating', 'transcribing', 'drawing', 'gathering')"
    ),
}
TASKS_MOST = 60
"""Of the event loop, when nothing is under way."""
EXPECTED_ERRORS = ("OperationalError at disk.py", "database or disk is full")
"""What the log may say while the disk is full."""


def nothing_is_open(evidence: Evidence) -> Iterator[str]:
    """Everything that was begun has ended."""
    if not evidence.is_at_rest:
        yield "it never came to rest"
    for what, query in OPEN.items():
        for row in evidence.rows(query):
            yield f"{what}: {tuple(row)}"


def nothing_raised(evidence: Evidence) -> Iterator[str]:
    """No step was quarantined, no job crashed, and the process ended only when it was killed."""
    for row in evidence.rows("SELECT id, key, error FROM inbox WHERE status = 'quarantined'"):
        yield f"quarantined: {tuple(row)}"
    for sentence, count in evidence.machine.errors.items():
        if not (evidence.has("disk") and any(known in sentence for known in EXPECTED_ERRORS)):
            yield f"logged {count} times: {sentence}"
    for reason in evidence.machine.deaths:
        if not evidence.has("disk"):
            yield f"the process ended: {reason}"
    for request in evidence.crowd.telegram.unknown_requests:
        yield f"Telegram was asked for {request}"
    for error in evidence.crowd.telegram.broken_answers:
        yield f"the simulated Telegram raised {error!r}"


def memory_is_bounded(evidence: Evidence) -> Iterator[str]:
    """Nothing goes on for what is over."""
    if evidence.tasks > TASKS_MOST:
        yield f"{evidence.tasks} tasks run when nothing is under way"
