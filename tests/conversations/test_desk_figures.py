"""The admins' figures: /stat and its picture, the ledger as a file, how the bot is."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal

import anyio
import pytest
from PIL import Image

from actors.desk.reports import files
from engine.core.money import NANOUSD_PER_USD
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import Message
from engine.testing.chat import BotUnderTest, Someone
from engine.testing.ledger import Ledger

pytestmark = pytest.mark.anyio

PAPER = {"light": (255, 255, 255), "dark": (22, 27, 36)}


async def corner(message: Message) -> tuple[int, ...]:
    """The colour of a picture's paper."""
    assert message.media is not None
    whole = message.media.whole

    def look() -> tuple[int, ...]:
        with Image.open(io.BytesIO(whole)) as picture:
            assert picture.size[0] == 1080
            return tuple(picture.convert("RGB").getpixel((3, 3)))  # type: ignore[arg-type]

    return await anyio.to_thread.run_sync(look)


async def file_of(message: Message, name: str) -> bytes:
    """The bytes of a document with this name."""
    assert message.media is not None
    assert message.media.name == name
    return message.media.whole


async def test_stat_shows_what_everybody_has_spent(
    alice: Someone, boris: Someone, admin: Someone, bot: BotUnderTest
) -> None:
    for someone in (alice, boris):
        await someone.says("hello")
        await bot.next_message(someone)
    await admin.says("/stat")
    message = await bot.sends("photo", to=admin)
    assert "📈 Today, 24 November 2026" in message.text
    assert "2 calls · 2 people" in message.text
    assert [button.text for button in message.buttons] == ["7 days", "Month", "🌙 Dark"]
    await admin.presses("Month")
    await bot.becomes(message, "photo", "📈 This month, 1 – 24 November 2026")
    assert [button.text for button in message.buttons] == ["Today", "7 days", "🌙 Dark"]


async def test_pictures_are_dark_from_the_moment_on_that_somebody_wants_them_dark(
    admin: Someone, bot: BotUnderTest
) -> None:
    await admin.says("/stat")
    message = await bot.sends("photo", to=admin)
    assert await corner(message) == PAPER["light"]
    assert "Nothing was spent." in message.text
    await admin.presses("🌙 Dark")
    assert await corner(message) == PAPER["dark"]
    assert "☀️ Light" in [button.text for button in message.buttons]
    await admin.says("/stat")
    assert await corner(await bot.sends("photo", to=admin)) == PAPER["dark"]


async def test_the_figures_speak_the_admins_language(alice: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await admin.says("/settings")
    await bot.next_message(admin)
    await admin.presses("Language")
    await admin.presses("Русский")
    await alice.says("hello")
    await bot.next_message(alice)
    await admin.says("/stat")
    message = await bot.sends("photo", to=admin)
    assert message.text.startswith("📈 Сегодня, 24 ноября 2026\n")
    assert "1 запрос · 1 человек" in message.text
    assert "Люди: Alice" in message.text


async def test_nobody_waits_for_a_picture(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    model.says("Here.")
    await admin.says("/stat")
    await alice.says("hello")
    await bot.says("Here.", to=alice)
    await bot.sends("photo", to=admin)


# ── the ledger as a file ────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_ledger_comes_as_csv_to_the_last_nano_dollar(
    alice: Someone, admin: Someone, bot: BotUnderTest, ledger: Ledger
) -> None:
    await alice.says("hello")
    await bot.next_message(alice)
    await admin.says("/ledger")
    await bot.says("📒 The ledger: of which time", to=admin)
    await admin.presses("Today · CSV")
    message = await bot.says("📒 Today: 1 line", to=admin)
    text = (await file_of(message, "ledger-2026-11-24-2026-11-24.csv")).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    (line,) = await ledger.lines()
    assert row["name"] == "Alice"
    assert row["at"].startswith("2026-11-24T09:00:0")
    assert int(row["cost_nanousd"]) == line["cost_nanousd"]
    assert Decimal(row["cost_usd"]) * NANOUSD_PER_USD == line["cost_nanousd"]


async def test_the_ledger_comes_as_a_sheet(alice: Someone, admin: Someone, bot: BotUnderTest, ledger: Ledger) -> None:
    await alice.says("hello")
    await bot.next_message(alice)
    await admin.says("/ledger")
    await bot.next_message(admin)
    await admin.presses("All · XLSX")
    message = await bot.says("📒 All: 1 line", to=admin)
    whole = await file_of(message, "ledger-1970-01-01-2026-11-24.xlsx")
    with zipfile.ZipFile(io.BytesIO(whole)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    (line,) = await ledger.lines()
    assert f"<v>{line['cost_nanousd']}</v>" in sheet
    assert "Alice" in sheet


async def test_a_name_is_never_a_formula(telegram_named: Someone, admin: Someone, bot: BotUnderTest) -> None:
    await telegram_named.says("hello")
    await bot.next_message(telegram_named)
    await admin.says("/ledger")
    await bot.next_message(admin)
    await admin.presses("Today · CSV")
    text = (await bot.says("1 line", to=admin)).media
    assert text is not None
    assert ",'=1+1," in text.whole.decode()


@pytest.fixture
async def telegram_named(alice: Someone) -> Someone:
    """Somebody who is called like a formula."""
    alice.person.name = "=1+1"
    return alice


async def test_a_ledger_that_is_too_long_for_a_file_is_not_cut(
    alice: Someone, admin: Someone, bot: BotUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(files.LINES_MOST, "xlsx", 1)
    for _ in range(2):
        await alice.says("hello")
        await bot.next_message(alice)
    await admin.says("/ledger")
    await bot.next_message(admin)
    await admin.presses("All · XLSX")
    await bot.says("That is 2 lines, and a file holds 1 at most.", to=admin)
    await admin.presses("All · CSV")
    await bot.says("📒 All: 2 lines", to=admin)


# ── how the bot is ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_status_says_how_the_bot_is(
    alice: Someone, admin: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    await bot.waits(hours=2)
    model.takes(seconds=600)
    await alice.says("hello")
    await alice.says("and another thing")
    await admin.says("/status")
    message = await bot.says("🩺 Status", to=admin)
    for expected in (
        "up for 2 hours",
        "0 ledger lines",
        " GB of disk free",
        "Inbox: 0",
        "Postponed: 1 · the oldest for",
        "Outbox: 0",
        "Jobs: 1 · the oldest for",
        "At work: answers – 1\n",
        "No flood waits",
        "In quarantine: 0 · not delivered: 0",
    ):
        assert expected in message.text
