"""What the outside and the database say when a bot has come to rest: everything that is not as it must be."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actors import memory
from actors.desk import memory as desk_memory
from engine.ai.prices import Prices
from engine.core.ledger import Usage
from engine.sandbox.openai import BilledCall
from engine.sandbox.telegram import Chat
from tests.acceptance.worlds import Worlds, token_in

OPEN_WORK = {
    "inbox": "SELECT count(*) FROM inbox WHERE status IN ('pending', 'postponed')",
    "jobs": "SELECT count(*) FROM jobs WHERE status <> 'done'",
    "jobs with a response": "SELECT count(*) FROM jobs WHERE status <> 'done' AND response_id IS NOT NULL",
    "outbox": "SELECT count(*) FROM outbox WHERE status = 'pending'",
}

AT_REST = {memory.IDLE, desk_memory.ON_DUTY}
"""The states of those who have nothing to do. The desk has a row too where a full hour, its time to look around, has
passed."""


@dataclass
class Verdict:
    """`faults` is empty if all is well; `remarks` are figures worth printing; `accounts` show how money was booked."""

    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)


def rows(path: Path, query: str) -> list[dict[str, Any]]:
    """A look at the database from outside; nothing is changed, not even the WAL."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query)]


def open_work(path: Path) -> Counter[str]:
    """What lies undone in the database; nothing at all if there is none yet."""
    try:
        return Counter({name: next(iter(rows(path, query)[0].values())) for name, query in OPEN_WORK.items()})
    except sqlite3.OperationalError as error:
        is_new = "no such table" in str(error) or "unable to open" in str(error)
        return Counter() if is_new else Counter(locked=1)  # a bot that starts: it looks at what the last one left


def is_at_rest(worlds: Worlds) -> bool:
    """Whether everything was answered and nothing is under way."""
    return not worlds.unanswered and not open_work(worlds.database_path).total()


def judge(worlds: Worlds) -> Verdict:
    """Everything at once. The bot is not running any more."""
    verdict = Verdict()
    _look_at_answers(worlds, verdict)
    _look_at_database(worlds, verdict)
    _look_at_threads(worlds, verdict)
    _look_at_ledger(worlds, verdict)
    return verdict


def _look_at_answers(worlds: Worlds, verdict: Verdict) -> None:
    """Each question has one answer, in the order of the questions, and nothing else was said."""
    by_chat: dict[Chat, list[str]] = defaultdict(list)
    for question in worlds.asked:
        by_chat[question.chat].append(question.token)
    whole = {question.answer for question in worlds.asked}
    for chat in worlds.telegram.chats:
        said = [message for message in chat.messages if message.out]
        answered = [token_in(message.text) for message in said if message.text in whole]
        verdict.faults += [f"{chat.title}: besides an answer it was said {m}" for m in said if m.text not in whole]
        counted = Counter(answered)
        verdict.faults += [f"{chat.title}: {token} was never answered" for token in by_chat[chat] if not counted[token]]
        verdict.faults += [f"{chat.title}: {token} was answered {n} times" for token, n in counted.items() if n > 1]
        if sorted(answered) == sorted(by_chat[chat]) and answered != by_chat[chat]:
            verdict.faults.append(f"{chat.title}: asked {by_chat[chat]}, but answered in the order {answered}")

    made = sum(message.out for chat in worlds.telegram.chats for message in chat.history)
    sent = worlds.telegram.count("sendMessage")
    verdict.remarks.append(f"{sent} sends made {made} messages")
    for question in worlds.unanswered:
        seen = [one for one in worlds.model.requests if token_in(one.text) == question.token]
        about = [f"{one.at:%H:%M:%S.%f} {one.operation} {one.outcome} {one.response_id}" for one in seen]
        verdict.remarks.append(f"OpenAI's requests about {question.token}: {about}")


def _look_at_database(worlds: Worlds, verdict: Verdict) -> None:
    path = worlds.database_path
    verdict.faults += [f"undone: {n} in {name}" for name, n in open_work(path).items() if n]
    for name in ("inbox", "outbox"):
        query = f"SELECT id, status, error FROM {name} WHERE status IN ('failed', 'quarantined')"
        verdict.faults += [f"{name}: {row}" for row in rows(path, query)]
    checked = rows(path, "PRAGMA integrity_check")
    if [next(iter(row.values())) for row in checked] != ["ok"]:
        verdict.faults.append(f"integrity_check: {checked}")
    states = rows(path, "SELECT key, state FROM conversations")
    verdict.faults += [f"not at rest: {row}" for row in states if row["state"] not in AT_REST]
    verdict.faults += [f"Telegram was asked for {name}" for name in worlds.telegram.unknown_requests]
    verdict.faults += [f"the sandbox Telegram raised {error!r}" for error in worlds.telegram.broken_answers]


def _look_at_threads(worlds: Worlds, verdict: Verdict) -> None:
    """Each answered response continues the response of the answer before it in its chat."""
    asked_after = {
        seen.response_id: (seen.body or {}).get("previous_response_id")
        for seen in worlds.model.requests
        if seen.operation == "create" and seen.response_id
    }
    last: dict[str, str | None] = {}
    turns = rows(worlds.database_path, "SELECT conversation, question, response_id FROM turns ORDER BY id")
    for turn in turns:
        chat, response = turn["conversation"], turn["response_id"]
        name = f"{chat}: the answer to {token_in(turn['question'])}"
        if response not in asked_after:
            verdict.faults.append(f"{name} names response {response}, which nobody has made")
        elif asked_after[response] != last.get(chat):
            verdict.faults.append(f"{name} continues {asked_after[response]}, not {last.get(chat)}")
        last[chat] = response
    if len(turns) != len(worlds.asked):
        verdict.faults.append(f"{len(worlds.asked)} questions, but {len(turns)} turns in the transcript")


def _look_at_ledger(worlds: Worlds, verdict: Verdict) -> None:
    """Every billed response has its one line; lines without a response are estimates for attempts that were cut off."""
    bill = {call.response_id: call for call in worlds.model.bill}
    lines = rows(worlds.database_path, "SELECT * FROM ledger ORDER BY id")
    jobs = {row["id"]: row for row in rows(worlds.database_path, "SELECT * FROM jobs")}
    known = {line["response_id"]: line for line in lines if line["response_id"]}
    unknown: dict[str, list[BilledCall]] = defaultdict(list)
    estimates: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for response_id, call in bill.items():
        if response_id not in known:
            unknown[call.metadata["job"]].append(call)
    for line in lines:
        if line["response_id"] is None:
            estimates[line["job"]].append(line)
        elif line["response_id"] not in bill:
            verdict.faults.append(f"line {line['id']} is for {line['response_id']}, which was never billed")
        else:
            verdict.faults += _wrong_in(line, bill[line["response_id"]])
    for job in sorted({*unknown, *estimates}, key=int):
        verdict.faults += _wrong_about(job, unknown[job], estimates[job], jobs[job]["attempt"])
    verdict.accounts += [_account(line, bill.get(line["response_id"])) for line in lines]
    verdict.accounts += [f"no line:  job {job}  {call}" for job, calls in unknown.items() for call in calls]
    guessed = sum(map(len, estimates.values()))
    missed = sum(map(len, unknown.values()))
    verdict.remarks.append(
        f"{len(bill)} billed responses, {len(lines)} ledger lines ({Counter(line['status'] for line in lines)}); "
        f"{missed} responses whose id nobody could know; {guessed} estimates without an id, "
        f"{guessed - missed} of them for requests that may have started and did not"
    )


def _account(line: dict[str, Any], call: BilledCall | None) -> str:
    billed = f"billed {call.usage.input_tokens}+{call.usage.output_tokens} {call.status}" if call else "not billed"
    return (
        f"{line['id']:4}  job {line['job']}  {line['key']}  {line['status']}  {line['model']}"
        f"  {line['input_tokens']}+{line['output_tokens']}  {line['cost_nanousd']} n$  {billed}"
    )


def _wrong_in(line: dict[str, Any], call: BilledCall) -> list[str]:
    """A line with a response id, against the bill."""
    name = f"line {line['id']} ({line['response_id']}, job {line['job']})"
    faults = []
    if line["job"] != call.metadata["job"]:
        faults.append(f"{name} is booked on the wrong job: {call}")
    if line["key"] != line["response_id"]:
        faults.append(f"{name} has the key {line['key']}")
    if (line["status"] == "complete") != (call.status == "complete") or line["status"] == "failed":
        faults.append(f"{name} is {line['status']}, but billed as {call.status}")
    used = Usage(
        **{part: line[part] for part in Usage.__struct_fields__},
    )
    if line["status"] == "complete" and (line["model"], used) != (call.model, _as_ours(call)):
        faults.append(f"{name} says {line['model']} {used}, the bill {call}")
    price = Prices().price(line["model"], used, line["service_tier"])
    if (price.cost_nanousd, price.source) != (line["cost_nanousd"], line["price_source"]) or not price.cost_nanousd:
        faults.append(f"{name} costs {line['cost_nanousd']} ({line['price_source']}), recomputed: {price}")
    return faults


def _as_ours(call: BilledCall) -> Usage:
    used = call.usage
    return Usage(
        input_tokens=used.input_tokens,
        cached_tokens=used.cached_tokens,
        cache_write_tokens=used.cache_write_tokens,
        output_tokens=used.output_tokens,
        reasoning_tokens=used.reasoning_tokens,
    )


def _wrong_about(job: str, unknown: list[BilledCall], estimates: list[dict[str, Any]], attempts: int) -> list[str]:
    """A job's responses without a line, against its estimated lines without a response."""
    faults = []
    if len(unknown) > len(estimates):
        faults.append(f"job {job}: {len(unknown)} responses have no line, and {len(estimates)} estimates: {unknown}")
    if len(estimates) > attempts - 1:
        faults.append(f"job {job}: {len(estimates)} estimates for {attempts - 1} attempts that were cut off")
    faults += [
        f"job {job}: a line without a response is {line['status']}"
        for line in estimates
        if line["status"] != "estimated"
    ]
    return faults
