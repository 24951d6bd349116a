"""What the model is asked: a question with what its thread lacks, or a thread rebuilt from the local transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from actors.orders import AnswerOrder, Exchange
from actors.preferences import zone_named
from engine.ai.responses import AnswerRequest
from engine.store import turns
from engine.store.database import Database

COMPACT_TOKENS = 150_000
"""When a thread is longer than this, OpenAI compacts it (context_management)."""
REBUILT_CHARACTERS = 60_000
"""The most of the local transcript that a rebuilt thread begins with."""
GROUP_NOTE = "This is a group chat: each message begins with the name of who wrote it."
SEARCH_SOURCES = "web_search_call.action.sources"


@dataclass
class Provisions:
    """What a question brings along besides its words, as OpenAI knows it."""

    content: list[dict[str, Any]] = field(default_factory=list)
    """input_image and input_file parts"""
    notes: list[str] = field(default_factory=list)
    """where files are that the model does not get to see itself"""
    tools: list[dict[str, Any]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    """files that could not be used: (what was wrong, name)"""


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are put: which model, under which instructions, in whose name."""

    model: str
    system_prompt: str
    zone: ZoneInfo
    secret: bytes
    background: bool

    def request(self, job_id: str, order: AnswerOrder, provisions: Provisions | None = None) -> AnswerRequest:
        """The question, in the thread that OpenAI has."""
        return self._request(job_id, order, order.unheard, order.previous_response_id, provisions or Provisions())

    def rebuilt(
        self, job_id: str, order: AnswerOrder, known: Sequence[Exchange], provisions: Provisions
    ) -> AnswerRequest:
        """The question at the end of a thread that OpenAI gets anew."""
        return self._request(job_id, order, known, None, provisions)

    def _request(
        self,
        job_id: str,
        order: AnswerOrder,
        known: Sequence[Exchange],
        previous_response_id: str | None,
        provisions: Provisions,
    ) -> AnswerRequest:
        items: list[dict[str, Any]] = []
        for exchange in known:
            items.append({"role": "user", "content": exchange.question})
            if exchange.answer:
                items.append({"role": "assistant", "content": exchange.answer})
        items += [
            {"role": "developer", "content": self._circumstances(order)},
            {"role": "user", "content": _content(order, provisions)},
        ]
        tools = [*self._own_tools(order), *provisions.tools]
        return AnswerRequest(
            model=order.model or self.model,
            input=items,
            instructions=order.system_prompt or self.system_prompt,
            previous_response_id=previous_response_id,
            safety_identifier=nameless(self.secret, order.person.id),
            compact_threshold=COMPACT_TOKENS,
            background=self.background,
            metadata={"job": job_id},
            tools=tools,
            include=[SEARCH_SOURCES] if order.web_search else [],
        )

    def _circumstances(self, order: AnswerOrder) -> str:
        # The time stands beside the question, not in the instructions: those come first in the prompt, and a minute's
        # change there would cost the cache of the whole thread.
        zone = zone_named(order.zone) if order.zone else self.zone
        local = order.asked_at.astimezone(zone)
        lines = [f"The person's local date and time: {local:%A, %d %B %Y, %H:%M} ({zone.key})"]
        if order.is_group:
            lines.append(GROUP_NOTE)
        if order.overheard:
            lines += ["What was said in the group before, not to you:", *(f"> {line}" for line in order.overheard)]
        return "\n".join(lines)

    def _own_tools(self, order: AnswerOrder) -> list[dict[str, Any]]:
        if not order.web_search:
            return []
        # Without a location OpenAI searches as if from the United States; an approximate one has no country.
        zone = order.zone or self.zone.key
        location = {"type": "approximate"} if zone == "UTC" else {"type": "approximate", "timezone": zone}
        return [{"type": "web_search", "user_location": location}]


def nameless(secret: bytes, person_id: int) -> str:
    """Tells OpenAI that it is the same person again, and not who."""
    return blake2b(str(person_id).encode(), key=secret, digest_size=16, person=b"safety").hexdigest()


def _content(order: AnswerOrder, provisions: Provisions) -> str | list[dict[str, Any]]:
    words = "\n".join([*provisions.notes, order.question]).strip()
    if not provisions.content:
        return words
    return [*provisions.content, *([{"type": "input_text", "text": words}] if words else [])]


async def transcript(database: Database, conversation: str, order: AnswerOrder) -> list[Exchange]:
    """The last turns of the question's branch, oldest first, as much as a request may begin with."""
    kept: list[Exchange] = []
    room = REBUILT_CHARACTERS
    found = await database.read(
        partial(turns.path, conversation=conversation, thread=order.thread, response_id=order.previous_response_id)
    )
    for turn in reversed(found):
        room -= len(turn.question) + len(turn.answer)
        if room < 0:
            break
        kept.append(Exchange(turn.question, turn.answer))
    return kept[::-1]
