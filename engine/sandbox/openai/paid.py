"""A paid call that is no response (a picture, a transcription, speech): its pace, its faults, its line of the bill.

Whatever becomes of it, it is billed once: whole, or, when the client leaves or the connection breaks, for its input
and for the part of the output that was made by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import anyio
import anyio.to_thread

from engine.sandbox.openai.behaviour import Behaviour
from engine.sandbox.openai.bill import BilledCall, BilledOperation, BilledStatus
from engine.sandbox.openai.frames import FrameStream
from engine.sandbox.openai.lifecycle import Lifecycle
from engine.sandbox.openai.seen import Outcome, SeenRequest
from engine.sandbox.openai.told import Connection, Pace
from engine.sandbox.openai.usage import Usage
from engine.sandbox.openai.wire import JSON, SSE_TYPE, Answer, ConnectionCut


@dataclass(slots=True)
class PaidCall:
    """One accepted call, until it is settled."""

    seen: SeenRequest
    operation: BilledOperation
    key: str
    model: str
    usage: Usage
    """What it costs when it is made to the end."""
    pace: Pace
    connection: Connection | None
    started_s: float
    metadata: JSON
    is_settled: bool = False

    def progress(self, steps: int = 1, sent: int = 0) -> float:
        """How much of it is made by now, 0 to 1: by the clock or by the events sent, whichever is more."""
        by_events = sent / steps
        lasts_s = self.pace.timing(max(1, steps - 1))[2]
        if lasts_s <= 0:
            return by_events
        return max(by_events, min(1.0, (anyio.current_time() - self.started_s) / lasts_s))


class Till:
    """Accepts paid calls, answers them at their pace, and bills them."""

    def __init__(self, told: Behaviour, lifecycle: Lifecycle) -> None:
        self._behaviour = told
        self._lifecycle = lifecycle

    def accept(
        self,
        seen: SeenRequest,
        operation: BilledOperation,
        model: str,
        usage: Usage,
        key: str = "",
        metadata: JSON | None = None,
    ) -> PaidCall:
        """From here on it is paid for; `key` is the id of what is made, where the API gives it one."""
        asked = seen.operation or "create"
        told, speed = self._behaviour.told, self._behaviour.speed
        return PaidCall(
            seen,
            operation,
            key=key or seen.request_id,
            model=model,
            usage=usage,
            pace=told.next_pace(asked, speed),
            connection=told.next_connection(asked),
            started_s=anyio.current_time(),
            metadata=metadata or {},
        )

    async def whole(self, call: PaidCall, make: Callable[[], Answer]) -> Answer:
        """An answer in one piece; `make` works in a thread."""
        try:
            answer = await anyio.to_thread.run_sync(make)
            await anyio.sleep_until(call.started_s + call.pace.timing(1)[2])
            if call.connection is not None:
                await _break(call.connection)
        except BaseException as error:  # the client left, or its connection broke
            self._interrupt(call, 1.0 if isinstance(error, ConnectionCut) else call.progress())
            raise
        self._settle(call, "complete")
        return answer

    async def streamed(self, call: PaidCall, make: Callable[[], Sequence[bytes]]) -> Answer:
        """An answer as events, of which the last completes it; `make` works in a thread."""
        try:
            frames = await anyio.to_thread.run_sync(make)
        except BaseException:
            self._interrupt(call, call.progress())
            raise
        stream = FrameStream(
            frames,
            call.pace,
            call.started_s,
            call.connection,
            on_last=partial(self._settle, call, "complete"),
            on_left=partial(self._left, call, len(frames)),
        )
        return Answer(200, {"content-type": SSE_TYPE, "cache-control": "no-cache"}, stream)

    def _left(self, call: PaidCall, steps: int, outcome: Outcome, sent: int) -> None:
        self._interrupt(call, call.progress(steps, sent))
        self._lifecycle.ended(call.seen, outcome)

    def _interrupt(self, call: PaidCall, progress: float) -> None:
        if self._lifecycle.keeps_interrupted:
            self._settle(call, "complete")
        else:
            self._settle(call, "interrupted", progress)

    def _settle(self, call: PaidCall, status: BilledStatus, progress: float = 1.0) -> None:
        if call.is_settled:
            return
        call.is_settled = True
        usage = _made_so_far(call.usage, progress)
        at = self._behaviour.now()
        line = BilledCall(call.key, call.model, usage, status, at, metadata=call.metadata, operation=call.operation)
        self._lifecycle.charge(line)


def _made_so_far(usage: Usage, progress: float) -> Usage:
    return replace(
        usage,
        output_tokens=int(usage.output_tokens * progress),
        audio_output_tokens=int(usage.audio_output_tokens * progress),
        image_output_tokens=int(usage.image_output_tokens * progress),
    )


async def _break(connection: Connection) -> None:
    if connection.kind == "stall":
        await anyio.sleep_forever()
    raise ConnectionCut
