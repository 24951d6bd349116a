"""Which message a send has become whose answer was lost: it is looked for behind the message that it answers.

Telegram takes a random_id once. Asked again it gives the first message, or it only says that the random_id was used
(RANDOM_ID_DUPLICATE). An update tells the message's id, too, but once: where a kill falls between that and its note on
the disk, the message would stand there for ever as it is, and its next text would become another one.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Any

from loguru import logger
from telethon import types

from engine.core.errors import GpttgError
from engine.store import inbox, outbox
from engine.store.database import Database
from engine.telegram import calls

LOOKED_THROUGH = 100
"""Messages behind the one that is answered; Telegram gives so many at once."""


async def found_again(
    database: Database, client: calls.Invoker, peer: Any, row: outbox.OutboxRow, request: Any
) -> int | None:
    """The id of the message that `request` (of this row) has made before; None where nobody can tell."""
    noted, after = await database.read(partial(_known, row=row, reply_to=_replied(request.reply_to)))
    if noted is not None or after is None or not getattr(request, "message", ""):
        return noted
    ids = range(after + 1, after + 1 + LOOKED_THROUGH)
    try:
        answer = await client.invoke(calls.get_messages(peer, ids))
    except GpttgError as error:
        logger.info("row {} can't be looked for: {}", row.id, error)
        return None
    like = [message.id for message in getattr(answer, "messages", ()) if _is_made_by(request, message)]
    taken = await database.read(partial(outbox.message_ids, conversation=row.conversation, ids=like))
    return next((one for one in like if one not in taken), None)


def _known(db: sqlite3.Connection, row: outbox.OutboxRow, reply_to: int | None) -> tuple[int | None, int | None]:
    """The message's id, if an update has told it; and a message that stands before it."""
    before = reply_to or inbox.newest_message(db, row.conversation, row.created_at)
    return outbox.noted_message(db, row.id), before


def _is_made_by(request: Any, message: Any) -> bool:
    if not isinstance(message, types.Message) or not message.out:
        return False
    is_same = message.message.strip() == request.message.strip()
    return is_same and _replied(message.reply_to) == _replied(request.reply_to)


def _replied(header: Any) -> int | None:
    return getattr(header, "reply_to_msg_id", None)
