"""Events: what was said arrives once, is handled once, and in its order."""

from __future__ import annotations

from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence


def no_event_is_lost(evidence: Evidence) -> Iterator[str]:
    """Each message that the bot must have taken in has its row."""
    known = {row["key"] for row in evidence.rows("SELECT key FROM inbox")}
    for message in evidence.crowd.heard:
        if message.chat.id in evidence.crowd.forgotten or message.deleted:
            continue
        key = f"m:{message.chat.id}:{message.id}"
        if key not in known:
            yield f"{message!r} never arrived"


def none_is_handled_twice(evidence: Evidence) -> Iterator[str]:
    """Each event that is done was done by one step."""
    yield from (
        f"event {row['event_id']} was done {row['n']} times"
        for row in evidence.rows(
            "SELECT event_id, count(*) AS n FROM steps WHERE outcome <> 'postponed' GROUP BY event_id HAVING n > 1"
        )
    )
    yield from (
        f"event {row['id']} ({row['key']}) is done, and no step has done it"
        for row in evidence.rows(
            "SELECT id, key FROM inbox WHERE status = 'done' AND event <> 'null' AND NOT EXISTS"
            " (SELECT 1 FROM steps WHERE event_id = inbox.id)"
        )
    )


def order_is_kept(evidence: Evidence) -> Iterator[str]:
    """A conversation looks at its events in the order in which they came."""
    last: dict[str, int] = {}
    query = "SELECT conversation, event_id, min(id) AS first FROM steps GROUP BY event_id ORDER BY first"
    for conversation, event_id, _ in evidence.rows(query):
        if event_id < last.get(conversation, 0):
            yield f"{conversation}: event {event_id} was looked at after {last[conversation]}"
        last[conversation] = event_id
