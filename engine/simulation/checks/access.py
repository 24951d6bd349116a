"""Who may ask: nobody whom no admin has let in, and, while an admin has paused the bot, nobody but admins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.simulation.asked import Question
from engine.simulation.checks.evidence import Evidence
from engine.simulation.checks.history import Handled, moment

PAUSES = "SELECT action, step FROM audit WHERE object = 'bot' AND action IN ('pause', 'resume') ORDER BY id"
REQUESTS = "SELECT person_id, status, decided_at FROM access_requests ORDER BY id"
ASKING = "access"
"""The button by which a stranger asks to be let in."""
PAID = ("answer", "picture", "transcribe")
"""Jobs that spend something for whoever has begun them."""
WHOLE = "TimedOut"
"""What was sent before a pause may be whole after it has begun."""


class Pause(NamedTuple):
    """From the step that has paused the bot to the one that has let it go on."""

    begins: int
    ends: int | None

    def has(self, one: Handled) -> bool:
        """Whether an event was handled meanwhile."""
        return self.begins < one.place and (self.ends is None or one.place < self.ends)


def is_refused_by_pause(evidence: Evidence, question: Question) -> bool:
    """Whether it was handled while the bot was paused, and told so at once."""
    handled = evidence.history.by_key.get(f"m:{question.chat.id}:{question.message.id}")
    return handled is not None and handled.says and _is_paused(evidence, handled)


def nothing_begins_in_a_pause(evidence: Evidence) -> Iterator[str]:
    """Nothing that costs something, of anybody but the admin."""
    for work in evidence.history.jobs.values():
        begun = work.begun
        if begun is None or work.kind not in PAID or begun.what == WHOLE or _is_of_admin(evidence, begun):
            continue
        if not begun.key.startswith("job:") and _is_paused(evidence, begun):
            yield f"job {work.id} ({work.kind}) was begun by {begun.key} while the bot was paused"


def only_who_is_let_in_is_answered(evidence: Evidence) -> Iterator[str]:
    """Nothing is spent on what a stranger has said before an admin has let them in."""
    if evidence.has("clock"):
        return  # nobody can say what was before
    let_in = {row["person_id"]: row["decided_at"] for row in evidence.rows(REQUESTS) if row["status"] == "approved"}
    strangers = {person.id for person in evidence.crowd.strangers}
    for work in evidence.history.jobs.values():
        who = _who(work.begun)
        if work.kind in PAID and work.begun is not None and who in strangers:
            since = let_in.get(who)
            if since is None or moment(since) > work.begun.at:
                yield f"job {work.id} works for {who}, whom nobody had let in"


def who_asks_is_shown_to_the_admin(evidence: Evidence) -> Iterator[str]:
    """Everybody who taps on the button that asks for it."""
    shown = [
        version.text for message in evidence.crowd.admin.chat.history if message.out for version in message.versions
    ]
    asked = {row["person_id"] for row in evidence.rows(REQUESTS)}
    for one in evidence.history.handled:
        who = _who(one)
        if one.what != "ButtonPressed" or one.event["button"] != ASKING:
            continue
        if who not in asked:
            yield f"{who} has asked to be let in ({one.key}), and nobody has noted it"
        elif not any(str(who) in text for text in shown):
            yield f"{who} has asked to be let in ({one.key}), and no admin was shown it"


def is_blocked(evidence: Evidence, person_id: int) -> bool:
    """Whether an admin has blocked somebody who has asked: they are told nothing."""
    return any(row["person_id"] == person_id and row["status"] == "blocked" for row in evidence.rows(REQUESTS))


def _is_paused(evidence: Evidence, one: Handled) -> bool:
    return any(pause.has(one) for pause in _pauses(evidence))


def _pauses(evidence: Evidence) -> Iterator[Pause]:
    begins: int | None = None
    for row in evidence.rows(PAUSES):
        if row["action"] == "pause" and begins is None:
            begins = row["step"]
        elif row["action"] == "resume" and begins is not None:
            yield Pause(begins, row["step"])
            begins = None
    if begins is not None:
        yield Pause(begins, None)


def _is_of_admin(evidence: Evidence, one: Handled) -> bool:
    return _who(one) == evidence.crowd.admin.id


def _who(one: Handled | None) -> int | None:
    person = one.event.get("person") if one is not None else None
    return None if person is None else int(person["id"])
