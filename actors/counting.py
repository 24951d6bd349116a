"""How long the input of a call is: as OpenAI counts it, and where it does not say, as near as we know ourselves."""

from __future__ import annotations

import sqlite3
from functools import partial

import anyio
from loguru import logger

from engine.ai.estimate import written_tokens
from engine.ai.responses import AnswerRequest, Responses
from engine.core.errors import GpttgError
from engine.store import ledger
from engine.store.database import Database


class Counting:
    """Counts inputs."""

    def __init__(self, database: Database, responses: Responses) -> None:
        self._database = database
        self._responses = responses

    async def input_tokens(self, request: AnswerRequest, patience_s: float | None = None) -> int:
        """Of this request, with the thread that it goes on from. Where OpenAI does not say (for so long), it is what is
        known here (`known_tokens`)."""
        with anyio.move_on_after(patience_s):
            try:
                return await self._responses.count_input(request)
            except GpttgError as error:
                logger.info("an input can't be counted: {}", error)
        return await self._database.read(partial(known_tokens, request=request))


def known_tokens(db: sqlite3.Connection, request: AnswerRequest) -> int:
    """What is written here, without files, and what the ledger says of the answer before."""
    before = request.previous_response_id
    return written_tokens(request) + (ledger.thread_tokens(db, before) if before else 0)
