"""Money: what OpenAI has billed is in the ledger, once and to the nano-dollar; limits hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from engine.sandbox.openai.bill import BilledCall
from engine.simulation.checks.evidence import Evidence

ESTIMATE_FACTOR = 100
"""An estimate is at most so many times the bill, and at least such a part of it: what is read from the cache costs
a tenth, hardly anything may have been said, and without OpenAI's own count files and pictures are not in it."""
NEAR_DEATH = timedelta(seconds=5)
"""A call that is cut so near to a process's end was cut by it."""
AGREED = "hear:"
"""What the buttons say under a price that is to be agreed to."""
CHANGES = ("MessageEdited", "MessagesDeleted")
"""What ends the answer that runs, if it is about that."""


def every_call_is_booked_once(evidence: Evidence) -> Iterator[str]:
    """A line for each billed call, with its very cost; estimates only for calls whose end nobody could hear."""
    booked = _Booked(evidence)
    yield from (f"{key} has no price" for key in booked.unpriced)
    missed = 0
    for call in sorted(evidence.machine.model.bill, key=_may_be_a_guess):
        if call.cost_nanousd == 0 or booked.has_line(call):
            continue
        if line := booked.wrong.get(call.response_id):
            yield f"{call} is booked with {line['cost_nanousd']}"
            continue
        missed += 1
        if missed > booked.guesses.total() or (evidence.is_calm and call.status == "complete"):
            yield f"billed, and not booked: {call}"
    yield from booked.left()


def _may_be_a_guess(call: BilledCall) -> bool:
    """Whose end nobody may have heard: the lines that are exact are the others'."""
    return call.status != "complete"


class _Booked:
    """The lines of the ledger, struck off one by one."""

    def __init__(self, evidence: Evidence) -> None:
        lines = evidence.rows("SELECT key, job, kind, response_id, cost_nanousd, status FROM ledger ORDER BY id")
        self.unpriced = [line["key"] for line in lines if line["cost_nanousd"] is None]
        self.wrong: dict[str, Any] = {}
        """by response: those that say something else than the bill"""
        self.guesses = Counter(line["job"] for line in lines if line["status"] == "estimated")
        """by job: those that may stand for any call of it"""
        self._by_response = {line["response_id"]: line for line in lines if line["response_id"]}
        self._exact = Counter(
            line["cost_nanousd"]
            for line in lines
            if line["cost_nanousd"] is not None and line["status"] != "estimated" and not line["response_id"]
        )

    def has_line(self, call: BilledCall) -> bool:
        """Whether there is one for it, which is struck off."""
        line = self._by_response.pop(call.response_id, None)
        if line is not None:
            if line["status"] != "estimated" and line["cost_nanousd"] != call.cost_nanousd:
                self.wrong[call.response_id] = line
                return False
            return True
        job = call.metadata.get("job", "")
        for lines, name in ((self._exact, call.cost_nanousd), (self.guesses, job)):
            if lines[name]:
                lines[name] -= 1
                return True
        return False

    def left(self) -> Iterator[str]:
        """What is wrong with the lines that no call has struck off."""
        for line in self._by_response.values():
            if line["status"] != "estimated":
                yield f"{tuple(line)} was never billed"
        yield from (f"{count} lines of {cost} nano-dollars were never billed" for cost, count in (+self._exact).items())


def estimates_are_near(evidence: Evidence) -> Iterator[str]:
    """An estimate costs something, and about what OpenAI has billed, unless a killed process has taken with it how much
    had been said; where nothing is broken, and nobody has stopped anything, there is none."""
    billed = {call.response_id: call for call in evidence.machine.model.bill}
    lines = evidence.rows("SELECT key, response_id, cost_nanousd FROM ledger WHERE status = 'estimated' ORDER BY id")
    ends = any(one.is_stop or one.is_reset or one.what in CHANGES for one in evidence.history.handled)
    for line in lines:
        cost, call = line["cost_nanousd"], billed.get(line["response_id"])
        if evidence.is_calm and not ends and not evidence.crowd.forgotten:
            yield f"{line['key']} is estimated, and nothing has ended it"
        if cost is not None and cost <= 0:
            yield f"{line['key']} is estimated as {cost} nano-dollars"
        elif cost is not None and call is not None and not _is_near(evidence, cost, call):
            yield f"{line['key']} is estimated as {cost} nano-dollars, and {call.cost_nanousd} are billed"


def _is_near(evidence: Evidence, cost: int, call: BilledCall) -> bool:
    bill = call.cost_nanousd or cost
    was_killed = any(abs(died_at - call.at) < NEAR_DEATH for died_at in evidence.machine.died_at)
    return (was_killed or bill <= cost * ESTIMATE_FACTOR) and cost <= bill * ESTIMATE_FACTOR


def nothing_is_heard_before_its_price_is_agreed(evidence: Evidence) -> Iterator[str]:
    """Where everybody is to be asked first, what was paid for sounds is of jobs that a tap on a price has begun."""
    if not evidence.plan.asks_price:
        return
    for line in evidence.rows("SELECT DISTINCT job FROM ledger WHERE cost_nanousd > 0"):
        work = evidence.history.jobs.get(line["job"])
        if work is None or work.kind != "transcribe" or work.begun is None:
            continue
        if not work.begun.event.get("button", "").startswith(AGREED):
            yield f"job {work.id} was paid, and {work.begun.key} agrees to no price"


def who_asked_pays(evidence: Evidence) -> Iterator[str]:
    """A call is booked to whom it answers, where they asked; any other where its job is, in private to that person."""
    jobs = {row["id"]: row["conversation"] for row in evidence.rows("SELECT id, conversation FROM jobs")}
    query = "SELECT key, person_id, conversation, job, kind, response_id FROM ledger ORDER BY id"
    for line in evidence.rows(query):
        payer = line["person_id"], line["conversation"]
        asked = {(one.person.id, one.conversation) for one in evidence.asked_by(line["response_id"])}
        if asked and payer not in asked:
            yield f"{line['key']} is booked to {payer}, and answers {asked}"
        elif line["kind"] == "storage":
            continue  # a day's, for everybody, is one job
        elif line["conversation"] != jobs.get(line["job"], line["conversation"]):
            yield f"{line['key']} is booked to {payer}, and is of {jobs[line['job']]}"
        elif not line["conversation"].startswith("-") and line["conversation"] != str(line["person_id"]):
            yield f"{line['key']} is booked to {payer}: somebody else's chat"


def no_budget_is_overshot(evidence: Evidence) -> Iterator[str]:
    """Nobody has spent more in a day or month than was granted: no person, no group, no role, nor the bot."""
    granted = {(scope, period): nanousd for scope, period, nanousd in evidence.crowd.budgets()}
    for span, cost in evidence.added_up().items():
        if (limit := granted.get((span.scope, span.period))) is not None and cost > limit:
            yield f"{span} has spent {cost} of {limit} nano-dollars"
