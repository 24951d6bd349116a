"""What OpenAI would charge for: one line per call that used tokens or was paid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from engine.sandbox.openai.wire import JSON

BilledStatus = Literal["complete", "interrupted", "cancelled", "incomplete", "failed"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; cached and written are inside the input, reasoning inside the output."""

    input_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def as_json(self) -> JSON:
        """As `usage` in an answer."""
        return {
            "input_tokens": self.input_tokens,
            "input_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
            },
            "output_tokens": self.output_tokens,
            "output_tokens_details": {"reasoning_tokens": self.reasoning_tokens},
            "total_tokens": self.total_tokens,
        }


@dataclass(frozen=True, slots=True)
class BilledCall:
    """One line of the bill. An interrupted call is billed for its input and for the output so far."""

    response_id: str
    model: str
    """The dated id, as in the answer."""
    usage: Usage
    status: BilledStatus
    at: datetime
    service_tier: str = "default"
    metadata: Mapping[str, str] = field(default_factory=dict)
    operation: Literal["response", "compaction"] = "response"
