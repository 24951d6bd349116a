"""Rest: it comes, nothing has raised until then, and nothing has piled up."""

from __future__ import annotations

from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence

TASKS_MOST = 60
"""Of the event loop, when nothing is under way."""
GROWN_BYTES_MOST, GROWN_BYTES_EACH = 256 * 1024, 4096
"""What the process may hold on to in the end that it did not in the beginning (caches that fill up: usually 60 kB), and
for each of the people."""
EXPECTED_ERRORS = ("OperationalError at disk.py", "database or disk is full")
"""What the log may say while the disk is full."""


def it_came_to_rest(evidence: Evidence) -> Iterator[str]:
    """Hours after the last act nothing is under way."""
    if not evidence.is_at_rest:
        yield "it never came to rest"


def nothing_raised(evidence: Evidence) -> Iterator[str]:
    """No job crashed, nothing was logged as an error, and the process ended only when it was killed."""
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
    """Nothing goes on for what is over, and nothing is kept of it."""
    if evidence.tasks > TASKS_MOST:
        yield f"{evidence.tasks} tasks run when nothing is under way"
    if evidence.grown_bytes > GROWN_BYTES_MOST + GROWN_BYTES_EACH * len(evidence.crowd.people):
        yield f"the process holds on to {evidence.grown_bytes} bytes more than when it began"
