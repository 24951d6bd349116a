"""The outbox with files and rich messages: what becomes of them when Telegram does not take them as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from loguru import logger
from telethon import functions, types

from engine.core.clock import Clock
from engine.core.effects import Button, Delete, Edit, Send
from engine.core.errors import FloodWaitError, GpttgError, OutageError, RefusedError, UndeliverableError
from engine.core.files import StoredFile
from engine.core.styled import Mark, Rich, Styled
from engine.store import outbox
from engine.store.database import Database, open_database
from engine.telegram.pacing import Pacing
from engine.telegram.parts import PART_BYTES
from engine.telegram.sender import Sender
from engine.telegram.text import CAPTION_UNITS, MESSAGE_UNITS
from engine.telegram.text.rich import plain_parts
from tests.engine.recorded import SENDS, RecordedTelegram

pytestmark = pytest.mark.anyio

SendText = functions.messages.SendMessageRequest
SendMedia = functions.messages.SendMediaRequest
EditAny = functions.messages.EditMessageRequest
GetMessages = functions.messages.GetMessagesRequest
SavePart = functions.upload.SaveFilePartRequest

PHOTO = StoredFile(path="cat.png", kind="photo", mime="image/png")
VOICE = StoredFile(path="said.ogg", kind="voice", duration_s=3.2, waveform=b"w" * 63)
REPORT = StoredFile(path="7/report.pdf", name="Report 2026.pdf", mime="application/pdf")
BUTTONS = ((Button("Again", "again"),),)


class Office:
    """A sender with its database, its Telegram and its media directory."""

    def __init__(self, database: Database, telegram: RecordedTelegram, clock: Clock, media: Path) -> None:
        self.database = database
        self.telegram = telegram
        self.clock = clock
        self.media = media
        self._causes = 0

    async def sends(self, *effects: Any, conversation: str = "42") -> None:
        """Everything that an actor asks for is delivered, or given up."""
        self._causes += 1
        unit = partial(
            outbox.enqueue, conversation=conversation, effects=effects, cause=f"c{self._causes}", now=self.clock()
        )
        await self.database.write(unit)
        await self.is_started()

    async def is_started(self) -> None:
        """A process that sends what waits."""
        async with anyio.create_task_group() as tasks:
            pacing = Pacing(anyio.current_time)
            sender = Sender(self.database, self.telegram, pacing, self.clock, tasks, media_root=self.media)
            await sender.start()

    async def rows(self) -> list[tuple[str, int | None, str]]:
        """Status, message and error of each row of the outbox."""
        query = "SELECT status, message_id, error FROM outbox ORDER BY id"
        return await self.database.read(lambda db: db.execute(query).fetchall())

    async def forgets_that_it_sent(self) -> None:
        """As if the process had been killed before it wrote that down."""
        await self.database.write(lambda db: db.execute("UPDATE outbox SET status = 'pending', message_id = NULL"))

    def said(self) -> list[Any]:
        """The calls that make or change messages, in order."""
        return [call for call in self.telegram.calls if isinstance(call, (*SENDS, EditAny))]


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    """The sender of this test; its files are a picture, a voice message and a report."""
    media = tmp_path / "media"
    await anyio.Path(media / "7").mkdir(parents=True)
    for file in (PHOTO, VOICE, REPORT):
        await anyio.Path(media / file.path).write_bytes(b"bytes")
    async with open_database(tmp_path / "office.db", durable=False) as database:
        yield Office(database, RecordedTelegram(), clock, media)


def button(call: Any) -> str | None:
    """The first button under a message."""
    markup = call.reply_markup
    return None if markup is None else str(markup.rows[0].buttons[0].text)


async def test_what_can_not_even_be_made_is_given_up_and_holds_up_nothing(office: Office) -> None:
    endless = ((Button("Again", "x" * 70),),)
    await office.sends(Send(content=Styled("before")), Send(content=Styled("never"), buttons=endless))
    await office.sends(Send(content=Styled("after")))
    status = [(row[0], row[2].partition(" at ")[0]) for row in await office.rows()]
    assert status == [("sent", ""), ("failed", "ValueError"), ("sent", "")]


async def test_a_photo_goes_with_its_caption_its_buttons_and_its_question(office: Office) -> None:
    caption = Styled("a cat", (Mark("bold", 2, 3),))
    await office.sends(Send(file=PHOTO, content=caption, buttons=BUTTONS, reply_to=9), conversation="-1000000000007:3")
    (call,) = office.telegram.of(SendMedia)
    uploaded = call.media.file
    assert call.media == types.InputMediaUploadedPhoto(uploaded)
    assert (uploaded.name, uploaded.parts) == ("cat.png", 1)
    assert (call.message, call.entities) == ("a cat", [types.MessageEntityBold(2, 3)])
    assert call.reply_to == types.InputReplyToMessage(9, top_msg_id=3)
    assert button(call) == "Again"
    assert await office.rows() == [("sent", 1, "")]


async def test_a_voice_message_has_its_length_and_its_waveform(office: Office) -> None:
    await office.sends(Send(file=VOICE))
    (call,) = office.telegram.of(SendMedia)
    assert call.media == types.InputMediaUploadedDocument(
        call.media.file,
        "audio/ogg",
        [
            types.DocumentAttributeAudio(4, voice=True, waveform=b"w" * 63),
            types.DocumentAttributeFilename("voice.ogg"),
        ],
    )


async def test_a_document_keeps_its_own_name_and_is_not_turned_into_something_else(office: Office) -> None:
    await office.sends(Send(file=REPORT))
    (call,) = office.telegram.of(SendMedia)
    assert call.media == types.InputMediaUploadedDocument(
        call.media.file, "application/pdf", [types.DocumentAttributeFilename("Report 2026.pdf")], force_file=True
    )
    assert call.media.file.name == "Report 2026.pdf"


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (PHOTO, "PHOTO_INVALID_DIMENSIONS"),
        (PHOTO, "PHOTO_SAVE_FILE_INVALID"),
        (PHOTO, "IMAGE_PROCESS_FAILED"),
        (VOICE, "VOICE_MESSAGES_FORBIDDEN"),
    ],
)
async def test_what_is_not_taken_as_a_photo_goes_as_a_document(office: Office, file: StoredFile, code: str) -> None:
    office.telegram.fails(SendMedia, RefusedError(code=code))
    await office.sends(Send(file=file, content=Styled("bold", (Mark("bold", 0, 4),)), buttons=BUTTONS))
    refused, taken = office.telegram.of(SendMedia)
    assert isinstance(taken.media, types.InputMediaUploadedDocument)
    assert taken.media.force_file
    assert taken.entities == refused.entities
    assert taken.media.file == refused.media.file
    assert button(taken) == "Again"
    assert len(office.telegram.of(SavePart)) == 1
    assert await office.rows() == [("sent", 1, "")]


async def test_the_chat_sees_how_far_a_large_file_has_come(office: Office) -> None:
    size = 40 * PART_BYTES
    await anyio.Path(office.media / REPORT.path).write_bytes(bytes(size))
    office.telegram.latency_s = 1.5
    await office.sends(Send(file=msgspec.structs.replace(REPORT, size=size)), Send(file=PHOTO))
    shown = [call.action for call in office.telegram.of(functions.messages.SetTypingRequest)]
    assert shown[0] == types.SendMessageUploadDocumentAction(0)
    percents = [action.progress for action in shown]
    assert percents == sorted(set(percents))
    assert len(percents) in (3, 4)
    assert 30 < percents[-1] < 100
    assert [row[0] for row in await office.rows()] == ["sent", "sent"]


async def test_a_flood_wait_or_an_outage_uploads_nothing_again(office: Office) -> None:
    office.telegram.fails(SendMedia, FloodWaitError(retry_after_s=60), OutageError())
    began = anyio.current_time()
    await office.sends(Send(file=PHOTO))
    assert len({(call.random_id, call.media.file.id) for call in office.telegram.of(SendMedia)}) == 1
    assert len(office.telegram.of(SavePart)) == 1
    assert 61 <= anyio.current_time() - began < 62
    assert await office.rows() == [("sent", 1, "")]


async def test_an_upload_that_telegram_has_forgotten_is_made_again_once(office: Office) -> None:
    office.telegram.fails(SendMedia, RefusedError(code="FILE_PART_MISSING"))
    await office.sends(Send(file=PHOTO))
    first, second = office.telegram.of(SendMedia)
    assert first.media.file.id != second.media.file.id
    office.telegram.fails(SendMedia, *[RefusedError(code="FILE_PARTS_INVALID")] * 2)
    await office.sends(Send(file=PHOTO))
    assert await office.rows() == [("sent", 1, ""), ("failed", None, "FILE_PARTS_INVALID")]


def message(number: int, text: str, reply_to: int | None, *, out: bool = True) -> types.Message:
    """One in chat 42."""
    header = None if reply_to is None else types.MessageReplyHeader(reply_to_msg_id=reply_to)
    peer = types.PeerUser(42)
    return types.Message(number, peer, date=None, message=text, out=out, reply_to=header)


async def test_a_message_whose_id_was_lost_is_looked_for_behind_the_one_that_it_answers(office: Office) -> None:
    others = [
        message(10, "…", 9, out=False),
        message(11, "…", 8),
        message(12, "No.", 9),
        message(13, "…", 9),
        message(14, "…", 9),
    ]
    office.telegram.answers[GetMessages] = lambda _: types.messages.Messages(others, [], [], [])
    office.telegram.fails(SendText, *[OutageError(code="RANDOM_ID_DUPLICATE")] * 3)
    await office.sends(Send(content=Styled("…"), reply_to=9, ref="a"))
    await office.sends(Send(content=Styled("…"), reply_to=9, ref="b"))
    await office.sends(Send(content=Styled("…"), reply_to=9, ref="c"))
    assert await office.rows() == [("sent", 13, ""), ("sent", 14, ""), ("sent", None, "")]
    asked = office.telegram.of(GetMessages)[0]
    assert [one.id for one in asked.id] == list(range(10, 110))


async def test_one_that_can_not_be_looked_for_counts_as_sent(office: Office) -> None:
    office.telegram.fails(SendText, *[OutageError(code="RANDOM_ID_DUPLICATE")] * 2)
    office.telegram.fails(GetMessages, OutageError(code="RPC_CALL_FAIL"))
    await office.sends(Send(content=Styled("…"), reply_to=9, ref="a"))
    await office.sends(Send(content=Styled("…"), ref="b"))
    assert await office.rows() == [("sent", None, "")] * 2
    assert len(office.telegram.of(GetMessages)) == 1  # nothing is known that stands before the other one


async def test_a_file_that_is_gone_leaves_its_caption(office: Office) -> None:
    errors: list[str] = []
    sink = logger.add(errors.append, level="ERROR")
    try:
        for path in ("missing.png", "../office.db", "/etc/passwd"):
            gone = StoredFile(path=path, kind="photo")
            await office.sends(Send(file=gone, content=Styled("Your cat"), buttons=BUTTONS, reply_to=9))
    finally:
        logger.remove(sink)
    assert office.telegram.of(SendMedia) == office.telegram.of(SavePart) == []
    for call in office.telegram.of(SendText):
        assert (call.message, button(call), call.reply_to.reply_to_msg_id) == ("Your cat", "Again", 9)
    assert [row[0] for row in await office.rows()] == ["sent"] * 3
    assert len(errors) == 3
    assert not any("cat" in line or "passwd" in line for line in errors)


async def test_a_file_that_is_gone_without_a_caption_is_given_up(office: Office) -> None:
    await office.sends(Send(file=StoredFile(path="missing.png")))
    assert await office.rows() == [("failed", None, "gone")]


async def test_a_long_caption_follows_its_file(office: Office) -> None:
    fits, too_long = "🙂" * (CAPTION_UNITS // 2), "🙂" * (CAPTION_UNITS // 2) + "!"
    await office.sends(Send(file=PHOTO, content=Styled(fits)))
    assert [call.message for call in office.said()] == [fits]
    await office.sends(Send(file=PHOTO, content=Styled(too_long), buttons=BUTTONS, reply_to=9))
    _, file, caption = office.said()
    assert (file.message, button(file), file.reply_to.reply_to_msg_id) == ("", "Again", 9)
    assert (caption.message, button(caption), caption.reply_to) == (too_long, None, None)
    assert await office.rows() == [("sent", 1, ""), ("sent", 2, "")]
    await office.forgets_that_it_sent()
    await office.is_started()
    assert office.telegram.messages == 3


RICH = Rich(markdown="\n\n".join(f"**{number}** " + "word " * 300 for number in range(5)))


async def test_a_rich_message_is_one_message(office: Office) -> None:
    await office.sends(Send(rich=RICH, buttons=BUTTONS, reply_to=9), conversation="-1000000000007:3")
    (call,) = office.telegram.of(SendText)
    assert (call.message, call.entities) == ("", None)
    assert call.rich_message is not None
    assert (button(call), call.reply_to) == ("Again", types.InputReplyToMessage(9, top_msg_id=3))
    assert await office.rows() == [("sent", 1, "")]


@pytest.mark.parametrize("code", ["RICH_VALIDATE_DEPTH_EXCEEDED", "MESSAGE_TOO_LONG", "BOT_METHOD_INVALID"])
async def test_a_rich_message_that_is_refused_is_said_in_plain_ones(office: Office, code: str) -> None:
    office.telegram.fails(SendText, *[RefusedError(code=code)] * 2)
    await office.sends(Send(rich=RICH, buttons=BUTTONS, reply_to=9))
    rich, *plain = office.telegram.of(SendText)
    expected = [part.text for part in plain_parts(RICH)]
    assert len(expected) > 1
    assert all(len(text) <= MESSAGE_UNITS for text in expected)
    assert rich.rich_message is not None
    assert plain.pop(0).entities  # refused, too: once more without its marks
    assert [call.message for call in plain] == expected
    assert [button(call) for call in plain] == [None] * (len(plain) - 1) + ["Again"]
    assert [call.reply_to and call.reply_to.reply_to_msg_id for call in plain] == [9] + [None] * (len(plain) - 1)
    assert len({call.random_id for call in (rich, *plain)}) == len(plain) + 1
    assert await office.rows() == [("sent", len(plain), "")]


async def test_the_plain_parts_are_the_same_messages_after_a_kill(office: Office) -> None:
    for _ in range(2):
        office.telegram.fails(SendText, RefusedError(code="RICH_INVALID"))
        await office.is_started() if office.telegram.calls else await office.sends(Send(rich=RICH))
        await office.forgets_that_it_sent()
    assert office.telegram.messages == len(plain_parts(RICH))


async def test_what_was_said_already_is_not_said_again_after_a_flood_wait(office: Office) -> None:
    parts = len(plain_parts(RICH))
    office.telegram.fails(SendText, RefusedError(code="RICH_INVALID"))
    floods = iter([True])

    def flood_at_the_second(request: Any) -> Any:
        if len(office.telegram.of(SendText)) == 3 and next(floods, False):
            raise FloodWaitError(retry_after_s=5)
        return types.Updates([types.UpdateMessageID(1, request.random_id)], [], [], None, 0)

    office.telegram.answers[SendText] = flood_at_the_second
    await office.sends(Send(rich=RICH))
    assert len(office.telegram.of(SendText)) == 1 + parts + 1


@pytest.mark.parametrize("trouble", [FloodWaitError(retry_after_s=60), OutageError()])
async def test_a_flood_wait_or_an_outage_never_makes_a_rich_message_plain(office: Office, trouble: GpttgError) -> None:
    office.telegram.fails(SendText, trouble)
    await office.sends(Send(rich=RICH))
    assert [call.rich_message is not None for call in office.telegram.of(SendText)] == [True, True]
    assert office.telegram.messages == 1


async def test_a_chat_that_takes_nothing_gets_no_plain_parts_either(office: Office) -> None:
    office.telegram.fails(SendText, UndeliverableError(code="USER_IS_BLOCKED"))
    await office.sends(Send(rich=RICH))
    assert len(office.said()) == 1
    assert await office.rows() == [("failed", None, "USER_IS_BLOCKED")]


async def test_a_rich_answer_to_a_question_that_is_gone_stays_rich(office: Office) -> None:
    office.telegram.fails(SendText, RefusedError(code="REPLY_MESSAGE_ID_INVALID"))
    await office.sends(Send(rich=RICH, reply_to=9), conversation="-1000000000007:3")
    asked, taken = office.telegram.of(SendText)
    assert asked.reply_to.reply_to_msg_id == 9
    assert taken.reply_to == types.InputReplyToMessage(3, top_msg_id=3)
    assert taken.rich_message is not None


async def test_a_message_becomes_a_rich_one(office: Office) -> None:
    await office.sends(Send(ref="a", content=Styled("…")), Edit(ref="a", rich=RICH, buttons=BUTTONS))
    (call,) = office.telegram.of(EditAny)
    assert (call.id, call.message, button(call)) == (1, "", "Again")
    assert call.rich_message is not None
    assert await office.rows() == [("sent", 1, ""), ("sent", 1, "")]


async def test_a_message_that_can_not_become_rich_becomes_the_first_plain_part(office: Office) -> None:
    office.telegram.fails(EditAny, RefusedError(code="RICH_INVALID"))
    await office.sends(Send(ref="a", content=Styled("…")), Edit(ref="a", rich=RICH, buttons=BUTTONS))
    first, *others = [part.text for part in plain_parts(RICH)]
    _, edit = office.telegram.of(EditAny)
    assert (edit.id, edit.message, button(edit)) == (1, first, None)
    said = office.telegram.of(SendText)[1:]
    assert [call.message for call in said] == others
    assert button(said[-1]) == "Again"
    assert (await office.rows())[1] == ("sent", 1 + len(others), "")


async def test_a_rich_edit_that_changes_nothing_is_done(office: Office) -> None:
    office.telegram.fails(EditAny, RefusedError(code="MESSAGE_NOT_MODIFIED"))
    await office.sends(Send(ref="a", content=Styled("…")), Edit(ref="a", rich=RICH))
    assert len(office.telegram.of(EditAny)) == 1
    assert (await office.rows())[1] == ("sent", 1, "")


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (Edit(ref="a", rich=RICH, buttons=BUTTONS), SendText),
        (Edit(ref="a", file=PHOTO, content=Styled("cat"), buttons=BUTTONS), SendMedia),
    ],
)
async def test_an_edit_of_what_is_gone_is_a_new_message(office: Office, edit: Edit, kind: Any) -> None:
    office.telegram.fails(EditAny, RefusedError(code="MESSAGE_ID_INVALID"))
    await office.sends(Send(ref="a", content=Styled("…")), edit)
    *_, last = office.said()
    assert isinstance(last, kind)
    assert (getattr(last, "rich_message", None) is not None, last.message) in ((True, ""), (False, "cat"))
    assert button(last) == "Again"
    assert office.telegram.messages == 2
    assert len(office.telegram.of(SavePart)) <= 1


async def test_a_message_becomes_a_picture(office: Office) -> None:
    await office.sends(
        Send(ref="p", content=Styled("drawing")), Edit(ref="p", file=PHOTO, content=Styled("a cat"), buttons=BUTTONS)
    )
    (call,) = office.telegram.of(EditAny)
    assert isinstance(call.media, types.InputMediaUploadedPhoto)
    assert (call.id, call.message, button(call)) == (1, "a cat", "Again")


async def test_a_picture_that_is_refused_as_a_photo_is_edited_in_as_a_document(office: Office) -> None:
    office.telegram.fails(EditAny, RefusedError(code="PHOTO_INVALID_DIMENSIONS"))
    await office.sends(Send(ref="p", content=Styled("drawing")), Edit(ref="p", file=PHOTO))
    assert isinstance(office.telegram.of(EditAny)[1].media, types.InputMediaUploadedDocument)


async def test_an_edit_with_a_file_that_is_gone_changes_the_words(office: Office) -> None:
    gone = StoredFile(path="missing.png", kind="photo")
    await office.sends(
        Send(ref="p", content=Styled("…")), Edit(ref="p", file=gone, content=Styled("cat"), buttons=BUTTONS)
    )
    (call,) = office.telegram.of(EditAny)
    assert (call.media, call.message, button(call)) == (None, "cat", "Again")


@pytest.mark.parametrize(
    ("conversation", "kind"),
    [
        ("42", functions.messages.DeleteMessagesRequest),
        ("-7", functions.messages.DeleteMessagesRequest),
        ("-1000000000007", functions.channels.DeleteMessagesRequest),
    ],
)
async def test_a_message_is_deleted_and_one_that_is_not_there_is_no_error(
    office: Office, conversation: str, kind: type
) -> None:
    office.telegram.fails(kind, OutageError(), RefusedError(code="MESSAGE_ID_INVALID"))
    await office.sends(
        Send(ref="a", content=Styled("hi")), Delete(ref="a"), Delete(ref="unknown"), conversation=conversation
    )
    assert [call.id for call in office.telegram.of(kind)] == [[1], [1]]
    assert [row[0] for row in await office.rows()] == ["sent"] * 3
