"""The ledger table: append-only, one line for every billed call."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import NamedTuple

from engine.core.budget import Payer
from engine.core.clock import to_micros
from engine.core.ledger import LedgerLine
from engine.store import spent


class Spending(NamedTuple):
    """What one person has used of one model since a moment. `unpriced` counts lines whose cost nobody knows."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_nanousd: int
    unpriced: int


def book(db: sqlite3.Connection, line: LedgerLine, *, at_end: bool = False) -> bool:
    """Books a line and adds it to the running totals; False if this call is booked already. `at_end`: its job ends in
    this transaction."""
    if not _insert(db, line, at_end=at_end):
        return False
    spent.add(db, Payer(line.person_id, line.conversation, line.role), line.at, line.cost_nanousd)
    return True


def _insert(db: sqlite3.Connection, line: LedgerLine, *, at_end: bool) -> bool:
    usage = line.usage
    return bool(
        db.execute(
            "INSERT INTO ledger (key, at, person_id, conversation, job, kind, model, service_tier, input_tokens,"
            " cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, web_searches, file_searches,"
            " audio_input_tokens, image_input_tokens, audio_output_tokens, image_output_tokens, audio_ms,"
            " container_minutes, storage_byte_days, cost_nanousd, price_source, response_id, status, role, at_end,"
            " step) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " (SELECT coalesce(max(id), 0) FROM steps)) ON CONFLICT DO NOTHING",
            (
                line.key,
                to_micros(line.at),
                line.person_id,
                line.conversation,
                line.job,
                line.kind,
                line.model,
                line.service_tier,
                usage.input_tokens,
                usage.cached_tokens,
                usage.cache_write_tokens,
                usage.output_tokens,
                usage.reasoning_tokens,
                usage.web_searches,
                usage.file_searches,
                usage.audio_input_tokens,
                usage.image_input_tokens,
                usage.audio_output_tokens,
                usage.image_output_tokens,
                usage.audio_ms,
                usage.container_minutes,
                usage.storage_byte_days,
                line.cost_nanousd,
                line.price_source,
                line.response_id,
                line.status.value,
                line.role,
                at_end,
            ),
        ).rowcount
    )


def thread_tokens(db: sqlite3.Connection, response_id: str) -> int:
    """What an answer has read and said: so much its thread brings to the next one. 0 where it is not booked."""
    row = db.execute("SELECT input_tokens + output_tokens FROM ledger WHERE key = ?", (response_id,)).fetchone()
    return 0 if row is None else int(row[0])


def spending(db: sqlite3.Connection, person_id: int, since: datetime | None = None) -> list[Spending]:
    """What a person has used, by model as answered, the dearest first."""
    rows = db.execute(
        "SELECT model, count(*), sum(input_tokens), sum(output_tokens), coalesce(sum(cost_nanousd), 0) AS cost,"
        " sum(cost_nanousd IS NULL) FROM ledger WHERE person_id = ? AND at >= ?"
        " GROUP BY model ORDER BY cost DESC, model",
        (person_id, 0 if since is None else to_micros(since)),
    )
    return [Spending(*row) for row in rows]
