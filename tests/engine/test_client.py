"""Telethon, as we change it: the methods still exist and are still called as they were in 1.45.0."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
import telethon
from telethon import TelegramClient, functions, types
from telethon._updates import MessageBox
from telethon.extensions.messagepacker import MessagePacker
from telethon.network import ConnectionTcpIntermediate, MTProtoSender
from telethon.network.mtprotostate import MTProtoState

from engine.core.clock import Clock
from engine.core.errors import RefusedError
from engine.sandbox.house import sandbox_bot
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram
from engine.store import telegram as store
from engine.telegram.client import UPDATES_QUEUED, _BoundedUpdates
from engine.telegram.translate import Translator, people_of
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio


async def test_telethon_is_the_version_that_was_read() -> None:
    assert telethon.__version__ == "1.45.0"
    for name in (
        "_preprocess_updates",
        "__call__",
        "_handle_auto_reconnect",
        "_on_login",
        "_create_exported_sender",
        "_borrow_exported_sender",
    ):
        assert inspect.iscoroutinefunction(getattr(TelegramClient, name))
    assert list(inspect.signature(TelegramClient._preprocess_updates).parameters) == [
        "self",
        "updates",
        "users",
        "chats",
    ]


async def test_telethons_message_box_is_the_one_that_was_read() -> None:
    expected = {
        "load": ["self", "session_state", "channel_states"],
        "process_updates": ["self", "updates", "chat_hashes", "result"],
        "apply_pts_info": ["self", "update", "reset_deadlines"],
        "try_set_channel_state": ["self", "id", "pts"],
        "try_begin_get_diff": ["self", "entry", "reason"],
    }
    found = {name: list(inspect.signature(getattr(MessageBox, name)).parameters) for name in expected}
    assert found == expected


async def test_telethons_sender_is_the_one_that_was_read() -> None:
    expected = {
        MTProtoSender: {"_disconnect": ["self", "error"], "_process_message": ["self", "message"]},
        MTProtoState: {"write_data_as_message": ["self", "buffer", "data", "content_related", "after_id"]},
        MessagePacker: {"__init__": ["self", "state", "loggers"]},
        ConnectionTcpIntermediate: {"_connect": ["self", "timeout", "ssl"]},
    }
    for kind, methods in expected.items():
        assert {name: list(inspect.signature(getattr(kind, name)).parameters) for name in methods} == methods


async def test_a_request_that_has_no_bytes_is_refused(bot: BotUnderTest) -> None:
    assert bot.running is not None
    request = functions.messages.SendMessageRequest(types.InputPeerSelf(), "hello", random_id=2**70)
    with pytest.raises(RefusedError):
        await bot.running.client.invoke(request)


async def test_a_full_queue_of_updates_ends_in_a_difference_not_in_a_loss() -> None:
    queue = _BoundedUpdates()
    for _ in range(UPDATES_QUEUED + 5):
        queue.put_nowait("packet")
    for _ in range(UPDATES_QUEUED):
        assert await queue.get() == "packet"
    assert isinstance(await queue.get(), types.UpdatesTooLong)


async def test_a_kill_between_the_first_login_and_its_position_loses_nothing(
    alice: Someone, admin: Someone, telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path
) -> None:
    bot = BotUnderTest(telegram, model, clock, tmp_path / "b.db", admins=[admin.id], members=[alice.id])
    await alice.says("/start")  # long before the first login: not for this bot
    await anyio.sleep(300)
    async with bot:
        pass
    async with sandbox_bot(telegram, model, bot.settings, clock=clock) as running:
        await running.database.write(lambda db: db.execute("DELETE FROM telegram_positions"))
        await running.database.write(lambda db: db.execute("DELETE FROM inbox"))
    model.says("Found.")
    await alice.says("Hello?")
    async with bot:
        await bot.says("Found.")


@pytest.mark.parametrize("wrong", [timedelta(hours=5), timedelta(hours=-5)], ids=["ahead", "behind"])
async def test_a_clock_that_is_wrong_at_the_first_login_hides_nothing(
    wrong: timedelta, alice: Someone, telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path
) -> None:
    off = [wrong]
    bot = BotUnderTest(telegram, model, lambda: clock() + off[-1], tmp_path / "b.db", admins=[1], members=[alice.id])
    async with bot:
        await alice.says("one")
        await bot.next_message()
        await alice.presses("🔁 Again")
        await bot.next_message()
        off.append(timedelta())
        await alice.says("two")
        await bot.next_message()
    async with bot:
        await alice.says("three")
        await bot.next_message()
        await alice.presses("🔁 Again")
        await bot.next_message()


async def test_the_position_is_never_ahead_of_the_inbox(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    for number in range(5):
        await alice.says(f"message {number}")
        assert bot.running is not None
        (account,) = [p for p in await bot.running.database.read(store.positions) if p.entity_id == 0]
        rows = await bot.running.database.read(lambda db: db.execute("SELECT count(*) FROM inbox").fetchone()[0])
        assert rows >= number + 1
        assert account.pts <= telegram.world.account.pts


def private(text: str, **fields: Any) -> types.UpdateNewMessage:
    message = types.Message(
        id=7, peer_id=types.PeerUser(42), date=datetime(2026, 11, 24, tzinfo=UTC), message=text, **fields
    )
    return types.UpdateNewMessage(message, pts=1, pts_count=1)


TRANSLATOR = Translator("gpttg_bot")
PEOPLE = people_of([types.User(id=42, first_name="Zoë", last_name="Ω", username="zoe", lang_code="ru")])
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (types.MessageMediaPhoto(), "photo"),
        (types.MessageMediaDocument(voice=True), "voice"),
        (types.MessageMediaDocument(), "document"),
        (types.MessageMediaStory(types.PeerUser(1), 5), "story"),
        (types.MessageMediaUnsupported(), "unsupported"),
    ],
)
async def test_what_can_not_be_read_is_named(media: Any, kind: str) -> None:
    (arrival,) = TRANSLATOR.arrivals(private("", media=media), PEOPLE, NOW)
    assert arrival.event.kind == kind  # type: ignore[attr-defined]
    assert arrival.event.person.name == "Zoë Ω"  # type: ignore[attr-defined]


async def test_our_own_messages_and_channel_posts_are_no_events() -> None:
    assert TRANSLATOR.arrivals(private("hi", out=True), PEOPLE, NOW) == []
    assert TRANSLATOR.arrivals(private("hi", post=True), PEOPLE, NOW) == []
    assert TRANSLATOR.arrivals(SimpleNamespace(), PEOPLE, NOW) == []


async def test_the_same_message_twice_has_the_same_key() -> None:
    first, second = (TRANSLATOR.arrivals(private("hi"), PEOPLE, NOW)[0] for _ in range(2))
    assert first.key == second.key == "m:42:7"
