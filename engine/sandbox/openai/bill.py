"""What OpenAI would charge for: one line per call that used tokens or was paid for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from engine.sandbox.openai.rates import cost_nanousd
from engine.sandbox.openai.usage import Usage

BilledStatus = Literal["complete", "interrupted", "cancelled", "incomplete", "failed"]
BilledOperation = Literal["response", "compaction", "picture", "transcription", "speech", "container", "storage"]

__all__ = ["BilledCall", "BilledOperation", "BilledStatus", "Usage"]


@dataclass(frozen=True, slots=True)
class BilledCall:
    """One line of the bill. An interrupted call is billed for its input and for the output so far."""

    response_id: str
    """The id of what was made (a response, a completion, a container) or, with its day, of what was kept (a vector
    store); where the API gives none (a picture, a transcription), the request's `x-request-id`."""
    model: str
    """The dated id, as in the answer (where that names none, the id that was asked for); a container's is
    "container-1g" and the like."""
    usage: Usage
    status: BilledStatus
    at: datetime
    service_tier: str = "default"
    metadata: Mapping[str, str] = field(default_factory=dict)
    operation: BilledOperation = "response"

    @property
    def cost_nanousd(self) -> int | None:
        """The price in nano-dollars; None for a model or service tier whose price the sandbox does not know."""
        return cost_nanousd(self.model, self.usage, self.service_tier)
