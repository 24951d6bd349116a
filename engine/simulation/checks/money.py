"""Money: what OpenAI has billed is in the ledger, once and to the nano-dollar; limits hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from engine.simulation.checks.evidence import Evidence

DAY_MICROS = 86_400_000_000


def every_call_is_booked_once(evidence: Evidence) -> Iterator[str]:
    """A line for each billed call, with its very cost; estimates only for calls whose end nobody could hear."""
    bill = [call for call in evidence.machine.model.bill if call.cost_nanousd != 0]
    lines = evidence.rows("SELECT key, job, kind, response_id, cost_nanousd, status FROM ledger ORDER BY id")
    by_response = {row["response_id"]: row for row in lines if row["response_id"]}
    guesses = Counter(row["job"] for row in lines if row["status"] == "estimated")
    exact: dict[int, int] = defaultdict(int)
    for row in lines:
        if row["cost_nanousd"] is None:
            yield f"{row['key']} has no price"
        elif row["status"] != "estimated" and not row["response_id"]:
            exact[row["cost_nanousd"]] += 1
    missed = 0
    for call in bill:
        line = by_response.pop(call.response_id, None)
        if line is not None:
            if line["status"] != "estimated" and line["cost_nanousd"] != call.cost_nanousd:
                yield f"{call} is booked with {line['cost_nanousd']}"
        elif call.cost_nanousd is not None and exact[call.cost_nanousd]:
            exact[call.cost_nanousd] -= 1
        elif guesses[call.metadata.get("job", "")]:
            guesses[call.metadata["job"]] -= 1
        else:
            missed += 1
            if missed > sum(guesses.values()) or evidence.is_calm:
                yield f"billed, and not booked: {call}"
    for line in by_response.values():
        if line["status"] != "estimated":
            yield f"{tuple(line)} was never billed"
    for cost, count in exact.items():
        if count:
            yield f"{count} lines of {cost} nano-dollars were never billed"


def no_budget_is_overshot(evidence: Evidence) -> Iterator[str]:
    """Nobody has spent more in a day (UTC) than was granted."""
    if not evidence.plan.budget_nanousd:
        return
    query = "SELECT person_id, at / ? AS day, sum(cost_nanousd) AS cost FROM ledger GROUP BY 1, 2 HAVING cost > ?"
    for person_id, _, cost in evidence.rows(query, DAY_MICROS, evidence.plan.budget_nanousd):
        yield f"person {person_id} has spent {cost} of {evidence.plan.budget_nanousd} nano-dollars"
