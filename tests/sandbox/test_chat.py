"""What conversation tests are written with: people's acts with files, and looking at the bot's files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from telethon.tl import types

from engine.core.clock import Clock
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message, Version, media
from engine.testing.chat import BotUnderTest, Someone

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stopped_bot(telegram: LocalTelegram, model: LocalOpenAI, clock: Clock, tmp_path: Path) -> BotUnderTest:
    """A bot that does not run: the test speaks for it."""
    return BotUnderTest(telegram, model, clock, tmp_path / "gpttg.db", admins=[1], members=[2])


def speak(telegram: LocalTelegram, alice: Someone, **what: Any) -> Message:
    """A message of the bot."""
    version = Version(telegram.world.now(), **{"text": "", **what})
    return telegram.world.post(alice.chat, telegram.bot, version)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda a: a.sends(media.photo(b"x"), "Look"), "photo"),
        (lambda a: a.sends_file(b"x", name="../a", size=3 << 30), "document"),
        (lambda a: a.sends_photo(b"x", caption="Look"), "photo"),
        (lambda a: a.sends_voice(b"x", 3), "voice"),
        (lambda a: a.sends_audio(b"x", 3), "audio"),
        (lambda a: a.sends_video(b"x", 3), "video"),
        (lambda a: a.sends_video_note(b"x", 3), "video_note"),
        (lambda a: a.sends_animation(b"x"), "animation"),
        (lambda a: a.sends_sticker(b"x", "😎", animated=True), "sticker"),
        (lambda a: a.shares_location(1, 2), "location"),
        (lambda a: a.shares_venue(1, 2, "Café", "Street 1"), "venue"),
        (lambda a: a.sends_contact("+49123", "Bob"), "contact"),
        (lambda a: a.sends_poll("Tea?", ["yes", "no"]), "poll"),
        (lambda a: a.rolls_dice(), "dice"),
        (lambda a: a.plays_game(), "game"),
        (lambda a: a.shares_story(), "story"),
        (lambda a: a.sends_unsupported(), "unsupported"),
        (lambda a: a.forwards(media.document(b"x"), of="Somebody"), "document"),
    ],
)
async def test_people_send_everything(alice: Someone, act: Callable[[Someone], Awaitable[Message]], kind: str) -> None:
    sent = await act(alice)
    assert sent.media is not None
    assert (sent.media.kind, sent.sender, alice.chat.messages) == (kind, alice.person, [sent])


async def test_people_send_albums_edit_captions_and_quote(alice: Someone, tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"two")
    parts = await alice.sends_album([b"one", tmp_path / "b.jpg"], caption="Both", order=[1, 0])
    assert [part.media.whole for part in parts if part.media] == [b"one", b"two"]
    assert alice.chat.messages == parts[::-1]
    await alice.edits(parts[0], "The first", made=media.photo(b"new"))
    assert (parts[0].text, parts[0].media and parts[0].media.whole) == ("The first", b"new")
    reply = await alice.says("why?", reply_to=parts[0], quote="first")
    assert reply.quote == "first"


async def test_files_of_the_bot_are_looked_at(
    telegram: LocalTelegram, stopped_bot: BotUnderTest, alice: Someone
) -> None:
    drawn = speak(telegram, alice, text="Drawing…")
    await stopped_bot.says("Drawing", to=alice)
    for content in (b"one", b"two"):
        telegram.world.edit(drawn, Version(telegram.world.now(), "A fox", media=media.photo(content)))
    assert await stopped_bot.becomes(drawn, "photo") is drawn
    assert [picture.whole for picture in drawn.pictures] == [b"one", b"two"]
    speak(telegram, alice, media=media.voice(b"sound"))
    assert (await stopped_bot.sends("voice", to=alice)).media is not None
    speak(telegram, alice, text="no file")
    with pytest.raises(AssertionError, match="the bot sent nothing, not photo"):
        await stopped_bot.sends("photo", to=alice)


async def test_rich_messages_and_actions_of_the_bot_are_looked_at(
    telegram: LocalTelegram, stopped_bot: BotUnderTest, alice: Someone
) -> None:
    shown = types.RichMessage([types.PageBlockHeading1(types.TextPlain("Primes"))], [], [])
    speak(telegram, alice, text="Primes", rich=shown)
    await stopped_bot.shows("# Primes", to=alice)
    speak(telegram, alice, text="# Primes")
    with pytest.raises(AssertionError, match="the bot showed ''"):
        await stopped_bot.shows("# Primes", to=alice)
    alice.chat.typing = "uploadPhoto"
    alice.chat.typing = None
    await stopped_bot.is_seen("uploadPhoto", to=alice)
    with pytest.raises(AssertionError, match="never seen at 'recordAudio'"):
        await stopped_bot.is_seen("recordAudio", to=alice)
