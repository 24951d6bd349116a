"""What a call has probably used, where OpenAI does not say: stopped, cut off, killed."""

from __future__ import annotations

import msgspec

from engine.ai.responses import AnswerRequest
from engine.core.ledger import Usage

BYTES_PER_TOKEN = 4
"""UTF-8 bytes of a token, for text in general; Cyrillic has about as many bytes a token as English."""


def estimated_usage(request: AnswerRequest, said: str, deltas: int, counted_input: int | None) -> Usage:
    """`counted_input` is OpenAI's own count where it could be had; a delta carries at least one token."""
    given = len(msgspec.json.encode([request.instructions, request.input])) // BYTES_PER_TOKEN
    return Usage(
        input_tokens=given if counted_input is None else counted_input,
        output_tokens=max(deltas, len(said.encode()) // BYTES_PER_TOKEN),
    )
