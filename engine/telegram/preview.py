"""The previews: the answer so far, shown while it grows. Nothing here is durable, and any of it may be dropped.

In private chats a preview is a draft (with Telegram's own Stop), in groups an edit of the message that stands for the
answer. Only the newest text of a chat is ever sent; whoever has waited longest comes first; one rate for all of them
(pacing.Pacing). A refused preview is dropped, never sent in another way: it would only add to the flood.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

import anyio
from loguru import logger

from engine.core.conversation import Place
from engine.core.effects import Button
from engine.core.errors import FloodWaitError, GpttgError
from engine.core.styled import Styled
from engine.store import outbox
from engine.store.database import Database
from engine.telegram import calls
from engine.telegram.calls import Invoker
from engine.telegram.pacing import Pacing, preview_gap_s
from engine.telegram.text import preview

PREVIEWS_AT_ONCE = 64
"""Previews that are on their way to Telegram at the same moment."""
THINKING_AFTER_S = 0.4
"""An answer that begins sooner needs no "thinking"."""
TYPING_EVERY_S = 4.5
"""Telegram shows "typing" in a group for five seconds."""
DRAFT_EVERY_S = 20.0
"""Telegram forgets a draft after thirty seconds without a new one."""
LAST_PREVIEW_S = 2.0
"""How long the end of an answer waits for a preview that is still on its way."""


class Preview:
    """What one running answer shows. Made by `Previews.open`; `show` as often as there is more; `close` at its end."""

    def __init__(
        self, previews: Previews, where: Place, draft_id: int, ref: str, buttons: tuple[tuple[Button, ...], ...]
    ) -> None:
        self._previews = previews
        self.where = where
        self.draft_id = draft_id
        self.ref = ref
        self.buttons = buttons
        self.text = ""
        self.shown: Styled | None = None
        self.message_id: int | None = None
        self.due = 0.0
        self.not_before = 0.0
        self.closed = False
        self.is_typing = False
        self.idle = anyio.Event()
        self.idle.set()

    def show(self, text: str) -> None:
        """The answer so far (Markdown)."""
        self.text = text
        self._previews.want(self, 0.0)

    async def close(self) -> None:
        """No more previews of this answer; returns when none is on its way (or it takes too long)."""
        self.closed = True
        with anyio.move_on_after(LAST_PREVIEW_S):
            await self.idle.wait()
            if self.is_typing:
                await self._previews.end_typing(self)


class Previews:
    """All previews, in turn. `run` in a task group."""

    def __init__(
        self,
        database: Database,
        client: Invoker,
        pacing: Pacing,
        peer: Callable[[int], Awaitable[Any]],
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._client = client
        self._pacing = pacing
        self._peer = peer
        self._monotonic = monotonic
        self._order = count()
        self._due: list[tuple[float, int, Preview]] = []
        self._sooner = anyio.Event()
        self._slots = anyio.Semaphore(PREVIEWS_AT_ONCE, fast_acquire=True)

    def open(self, where: Place, *, draft_id: int, ref: str, buttons: tuple[tuple[Button, ...], ...] = ()) -> Preview:
        """A new preview; "thinking" or "typing" appears if nothing is shown soon. `ref` names the message that stands
        for the answer in a group, `buttons` are under it."""
        opened = Preview(self, where, draft_id, ref, buttons)
        self.want(opened, THINKING_AFTER_S)
        return opened

    def want(self, wanted: Preview, after_s: float) -> None:
        """This preview is to be sent in `after_s`, or as soon as its chat may have one again."""
        due = max(self._monotonic() + after_s, wanted.not_before)
        if wanted.closed or not wanted.idle.is_set() or (wanted.due and wanted.due <= due):
            return  # it will be sent sooner anyway, with what is newest then
        wanted.due = due
        heapq.heappush(self._due, (due, next(self._order), wanted))
        self._sooner.set()

    async def run(self) -> None:
        """Never ends."""
        async with anyio.create_task_group() as tasks:
            while True:
                wanted = await self._next()
                await self._slots.acquire()
                wanted.idle = anyio.Event()
                tasks.start_soon(self._send, wanted)
                if wait_s := self._pacing.after_preview():
                    await anyio.sleep(wait_s)

    async def end_typing(self, closed: Preview) -> None:
        """The answer is about to be there."""
        try:
            await self._client.invoke(calls.typing_over(closed.where, await self._peer(closed.where.chat_id)))
        except GpttgError as error:
            logger.debug("typing in chat {} was not ended: {}", closed.where.chat_id, error)

    async def _next(self) -> Preview:
        while True:
            while self._due and (self._due[0][2].closed or self._due[0][2].due != self._due[0][0]):
                heapq.heappop(self._due)  # ended, or queued again for an earlier moment
            wait_s = self._due[0][0] - self._monotonic() if self._due else None
            if wait_s is not None and wait_s <= 0:
                wanted = heapq.heappop(self._due)[2]
                wanted.due = 0.0
                return wanted
            self._sooner = anyio.Event()
            with anyio.move_on_after(wait_s):
                await self._sooner.wait()

    async def _send(self, wanted: Preview) -> None:
        text, repeat_s = wanted.text, 0.0
        wanted.not_before = self._monotonic() + preview_gap_s(wanted.where.chat_id)
        try:
            if not wanted.closed:
                repeat_s = await self._show(wanted, preview(text) if text else Styled(""))
        except FloodWaitError as flood:
            self._pacing.preview_flooded(flood.retry_after_s or 1.0)
            wanted.not_before = self._monotonic() + (flood.retry_after_s or 1.0)
        except GpttgError as error:
            repeat_s = DRAFT_EVERY_S
            logger.debug("a preview in chat {} was dropped: {}", wanted.where.chat_id, error)
        finally:
            self._slots.release()
            wanted.idle.set()
        self.want(wanted, repeat_s if wanted.text == text else 0.0)

    async def _show(self, wanted: Preview, content: Styled) -> float:
        """Sends one preview; in how many seconds it is to be repeated even if nothing changes."""
        peer = await self._peer(wanted.where.chat_id)
        if wanted.where.is_private:
            await self._client.invoke(calls.text_draft(wanted.where, peer, content, wanted.draft_id))
            return DRAFT_EVERY_S
        message_id = await self._message_id(wanted) if content.text else None
        if message_id is None:
            wanted.is_typing = True
            await self._client.invoke(calls.typing(wanted.where, peer))
            return TYPING_EVERY_S
        if content != wanted.shown:
            await self._client.invoke(calls.edit_message(wanted.where, peer, message_id, content, wanted.buttons))
            wanted.shown = content
        return DRAFT_EVERY_S

    async def _message_id(self, wanted: Preview) -> int | None:
        if wanted.message_id is None:
            wanted.message_id = await self._database.read(
                partial(outbox.message_of, conversation=wanted.where.key, ref=wanted.ref)
            )
        return wanted.message_id
