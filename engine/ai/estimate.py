"""What a call has probably used, where OpenAI does not say: stopped, cut off, killed."""

from __future__ import annotations

from typing import Any

from engine.ai.responses import AnswerRequest
from engine.core.ledger import Usage

BYTES_PER_TOKEN = 4
"""UTF-8 bytes of an English token. Cyrillic has more, so its estimate is on the high side."""
TOKENS_PER_ITEM = 4
"""What frames a message."""


def estimated_usage(request: AnswerRequest, said: str, deltas: int, counted_input: int | None) -> Usage:
    """`counted_input` is OpenAI's own count where it could be had; without it, the thread before is not in it.

    A delta carries at least one token. Reasoning that nobody saw is not in it.
    """
    written = _text_bytes(request.instructions) + _text_bytes(request.input)
    given = -(-written // BYTES_PER_TOKEN) + TOKENS_PER_ITEM * (1 + len(request.input))
    return Usage(
        input_tokens=given if counted_input is None else counted_input,
        output_tokens=max(deltas, -(-len(said.encode()) // BYTES_PER_TOKEN)),
    )


def _text_bytes(value: Any) -> int:
    """Of all that is text in an item; files and pictures are not: their bytes say nothing about their tokens."""
    match value:
        case str():
            return len(value.encode())
        case list():
            return sum(_text_bytes(item) for item in value)
        case dict():
            return sum(_text_bytes(value[name]) for name in ("content", "text", "output") if name in value)
        case _:
            return 0
