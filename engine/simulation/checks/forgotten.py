"""What somebody has had forgotten is gone: from every table but the books, from the disk, and at OpenAI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.sandbox.openai.wire import ApiError
from engine.sandbox.telegram import Message
from engine.simulation.asked import tokens_in
from engine.simulation.checks.evidence import Evidence
from engine.store.packing import unpacked

BOOKS = ("ledger",)
"""Tables that stay as they are."""
DATABASE = (".db", ".db-wal", ".db-shm")
"""What of the disk is looked at as tables."""

_MARK = re.compile(rb"\b[QAZ](\d{5})\b")
_FORGOTTEN = (
    "SELECT jobs.id, jobs.conversation, CAST(jobs.id AS INTEGER) AS event_id FROM jobs"
    " JOIN inbox ON inbox.key = 'job:' || jobs.id"
    " WHERE jobs.kind = 'forget' AND json_extract(inbox.event, '$.type') = 'Forgotten' ORDER BY event_id"
)
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
_BILLED = (
    "SELECT response_id FROM ledger WHERE conversation = ? AND response_id IS NOT NULL"
    " AND at < (SELECT received_at FROM inbox WHERE id = ?)"
    " AND response_id NOT IN (SELECT id FROM remote_things WHERE status = 'deleting')"
)
_OVER = (
    "SELECT remote_things.* FROM remote_things JOIN conversations ON conversations.key = remote_things.conversation"
    " WHERE thread < coalesce(json_extract(memory, '$.thread'), 1)"
)


@dataclass(frozen=True)
class Past:
    """What was said in a conversation before somebody had it forgotten, by the tokens of its questions."""

    job: str
    conversation: str
    event_id: int
    tokens: frozenset[str]


def what_is_forgotten_is_gone(evidence: Evidence) -> Iterator[str]:
    """No word of it stands in any table or file, and OpenAI does not have the answers. What people have repeated since
    then is not looked at."""
    pasts = [past for past in _pasts(evidence) if past.tokens]
    places = {token: past for past in pasts for token in past.tokens}
    for where, token in _found(evidence) if pasts else ():
        if token in places:
            yield f"job {places[token].job} has forgotten {token}, which stands in {where}"
    for past in pasts:
        yield from (f"job {past.job} has forgotten {one}, which OpenAI still has" for one in _still(evidence, past))


def what_is_over_is_deleted_at_openai(evidence: Evidence) -> Iterator[str]:
    """What lay there for a thread that somebody has ended, as files and containers; unless it can't be, and is tried
    again."""
    model = evidence.machine.model
    containers = [name for name, one in model.containers.items() if not one.has_expired(evidence.machine.true_time())]
    stores = [name for name, one in model.vector_stores.items() if not model.vector_stores.has_expired(one)]
    there = {*model.files, *stores, *containers}
    for thing in evidence.rows(_OVER):
        if thing["status"] == "kept":
            yield f"{thing['kind']} {thing['id']} is of a thread that has ended, and is kept"
    for thing in evidence.rows("SELECT id, kind FROM remote_things WHERE status = 'gone'"):
        if thing["id"] in there:
            yield f"{thing['kind']} {thing['id']} is gone, and OpenAI still has it"


def _pasts(evidence: Evidence) -> Iterator[Past]:
    for row in evidence.rows(_FORGOTTEN):
        event_id = row["event_id"]
        before, since = set(), set()
        for question in evidence.crowd.questions:
            message = question.message
            if question.conversation != row["conversation"]:
                continue
            arrived = evidence.inbox_ids.get(f"m:{message.chat.id}:{message.id}")
            if arrived is None or arrived > event_id:
                since |= {question.token, *_quoted(message)}
            else:
                before.add(question.token)
            if _is_edited_since(evidence, message, event_id):
                since.add(question.token)
        yield Past(row["id"], row["conversation"], event_id, frozenset(before - since))


def _quoted(message: Message) -> set[str]:
    """What a message says again of the one that it replies to."""
    return set() if message.reply_to is None else _tokens(message.reply_to.text.encode())


def _is_edited_since(evidence: Evidence, message: Message, event_id: int) -> bool:
    prefix = f"e:{message.chat.id}:{message.id}:"
    return message in evidence.crowd.edited and any(
        edited > event_id for key, edited in evidence.inbox_ids.items() if key.startswith(prefix)
    )


def _found(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """All tokens that stand on the disk: (where, token)."""
    for (table,) in evidence.rows(_TABLES):
        for row in evidence.rows(f"SELECT * FROM {table}") if table not in BOOKS else ():  # noqa: S608
            for name in row.keys():  # noqa: SIM118 - of sqlite3.Row, `in` looks at the values
                for token in _tokens(_plain(row[name])):
                    yield f"{table}.{name} ({row[0]})", token
    folder = evidence.machine.settings.database_path.parent
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in DATABASE:
            yield from ((path.name, token) for token in _tokens(path.read_bytes()))


def _plain(value: object) -> bytes:
    match value:
        case str():
            return value.encode()
        case bytes():
            return unpacked(value)
    return b""


def _tokens(text: bytes) -> set[str]:
    """A question's token, or what marks its answer."""
    return {f"Q{number.decode()}" for number in _MARK.findall(text)}


def _still(evidence: Evidence, past: Past) -> Iterator[str]:
    responses = evidence.machine.model.responses
    asked = {
        seen.response_id
        for seen in evidence.machine.model.requests
        if seen.operation == "create" and past.tokens & set(tokens_in(seen.text))
    }
    if evidence.has("clock"):
        return  # nobody can say what was before
    for row in evidence.rows(_BILLED, past.conversation, past.event_id):
        if row["response_id"] not in asked:
            continue
        try:
            responses.find(row["response_id"], evidence.machine.true_time())
        except ApiError:
            continue
        yield row["response_id"]
