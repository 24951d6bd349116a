"""One outbox row on its way: which calls it becomes, and what is done where Telegram does not take them as they are.

    refused                       becomes
    a reply to what is gone       a message that replies to nothing
    marks (entities)              the bare text: better plain than lost
    a rich message                the same in plain messages
    a photo or voice message      the same file as a document
    an edit of what is gone       a new message

A flood wait or an outage changes nothing: the same is tried again. All calls of a row have random_ids that come out of
the row's own, so that a second attempt, in this process or the next, makes no second message.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeVar

import anyio
import msgspec
from loguru import logger
from telethon import types

from engine.core.clock import Clock
from engine.core.conversation import Place
from engine.core.effects import AnswerPress, Delete, Edit, Send
from engine.core.errors import OutageError, RefusedError, UndeliverableError, UnreadableFileError
from engine.core.files import StoredFile
from engine.core.styled import Rich, Styled
from engine.store import outbox
from engine.store.database import Database
from engine.telegram import calls
from engine.telegram.actions import ChatActions
from engine.telegram.errors import ALREADY_DONE, FILE_PART_MISSING
from engine.telegram.lines import Lines
from engine.telegram.pacing import Pacing
from engine.telegram.resent import found_again
from engine.telegram.sent_parts import SentParts
from engine.telegram.text import CAPTION_UNITS, split, utf16_length
from engine.telegram.text.rich import plain_parts, rich_message
from engine.telegram.uploads import BIG_BYTES, upload

T = TypeVar("T")

PRESS_LIFETIME_S = 15.0
"""After this a button press can't be answered any more."""

REPLY_GONE = frozenset({"REPLY_MESSAGE_ID_INVALID", "MESSAGE_ID_INVALID"})
"""What Telegram says of a new message when the one that it replies to is gone."""
UNEDITABLE = frozenset(
    {
        "MESSAGE_ID_INVALID",
        "MESSAGE_EDIT_TIME_EXPIRED",
        "MESSAGE_AUTHOR_REQUIRED",
        "MEDIA_PREV_INVALID",
        "MEDIA_NEW_INVALID",
        "MEDIA_CAPTION_TOO_LONG",
    }
)
"""What it says when a message is gone or can't become what it is to become."""
DOCUMENT_INSTEAD = frozenset(
    {
        "PHOTO_INVALID_DIMENSIONS",
        "PHOTO_SAVE_FILE_INVALID",
        "PHOTO_INVALID",
        "PHOTO_EXT_INVALID",
        "PHOTO_CONTENT_TYPE_INVALID",
        "IMAGE_PROCESS_FAILED",
        "CHAT_SEND_PHOTOS_FORBIDDEN",
        "VOICE_MESSAGES_FORBIDDEN",
        "CHAT_SEND_VOICES_FORBIDDEN",
    }
)
"""What it says of a photo or a voice message that it takes as a document at most."""
UPLOAD_LOST = frozenset({FILE_PART_MISSING, "FILE_PART_0_MISSING", "FILE_PARTS_INVALID"})
"""What it says when it has forgotten an uploaded file."""
_NOT_THE_MARKS = UNEDITABLE | DOCUMENT_INSTEAD | UPLOAD_LOST


class Wire(NamedTuple):
    """What all rows need."""

    database: Database
    client: calls.Invoker
    pacing: Pacing
    clock: Clock
    media_root: Path
    actions: ChatActions
    uploads: anyio.Semaphore
    """how many files are uploaded at the same moment"""
    lines: Lines | None = None
    """what big files go over"""


class Delivery:
    """A row. `attempt` until it returns, or raises what no other attempt would mend; what was done is not repeated."""

    def __init__(self, wire: Wire, row: outbox.OutboxRow, where: Place, peer: Any) -> None:
        self._wire = wire
        self._row = row
        self._where = where
        self._peer = peer
        self._sent = SentParts(wire.database, wire.clock, row.id)
        self._made: dict[int, int | None] = {}
        self._uploaded: Any = None
        self._as_document = False
        self._as_plain = False

    async def attempt(self) -> int | None:
        """The message that the row became, if it is one and Telegram tells. A row that became several messages is the
        last one, which has the buttons; a file with a long caption is the file."""
        match self._row.effect:
            case AnswerPress() as press:
                if self._wire.clock().timestamp() - self._row.created_at / 1e6 < PRESS_LIFETIME_S:
                    await self._wire.client.invoke(calls.answer_press(press))
                return None
            case Delete(ref=ref):
                await self._delete(await self._message_of(ref))
                return None
            case Edit() as edit:
                return await self._edit(edit)
            case Send() as message:
                return await self._send(message)

    async def _delete(self, message_id: int | None) -> None:
        if message_id is None:
            return
        try:
            await self._wire.client.invoke(calls.delete_message(self._peer, message_id))
        except RefusedError as refused:
            if refused.code != "MESSAGE_ID_INVALID":
                raise

    async def _send(self, message: Send) -> int | None:
        if message.rich is not None:
            return await self._send_rich(message, message.rich)
        if message.file is not None:
            return await self._send_file(message, message.file)
        return await self._new(calls.send_message(self._where, self._peer, message, self._row.random_id))

    async def _edit(self, edit: Edit) -> int | None:
        message_id = await self._message_of(edit.ref)
        if message_id is None:
            return await self._send(calls.as_send(edit))
        try:
            if edit.rich is not None:
                return await self._edit_rich(edit, edit.rich, message_id)
            if edit.file is not None:
                return await self._edit_file(edit, edit.file, message_id)
            await self._change(calls.edit_message(self._where, self._peer, message_id, edit.content, edit.buttons))
        except RefusedError as refused:
            if refused.code not in UNEDITABLE:
                raise
            return await self._send(calls.as_send(edit))
        return message_id

    # Rich messages

    async def _send_rich(self, message: Send, rich: Rich) -> int | None:
        async def send(shown: Any) -> int | None:
            return await self._new(calls.send_rich(self._where, self._peer, message, shown, self._row.random_id))

        if await self._is_taken(rich, send):
            return self._made[self._row.random_id]
        return await self._say(message, _in_plain(rich), 1)

    async def _edit_rich(self, edit: Edit, rich: Rich, message_id: int) -> int | None:
        async def change(shown: Any) -> None:
            await self._change(calls.edit_rich(self._where, self._peer, message_id, shown, edit.buttons))

        if await self._is_taken(rich, change):
            return message_id
        first, *others = _in_plain(rich)
        buttons = () if others else edit.buttons
        await self._change(calls.edit_message(self._where, self._peer, message_id, first, buttons))
        return await self._say(calls.as_send(edit), others, 1) if others else message_id

    async def _is_taken(self, rich: Rich, call: Callable[[Any], Awaitable[object]]) -> bool:
        """Whether Telegram takes it as a rich message; else it is to be said in plain ones."""
        if self._as_plain or (shown := rich_message(rich)) is None:
            return False
        try:
            await call(shown)
        except UndeliverableError:
            raise
        except RefusedError as refused:
            if refused.code in UNEDITABLE:
                raise
            logger.warning("row {} goes out as plain messages: Telegram says {}", self._row.id, refused.code)
            self._as_plain = True
            return False
        return True

    # Files

    async def _send_file(self, message: Send, file: StoredFile) -> int | None:
        caption, rest = _caption(message.content)
        captioned = msgspec.structs.replace(message, content=caption)

        async def send(media: Any) -> int | None:
            return await self._new(calls.send_media(self._where, self._peer, captioned, media, self._row.random_id))

        try:
            message_id = await self._with_file(file, send)
        except UnreadableFileError as unreadable:
            parts = self._without_file(message.content, unreadable)
            return await self._say(message, parts, 0)
        await self._say(Send(silent=message.silent), rest, 1)
        return message_id

    async def _edit_file(self, edit: Edit, file: StoredFile, message_id: int) -> int | None:
        caption, rest = _caption(edit.content)

        async def change(media: Any) -> None:
            await self._change(calls.edit_media(self._where, self._peer, message_id, media, caption, edit.buttons))

        try:
            await self._with_file(file, change)
        except UnreadableFileError as unreadable:
            first, *rest = self._without_file(edit.content, unreadable)
            await self._change(calls.edit_message(self._where, self._peer, message_id, first, edit.buttons))
        await self._say(Send(), rest, 1)
        return message_id

    def _without_file(self, content: Styled, unreadable: UnreadableFileError) -> list[Styled]:
        """What can still be said; raises if that is nothing."""
        logger.error("the file of row {} can't be sent: {}", self._row.id, unreadable.code)
        if not (parts := split(content)):
            raise unreadable
        return parts

    async def _with_file(self, file: StoredFile, call: Callable[[Any], Awaitable[T]]) -> T:
        """Uploads a file and makes the call with it, as a document if it is not taken as what it is."""
        is_lost = False
        while True:
            shape = msgspec.structs.replace(file, kind="document") if self._as_document else file
            try:
                return await call(calls.uploaded_media(shape, await self._upload(file)))
            except RefusedError as refused:
                if refused.code in UPLOAD_LOST and not is_lost:
                    is_lost, self._uploaded = True, None
                    await self._sent.forget()
                elif refused.code in DOCUMENT_INSTEAD and shape.kind != "document":
                    self._as_document = True
                else:
                    raise

    async def _upload(self, file: StoredFile) -> Any:
        if self._uploaded is None:
            path = PurePosixPath(file.path)
            if path.is_absolute() or ".." in path.parts:
                raise UnreadableFileError(code="gone")  # it is not in the media directory
            async with self._wire.uploads:
                self._uploaded = await self._uploaded_now(file, self._wire.media_root / path)
        return self._uploaded

    async def _uploaded_now(self, file: StoredFile, path: Path) -> Any:
        """The upload; of a big file the chat sees that it is on its way, and how far."""
        client, lines, percent = self._wire.client, self._wire.lines, 0

        def told(done: int, total: int, per_s: float) -> None:
            nonlocal percent
            del per_s
            percent = done * 100 // max(1, total)

        if file.size <= BIG_BYTES:
            return await upload(client, path, calls.name_of(file), lines, sent=self._sent)
        async with self._wire.actions.busy(self._where, "upload_document", lambda: percent):
            return await upload(client, path, calls.name_of(file), lines, told, self._sent)

    # Calls

    async def _say(self, message: Send, parts: Sequence[Styled], number: int) -> int | None:
        """Says `parts` in messages of their own, the first in reply, the last with the buttons; which is the last.
        `number` is the first one's: 0 goes out with the row's own random_id."""
        message_id = None
        for place, part in enumerate(parts):
            is_last = place == len(parts) - 1
            said = Send(
                content=part,
                reply_to=message.reply_to if place == 0 else None,
                buttons=message.buttons if is_last else (),
                keyboard=message.keyboard if is_last else None,
                wants_reply=message.wants_reply and is_last,
                silent=message.silent,
            )
            own = self._row.random_id
            random_id = calls.derived_id(own, number + place) if number + place else own
            message_id = await self._new(calls.send_message(self._where, self._peer, said, random_id))
        return message_id

    async def _new(self, request: Any) -> int | None:
        """Makes a message, unless this delivery has made it before."""
        if request.random_id not in self._made:
            await self._pace()
            self._made[request.random_id] = await self._until_taken(request)
        return self._made[request.random_id]

    async def _until_taken(self, request: Any) -> int | None:
        while True:
            try:
                return _message_id(await self._wire.client.invoke(request), request.random_id)
            except UndeliverableError:
                raise
            except RefusedError as refused:
                unbound = calls.reply_to(self._where, None)
                if refused.code in REPLY_GONE and request.reply_to != unbound:
                    request.reply_to = unbound  # the question is gone; its answer is not
                elif request.entities and refused.code not in _NOT_THE_MARKS:
                    request.entities = None
                else:
                    raise
            except OutageError as outage:
                if outage.code not in ALREADY_DONE:
                    raise
                wire = self._wire
                return await found_again(wire.database, wire.client, self._peer, self._row, request)

    async def _change(self, request: Any) -> None:
        """Edits a message."""
        await self._pace()
        try:
            await self._wire.client.invoke(request)
        except UndeliverableError:
            raise
        except RefusedError as refused:
            if refused.code in ALREADY_DONE:
                return
            if not request.entities or refused.code in _NOT_THE_MARKS:
                raise
            request.entities = None
            await self._wire.client.invoke(request)

    async def _pace(self) -> None:
        if wait_s := self._wire.pacing.before_message(self._where.chat_id):
            await anyio.sleep(wait_s)

    async def _message_of(self, ref: str) -> int | None:
        return await self._wire.database.read(partial(outbox.message_of, conversation=self._row.conversation, ref=ref))


def _caption(content: Styled) -> tuple[Styled, list[Styled]]:
    """The caption, and what is to follow it: all of it where it does not fit."""
    if utf16_length(content.text) <= CAPTION_UNITS:
        return content, []
    return Styled(""), split(content)


def _in_plain(rich: Rich) -> list[Styled]:
    if not (parts := plain_parts(rich)):
        raise RefusedError(code="MESSAGE_EMPTY")
    return parts


def _message_id(result: Any, random_id: int) -> int | None:
    """Which message a send became."""
    if isinstance(result, types.UpdateShortSentMessage):
        return int(result.id)
    for update in getattr(result, "updates", ()):
        if isinstance(update, types.UpdateMessageID) and update.random_id == random_id:
            return int(update.id)
    return None
