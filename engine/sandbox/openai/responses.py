"""One response of the local OpenAI: what it will say, how far it has come, what it costs, and what it remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import anyio

from engine.sandbox.openai.bill import BilledCall, BilledStatus, Usage
from engine.sandbox.openai.models import Model
from engine.sandbox.openai.plan import Plan
from engine.sandbox.openai.prompt import Piece, Prompt, piece_of, tokens_of
from engine.sandbox.openai.told import Ending, Pace, Script
from engine.sandbox.openai.wire import JSON

Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled", "interrupted"]
"""OpenAI's own, and `interrupted`: the client left a response that was not in the background."""

BILLED_AS: dict[Status, BilledStatus] = {
    "completed": "complete",
    "incomplete": "incomplete",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}
SERVED_TIERS = {None: "default", "auto": "default", "fast": "priority"}

ECHOED: JSON = {
    "background": False,
    "conversation": None,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""Request fields that come back in the answer, with the values that stand for 'not given'."""


@dataclass(slots=True)
class LocalResponse:
    """A response from its acceptance to its end; tests read `status`, `text`, `usage`, `body`, `events_sent`."""

    id: str
    body: JSON
    model: Model
    prompt: Prompt
    plan: Plan
    script: Script
    created_at: datetime
    started_s: float
    """When it started, on the event loop's clock."""
    output: list[JSON]
    status: Status = "in_progress"
    ended_at: datetime | None = None
    deltas_sent: int = 0
    events_sent: int = 0
    has_thought: bool = False
    tools_done: int = 0
    usage: Usage | None = None
    """What was charged; None until the end."""
    gone: anyio.Event = field(default_factory=anyio.Event)
    """Set when it was cancelled or deleted, so that its streams end."""

    @property
    def is_background(self) -> bool:
        return bool(self.body.get("background"))

    @property
    def is_stored(self) -> bool:
        return self.body.get("store") is not False

    @property
    def has_ended(self) -> bool:
        return self.status not in {"queued", "in_progress"}

    @property
    def text(self) -> str:
        """The whole answer, as it is or as it would have been."""
        return self.plan.text

    @property
    def ending(self) -> Ending | None:
        """The told ending, unless it only shortens the answer."""
        ending = self.script.ending
        return None if ending is None or ending.kind == "incomplete" else ending

    @property
    def pace(self) -> Pace:
        return self.script.pace

    @property
    def last_status(self) -> Status:
        """The status that it will have when nobody interferes."""
        if self.ending is not None:
            return "failed"
        return "incomplete" if self.plan.cut_because else "completed"

    @property
    def service_tier(self) -> str:
        tier = self.body.get("service_tier")
        return SERVED_TIERS.get(tier) or str(tier)

    @property
    def tool_ends_s(self) -> list[float]:
        """When each tool is done: thinking (if any) and the tools share the time before the first delta."""
        first_s, tools = self.pace.timing(len(self.plan.chunks))[0], len(self.plan.tool_items)
        before = 1 if self.plan.reasoning_tokens else 0
        return [first_s * (index + 1 + before) / (tools + before) for index in range(tools)]

    @property
    def thought_until_s(self) -> float:
        """When thinking ends and the first tool or the text begins."""
        first_s, tools = self.pace.timing(len(self.plan.chunks))[0], len(self.plan.tool_items)
        return first_s / (tools + 1)

    def end(self, status: Status, at: datetime, elapsed_s: float | None = None) -> None:
        """Settle it: `elapsed_s` tells how far an unwatched generation has come."""
        assert not self.has_ended
        if elapsed_s is not None:
            self._catch_up(elapsed_s)
        self.status = status
        self.ended_at = at
        self.usage = self._usage_at_end(status)

    def _catch_up(self, elapsed_s: float) -> None:
        first_s, per_delta_s, _ = self.pace.timing(len(self.plan.chunks))
        self.tools_done = max(self.tools_done, sum(end_s <= elapsed_s for end_s in self.tool_ends_s))
        if elapsed_s < first_s:
            return
        self.has_thought = True
        count = len(self.plan.chunks)
        due = count if per_delta_s <= 0 else int((elapsed_s - first_s) / per_delta_s) + 1
        self.deltas_sent = max(self.deltas_sent, min(count, due))

    def _usage_at_end(self, status: Status) -> Usage:
        if status in {"completed", "incomplete"}:
            self.tools_done = len(self.plan.tool_items)
            return self._usage("".join(self.plan.chunks), self.plan.reasoning_tokens)
        if status == "failed" and not (self.ending and self.ending.with_usage):
            return Usage()
        said = "".join(self.plan.chunks[: self.deltas_sent])
        return self._usage(said, self.plan.reasoning_tokens if self.has_thought or said else 0)

    def _usage(self, said: str, thought: int) -> Usage:
        compaction = tokens_of(self.plan.compaction) if self.plan.compaction else 0
        return Usage(
            input_tokens=self.prompt.tokens,
            cached_tokens=self.prompt.cached_tokens,
            cache_write_tokens=self.prompt.cache_write_tokens,
            output_tokens=tokens_of(said) + thought + compaction,
            reasoning_tokens=thought,
            web_searches=self._done("web_search_call"),
            file_searches=self._done("file_search_call"),
        )

    def _done(self, kind: str) -> int:
        return [item["type"] for item in self.plan.tool_items[: self.tools_done]].count(kind)

    def context(self) -> tuple[Piece, ...]:
        """What the next call in the thread inherits; after a compaction, only that and the answer."""
        said = [piece_of(item) for item in self.output]
        if self.plan.compaction is not None:
            return tuple(said)
        return self.prompt.context + tuple(said)

    def billed(self) -> BilledCall:
        """Its line of the bill."""
        assert self.usage is not None
        assert self.ended_at is not None
        return BilledCall(
            response_id=self.id,
            model=self.model.dated,
            usage=self.usage,
            status=BILLED_AS[self.status],
            at=self.ended_at,
            service_tier=self.service_tier,
            metadata=self.body.get("metadata") or {},
        )

    def as_json(self, status: Status | None = None) -> JSON:
        """The response object, as it is now or with an earlier status."""
        status = status or self.status
        has_output = status in {"completed", "incomplete"}
        reports = has_output or (status == "failed" and self.ending is not None and self.ending.with_usage)
        answer: JSON = {
            "id": self.id,
            "object": "response",
            "created_at": int(self.created_at.timestamp()),
            "status": status,
            "completed_at": int(self.ended_at.timestamp()) if status == "completed" and self.ended_at else None,
            "error": self._error() if status == "failed" else None,
            "incomplete_details": {"reason": self.plan.cut_because} if status == "incomplete" else None,
            "model": self.model.dated,
            "output": self.output if has_output else [],
            "usage": self.usage.as_json() if reports and self.usage else None,
            "tool_usage": self.usage.tools_json() if reports and self.usage else None,
            "metadata": self.body.get("metadata") or {},
            "reasoning": {"effort": None, "summary": None, **(self.body.get("reasoning") or {})},
            "service_tier": self.service_tier if status not in {"queued", "in_progress"} else "auto",
            "text": {"format": {"type": "text"}, "verbosity": "medium", **(self.body.get("text") or {})},
        }
        for name, default in ECHOED.items():
            value = self.body.get(name)
            answer[name] = default if value is None else value
        return answer

    def _error(self) -> JSON | None:
        return {"code": self.ending.code, "message": self.ending.message} if self.ending else None
