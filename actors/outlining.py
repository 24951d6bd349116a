"""Outlining: a long transcript gets a summary and titles for its sections, in one paid call after all has been heard.

It adorns the transcript: whatever goes wrong with it, the transcript comes without."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import anyio
import msgspec
from loguru import logger

from actors.asking import nameless
from actors.booking import PaidCalls
from actors.hearing import PIECES_OF_A_SOUND, Hearing, Notes, Sound
from engine.ai.finished import FinishedResponse
from engine.ai.outlines import OUTPUT_TOKENS_LEAST, expected_usage, outline_request
from engine.ai.responses import AnswerRequest, Responses
from engine.ai.retries import with_retries
from engine.core.errors import GpttgError, OverBudgetError
from engine.core.ledger import Usage
from engine.media.stitching import sections, stitched

OUTLINE_CALL = PIECES_OF_A_SOUND - 1
"""The number of the paid call: that of a piece that no sound has."""

OUTLINE_TIMEOUT_S, OUTLINE_TRIES = 120.0, 2
"""What a transcript waits for its outline at most."""


@dataclass(frozen=True)
class Outlining:
    """Asks the model; one for all jobs."""

    responses: Responses
    model: str
    secret: bytes

    def expected(self, duration_s: float) -> Usage:
        """What it will use for so much speech."""
        return expected_usage(duration_s)

    async def outline(self, calls: PaidCalls, hearing: Hearing, one: Sound, notes: Notes) -> None:
        """The outline of a sound that has been heard, into `notes`; nothing if there is one, or it can't be had."""
        kept = hearing.words(one, notes)
        if notes.outlined is not None or kept.outline is not None or not any(words.text for words in kept.words):
            return
        texts = [section.text for section in sections(stitched(kept.words))]
        request = outline_request(self.model, texts, calls.order.language).but(
            safety_identifier=nameless(self.secret, calls.order.person.id), metadata={"job": calls.job.id}
        )
        try:
            with anyio.move_on_after(OUTLINE_TIMEOUT_S) as patience:
                notes.outlined = await with_retries(partial(self._asked, calls, request), tries=OUTLINE_TRIES)
            if patience.cancelled_caught:
                logger.info("job {}: no outline in {} s", calls.job.id, OUTLINE_TIMEOUT_S)
                return
        except GpttgError as error:
            logger.info("job {}: no outline: {}", calls.job.id, error)
            return
        await calls.brought(msgspec.json.encode(notes), OUTLINE_CALL)

    async def _asked(self, calls: PaidCalls, request: AnswerRequest) -> FinishedResponse:
        affordable = await calls.purse.affordable(calls.job, calls.order, f"{OUTLINE_CALL}", request)
        if (affordable.max_output_tokens or 0) < OUTPUT_TOKENS_LEAST:
            raise OverBudgetError(code="over_budget")
        await calls.begun(OUTLINE_CALL, self.model)
        return await calls.answered(OUTLINE_CALL, self.responses.answer(affordable))
