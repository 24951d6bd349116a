"""What the local model is going to generate: fixed when a call is accepted, down to the last delta."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from engine.sandbox.openai.ids import Ids
from engine.sandbox.openai.models import Model
from engine.sandbox.openai.prompt import BYTES_PER_TOKEN, fold, tokens_of
from engine.sandbox.openai.told import Says, Script
from engine.sandbox.openai.wire import JSON

SUMMARY = "**Thinking it over**\n\nThe question is clear, so a short answer is best."


def chunks_of(text: str, size: int) -> list[str]:
    """Cut a text into deltas of about a word each, at most `size` characters plus leading white space."""
    return re.findall(rf"\s*\S{{1,{size}}}|\s+", text)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be generated, fixed when the call is accepted."""

    text: str
    kind: Literal["text", "refusal", "nothing"]
    chunks: list[str]
    reasoning_tokens: int
    summary: str
    compaction: str | None
    cut_because: str | None
    """`incomplete_details.reason`, when the answer breaks off."""
    tool_items: tuple[JSON, ...] = ()
    """What the tools do first, as finished output items."""
    annotations: tuple[JSON, ...] = ()


def plan_of(says: Says, body: JSON, model: Model, script: Script, compaction: str | None) -> Plan:
    """Decide how a text is generated: with how much reasoning, in which deltas, and where it breaks off."""
    reasoning = body.get("reasoning") or {}
    text = says.text
    thinking = model.reasoning_tokens(reasoning.get("effort"))
    cut_because = None
    allowed = body.get("max_output_tokens")
    if allowed is not None and thinking + tokens_of(text) > allowed:
        thinking = min(thinking, allowed)
        text, cut_because = _first_tokens(text, allowed - thinking), "max_output_tokens"
    if script.ending is not None and script.ending.kind == "incomplete":
        text, cut_because = text[: len(text) // 2], script.ending.code
    return Plan(
        text=text,
        kind=says.kind if text else "nothing",
        chunks=chunks_of(text, script.pace.delta_chars),
        reasoning_tokens=thinking,
        summary=SUMMARY if reasoning.get("summary") and thinking else "",
        compaction=compaction,
        cut_because=cut_because,
        tool_items=says.items,
        annotations=tuple(each for each in says.annotations if _end_of(each) <= len(text)),
    )


def _end_of(annotation: JSON) -> int:
    return int(annotation["end_index"] if "end_index" in annotation else annotation["index"])


def _first_tokens(text: str, tokens: int) -> str:
    return text.encode()[: tokens * BYTES_PER_TOKEN].decode(errors="ignore")


def output_of(ids: Ids, plan: Plan) -> list[JSON]:
    """The finished output items of a plan: compaction, reasoning, tools, message."""
    output: list[JSON] = []
    if plan.compaction is not None:
        output.append({"id": ids.new("cmp"), "type": "compaction", "encrypted_content": fold(plan.compaction)})
    if plan.reasoning_tokens:
        summary = [{"type": "summary_text", "text": plan.summary}] if plan.summary else []
        output.append({"id": ids.new("rs"), "type": "reasoning", "summary": summary, "encrypted_content": ""})
    output += plan.tool_items
    if plan.kind != "nothing":
        part: JSON = {"type": "output_text", "text": plan.text, "annotations": [*plan.annotations], "logprobs": []}
        if plan.kind == "refusal":
            part = {"type": "refusal", "refusal": plan.text}
        status = "incomplete" if plan.cut_because else "completed"
        message = {"id": ids.new("msg"), "type": "message", "status": status, "role": "assistant"}
        output.append({**message, "phase": "final_answer", "content": [part]})
    return output
