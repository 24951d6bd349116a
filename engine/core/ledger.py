"""A ledger line: one billed call, as it is booked for ever."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class LineStatus(StrEnum):
    """How sure the line is, and how the call ended."""

    COMPLETE = "complete"
    """the answer came to its end; the figures are OpenAI's own"""
    STOPPED = "stopped"
    """a person stopped it; the figures are OpenAI's own"""
    FAILED = "failed"
    """it failed, and OpenAI reported what it used nevertheless"""
    ESTIMATED = "estimated"
    """OpenAI reported nothing (stopped, cut, killed): the figures are our estimate of what it bills"""


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one call has used. Cached, cache-write, audio and image tokens are part of the input or the output,
    reasoning tokens are part of the output (OpenAI's own convention)."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    web_searches: int = 0
    file_searches: int = 0
    audio_input_tokens: int = 0
    image_input_tokens: int = 0
    audio_output_tokens: int = 0
    image_output_tokens: int = 0
    audio_ms: int = 0
    """sound listened to, where OpenAI bills by time (transcription)"""
    container_minutes: int = 0
    """of a code interpreter's container of 1 GB"""
    storage_byte_days: int = 0
    """bytes in a vector store for a day, without what is free"""


class LedgerLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One billed call. `key` is what makes it unique: the response id, or the attempt where none is known."""

    key: str
    at: datetime
    person_id: int
    conversation: str
    job: str
    kind: str = "response"
    """response, transcription, picture, speech, container, storage"""
    model: str
    """as answered: a dated id where OpenAI gives one"""
    service_tier: str = ""
    usage: Usage = Usage()
    cost_nanousd: int | None = None
    """None: no source knows the price; the line is flagged and the admins are told"""
    price_source: str = ""
    """"genai-prices 0.2.3", "prices.toml", "OPENAI_PRICE_PER_1K_TOKENS", or "" where the cost is None"""
    response_id: str | None = None
    status: LineStatus = LineStatus.COMPLETE
    role: str = ""
    """the person's at that moment: whose shared budget paid; "" charges none"""
