"""Pictures that are shown while they are drawn: the message that stands for one becomes each sketch of it.

An edit is an edit: the pace is that of all previews (pacing.Pacing). The finished picture comes through the outbox.
"""

from __future__ import annotations

from pathlib import Path

import anyio

from engine.core.conversation import place
from engine.core.files import StoredFile
from engine.core.styled import Styled
from engine.telegram import calls
from engine.telegram.pacing import preview_gap_s
from engine.telegram.standing import Standing
from engine.telegram.uploads import upload

SKETCH_MOST_S = 20.0
"""How long one sketch may take, waiting and uploading together: the next one is better."""
FLOOD_S = 1.0
"""A flood wait whose length Telegram has not told."""


class PicturePreviews(Standing):
    """Shows sketches."""

    async def show(
        self, conversation: str, ref: str, picture: Path, content: Styled, buttons: calls.Buttons = ()
    ) -> None:
        """The message sent as `ref` becomes `picture` (a file that Telegram takes as a photo) with the content under
        it. Returns when that is done, or is not to be; a message that is not known yet is none."""
        where = place(conversation)
        with self._droppable(where.chat_id, SKETCH_MOST_S, FLOOD_S):
            if (message_id := await self._message_of(where, ref)) is None:
                return
            peer = await self._peer(where.chat_id)
            photo = StoredFile(path=picture.name, kind="photo")
            uploaded = await upload(self._client, picture, calls.name_of(photo))
            if wait_s := max(self._early_s(where.chat_id), self._pacing.after_preview()):
                await anyio.sleep(wait_s)
            self._keep_away(where.chat_id, preview_gap_s(where.chat_id))
            media = calls.uploaded_media(photo, uploaded)
            await self._client.invoke(calls.edit_media(where, peer, message_id, media, content, buttons))
