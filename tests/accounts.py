"""The ledger beside the bill: what a bot has booked, and what the sandbox's OpenAI says it has billed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

from engine.testing.chat import BotUnderTest

PAST = "past:"
"""Jobs that a test has made up (tests.house.has_spent)."""


def told_apart(bot: BotUnderTest) -> list[str]:
    """Where the two differ; nothing if every nano-dollar is explained.

    A line with OpenAI's own figures is a call on the bill. Where no line is our estimate, and no job is under way, the
    sums are the same, too.
    """
    with closing(sqlite3.connect(f"file:{bot.settings.database_path}?mode=ro", uri=True)) as db:
        lines = db.execute("SELECT key, job, cost_nanousd, status FROM ledger").fetchall()
        (is_under_way,) = db.execute("SELECT EXISTS (SELECT 1 FROM jobs WHERE status <> 'done')").fetchone()
    booked = [(key, cost) for key, job, cost, status in lines if status != "estimated" and not job.startswith(PAST)]
    billed = Counter(call.cost_nanousd for call in bot.model.bill if call.cost_nanousd != 0)
    differences = []
    for key, cost in booked:
        if cost and billed[cost] == 0:
            differences.append(f"{key} is booked with {cost}, which was never billed: {bot.model.bill}")
        billed[cost] -= 1
    has_guesses = any(status == "estimated" or cost is None for _, _, cost, status in lines)
    if not (has_guesses or is_under_way) and (left := +billed):
        differences.append(f"billed and not booked: {dict(left)}")
    return differences
