"""What is in archives: page by page, the last of equal names, nothing that systems leave there, and room to unpack."""

from __future__ import annotations

import random
import shutil
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import anyio.to_thread
import pytest

from actors import fetching, heavy, unpacking
from engine.media import archives, streams
from engine.sandbox.openai import LocalOpenAI
from engine.sandbox.telegram import LocalTelegram, Message, media
from engine.sandbox.telegram.content import Synthetic
from engine.testing.chat import BotUnderTest, Someone, quiet
from tests.conversations.test_large_files import lists, reads, uploaded
from tests.made import Members, bomb, sound, tarred, zipped

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
LETTERS = {f"letter-{number:02}.txt": b"Letter %d" % number for number in range(1, 46)}


def labels(shown: Message) -> list[str]:
    """The words on its buttons."""
    return [button.text for button in shown.buttons]


def names(shown: Message) -> list[str]:
    """The files that it names."""
    return [line.partition(" · ")[0] for line in shown.text.splitlines() if line.endswith(" bytes")]


def locked(content: bytes) -> bytes:
    """The same zip, with a password on every file."""
    made = bytearray(content)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            made[at + flags] |= 1
            at = content.find(signature, at + 4)
    return bytes(made)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_file_of_an_archive_is_on_a_page_and_has_a_button(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    letters = sorted(LETTERS)
    shown = await lists(alice, bot, zipped(LETTERS))
    await reads(bot, shown, "These are files 1–20 of 45; the others are on the other pages.")
    assert labels(shown) == [*letters[:20], "All 20 on this page", "More →"]
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "These are files 21–40 of 45")
    assert names(shown) == letters[20:40]
    assert labels(shown) == [*letters[20:40], "All 20 on this page", "← Back", "More →"]
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "These are files 41–45 of 45")
    assert labels(shown) == [*letters[40:], "All 5 on this page", "← Back"]
    await alice.presses("letter-45.txt", on=shown)
    await bot.says("letter-45.txt")
    await alice.says("What does it say?")
    await bot.next_message()
    assert [kept.content for kept in model.files.values()] == [b"Letter 45"]
    await alice.presses("← Back", on=shown)
    await reads(bot, shown, "These are files 21–40 of 45")
    await bot.says_nothing_more()


async def test_all_files_of_a_page_are_asked_about_together(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, zipped(LETTERS))
    await reads(bot, shown, "of 45")
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "21–40 of 45")
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "41–45 of 45")
    await alice.presses("All 5 on this page", on=shown)
    await bot.says("letter-41.txt")
    await alice.says("What do they say?")
    await bot.next_message()
    assert sorted(uploaded(model)) == sorted(LETTERS)[40:]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each pass over an archive has taken out of it."""
    passes: list[list[str]] = []

    def unpack(source: Path, names: Sequence[str], *rest: Any, **options: Any) -> list[archives.Unpacked]:
        passes.append(sorted(names))
        return archives.unpack(source, names, *rest, **options)

    heard = SimpleNamespace(unpack=unpack, is_read_through=archives.is_read_through)
    monkeypatch.setattr(fetching, "archives", heard)
    return passes


async def asks_about_all(alice: Someone, bot: BotUnderTest, content: bytes, name: str, all_of_them: str) -> None:
    """Sends an archive, opens all that is in it, and gets an answer about it."""
    shown = await lists(alice, bot, content, name)
    await alice.presses(all_of_them, on=shown)
    await bot.next_message()
    await alice.says("What do they say?")
    await bot.next_message()


async def test_a_tar_is_read_through_once_for_all_that_is_asked_about(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]]
) -> None:
    letters = dict(list(LETTERS.items())[:5])
    await asks_about_all(alice, bot, tarred(letters, form="xz"), "things.tar.xz", "All 5")
    assert sorted(kept.content or b"" for kept in model.files.values()) == sorted(letters.values())
    assert read == [sorted(letters)]
    assert list((bot.settings.media_directory / "incoming").iterdir()) == []


async def test_a_zip_is_opened_for_each_file(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]]
) -> None:
    letters = dict(list(LETTERS.items())[:3])
    await asks_about_all(alice, bot, zipped(letters), "things.zip", "All 3")
    assert sorted(uploaded(model)) == sorted(letters)
    assert sorted(read) == [[name] for name in sorted(letters)]


async def test_not_more_is_unpacked_at_once_than_a_bound(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "UNPACKED_TOGETHER_BYTES", 2 * len(b"Letter 1"))
    letters = dict(list(LETTERS.items())[:5])
    await asks_about_all(alice, bot, tarred(letters), "things.tar.gz", "All 5")
    assert sorted(uploaded(model)) == sorted(letters)
    assert [len(names) for names in read] == [2, 2, 1]


async def test_what_openai_has_already_is_not_unpacked_again(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]]
) -> None:
    shown = await lists(alice, bot, tarred(dict(list(LETTERS.items())[:3])), "things.tar.gz")
    await alice.presses("letter-01.txt", on=shown)
    await bot.next_message()
    await alice.says("What does it say?")
    await bot.next_message()
    await alice.presses("All 3", on=shown)
    await bot.next_message()
    await alice.says("What do they say?")
    await bot.next_message()
    assert read == [["letter-01.txt"], ["letter-02.txt", "letter-03.txt"]]
    assert len(uploaded(model)) == 3


async def test_stop_ends_the_reading_of_an_archive_in_the_middle(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def unpack(source: Path, names: Sequence[str], *rest: Any, **options: Any) -> list[archives.Unpacked]:
        began.set()
        while not ended.wait(0.01):  # a large one is read for a minute
            options["still_wanted"]()
        return archives.unpack(source, names, *rest, **options)

    shown = await lists(alice, bot, tarred(dict(list(LETTERS.items())[:3])), "things.tar.gz")
    await alice.presses("All 3", on=shown)
    await bot.next_message()
    monkeypatch.setattr(fetching, "archives", SimpleNamespace(unpack=unpack, is_read_through=archives.is_read_through))
    alice.person.says("What do they say?")
    assert await anyio.to_thread.run_sync(began.wait, 10)
    await alice.says("/stop")
    await bot.says("⏹ Stopped")
    ended.set()
    assert model.requests == []
    assert list((bot.settings.media_directory / "incoming").iterdir()) == []
    await alice.says("And without them?")
    await bot.next_message()
    await bot.says_nothing_more()


async def test_heavy_work_is_done_in_turn_and_keeps_nobody_else_waiting(
    alice: Someone, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def look(*rest: Any, **options: Any) -> archives.ArchiveLook:
        began.set()
        assert ended.wait(30)
        return archives.look_at_archive(*rest, **options)

    monkeypatch.setattr(unpacking, "look_at_archive", look)
    monkeypatch.setattr(heavy.Workbench, "AT_ONCE", 1)
    monkeypatch.setattr(fetching, "LIGHT_BYTES", 100_000)
    packed = tarred({"noise.bin": random.Random(1).randbytes(50_000)})
    for someone in (alice, boris):
        await someone.sends_file(packed, name="things.tar.gz")
        await bot.next_message()
    alice.person.presses(alice.chat.messages[-1].buttons[0], alice.chat.messages[-1])
    assert await anyio.to_thread.run_sync(began.wait, 10)
    boris.person.presses(boris.chat.messages[-1].buttons[0], boris.chat.messages[-1])
    shown = await bot.next_message(boris)
    await reads(bot, shown, "⏳ В очереди: сначала – другие большие файлы.")
    model.hears("Как дела?")
    model.says("Хорошо.")
    boris.person.sends_voice(sound(1.0), 1)
    await bot.says("Как дела?", to=boris)
    await bot.says("Хорошо.", to=boris)
    ended.set()
    await reads(bot, shown, "noise.bin")
    await quiet()


async def test_where_there_is_room_for_one_file_only_they_come_one_by_one(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = random.Random(1).randbytes(2_000).hex().encode()
    inside = {f"f{number:02}.bin": (line * 1_100)[: 4 * MIB] for number in range(10)}
    folder = bot.settings.media_directory / "incoming"

    def free(_: object) -> SimpleNamespace:
        taken = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        return SimpleNamespace(free=(256 + 30) * MIB - taken)

    monkeypatch.setattr(shutil, "disk_usage", free)
    await asks_about_all(alice, bot, tarred(inside), "things.tar.gz", "All 10")
    assert sorted(uploaded(model)) == sorted(inside)
    assert len(read[0]) == 1, "not all of them, for which there is no room"
    assert all(len(names) * 4 <= 30 for names in read)


async def test_a_bad_file_of_an_archive_takes_no_other_with_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    packed = bytearray(zipped(dict(list(LETTERS.items())[:3]), form=zipfile.ZIP_STORED))
    packed[packed.index(b"Letter 2")] ^= 1  # its checksum is another one now
    shown = await lists(alice, bot, bytes(packed))
    await alice.presses("All 3", on=shown)
    await bot.says("letter-01.txt")
    model.says("Fine.")
    await alice.says("What do they say?")
    await bot.says("letter-02.txt")
    assert sorted(uploaded(model)) == ["letter-01.txt", "letter-03.txt"]


async def test_a_bad_file_of_a_tar_takes_no_other_with_it_and_costs_no_second_pass(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = {"a.txt": b"Anna", "b.txt": b"Bert and others", "c.txt": b"Cleo"}
    shown = await lists(alice, bot, tarred(inside), "things.tar.gz")
    await alice.presses("All 3", on=shown)
    await bot.says("a.txt")
    monkeypatch.setattr(archives, "MEMBER_BYTES_MOST", 4)
    model.says("Anna and Cleo.")
    await alice.says("Who is in these?")
    answer = await bot.says("b.txt")
    assert "Anna and Cleo." in answer.text
    assert sorted(uploaded(model)) == ["a.txt", "c.txt"]
    assert read == [["a.txt", "b.txt", "c.txt"]]


async def test_an_archive_that_can_not_be_read_is_read_once(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, read: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await lists(alice, bot, tarred(dict(list(LETTERS.items())[:3])), "things.tar.gz")
    await alice.presses("All 3", on=shown)
    await bot.says("letter-01.txt")
    monkeypatch.setattr(archives, "MEMBERS_MOST", 1)
    await alice.says("What do they say?")
    await bot.says("There is too much in letter-0")
    assert model.requests == []
    assert read == [sorted(LETTERS)[:3]]


async def test_a_page_with_one_file_says_so_in_russian(boris: Someone, bot: BotUnderTest) -> None:
    letters = dict(list(LETTERS.items())[:21])
    await boris.sends_file(zipped(letters), name="things.zip", mime="application/zip")
    await bot.next_message()
    await boris.presses("Что внутри?")
    shown = await bot.next_message()
    await reads(bot, shown, "Показаны файлы 1–20 из 21, остальные — на других страницах.")
    assert labels(shown)[20:] == ["Все на этой странице (20)", "Дальше →"]
    await boris.presses("Дальше →", on=shown)
    await reads(bot, shown, "Показан файл 21 из 21, остальные — на других страницах.")
    assert labels(shown) == ["letter-21.txt", "← Назад"]


async def test_pages_are_turned_where_nothing_can_be_opened(alice: Someone, bot: BotUnderTest) -> None:
    shown = await lists(alice, bot, locked(zipped(LETTERS)))
    await reads(bot, shown, "🔒 letter-01.txt")
    assert labels(shown) == ["More →"]
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "🔒 letter-21.txt")
    assert labels(shown) == ["← Back", "More →"]


async def test_a_page_is_turned_after_the_archive_was_asked_about(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, zipped(LETTERS))
    await reads(bot, shown, "of 45")
    await alice.says("How many letters are there?")
    await bot.next_message()
    assert uploaded(model) == ["things.zip"]
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "21–40 of 45")


async def test_a_second_tap_turns_no_page(alice: Someone, bot: BotUnderTest) -> None:
    shown = await lists(alice, bot, zipped(LETTERS))
    await reads(bot, shown, "of 45")
    more = next(button for button in shown.buttons if button.text == "More →")
    alice.person.presses(more, shown)
    second = await alice.presses("More →", on=shown)
    await reads(bot, shown, "21–40 of 45")
    assert second.answer == "This button no longer does anything."
    assert labels(shown)[20:] == ["All 20 on this page", "← Back", "More →"]


async def test_a_page_that_is_stopped_leaves_a_way_back_to_the_list(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    shown = await lists(alice, bot, zipped(LETTERS))
    await reads(bot, shown, "of 45")
    await bot.stops()  # whoever turns a page soon sees it at once
    await bot.starts()
    telegram.faults.slow("upload.getFile", 4.0)
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "🗜 Looking inside…")
    await alice.presses("⏹ Stop", on=shown)
    await reads(bot, shown, "⏹ Stopped.")
    await alice.presses("What is inside?", on=shown)
    await reads(bot, shown, "These are files 1–20 of 45")
    assert labels(shown)[20:] == ["All 20 on this page", "More →"]


async def test_pages_are_turned_without_reading_the_archive_again_for_a_while(
    alice: Someone, bot: BotUnderTest, telegram: LocalTelegram
) -> None:
    shown = await lists(alice, bot, zipped(LETTERS))
    await reads(bot, shown, "of 45")
    fetched = telegram.count("upload.getFile")
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "21–40 of 45")
    assert telegram.count("upload.getFile") == fetched
    await anyio.sleep(unpacking.LOOK_KEPT_S)
    await alice.presses("More →", on=shown)
    await reads(bot, shown, "41–45 of 45")
    assert telegram.count("upload.getFile") > fetched


async def test_words_added_to_an_archive_that_was_listed_are_about_the_archive(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    sent = await alice.sends_file(zipped({"a.txt": b"Anna"}), name="things.zip", mime="application/zip")
    await bot.says("🗜 Archive")
    await alice.presses("What is inside?")
    await reads(bot, await bot.next_message(), "a.txt")
    await alice.edits(sent, "Who is in it?")
    await bot.next_message()
    assert uploaded(model) == ["things.zip"]


# ── what is named ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_systems_leave_in_archives_is_not_named(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    litter = ["__MACOSX/photos/._a.txt", "__MACOSX/b", "._a.txt", "photos/.DS_Store", "photos/Thumbs.db", "Desktop.ini"]
    inside = {"photos/a.txt": b"Anna", "photos/b.txt": b"Bert"} | dict.fromkeys(litter, b"litter")
    shown = await lists(alice, bot, zipped(inside))
    await reads(bot, shown, "🗜 things.zip · 2 files · 8 bytes unpacked")
    assert names(shown) == ["photos/a.txt", "photos/b.txt"]
    assert labels(shown) == ["a.txt", "b.txt", "All 2"]
    assert "not shown" not in shown.text
    await alice.presses("All 2", on=shown)
    await bot.says("a.txt")
    await alice.says("Who is in these?")
    await bot.next_message()
    assert sorted(kept.content for kept in model.files.values()) == [b"Anna", b"Bert"]


async def test_an_archive_of_nothing_else_has_nothing_in_it(alice: Someone, bot: BotUnderTest) -> None:
    shown = await lists(alice, bot, zipped({"__MACOSX/._a": b"litter", ".DS_Store": b"litter"}))
    await reads(bot, shown, "There is nothing in things.zip.")


TWICE = [("a.txt", b"An old version"), ("b.txt", b"Bert"), ("a.txt", b"Anna")]


@pytest.mark.parametrize("content", [zipped(TWICE), tarred(TWICE, form=""), tarred(TWICE)], ids=["zip", "tar", "gz"])
async def test_of_equal_names_the_last_one_is_listed_and_opened(
    content: bytes, alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, content, "things.zip" if content.startswith(b"PK") else "things.tar")
    await reads(bot, shown, "2 files · 8 bytes unpacked")
    assert shown.text.count("a.txt · 4 bytes") == 1
    assert labels(shown) == ["a.txt", "b.txt", "All 2"]
    await alice.presses("All 2", on=shown)
    await bot.says("a.txt")
    await alice.says("Who is in these?")
    await bot.next_message()
    assert sorted(kept.content for kept in model.files.values()) == [b"Anna", b"Bert"]


async def test_a_file_that_shrinks_to_nothing_can_be_opened_and_so_can_the_others(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, zipped({"report.txt": b"important", "blank.bin": bytes(17 * MIB)}))
    await reads(bot, shown, "blank.bin · 17 MB")
    assert labels(shown) == ["blank.bin", "report.txt", "All 2"]
    await alice.presses("All 2", on=shown)
    await bot.says("report.txt")
    await alice.says("What is in these?")
    await bot.next_message()
    assert sorted(uploaded(model)) == ["blank.bin", "report.txt"]


async def test_beside_a_bomb_the_other_files_of_a_zip_can_be_opened(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI
) -> None:
    shown = await lists(alice, bot, bomb({"a.txt": b"Anna", "b.txt": b"Bert"}))
    await reads(bot, shown, "🐘 zeros.txt · 300 MB")
    assert "What has a 🐘 is too large, or would become absurdly large: I don't unpack it." in shown.text
    assert labels(shown) == ["a.txt", "b.txt", "All 2"]
    await alice.presses("All 2", on=shown)
    await bot.says("a.txt")
    await alice.says("Who is in these?")
    await bot.next_message()
    assert sorted(kept.content for kept in model.files.values()) == [b"Anna", b"Bert"]


@pytest.mark.parametrize("form", ["gz", "bz2", "xz"])
async def test_beside_a_bomb_the_other_files_of_a_tar_can_be_opened(
    form: str, boris: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RATIO_FREE_BYTES", 16 * MIB)
    inside = {"a.txt": b"Anna", "zeros.bin": bytes(32 * MIB), "b.txt": b"Bert"}
    await boris.sends_file(tarred(inside, form=form), name=f"things.tar.{form}")
    await bot.next_message()
    await boris.presses("Что внутри?")
    shown = await bot.next_message()
    await reads(bot, shown, "🐘 zeros.bin · 32 МБ")
    assert "Что с 🐘, то слишком большое или станет несуразно большим: распаковывать не буду." in shown.text
    assert labels(shown) == ["a.txt", "b.txt", "Все (2)"]
    await boris.presses("Все (2)", on=shown)
    await bot.says("a.txt")
    await boris.says("Кто это?")
    await bot.next_message()
    assert sorted(kept.content or b"" for kept in model.files.values()) == [b"Anna", b"Bert"]


# ── room to unpack ──────────────────────────────────────────────────────────────────────────────────────────────────


def has_free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """From now on so much is free on every disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=10**12, used=0, free=size))


def large() -> Members:
    """A file that is packed to a hundredth part of its 40 MB."""
    line = random.Random(1).randbytes(2_000).hex().encode()
    return {"big.bin": line * 10_000}


async def test_nothing_is_unpacked_where_the_disk_has_no_room_for_it(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await lists(alice, bot, zipped(large()))
    await reads(bot, shown, "big.bin · 38 MB")
    has_free(monkeypatch, (256 + 10) * MIB)
    await alice.presses("big.bin", on=shown)
    await bot.says("big.bin")
    await alice.says("What is it?")
    await bot.says("There is no room for this file on my side at the moment.")
    assert uploaded(model) == []
    assert list((bot.settings.media_directory / "incoming").iterdir()) == []
    has_free(monkeypatch, (256 + 39) * MIB)
    await alice.presses("🔁 Again")
    await bot.next_message()
    assert uploaded(model) == ["big.bin"]


async def test_what_nobody_uses_in_the_cache_makes_room_to_unpack(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alice.sends(media.document(Synthetic(30 * MIB), name="old.bin"), "What is this?")
    await bot.says("📥")
    await bot.next_message()
    folder = bot.settings.media_directory / "cache"

    def free(_: object) -> SimpleNamespace:
        return SimpleNamespace(free=(256 + 40) * MIB - sum(path.stat().st_size for path in folder.iterdir()))

    monkeypatch.setattr(shutil, "disk_usage", free)
    shown = await lists(alice, bot, zipped(large()))
    await reads(bot, shown, "big.bin · 38 MB")
    await alice.presses("big.bin", on=shown)
    await bot.says("big.bin")
    await alice.says("What is it?")
    await bot.next_message()
    assert uploaded(model) == ["old.bin", "big.bin"]
    assert list(folder.iterdir()) == []


async def test_nothing_is_divided_where_the_disk_has_no_room_for_the_parts(
    alice: Someone, bot: BotUnderTest, model: LocalOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.intake.OPENAI_FILE_BYTES", MIB)
    has_free(monkeypatch, 257 * MIB)
    text = b"".join(b"Line %d.\n" % number for number in range(150_000))
    await alice.sends_file(text, name="book.txt", mime="text/plain", caption="What is it about?")
    await bot.says("There is no room for this file on my side at the moment.")
    assert uploaded(model) == []
