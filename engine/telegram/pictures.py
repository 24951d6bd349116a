"""Pictures that are shown while they are drawn: the message that stands for one becomes each sketch of it.

An edit is an edit: the pace is that of all previews (pacing.Pacing), and as with them, what Telegram turns away is
dropped. The finished picture comes through the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from loguru import logger

from engine.core.conversation import Place, place
from engine.core.errors import FloodWaitError, GpttgError
from engine.core.files import StoredFile
from engine.core.styled import Styled
from engine.store import outbox
from engine.store.database import Database
from engine.telegram import calls
from engine.telegram.pacing import Pacing, preview_gap_s
from engine.telegram.uploads import upload

SKETCH_MOST_S = 20.0
"""How long one sketch may take, waiting and uploading together: the next one is better."""
CHATS_REMEMBERED = 1_000
"""Chats of which is known when they may have the next sketch."""


class PicturePreviews:
    """Shows sketches. `peer` says how a chat is addressed, `monotonic` is the event loop's time in seconds."""

    def __init__(
        self,
        database: Database,
        client: calls.Invoker,
        pacing: Pacing,
        peer: Callable[[int], Awaitable[Any]],
        monotonic: Callable[[], float],
    ) -> None:
        self._database = database
        self._client = client
        self._pacing = pacing
        self._peer = peer
        self._monotonic = monotonic
        self._not_before: dict[int, float] = {}

    async def show(
        self, conversation: str, ref: str, picture: Path, content: Styled, buttons: calls.Buttons = ()
    ) -> None:
        """The message sent as `ref` becomes `picture` (a file that Telegram takes as a photo) with the content under
        it. Returns when that is done, or is not to be; a message that is not known yet is none."""
        where = place(conversation)
        with anyio.move_on_after(SKETCH_MOST_S):
            try:
                await self._show(where, ref, picture, content, buttons)
            except FloodWaitError as flood:
                self._pacing.preview_flooded(flood.retry_after_s or 1.0)
                self._keep_away(where.chat_id, flood.retry_after_s or 1.0)
            except GpttgError as error:
                logger.debug("a sketch in chat {} was dropped: {}", where.chat_id, error)

    async def _show(self, where: Place, ref: str, picture: Path, content: Styled, buttons: calls.Buttons) -> None:
        message_id = await self._database.read(partial(outbox.message_of, conversation=where.key, ref=ref))
        if message_id is None:
            return
        peer = await self._peer(where.chat_id)
        photo = StoredFile(path=picture.name, kind="photo")
        uploaded = await upload(self._client, picture, calls.name_of(photo))
        wait_s = max(0.0, self._not_before.get(where.chat_id, 0.0) - self._monotonic(), self._pacing.after_preview())
        if wait_s:
            await anyio.sleep(wait_s)
        self._keep_away(where.chat_id, preview_gap_s(where.chat_id))
        media = calls.uploaded_media(photo, uploaded)
        await self._client.invoke(calls.edit_media(where, peer, message_id, media, content, buttons))

    def _keep_away(self, chat_id: int, for_s: float) -> None:
        now = self._monotonic()
        if len(self._not_before) >= CHATS_REMEMBERED:
            self._not_before = {chat: due for chat, due in self._not_before.items() if due > now}
        self._not_before[chat_id] = now + for_s
