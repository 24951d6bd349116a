"""What is shown while the bot works, and who may change its settings: asked of Telegram, never waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from telethon import functions, types
from telethon.tl.types import channels, messages

from engine.core.clock import Clock
from engine.core.conversation import Place
from engine.core.effects import Button, Send
from engine.core.errors import FloodWaitError, OutageError, RefusedError, UndeliverableError
from engine.core.styled import Styled
from engine.store import outbox
from engine.store.database import Database, open_database
from engine.telegram import actions, pictures, rights
from engine.telegram.actions import ChatActions
from engine.telegram.calls import input_peer
from engine.telegram.pacing import PREVIEW_GAP_GROUP_S, Pacing
from engine.telegram.pictures import PicturePreviews
from engine.telegram.rights import Rights
from tests.engine.recorded import RecordedTelegram

pytestmark = pytest.mark.anyio

SetTyping = functions.messages.SetTypingRequest
EditAny = functions.messages.EditMessageRequest
GetParticipant = functions.channels.GetParticipantRequest
GetFullChat = functions.messages.GetFullChatRequest
SavePart = functions.upload.SaveFilePartRequest
GROUP = -1000000000007


@pytest.fixture
def telegram() -> RecordedTelegram:
    """The Telegram of this test."""
    return RecordedTelegram()


async def peer(chat_id: int) -> Any:
    """How everybody is addressed here."""
    return input_peer(chat_id, 5)


@pytest.mark.parametrize(
    ("what", "action"),
    [
        ("typing", types.SendMessageTypingAction()),
        ("upload_photo", types.SendMessageUploadPhotoAction(0)),
        ("upload_document", types.SendMessageUploadDocumentAction(0)),
        ("record_voice", types.SendMessageRecordAudioAction()),
    ],
)
async def test_an_action_is_shown_as_long_as_it_lasts(telegram: RecordedTelegram, what: str, action: Any) -> None:
    async with ChatActions(telegram, peer).busy(Place(GROUP, 3), what):
        await anyio.sleep(3 * actions.SHOWN_AGAIN_S - 1)
    await anyio.sleep(60)
    assert [call.action for call in telegram.of(SetTyping)] == [action] * 3
    assert {call.top_msg_id for call in telegram.calls} == {3}


async def test_an_action_that_is_turned_away_disturbs_nobody(telegram: RecordedTelegram) -> None:
    telegram.fails(SetTyping, FloodWaitError(retry_after_s=20), OutageError(), UndeliverableError())
    began = anyio.current_time()
    async with ChatActions(telegram, peer).busy(Place(42), "typing"):
        await anyio.sleep(19)
        assert len(telegram.calls) == 1
        await anyio.sleep(81)
    assert 100 <= anyio.current_time() - began < 101
    assert len(telegram.calls) == 3


async def test_what_the_work_raises_comes_out_as_it_is(telegram: RecordedTelegram) -> None:
    failure = RefusedError(code="no")
    with pytest.raises(RefusedError) as caught:
        async with ChatActions(telegram, peer).busy(Place(42), "typing"):
            raise failure
    assert caught.value is failure


async def test_stopped_work_stops_the_action(telegram: RecordedTelegram) -> None:
    with anyio.move_on_after(2) as scope:
        async with ChatActions(telegram, peer).busy(Place(42), "typing"):
            await anyio.sleep(100)
    assert scope.cancelled_caught
    assert len(telegram.calls) == 1


class Studio:
    """Sketches in a group where the message "p" stands for a picture."""

    def __init__(self, database: Database, telegram: RecordedTelegram, picture: Path) -> None:
        self.telegram = telegram
        self.picture = picture
        self.pacing = Pacing(anyio.current_time)
        self.previews = PicturePreviews(database, telegram, self.pacing, peer, anyio.current_time)

    async def shows(self, ref: str = "p", picture: Path | None = None) -> None:
        """A sketch of the picture."""
        buttons = ((Button("Stop", "stop"),),)
        await self.previews.show(str(GROUP), ref, picture or self.picture, Styled("a cat"), buttons)


@pytest.fixture
async def studio(tmp_path: Path, clock: Clock, telegram: RecordedTelegram) -> AsyncIterator[Studio]:
    """The studio of this test."""
    picture = tmp_path / "sketch.png"
    await anyio.Path(picture).write_bytes(b"sketch")
    async with open_database(tmp_path / "s.db", durable=False) as database:
        sent = partial(outbox.enqueue, conversation=str(GROUP), effects=[Send(ref="p")], cause="c", now=clock())
        await database.write(sent)
        await database.write(lambda db: outbox.mark_sent(db, 1, 77, clock()))
        yield Studio(database, telegram, picture)


async def test_a_sketch_takes_the_place_of_the_message(studio: Studio) -> None:
    await studio.shows()
    (call,) = studio.telegram.of(EditAny)
    assert isinstance(call.media, types.InputMediaUploadedPhoto)
    assert call.media.file.name == "sketch.png"
    assert (call.id, call.message) == (77, "a cat")
    assert call.reply_markup.rows[0].buttons[0].text == "Stop"


async def test_sketches_keep_the_pace_of_previews(studio: Studio) -> None:
    began = anyio.current_time()
    await studio.shows()
    await studio.shows()
    assert PREVIEW_GAP_GROUP_S <= anyio.current_time() - began < PREVIEW_GAP_GROUP_S + 1
    assert len(studio.telegram.of(EditAny)) == 2


async def test_a_sketch_of_nothing_known_is_not_shown(studio: Studio, tmp_path: Path) -> None:
    await studio.shows("unknown")
    await studio.shows(picture=tmp_path / "missing.png")
    assert studio.telegram.calls == []


async def test_a_sketch_that_is_turned_away_is_dropped_and_all_previews_become_rarer(studio: Studio) -> None:
    before = studio.pacing.previews_per_s()
    studio.telegram.fails(EditAny, FloodWaitError(retry_after_s=10))
    began = anyio.current_time()
    await studio.shows()
    assert anyio.current_time() - began < 1
    assert studio.pacing.previews_per_s() < before
    await studio.shows()
    assert anyio.current_time() - began >= 10
    assert len(studio.telegram.of(EditAny)) == 2


async def test_a_sketch_that_takes_too_long_is_dropped(studio: Studio) -> None:
    studio.telegram.fails(SavePart, FloodWaitError(retry_after_s=600))
    began = anyio.current_time()
    await studio.shows()
    assert pictures.SKETCH_MOST_S <= anyio.current_time() - began < pictures.SKETCH_MOST_S + 1
    assert studio.telegram.of(EditAny) == []


NO_RIGHTS = types.ChatAdminRights()


def in_supergroup(participant: Any) -> Any:
    """What a supergroup says of somebody."""
    return lambda _: channels.ChannelParticipant(participant, [], [])


def rights_of(telegram: RecordedTelegram) -> Rights:
    """Rights, as Telegram tells them."""
    return Rights(telegram, peer, anyio.current_time)


@pytest.mark.parametrize(
    ("participant", "is_admin"),
    [
        (types.ChannelParticipantCreator(42, NO_RIGHTS), True),
        (types.ChannelParticipantAdmin(42, 1, None, NO_RIGHTS), True),
        (types.ChannelParticipant(42, None), False),
        (types.ChannelParticipantLeft(types.PeerUser(42)), False),
    ],
)
async def test_the_admins_of_a_supergroup(telegram: RecordedTelegram, participant: Any, is_admin: bool) -> None:
    telegram.answers[GetParticipant] = in_supergroup(participant)
    assert await rights_of(telegram).is_admin(GROUP, 42) is is_admin
    (call,) = telegram.calls
    assert call.channel == types.InputChannel(7, 5)
    assert call.participant == types.InputPeerUser(42, 5)


@pytest.mark.parametrize(("person", "is_admin"), [(1, True), (2, True), (3, False), (4, False)])
async def test_the_admins_of_a_group(telegram: RecordedTelegram, person: int, is_admin: bool) -> None:
    members = types.ChatParticipants(
        7,
        [types.ChatParticipantCreator(1), types.ChatParticipantAdmin(2, 1, None), types.ChatParticipant(3, 1, None)],
        1,
    )
    full = types.ChatFull(7, "", members, types.PeerNotifySettings())
    telegram.answers[GetFullChat] = lambda _: messages.ChatFull(full, [], [])
    assert await rights_of(telegram).is_admin(-7, person) is is_admin


async def test_a_group_whose_members_are_hidden_has_no_admins(telegram: RecordedTelegram) -> None:
    full = types.ChatFull(7, "", types.ChatParticipantsForbidden(7), types.PeerNotifySettings())
    telegram.answers[GetFullChat] = lambda _: messages.ChatFull(full, [], [])
    assert not await rights_of(telegram).is_admin(-7, 1)


async def test_nobody_need_be_asked_about_a_private_chat_or_the_group_itself(telegram: RecordedTelegram) -> None:
    asked = rights_of(telegram)
    assert await asked.is_admin(42, 42)
    assert await asked.is_admin(GROUP, GROUP)
    assert telegram.calls == []


async def test_an_answer_holds_for_a_while(telegram: RecordedTelegram) -> None:
    asked = rights_of(telegram)
    telegram.answers[GetParticipant] = in_supergroup(types.ChannelParticipantAdmin(42, 1, None, NO_RIGHTS))
    for _ in range(3):
        assert await asked.is_admin(GROUP, 42)
    assert len(telegram.calls) == 1
    telegram.fails(GetParticipant, RefusedError(code="USER_NOT_PARTICIPANT"))
    await anyio.sleep(rights.KNOWN_FOR_S + 1)
    for _ in range(2):
        assert not await asked.is_admin(GROUP, 42)
    assert len(telegram.calls) == 2


async def test_who_can_not_be_asked_about_is_no_admin_until_it_is_known(telegram: RecordedTelegram) -> None:
    asked = rights_of(telegram)
    telegram.answers[GetParticipant] = in_supergroup(types.ChannelParticipantAdmin(42, 1, None, NO_RIGHTS))
    telegram.fails(GetParticipant, FloodWaitError(retry_after_s=10), OutageError())
    assert [await asked.is_admin(GROUP, 42) for _ in range(3)] == [False, False, True]
