"""What the model is asked: a question with what its thread lacks, or a thread rebuilt from the local transcript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from actors.orders import AnswerOrder, Exchange
from engine.ai.responses import AnswerRequest
from engine.store import turns
from engine.store.database import Database

COMPACT_TOKENS = 150_000
"""When a thread is longer than this, OpenAI compacts it (context_management)."""
REBUILT_CHARACTERS = 60_000
"""The most of the local transcript that a rebuilt thread begins with."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are put: which model, under which instructions, in whose name."""

    model: str
    system_prompt: str
    zone: ZoneInfo
    secret: bytes
    background: bool

    def request(self, job_id: str, order: AnswerOrder) -> AnswerRequest:
        """The question, in the thread that OpenAI has."""
        return self._request(job_id, order, order.unheard, order.previous_response_id)

    def rebuilt(self, job_id: str, order: AnswerOrder, known: Sequence[Exchange]) -> AnswerRequest:
        """The question at the end of a thread that OpenAI gets anew."""
        return self._request(job_id, order, known, None)

    def _request(
        self, job_id: str, order: AnswerOrder, known: Sequence[Exchange], previous_response_id: str | None
    ) -> AnswerRequest:
        local = order.asked_at.astimezone(self.zone)
        # The time stands beside the question, not in the instructions: those come first in the prompt, and a minute's
        # change there would cost the cache of the whole thread.
        moment = f"The person's local date and time: {local:%A, %d %B %Y, %H:%M} ({self.zone.key})"
        items: list[dict[str, Any]] = []
        for exchange in known:
            items.append({"role": "user", "content": exchange.question})
            if exchange.answer:
                items.append({"role": "assistant", "content": exchange.answer})
        items += [{"role": "developer", "content": moment}, {"role": "user", "content": order.question}]
        return AnswerRequest(
            model=self.model,
            input=items,
            instructions=self.system_prompt,
            previous_response_id=previous_response_id,
            safety_identifier=self._nameless(order.person.id),
            compact_threshold=COMPACT_TOKENS,
            background=self.background,
            metadata={"job": job_id},
        )

    def _nameless(self, person_id: int) -> str:
        """Tells OpenAI that it is the same person again, and not who."""
        return blake2b(str(person_id).encode(), key=self.secret, digest_size=16, person=b"safety").hexdigest()


async def transcript(database: Database, conversation: str, thread: int) -> list[Exchange]:
    """The last turns of a thread, oldest first, as much as a request may begin with."""
    kept: list[Exchange] = []
    room = REBUILT_CHARACTERS
    found = await database.read(partial(turns.last_turns, conversation=conversation, thread=thread))
    for turn in reversed(found):
        room -= len(turn.question) + len(turn.answer)
        if room < 0:
            break
        kept.append(Exchange(turn.question, turn.answer))
    return kept[::-1]
